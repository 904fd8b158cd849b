/** Keys of the streams and batches of records of the v3 API. */

import { ignored, int, long } from '../define.ts'

/** Keys of the streams and batches of records of the v3 API. */
export const streamKeys = {
  'api.v3.produce.request.size.limit.max.bytes': long({
    default: 0,
    min: 0,
    importance: 'medium',
    doc:
      'Largest JSON text of a record in a stream, in bytes. A larger one gets an error, with which the stream ends. 0: ' +
      '`sluice.request.max.bytes`, which is the limit in any case.',
  }),
  'api.v3.produce.batch.maximum.entries': int({
    default: 10,
    min: 1,
    max: 50,
    importance: 'low',
    doc: 'Largest number of records in a batch (`POST …/records:batch`). A larger batch gets 422.',
  }),
  'streaming.connection.max.duration.ms': long({
    default: 86_400_000,
    min: 1,
    importance: 'medium',
    doc:
      'Longest time of a stream of records. Records that arrive later get an error and are not written; the server ends the ' +
      'stream after `streaming.connection.max.duration.grace.period.ms`.',
  }),
  'streaming.connection.max.duration.grace.period.ms': int({
    default: 500,
    min: 0,
    importance: 'low',
    doc: 'Time from the first record that comes too late to the end of its stream.',
  }),
  'api.v3.produce.response.thread.pool.size': ignored('an answer occupies no thread'),
} as const
