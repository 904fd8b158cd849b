/**
 * The table of client settings whose meaning in librdkafka differs from Kafka's Java clients, or that librdkafka does
 * not have. All other settings have the same name and meaning in both.
 */

import { parseAddress, parseList, ValueFault } from '../../config/index.ts'
import { AWS_MSK_IAM, IAM_CLIENT_HANDLER, IAM_LOGIN_HANDLER } from './msk-login.ts'

/** The treatment of a setting of the Java clients. */
export type Translation =
  /** The names in librdkafka. `convert` throws a `ValueFault`. */
  | { readonly to: readonly string[]; readonly doc?: string; convert?(value: string): string }
  /** Another file uses the setting; the text says how. */
  | { readonly used: string }
  /** The setting is omitted with a warning, which gives the reason; `except` are values that have an effect elsewhere. */
  | { readonly dropped: string; readonly except?: readonly string[] }

const NO_SUCH_SETTING = 'librdkafka has no such setting'
const NO_JAVA = 'Sluice loads no Java classes'
const NO_JAVA_METRICS = "Sluice's metrics are at GET /metrics"
const OPENSSL_CHOOSES = 'OpenSSL selects it'
const KEEPS_ITS_LOGIN = 'librdkafka renews its login automatically'
const BROKERS_ONLY = 'they are settings of brokers'
const STORE = 'used for the file in the `location` setting of the same store'

