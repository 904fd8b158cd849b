/** Keys of the schema registry and the formats that need one. */

import { parseUrl } from '../authentication-values.ts'
import {
  bool,
  classNamed,
  each,
  ignored,
  int,
  intOrAuto,
  list,
  long,
  oneOf,
  password,
  string,
  unsupported,
  ValueFault,
} from '../define.ts'

const CACHE_IS_BOUNDED = 'sluice.schema.registry.cache.max.bytes bounds the cache'
const OPENSSL_CHOOSES = 'OpenSSL selects it'
const STRATEGIES = ['TopicNameStrategy', 'RecordNameStrategy', 'TopicRecordNameStrategy'] as const

/** Keys of the schema registry and the formats that need one. */
export const schemaRegistryKeys = {
  'schema.registry.url': list({
    default: [],
    valid: '`http://host:port` or `https://host:port`, with or without a path',
    parseItem: registryUrl,
    importance: 'high',
    doc:
      'Addresses of the schema registry. Sluice uses the first address that works until it ' +
      'fails. Without an address the formats with schemas are off. The prefix `client.`, ' +
      '`producer.` or `consumer.` may precede each key that starts with `schema.registry.`; a ' +
      'later prefix in this order wins. With such a prefix the part `schema.registry.` may be ' +
      'omitted, except in `schema.registry.url` and in keys that start with ' +
      '`schema.registry.ssl.`.',
  }),
  'schema.registry.basic.auth.credentials.source': oneOf(['URL', 'USER_INFO', 'SASL_INHERIT'], {
    default: 'URL',
    importance: 'medium',
    doc:
      'Source of the user name and password for the registry: its URL ' +
      '(`http://user:password@host`, percent-encoded), `schema.registry.basic.auth.user.info`, ' +
      'or `client.sasl.jaas.config`. With `sluice.kafka.identity=propagate`, `SASL_INHERIT` takes those with ' +
      'which the principal of the request acts in Kafka. See [security.md](security.md#each-principal-at-the-schema-registry).',
  }),
  'schema.registry.basic.auth.user.info': password({
    importance: 'medium',
    doc: 'User name and password for the registry, separated by a colon.',
  }),
  'schema.registry.bearer.auth.credentials.source': oneOf(
    ['NONE', 'STATIC_TOKEN', 'OAUTHBEARER', 'SASL_OAUTHBEARER_INHERIT'],
    {
      default: 'NONE',
      importance: 'medium',
      doc:
        'Source of the bearer token for the registry: `STATIC_TOKEN` is `schema.registry.bearer.auth.token`, `OAUTHBEARER` an ' +
        'OpenID provider, which is asked for a token by client credentials, and `SASL_OAUTHBEARER_INHERIT` the token of each ' +
        'request, which `sluice.kafka.identity.pass.through` passes to Kafka, too. See ' +
        '[security.md](security.md#each-principal-at-the-schema-registry).',
    },
  ),
  'schema.registry.bearer.auth.issuer.endpoint.url': {
    ...string({
      default: '',
      importance: 'medium',
      doc:
        'URL of the token endpoint with `OAUTHBEARER`. Authorities of its certificate that Node.js does not know are in the ' +
        'file that the environment variable `NODE_EXTRA_CA_CERTS` names.',
    }),
    valid: '`https://host/path` or `http://host/path`',
    parse: parseUrl,
  },
  'schema.registry.bearer.auth.client.id': string({
    default: '',
    importance: 'medium',
    doc: 'Name of the client at the token endpoint.',
  }),
  'schema.registry.bearer.auth.client.secret': password({
    importance: 'medium',
    doc: 'Secret of the client at the token endpoint.',
  }),
  'schema.registry.bearer.auth.scope': string({
    default: '',
    importance: 'low',
    doc: 'Scope of the token; without it the provider chooses.',
  }),
  'schema.registry.bearer.auth.cache.expiry.buffer.seconds': int({
    default: 300,
    min: 0,
    importance: 'low',
    doc: 'Sluice replaces a token this long before its end, or at half of its life if that is later.',
  }),
  'schema.registry.bearer.auth.token': password({
    importance: 'medium',
    doc: 'Bearer token for the registry with `STATIC_TOKEN`.',
  }),
  'schema.registry.bearer.auth.logical.cluster': string({
    default: '',
    importance: 'low',
    doc: 'Value of the header `target-sr-cluster` in requests with the bearer token.',
  }),
  'schema.registry.bearer.auth.identity.pool.id': string({
    default: '',
    importance: 'low',
    doc: 'Value of the header `Confluent-Identity-Pool-Id` in requests with the bearer token.',
  }),
  'schema.registry.ssl.truststore.location': string({
    default: '',
    importance: 'medium',
    doc:
      "PEM, PKCS12 or JKS file with the certificate authorities for the registry's certificate. They replace " +
      'the certificate authorities of Node.js. Sluice reads all trust stores and key stores at ' +
      'start.',
  }),
  'schema.registry.ssl.truststore.certificates': string({
    default: '',
    importance: 'low',
    doc: "Certificate authorities for the registry's certificate as PEM text, instead of a file.",
  }),
  'schema.registry.ssl.truststore.password': password({
    importance: 'medium',
    doc:
      'Password of a PKCS12 or JKS file in `schema.registry.ssl.truststore.location`. A JKS file without a password is ' +
      'read without a check of its integrity.',
  }),
  'schema.registry.ssl.truststore.type': string({
    default: '',
    importance: 'low',
    doc: 'Type of the trust store: `PEM`, `PKCS12` or `JKS`. The content decides; a type that contradicts it is an error.',
  }),
  'schema.registry.ssl.keystore.location': string({
    default: '',
    importance: 'medium',
    doc: 'PEM, PKCS12 or JKS file with the client key and certificates for the registry.',
  }),
  'schema.registry.ssl.keystore.password': password({
    importance: 'medium',
    doc: 'Password of a PKCS12 or JKS file in `schema.registry.ssl.keystore.location`.',
  }),
  'schema.registry.ssl.keystore.type': string({
    default: '',
    importance: 'low',
    doc: 'Type of the key store: `PEM`, `PKCS12` or `JKS`. The content decides; a type that contradicts it is an error.',
  }),
  'schema.registry.ssl.key.password': password({
    importance: 'medium',
    doc: 'Password of the client key for the registry, in an encrypted PEM text or in a store whose password is another.',
  }),
  'schema.registry.ssl.keystore.key': password({
    importance: 'low',
    doc: 'Client key for the registry as PEM text, instead of a file.',
  }),
  'schema.registry.ssl.keystore.certificate.chain': string({
    default: '',
    importance: 'low',
    doc: 'Client certificates, as PEM text, that belong to `schema.registry.ssl.keystore.key`.',
  }),
  'schema.registry.ssl.endpoint.identification.algorithm': oneOf(['https', ''], {
    default: 'https',
    importance: 'low',
    doc:
      "`https` checks that the registry's certificate contains its host name; the empty value " +
      'turns the check off.',
  }),
  'schema.registry.http.connect.timeout.ms': int({
    default: 60000,
    min: 1,
    importance: 'low',
    doc: 'Timeout of a connection to one address of the registry.',
  }),
  'schema.registry.http.read.timeout.ms': int({
    default: 60000,
    min: 1,
    importance: 'low',
    doc: 'Longest time without a byte from one address of the registry during a response.',
  }),
  'sluice.schema.registry.timeout.ms': int({
    default: 10000,
    min: 1,
    importance: 'medium',
    doc:
      'Longest time of a lookup in the registry, with all addresses and retries, and of all ' +
      'lookups for one produce request or one response together. The timeouts of ' +
      '`schema.registry.http` apply if they are shorter.',
  }),
  'schema.registry.max.retries': int({
    default: 3,
    min: 0,
    importance: 'low',
    doc:
      'Number of retries on all addresses of the registry, if no address is reachable or all ' +
      'addresses answer 408, 429 or 5xx.',
  }),
  'schema.registry.retries.wait.ms': int({
    default: 1000,
    min: 0,
    importance: 'low',
    doc: 'Pause before the first retry. Each further retry doubles it.',
  }),
  'schema.registry.retries.max.wait.ms': int({
    default: 20000,
    min: 0,
    importance: 'low',
    doc: 'Longest pause before a retry.',
  }),
  'schema.registry.latest.cache.ttl.sec': int({
    default: 10,
    min: -1,
    importance: 'medium',
    doc:
      'Time for which the latest version of a subject is cached, in seconds. -1 (the default of ' +
      "Confluent's proxy): without limit. The cached version stays in use while the registry is " +
      'down. What a principal sees with its own login is cached for 30 seconds at most.',
  }),
  'sluice.schema.registry.missing.ttl.ms': int({
    default: 1000,
    min: 0,
    importance: 'low',
    doc: 'Time for which a negative answer or a failure of the registry is cached.',
  }),
  'sluice.schema.registry.cache.max.bytes': long({
    default: 67108864,
    min: 0,
    importance: 'low',
    doc:
      'Memory for cached answers of the registry, to all logins together. The least recently used answers are evicted ' +
      'first.',
  }),
  'sluice.schema.threads': intOrAuto({
    min: 1,
    max: 64,
    importance: 'medium',
    doc:
      'Largest number of threads that compile schemas, and encode and decode records with schemas. `auto` is half of ' +
      'the cores, and at least 1. A thread is started by the first record that needs it; records with the same schema use the ' +
      'same thread while it is not busy.',
  }),
  'sluice.schema.work.max.ms': int({
    default: 5000,
    min: 100,
    importance: 'low',
    doc:
      'Longest processor time of one piece of work on a schema: to compile it, or to encode or decode one value. Work that ' +
      'takes longer is refused (503), and ends its thread, which is replaced; other requests on the thread are done again. The schema is ' +
      'refused for a minute if it cannot be compiled, or at the second such value.',
  }),
  'sluice.schema.heap.max.bytes': long({
    default: 268435456,
    min: 67108864,
    importance: 'low',
    doc:
      'Largest heap of one thread for schemas. A thread that needs more is ended and replaced, as with ' +
      '`sluice.schema.work.max.ms`. The messages of one Protobuf value, and the JSON of one record in any format, may take five ' +
      'eighths of it, by an estimate; a value that would take more is refused before (400 for a request, 408 for a read).',
  }),
  'sluice.schema.max.bytes': int({
    default: 1048576,
    min: 1024,
    importance: 'low',
    doc:
      'Largest size of a schema in a request, in bytes of UTF-8 (413 above it), and of a ' +
      'schema from the registry with all its references.',
  }),
  'sluice.schema.record.max.bytes': int({
    default: 4194304,
    min: 1024,
    importance: 'low',
    doc:
      'Largest size of the JSON text of a key or a value in a format with schemas, in bytes of ' +
      'UTF-8 (413 above it). `max.message.bytes` of the topic bounds the encoded record.',
  }),
  'schema.registry.normalize.schemas': bool({
    default: false,
    importance: 'low',
    doc: 'Whether the registry normalizes schemas for lookups and registrations.',
  }),
  'schema.registry.key.subject.name.strategy': classNamed(STRATEGIES, {
    default: 'TopicNameStrategy',
    importance: 'medium',
    doc: 'Strategy that names the subjects of key schemas.',
  }),
  'schema.registry.value.subject.name.strategy': classNamed(STRATEGIES, {
    default: 'TopicNameStrategy',
    importance: 'medium',
    doc: 'Strategy that names the subjects of value schemas.',
  }),

  'schema.registry.auto.register.schemas': bool({
    default: true,
    importance: 'medium',
    doc:
      'Whether Sluice registers a schema in a request if its subject does not contain it. With ' +
      '`false` such a request gets 42207.',
  }),
  'schema.registry.use.latest.version': bool({
    default: false,
    importance: 'low',
    doc:
      'Whether a request without a schema for its keys or values uses the latest version of the ' +
      'subject, if the subject is named after the topic. A null is then written as a record ' +
      'without a value (tombstone), regardless of the schema.',
  }),

  'null.request.body.always.publishes.empty.record': bool({
    default: false,
    importance: 'low',
    doc:
      'Whether a null is written as a record without a value (tombstone) even if a schema is ' +
      'given, without a check against the schema.',
  }),
  ...each(
    [
      'schema.registry.ssl.protocol',
      'schema.registry.ssl.provider',
      'schema.registry.ssl.enabled.protocols',
      'schema.registry.ssl.cipher.suites',
      'schema.registry.ssl.keymanager.algorithm',
      'schema.registry.ssl.trustmanager.algorithm',
      'schema.registry.ssl.secure.random.implementation',
      'schema.registry.ssl.engine.factory.class',
    ],
    ignored(OPENSSL_CHOOSES),
  ),
  ...each(
    ['schema.registry.max.schemas.per.subject', 'schema.registry.latest.cache.size'],
    ignored(CACHE_IS_BOUNDED),
  ),
  ...each(
    ['schema.registry.bearer.auth.scope.claim.name', 'schema.registry.bearer.auth.sub.claim.name'],
    ignored('the registry reads the claims of a token, and Sluice does not'),
  ),
  'schema.registry.bearer.auth.custom.provider.class': unsupported('Sluice loads no Java classes', [
    '',
  ]),
  ...each(
    ['schema.registry.proxy.host', 'schema.registry.proxy.port'],
    unsupported('connections to the registry use no proxy', ['', '-1']),
  ),
  'schema.registry.url.randomize': unsupported('addresses are used in the order of the list', [
    'false',
  ]),
  ...each(
    [
      'schema.registry.use.latest.with.metadata',
      'schema.registry.use.schema.id',
      'schema.registry.use.schema.guid',
    ],
    unsupported('requests select their schemas', ['', 'false', '-1']),
  ),
  ...each(
    [
      'schema.registry.rule.executors',
      'schema.registry.rule.actions',
      'schema.registry.rule.service.loader.enable',
      'schema.registry.rule.metrics.enable',
    ],
    unsupported("rules of the registry's data contracts are not executed", ['', 'false']),
  ),
  ...each(
    [
      'schema.registry.key.schema.id.serializer',
      'schema.registry.key.schema.id.deserializer',
      'schema.registry.value.schema.id.serializer',
      'schema.registry.value.schema.id.deserializer',
    ],
    unsupported('the schema id always precedes the payload', ['']),
  ),
  'schema.registry.context.name.strategy': unsupported('put the context into schema.registry.url', [
    '',
  ]),
  ...each(
    [
      'schema.registry.id.compatibility.strict',
      'schema.registry.latest.compatibility.strict',
      'schema.registry.propagate.schema.tags',
      'schema.registry.schema.format',
      'schema.registry.schema.reflection',
      'schema.registry.execution.environment',
    ],
    ignored('schemas are used as the registry returns them'),
  ),
} as const

const REGISTRY_PREFIX = 'schema.registry.'
/** The prefixes in ascending precedence. */
const CLIENT_PREFIXES = ['client.', 'producer.', 'consumer.']
/** Names that mean a setting of Kafka, or none, under a client's prefix. */
const NEEDS_REGISTRY_PREFIX = /^(?:url|ssl\.)/

/** Returns the other names of a key of the registry, in ascending precedence; empty for other keys. */
export function otherNamesOf(key: string): readonly string[] {
  if (!key.startsWith(REGISTRY_PREFIX)) return []
  const short = key.slice(REGISTRY_PREFIX.length)
  const names = NEEDS_REGISTRY_PREFIX.test(short) ? [key] : [short, key]
  return CLIENT_PREFIXES.flatMap((prefix) => names.map((name) => prefix + name))
}

/** Removes trailing slashes. Keeps credentials and path. */
function registryUrl(text: string): string {
  const expected = new ValueFault(
    'http://host:port or https://host:port, in which special characters of a user name and ' +
      'password are percent-encoded',
  )
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw expected
  const { search, hash, username, password } = new URL(text)
  if (search !== '' || hash !== '' || !isDecodable(username + password)) throw expected
  return text.replace(/\/+$/, '')
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
