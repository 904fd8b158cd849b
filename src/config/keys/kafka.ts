/** Keys of the Kafka cluster. Settings of its clients are in `prefixes.ts`. */

import { parseAddress } from '../address.ts'
import { bool, each, ignored, int, list, oneOf, string } from '../define.ts'
import { parsePassedMechanism } from '../identity-values.ts'

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
  'sluice.kafka.identity': oneOf(['shared', 'propagate'], {
    default: 'shared',
    importance: 'high',
    doc:
      'Whose rights in Kafka a request has. `shared`: those of the user in the `client.` settings. `propagate`: those ' +
      'of its own principal, whose credentials are in `sluice.kafka.credentials.file`, or are those of its login ' +
      '(`sluice.kafka.identity.pass.through`); a request without a principal gets ' +
      '401, and one whose principal has no credentials 403. The clients of Kafka use SASL then, or `SSL` with a key of ' +
      'each principal in `client.ssl.keystore.location` (`client.security.protocol`). Sluice itself uses the user in the `client.` settings for `/ready` and for a cluster of ' +
      'processes. See [security.md](security.md#each-principal-as-itself).',
  }),
  'sluice.kafka.credentials.file': string({
    default: '',
    shownDefault: '`sluice.auth.jaas.file`',
    importance: 'high',
    doc:
      'JAAS file whose section `KafkaClient` has a login module for each principal, `PlainLoginModule` or ' +
      '`ScramLoginModule` with `username` and `password`; the module whose `username` is the name of a principal has its ' +
      'credentials. SCRAM is that of `client.sasl.mechanism`. A changed file is read again within two seconds; a file with ' +
      'a fault changes nothing, and the log tells. One of both is required with `sluice.kafka.identity=propagate`, unless ' +
      '`sluice.kafka.identity.pass.through` is set, or the clients of Kafka use `SSL`.',
  }),
  'sluice.kafka.identity.principal': string({
    default: '',
    importance: 'medium',
    doc:
      'Principal of Sluice itself, with `client.security.protocol=SSL`: the one whose key in `client.ssl.keystore.location` it ' +
      'uses for `/ready` and for a cluster of processes. Required if the store has keys of several principals. See ' +
      '[security.md](security.md#a-key-for-each-principal).',
  }),
  'sluice.kafka.identity.pass.through': list({
    default: [],
    valid: '`OAUTHBEARER`, and one of `PLAIN`, `SCRAM-SHA-256` and `SCRAM-SHA-512`; in upper case',
    parseItem: parsePassedMechanism,
    importance: 'high',
    doc:
      'SASL mechanisms that pass the credentials of a request to Kafka, for principals without credentials in a file: ' +
      '`PLAIN` or a SCRAM with the name and password of `authentication.method=BASIC`, `OAUTHBEARER` with the token of ' +
      '`BEARER`. The processes of a cluster (`sluice.cluster.id`) send them to each other, for which `sluice.peer.listeners` ' +
      'have to be `https`. See ' +
      '[security.md](security.md#the-credentials-of-the-request).',
  }),
  'sluice.kafka.identity.clients.max': int({
    default: 1000,
    min: 1,
    max: 1_000_000,
    importance: 'medium',
    doc:
      'Limit for the Kafka clients of principals in this process. A principal that produces has one, and a principal that ' +
      'uses topics and brokers has another one. A request that needs one more gets 503 with `Retry-After`. Consumer ' +
      'instances have their own limit.',
  }),
  'sluice.kafka.identity.idle.ms': int({
    default: 300_000,
    min: 1_000,
    importance: 'medium',
    doc:
      'Time without a request after which the Kafka client of a principal is closed. A client with records or calls in ' +
      'progress is not closed.',
  }),
  ...each(
    ['client.init.timeout.ms', 'client.timeout.ms'],
    ignored('no Kafka client has this setting'),
  ),
} as const