/** The translations, by the names of the Java clients. */
export const JAVA_SETTINGS: Readonly<Record<string, Translation>> = {
  'bootstrap.servers': converted('bootstrap.servers', 'without `PROTOCOL://`', (value) =>
    parseList(value, (item) => parseAddress(item).authority).join(','),
  ),
  'request.timeout.ms': {
    to: ['request.timeout.ms', 'socket.timeout.ms'],
    doc: 'at most 300000',
    convert: (value) => clamp(value, 10, 300000),
  },
  'metadata.max.age.ms': number('topic.metadata.refresh.interval.ms', 10, 3600000),
  'connections.max.idle.ms': number('connections.max.idle.ms', 0, 2147483647),
  'send.buffer.bytes': number('socket.send.buffer.bytes', 0, 100000000),
  'receive.buffer.bytes': number('socket.receive.buffer.bytes', 0, 100000000),
  'retry.backoff.ms': number('retry.backoff.ms', 1, 300000),

  'max.request.size': number('message.max.bytes', 1000, 1000000000),
  'max.block.ms': number('topic.metadata.propagation.max.ms', 0, 3600000),
  'batch.size': number('batch.size', 1, 2147483647),
  'buffer.memory': { used: 'default of `sluice.produce.inflight.max.bytes`' },
  'partitioner.class': converted('partitioner', "Kafka's own partitioners only", partitioner),
  'partitioner.ignore.keys': converted('partitioner', '`true` becomes `random`', (value) =>
    value === 'true' ? 'random' : 'murmur2_random',
  ),

  'fetch.max.wait.ms': number('fetch.wait.max.ms', 0, 300000),
  'fetch.min.bytes': number('fetch.min.bytes', 1, 100000000),
  'fetch.max.bytes': number('fetch.max.bytes', 1000, 2147483135),
  'max.partition.fetch.bytes': number('max.partition.fetch.bytes', 1, 1000000000),
  'max.poll.interval.ms': number('max.poll.interval.ms', 1, 86400000),
  'session.timeout.ms': number('session.timeout.ms', 1, 3600000),
  'auto.offset.reset': converted('auto.offset.reset', '`none` becomes `error`', offsetReset),
  'partition.assignment.strategy': converted(
    'partition.assignment.strategy',
    "Kafka's own assignors only",
    assignors,
  ),

  'sasl.jaas.config': {
    used: 'user name, password, key tab or client id, depending on the login module',
  },
  'sasl.mechanism': converted(
    'sasl.mechanism',
    "librdkafka's mechanisms only; `AWS_MSK_IAM` becomes `OAUTHBEARER`",
    mechanism,
  ),
  'sasl.kerberos.kinit.cmd': converted(
    'sasl.kerberos.kinit.cmd',
    'a path becomes a command line',
    kinitCommand,
  ),
  'ssl.truststore.location': { used: '`ssl.ca.pem`, from a PEM, PKCS12 or JKS file' },
  'ssl.truststore.certificates': { used: '`ssl.ca.pem`' },
  'ssl.truststore.type': { used: STORE },
  'ssl.truststore.password': { used: STORE },
  'ssl.keystore.location': {
    used: '`ssl.key.pem` and `ssl.certificate.pem`, from a PEM, PKCS12 or JKS file',
  },
  'ssl.keystore.key': { used: '`ssl.key.pem`' },
  'ssl.keystore.certificate.chain': { used: '`ssl.certificate.pem`' },
  'ssl.keystore.type': { used: STORE },
  'ssl.keystore.password': { used: STORE },
  'ssl.endpoint.identification.algorithm': converted(
    'ssl.endpoint.identification.algorithm',
    'an empty value becomes `none`',
    (value) => value.toLowerCase() || 'none',
  ),
  'ssl.cipher.suites': converted('ssl.cipher.suites', "OpenSSL's names only", cipherSuites),

  'group.id': { dropped: 'each consumer instance has the group of its request' },
  'transactional.id': { dropped: 'requests are not transactions' },
  'enable.auto.offset.store': {
    dropped: 'commits cover only records that were delivered to the client',
  },
  'enable.partition.eof': { dropped: 'bytes and time bound each read, not the end of a partition' },
  'delivery.report.only.error': { dropped: 'each response contains the results of all records' },
  'queue.buffering.max.messages': { dropped: 'sluice.produce.inflight.max.bytes bounds the queue' },
  'queue.buffering.max.kbytes': { dropped: 'sluice.produce.inflight.max.bytes bounds the queue' },
  'queued.max.messages.kbytes': { dropped: 'sluice.consumer.prefetch.max.bytes bounds the queue' },
  'max.poll.records': { dropped: 'bytes and time bound each read' },
  'default.api.timeout.ms': { dropped: 'each operation has its own deadline' },
  'socket.connection.setup.timeout.max.ms': { dropped: NO_SUCH_SETTING },
  'metadata.max.idle.ms': { dropped: NO_SUCH_SETTING },
  'exclude.internal.topics': { dropped: NO_SUCH_SETTING },
  'bootstrap.controllers': { dropped: NO_SUCH_SETTING },
  'partitioner.adaptive.partitioning.enable': { dropped: NO_SUCH_SETTING },
  'partitioner.availability.timeout.ms': { dropped: NO_SUCH_SETTING },
  'compression.gzip.level': { dropped: 'compression.level replaces it' },
  'compression.lz4.level': { dropped: 'compression.level replaces it' },
  'compression.zstd.level': { dropped: 'compression.level replaces it' },
  'config.providers': {
    dropped: 'values contain no references to providers; use an environment variable …_FILE',
  },

  'key.serializer': { dropped: NO_JAVA },
  'value.serializer': { dropped: NO_JAVA },
  'key.deserializer': { dropped: NO_JAVA },
  'value.deserializer': { dropped: NO_JAVA },
  'interceptor.classes': { dropped: NO_JAVA },
  'security.providers': { dropped: NO_JAVA },
  'sasl.login.class': { dropped: NO_JAVA },
  'sasl.login.callback.handler.class': {
    dropped: NO_JAVA,
    except: [
      IAM_LOGIN_HANDLER,
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler',
      'org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler',
    ],
  },
  'sasl.client.callback.handler.class': { dropped: NO_JAVA, except: [IAM_CLIENT_HANDLER] },
  'sasl.oauthbearer.jwt.retriever.class': { dropped: NO_JAVA },
  'sasl.oauthbearer.jwt.validator.class': { dropped: NO_JAVA },
  'ssl.engine.factory.class': { dropped: NO_JAVA },
  'metric.reporters': { dropped: NO_JAVA_METRICS },
  'metrics.num.samples': { dropped: NO_JAVA_METRICS },
  'metrics.recording.level': { dropped: NO_JAVA_METRICS },
  'metrics.sample.window.ms': { dropped: NO_JAVA_METRICS },
  'auto.include.jmx.reporter': { dropped: NO_JAVA_METRICS },

  'ssl.protocol': { dropped: OPENSSL_CHOOSES },
  'ssl.enabled.protocols': { dropped: OPENSSL_CHOOSES },
  'ssl.provider': { dropped: OPENSSL_CHOOSES },
  'ssl.keymanager.algorithm': { dropped: OPENSSL_CHOOSES },
  'ssl.trustmanager.algorithm': { dropped: OPENSSL_CHOOSES },
  'ssl.secure.random.implementation': { dropped: OPENSSL_CHOOSES },
  'sasl.kerberos.ticket.renew.jitter': { dropped: KEEPS_ITS_LOGIN },
  'sasl.kerberos.ticket.renew.window.factor': { dropped: KEEPS_ITS_LOGIN },
  'sasl.login.refresh.buffer.seconds': { dropped: KEEPS_ITS_LOGIN },
  'sasl.login.refresh.min.period.seconds': { dropped: KEEPS_ITS_LOGIN },
  'sasl.login.refresh.window.factor': { dropped: KEEPS_ITS_LOGIN },
  'sasl.login.refresh.window.jitter': { dropped: KEEPS_ITS_LOGIN },
  'sasl.login.connect.timeout.ms': { dropped: KEEPS_ITS_LOGIN },
  'sasl.login.read.timeout.ms': { dropped: KEEPS_ITS_LOGIN },
  'sasl.login.retry.backoff.ms': { dropped: KEEPS_ITS_LOGIN },
  'sasl.login.retry.backoff.max.ms': { dropped: KEEPS_ITS_LOGIN },
  'sasl.oauthbearer.jwks.endpoint.url': { dropped: BROKERS_ONLY },
  'sasl.oauthbearer.expected.audience': { dropped: BROKERS_ONLY },
  'sasl.oauthbearer.expected.issuer': { dropped: BROKERS_ONLY },
  'sasl.oauthbearer.clock.skew.seconds': { dropped: BROKERS_ONLY },
}

