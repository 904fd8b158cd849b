/** Keys of the Kafka cluster. Settings of its clients are in `prefixes.ts`. */

import { parseAddress } from '../address.ts'
import { bool, each, ignored, list, string } from '../define.ts'

/** Keys of the Kafka cluster. */
export const kafkaKeys = {
  'bootstrap.servers': list({
    default: [],
    valid: '`host:port`, with or without `PROTOCOL://` in front',
    parseItem: (item) => parseAddress(item).authority,
    importance: 'high',
    doc:
      'Brokers for the first connection. The start fails without one, unless `sluice.embedded` ' +
      'is set.',
  }),
  id: string({
    default: '',
    importance: 'high',
    doc: 'Name of this process. Generated consumer names and client ids contain it.',
  }),
  'sluice.embedded': bool({
    default: false,
    importance: 'medium',
    doc:
      'Runs a Kafka cluster inside the process, to try Sluice out without a real one. Its ' +
      'topics have four partitions. Records are kept in memory only. The option `--embedded` ' +
      'sets it.',
  }),
  ...each(
    ['client.init.timeout.ms', 'client.timeout.ms'],
    ignored('no Kafka client knows such a setting'),
  ),
} as const
