/** Keys of produce requests. */

import { ignored, int, long } from '../define.ts'

/** Keys of produce requests. */
export const produceKeys = {
  'sluice.request.max.bytes': long({
    default: 67108864,
    min: 1024,
    importance: 'medium',
    doc: 'Largest size of the body of a produce request, in bytes. A larger body gets 413.',
  }),
  'sluice.produce.inflight.max.bytes': long({
    default: -1,
    shownDefault:
      '`-1`, the larger of `producer.buffer.memory` (33554432) and `sluice.request.max.bytes`',
    min: -1,
    importance: 'medium',
    doc:
      'Memory of the process for records without an acknowledgement of Kafka. A request that ' +
      'exceeds this limit gets 429 before any of its records is sent.',
  }),
  'sluice.produce.threads': int({
    default: 0,
    min: 0,
    max: 64,
    importance: 'low',
    doc:
      'Number of threads that parse large produce requests. 0: half the number of cores, at ' +
      'least one.',
  }),

  'producer.threads': ignored('a waiting produce request occupies no thread'),
} as const