function converted(name: string, doc: string, convert: (value: string) => string): Translation {
  return { to: [name], doc, convert }
}

/** An integer, clamped to librdkafka's bounds. */
function number(name: string, min: number, max: number): Translation {
  return converted(name, `${min} to ${max}`, (value) => clamp(value, min, max))
}

function clamp(value: string, min: number, max: number): string {
  if (!/^-?\d+$/.test(value)) throw new ValueFault('a whole number')
  return String(Math.min(max, Math.max(min, Number(value))))
}

const PARTITIONERS: Readonly<Record<string, string>> = {
  DefaultPartitioner: 'murmur2_random',
  UniformStickyPartitioner: 'random',
  RoundRobinPartitioner: 'random',
}

/** Refuses other classes, because they choose other partitions for keys. */
function partitioner(className: string): string {
  const name = PARTITIONERS[simpleName(className)]
  if (name === undefined) throw new ValueFault(`one of ${Object.keys(PARTITIONERS).join(', ')}`)
  return name
}

const OFFSET_RESETS: Readonly<Record<string, string>> = {
  earliest: 'earliest',
  latest: 'latest',
  none: 'error',
}

/** Translates a reset, of the configuration or of a request. @throws {ValueFault} for unknown values */
export function offsetReset(value: string): string {
  const name = OFFSET_RESETS[value.toLowerCase()]
  if (name === undefined) throw new ValueFault(`one of ${Object.keys(OFFSET_RESETS).join(', ')}`)
  return name
}

const ASSIGNORS: Readonly<Record<string, string>> = {
  RangeAssignor: 'range',
  RoundRobinAssignor: 'roundrobin',
  CooperativeStickyAssignor: 'cooperative-sticky',
}

function assignors(value: string): string {
  const known = new Set(Object.values(ASSIGNORS))
  const names = parseList(value, (item) => {
    const name = ASSIGNORS[simpleName(item)] ?? item
    if (!known.has(name)) throw new ValueFault(`one of ${Object.keys(ASSIGNORS).join(', ')}`)
    return name
  })
  // Java clients offer cooperative and eager assignors during an upgrade of a group, which uses the eager ones then.
  // librdkafka cannot mix them.
  const eager = names.filter((name) => name !== 'cooperative-sticky')
  return (eager.length > 0 ? eager : names).join(',')
}

const MECHANISMS = ['GSSAPI', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']

function mechanism(value: string): string {
  // The brokers of Amazon MSK take both at the same ports.
  if (value === AWS_MSK_IAM) return 'OAUTHBEARER'
  if (!MECHANISMS.includes(value)) throw new ValueFault(`one of ${MECHANISMS.join(', ')}`)
  return value
}

/** Java's value is the path of kinit; librdkafka's is a command line with `%{…}` placeholders. */
function kinitCommand(value: string): string {
  if (value.includes('%{')) return value
  const options = '-t "%{sasl.kerberos.keytab}" -k %{sasl.kerberos.principal}'
  return `${value} -R ${options} || ${value} ${options}`
}

function cipherSuites(value: string): string {
  if (/(?:^|,)\s*(?:TLS|SSL)_/.test(value)) {
    throw new ValueFault("OpenSSL's names, as in ECDHE-RSA-AES256-GCM-SHA384, with colons between")
  }
  return value
}

function simpleName(className: string): string {
  return className.replace(/^.*\./, '')
}
