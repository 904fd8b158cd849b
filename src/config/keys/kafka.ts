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
      'Brokers for the first connection. The start fails without a broker in this list, unless ' +
      '`sluice.embedded` is set.',
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
      'Runs a Kafka cluster inside the process, for trials without a real cluster. Its topics ' +
      'have four partitions. It keeps records in memory only. The option `--embedded` sets it.',
  }),
  ...each(
    ['client.init.timeout.ms', 'client.timeout.ms'],
    ignored('no Kafka client has this setting'),
  ),
} as const
