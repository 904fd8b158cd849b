/** Keys of the schema registry and the formats that need one. */

import {
  bool,
  classNamed,
  each,
  type InertKey,
  ignored,
  int,
  list,
  long,
  oneOf,
  password,
  string,
  unsupported,
  ValueFault,
} from '../define.ts'

const CACHE_IS_BOUNDED = 'sluice.schema.registry.cache.max.bytes is the bound'
const OPENSSL_CHOOSES = 'OpenSSL chooses by itself'
const STATIC_TOKEN_ONLY = 'only STATIC_TOKEN gets a bearer token'
const STRATEGIES = ['TopicNameStrategy', 'RecordNameStrategy', 'TopicRecordNameStrategy'] as const

/** The type of a store is read from its content; what Java calls it is no reason to warn. */
const STORE_TYPE: InertKey = {
  ...ignored("a store's content tells its type"),
  harmless: ['PEM', 'PKCS12', 'JKS'],
}

/** Keys of the schema registry and the formats that need one. */
export const schemaRegistryKeys = {
  'schema.registry.url': list({
    default: [],
    valid: '`http://host:port` or `https://host:port`, with or without a path',
    parseItem: registryUrl,
    importance: 'high',
    doc:
      'Where the schema registry is. The first address that works is used until it fails. Unless ' +
      'it is set, the formats with schemas are off. This key and all others that start with ' +
      '`schema.registry.` are also taken from below `client.`, `producer.` and `consumer.`, of ' +
      'which later ones win; except for the URL and those of `ssl`, they need not have ' +
      '`schema.registry.` in front there.',
  }),
  'schema.registry.basic.auth.credentials.source': oneOf(['URL', 'USER_INFO', 'SASL_INHERIT'], {
    default: 'URL',
    importance: 'medium',
    doc:
      'Where the user name and password for the registry come from: its URL ' +
      '(`http://user:password@host`, percent-encoded), `schema.registry.basic.auth.user.info`, ' +
      'or `client.sasl.jaas.config`.',
  }),
  'schema.registry.basic.auth.user.info': password({
    importance: 'medium',
    doc: 'User name and password for the registry, with a colon between.',
  }),
  'schema.registry.bearer.auth.credentials.source': oneOf(['NONE', 'STATIC_TOKEN'], {
    default: 'NONE',
    importance: 'medium',
    doc: 'Where the bearer token for the registry comes from.',
  }),
  'schema.registry.bearer.auth.token': password({
    importance: 'medium',
    doc: 'Bearer token for the registry, with `STATIC_TOKEN`.',
  }),
  'schema.registry.bearer.auth.logical.cluster': string({
    default: '',
    importance: 'low',
    doc: 'Sent beside the bearer token, as `target-sr-cluster`.',
  }),
  'schema.registry.bearer.auth.identity.pool.id': string({
    default: '',
    importance: 'low',
    doc: 'Sent beside the bearer token, as `Confluent-Identity-Pool-Id`.',
  }),
  'schema.registry.ssl.truststore.location': string({
    default: '',
    importance: 'medium',
    doc:
      "PEM file with the authorities that the registry's certificate is checked against, in the " +
      'place of those of Node.js. Read at start, as all stores are.',
  }),
  'schema.registry.ssl.truststore.certificates': string({
    default: '',
    importance: 'low',
    doc: 'The same as text.',
  }),
  'schema.registry.ssl.keystore.location': string({
    default: '',
    importance: 'medium',
    doc: 'PEM or PKCS12 file with the key and the certificates that are shown to the registry.',
  }),
  'schema.registry.ssl.keystore.password': password({
    importance: 'medium',
    doc: 'Password of that file when it is PKCS12.',
  }),
  'schema.registry.ssl.key.password': password({
    importance: 'medium',
    doc: 'Password of the key when it is PEM and encrypted.',
  }),
  'schema.registry.ssl.keystore.key': password({
    importance: 'low',
    doc: 'The key as text in PEM, in the place of a file.',
  }),
  'schema.registry.ssl.keystore.certificate.chain': string({
    default: '',
    importance: 'low',
    doc: 'The certificates that go with it as text in PEM.',
  }),
  'schema.registry.ssl.endpoint.identification.algorithm': oneOf(['https', ''], {
    default: 'https',
    importance: 'low',
    doc: "`https` checks that the registry's certificate has its host name; empty does not.",
  }),
  'schema.registry.http.connect.timeout.ms': int({
    default: 60000,
    min: 1,
    importance: 'low',
    doc: 'Longest wait for a connection to one address of the registry.',
  }),
  'schema.registry.http.read.timeout.ms': int({
    default: 60000,
    min: 1,
    importance: 'low',
    doc: 'Longest silence of one address of the registry during an answer.',
  }),
  'sluice.schema.registry.timeout.ms': int({
    default: 10000,
    min: 1,
    importance: 'medium',
    doc:
      'Longest that a question to the registry takes, with all its addresses and retries, and ' +
      'that all the questions of a produce request, or of a response, take together. Those ' +
      'of `schema.registry.http` only matter when they are shorter.',
  }),
  'schema.registry.max.retries': int({
    default: 3,
    min: 0,
    importance: 'low',
    doc:
      'How often all addresses of the registry are tried again when none can be reached or all ' +
      'answer 408, 429 or 5xx.',
  }),
  'schema.registry.retries.wait.ms': int({
    default: 1000,
    min: 0,
    importance: 'low',
    doc: 'Wait before the first retry; doubled with each one.',
  }),
  'schema.registry.retries.max.wait.ms': int({
    default: 20000,
    min: 0,
    importance: 'low',
    doc: 'Longest wait before a retry.',
  }),
  'schema.registry.latest.cache.ttl.sec': int({
    default: 10,
    min: -1,
    importance: 'medium',
    doc:
      'How long the latest version of a subject is taken for the latest, in seconds; -1 is for ' +
      'ever, which is the default of the original. While the registry is down, it stays so.',
  }),
  'sluice.schema.registry.missing.ttl.ms': int({
    default: 1000,
    min: 0,
    importance: 'low',
    doc: 'How long a refusal or failure of the registry is the answer to the same question.',
  }),
  'sluice.schema.registry.cache.max.bytes': long({
    default: 67108864,
    min: 0,
    importance: 'low',
    doc: 'Memory for answers of the registry. Those that were not used for longest go first.',
  }),
  'sluice.schema.max.bytes': int({
    default: 1048576,
    min: 1024,
    importance: 'low',
    doc:
      'Longest schema that a request may bring, in bytes of UTF-8 (413 above it), and longest that ' +
      'is taken from the registry, with all that it refers to. Schemas are compiled on the event ' +
      'loop.',
  }),
  'sluice.schema.record.max.bytes': int({
    default: 4194304,
    min: 1024,
    importance: 'low',
    doc:
      'Longest JSON text of a key or a value in a format with schemas, in bytes of UTF-8 (413 above ' +
      'it). It is parsed on the event loop, where a megabyte takes up to 0.2 s. What Kafka takes ' +
      'is bounded by `max.message.bytes` of the topic.',
  }),
  'schema.registry.normalize.schemas': bool({
    default: false,
    importance: 'low',
    doc: 'Whether the registry is asked to compare and register schemas in their normal form.',
  }),
  'schema.registry.key.subject.name.strategy': classNamed(STRATEGIES, {
    default: 'TopicNameStrategy',
    importance: 'medium',
    doc: 'Which subject the schemas of keys are registered under.',
  }),
  'schema.registry.value.subject.name.strategy': classNamed(STRATEGIES, {
    default: 'TopicNameStrategy',
    importance: 'medium',
    doc: 'Which subject the schemas of values are registered under.',
  }),

  'schema.registry.auto.register.schemas': bool({
    default: true,
    importance: 'medium',
    doc:
      'Whether a schema that is written in a request is registered when its subject does not have ' +
      'it. If not, such a request is refused with 42207.',
  }),
  'schema.registry.use.latest.version': bool({
    default: false,
    importance: 'low',
    doc:
      'Whether a request that names no schema for its keys or values uses the latest version of ' +
      'the subject, if that is named after the topic. Nulls stay nulls then, whatever the schema ' +
      'says.',
  }),

  'null.request.body.always.publishes.empty.record': bool({
    default: false,
    importance: 'low',
    doc: 'Whether a null is written as no bytes also where a schema is given, without asking the schema.',
  }),
  ...each(['schema.registry.ssl.truststore.type', 'schema.registry.ssl.keystore.type'], STORE_TYPE),
  'schema.registry.ssl.truststore.password': ignored('a trust store of PEM has no password'),
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
    [
      'schema.registry.bearer.auth.issuer.endpoint.url',
      'schema.registry.bearer.auth.client.id',
      'schema.registry.bearer.auth.client.secret',
      'schema.registry.bearer.auth.scope',
      'schema.registry.bearer.auth.scope.claim.name',
      'schema.registry.bearer.auth.sub.claim.name',
      'schema.registry.bearer.auth.cache.expiry.buffer.seconds',
      'schema.registry.bearer.auth.custom.provider.class',
    ],
    unsupported(STATIC_TOKEN_ONLY, ['']),
  ),
  ...each(
    ['schema.registry.proxy.host', 'schema.registry.proxy.port'],
    unsupported('the registry is asked directly', ['', '-1']),
  ),
  'schema.registry.url.randomize': unsupported('addresses are used in their order', ['false']),
  ...each(
    [
      'schema.registry.use.latest.with.metadata',
      'schema.registry.use.schema.id',
      'schema.registry.use.schema.guid',
    ],
    unsupported('requests say which schema they use', ['', 'false', '-1']),
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
    unsupported('the id of a schema stands in front of the payload', ['']),
  ),
  'schema.registry.context.name.strategy': unsupported(
    'give the context in the URL of the registry',
    [''],
  ),
  ...each(
    [
      'schema.registry.id.compatibility.strict',
      'schema.registry.latest.compatibility.strict',
      'schema.registry.propagate.schema.tags',
      'schema.registry.schema.format',
      'schema.registry.schema.reflection',
      'schema.registry.execution.environment',
    ],
    ignored('schemas are used as the registry has them'),
  ),
} as const

const REGISTRY_PREFIX = 'schema.registry.'
/** In this order, of which later ones win. */
const CLIENT_PREFIXES = ['client.', 'producer.', 'consumer.']
/** What means Kafka's own when it stands below a client's prefix, or nothing. */
const NEEDS_REGISTRY_PREFIX = /^(?:url|ssl\.)/

/** Under which other names `key` may be given; later ones win. Empty unless it is the registry's. */
export function otherNamesOf(key: string): readonly string[] {
  if (!key.startsWith(REGISTRY_PREFIX)) return []
  const short = key.slice(REGISTRY_PREFIX.length)
  const names = NEEDS_REGISTRY_PREFIX.test(short) ? [key] : [short, key]
  return CLIENT_PREFIXES.flatMap((prefix) => names.map((name) => prefix + name))
}

/** Credentials and path stay; slashes at the end don't. */
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
