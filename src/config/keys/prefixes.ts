/** Prefixes of keys that have no row of their own. */

import { type InertKey, ignored, unsupported } from '../define.ts'

/** The clients that receive the settings under a prefix. */
export interface ForwardedPrefix {
  readonly support: 'forwarded'
  /** A description of the receivers. */
  readonly doc: string
}

/** Every prefix, with its dot. */
export const PREFIXES: Readonly<Record<string, ForwardedPrefix | InertKey>> = {
  'client.': { support: 'forwarded', doc: 'settings of all Kafka clients' },
  'producer.': { support: 'forwarded', doc: 'settings of the producer; they win over `client.`' },
  'consumer.': {
    support: 'forwarded',
    doc: 'settings of the consumers, one for each consumer instance; they win over `client.`',
  },
  'admin.': { support: 'forwarded', doc: 'settings of the admin client; they win over `client.`' },
  'listener.name.': unsupported('a listener has no value of its own for this key', ['']),
  'confluent.telemetry.': ignored('nothing is reported to Confluent'),
  'metrics.context.': ignored('metrics are at GET /metrics, not in JMX'),
}
