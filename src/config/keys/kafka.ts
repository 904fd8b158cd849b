/** Keys that say which Kafka cluster is served. Settings of its clients are in `prefixes.ts`. */

import { parseAddress } from '../address.ts'
import { bool, each, ignored, list, string } from '../define.ts'

/** Keys that say which Kafka cluster is served. */
export const kafkaKeys = {
  'bootstrap.servers': list({
    default: [],
    valid: '`host:port`, with or without `PROTOCOL://` in front',
    parseItem: (item) => parseAddress(item).authority,
    importance: 'high',
    doc: 'Brokers to start from. Sluice does not start without, unless `sluice.embedded` is set.',
  }),
  id: string({
    default: '',
    importance: 'high',
    doc: 'Name of this process. It becomes part of generated consumer names and of client ids.',
  }),
  'sluice.embedded': bool({
    default: false,
    importance: 'medium',
    doc:
      'Serves a Kafka cluster inside the process instead of a real one, to try Sluice out. ' +
      'Its topics have four partitions. Nothing is stored. The option `--embedded` sets it.',
  }),
  ...each(
    ['client.init.timeout.ms', 'client.timeout.ms'],
    ignored('no Kafka client knows such a setting'),
  ),
} as const
