/** The settings of the registry, and what is said about those that cannot be right. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFault, loadConfig } from '../../../src/config/index.ts'
import { checkClientSettings } from '../../../src/kafka/settings/client-config.ts'
import { loadRegistrySettings } from '../../../src/schema-registry/settings.ts'
import { temporaryFile } from '../config/temporary-file.ts'

const BASIC = 'schema.registry.basic.auth.credentials.source'
const USER_INFO = 'schema.registry.basic.auth.user.info'
const BEARER = 'schema.registry.bearer.auth.credentials.source'
const TOKEN = 'schema.registry.bearer.auth.token'

const JAAS = 'client.sasl.jaas.config'
const URL_KEY = 'schema.registry.url'

function load(...sets: string[]) {
  const all = ['bootstrap.servers=kafka:9092', `${URL_KEY}=http://localhost:8081`, ...sets]
  const { config, faults } = loadConfig({ sets: all })
  assert.deepEqual(faults.map(describeFault), [])
  const loaded = loadRegistrySettings(config)
  return { config, ...loaded, faults: loaded.faults.map(describeFault) }
}

test('without an address there is no registry', () => {
  const { config } = loadConfig({ sets: ['bootstrap.servers=kafka:9092'] })
  assert.deepEqual(loadRegistrySettings(config), {
    settings: undefined,
    warnings: [],
    faults: [],
  })
})

test('what is not set has its default', () => {
  const { settings, warnings, faults } = load()
  assert.deepEqual([warnings, faults], [[], []])
  assert.deepEqual(settings?.endpoints, [{ url: 'http://localhost:8081', headers: {} }])
  const { tls, endpoints, ...rest } = settings ?? {}
  assert.deepEqual(rest, {
    grant: undefined,
    needsLogins: false,
    connectTimeoutMs: 60000,
    readTimeoutMs: 60000,
    timeoutMs: 10000,
    maxRetries: 3,
    retryWaitMs: 1000,
    retryMaxWaitMs: 20000,
    latestTtlMs: 10000,
    failureTtlMs: 1000,
    cacheMaxBytes: 67108864,
    maxSchemaBytes: 1048576,
    normalizes: false,
  })
})

test('times are those that are set', () => {
  const { settings } = load(
    'schema.registry.http.connect.timeout.ms=1',
    'schema.registry.http.read.timeout.ms=2',
    'schema.registry.retries.wait.ms=3',
    'schema.registry.retries.max.wait.ms=4',
  )
  const { connectTimeoutMs, readTimeoutMs, retryWaitMs, retryMaxWaitMs } = settings ?? {}
  assert.deepEqual([connectTimeoutMs, readTimeoutMs, retryWaitMs, retryMaxWaitMs], [1, 2, 3, 4])
})

test('the empty URL is for no registry', () => {
  assert.deepEqual(load('schema.registry.url='), {
    ...load('schema.registry.url='),
    settings: undefined,
  })
})

test('addresses lose their credentials, and keep their paths', () => {
  const { settings } = load(
    'schema.registry.url=http://me:p%40ss@a:1/x/,https://b,http://only@c:80',
  )
  assert.deepEqual(settings?.endpoints, [
    { url: 'http://a:1/x', headers: { authorization: basic('me:p@ss') } },
    { url: 'https://b', headers: {} },
    { url: 'http://c', headers: { authorization: basic('only:') } },
  ])
})

test('a user and password of their own are for all addresses, whatever is in these', () => {
  const { settings } = load(
    'schema.registry.url=http://x:y@a,http://b',
    `${BASIC}=user_info`,
    `client.basic.auth.user.info=me:p:w`,
  )
  const headers = { authorization: basic('me:p:w') }
  assert.deepEqual(settings?.endpoints, [
    { url: 'http://a', headers },
    { url: 'http://b', headers },
  ])
})

test('the login to Kafka that wins is that of the latest prefix', () => {
  const jaas = (user: string) =>
    `org.apache.kafka.common.security.scram.ScramLoginModule required username="${user}" password="x";`
  const { settings } = load(
    `${BASIC}=SASL_INHERIT`,
    `consumer.sasl.jaas.config=${jaas('consumer')}`,
    `client.sasl.jaas.config=${jaas('client')}`,
  )
  assert.deepEqual(settings?.endpoints[0]?.headers, { authorization: basic('consumer:x') })
})

const PROPAGATED = ['sluice.kafka.identity=propagate', 'client.security.protocol=SASL_SSL']
const PASSED = 'sluice.kafka.identity.pass.through'
const BOTH_PASSED = ['authentication.method=BASIC,BEARER', `${PASSED}=PLAIN,OAUTHBEARER`]
const INHERITED = [`${BASIC}=SASL_INHERIT`, `${BEARER}=SASL_OAUTHBEARER_INHERIT`]

/** Loads settings of the registry beside some that are looked at by themselves. */
function loadPropagated(...sets: string[]) {
  const all = [
    'bootstrap.servers=kafka:9092',
    ...PROPAGATED,
    `${URL_KEY}=https://me:hush@a`,
    ...sets,
  ]
  const { settings, warnings, faults } = loadRegistrySettings(loadConfig({ sets: all }).config)
  return { settings, warnings, faults: faults.map(describeFault) }
}

test('principals that act as themselves are known to the registry by their logins, and the process by none', () => {
  for (const inherited of [INHERITED, INHERITED.slice(0, 1), INHERITED.slice(1)]) {
    const jaas = `${JAAS}=org.apache.kafka.common.security.plain.PlainLoginModule required username="me" password="hush";`
    const loaded = loadPropagated(...BOTH_PASSED, ...inherited, jaas)
    assert.deepEqual([loaded.faults, loaded.warnings], [[], []])
    assert.equal(loaded.settings?.needsLogins, true)
    assert.deepEqual(loaded.settings?.endpoints, [{ url: 'https://a', headers: {} }])
  }
})

test('other sources are one login for all principals', () => {
  const { settings, faults } = loadPropagated(
    ...BOTH_PASSED,
    `${BASIC}=USER_INFO`,
    `${USER_INFO}=a:b`,
  )
  assert.deepEqual(faults, [])
  assert.equal(settings?.needsLogins, false)
  assert.deepEqual(settings?.endpoints, [
    { url: 'https://a', headers: { authorization: basic('a:b') } },
  ])
})

test('headers of tokens are sent with those of principals', () => {
  const cluster = 'schema.registry.bearer.auth.logical.cluster=lsrc-1'
  const { settings } = loadPropagated(...BOTH_PASSED, ...INHERITED, cluster)
  assert.deepEqual(settings?.endpoints[0]?.headers, { 'target-sr-cluster': 'lsrc-1' })
})

test('logins of principals on a way without TLS are warned about', () => {
  const { warnings, faults } = loadPropagated(
    ...BOTH_PASSED,
    ...INHERITED,
    `${URL_KEY}=https://a,http://b`,
  )
  assert.deepEqual(faults, [])
  assert.equal(warnings.length, 1)
  assert.match(
    warnings[0] ?? '',
    /^schema\.registry\.url \(--set\): the passwords and tokens of principals/,
  )
})

test("Confluent's plug-in with a file of credentials makes principals known to the registry", () => {
  const { settings, faults } = load(
    'kafka.rest.resource.extension.class=io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension',
    'sluice.kafka.credentials.file=/kafka.jaas',
    'client.security.protocol=SASL_SSL',
    `${BASIC}=SASL_INHERIT`,
    `${JAAS}=org.apache.kafka.common.security.plain.PlainLoginModule required username="me" password="hush";`,
  )
  assert.deepEqual(faults, [])
  assert.equal(settings?.needsLogins, true)
  assert.deepEqual(settings?.endpoints[0]?.headers, {})
})

const KEYS_OF_PRINCIPALS = ['client.security.protocol=SSL']
const TOKENS_ONLY = ['authentication.method=BEARER', `${PASSED}=OAUTHBEARER`]
const PASSWORDS_ONLY = ['authentication.method=BASIC', `${PASSED}=PLAIN`]

const impossible: [sets: string[], fault: RegExp][] = [
  [
    [...KEYS_OF_PRINCIPALS, `${BASIC}=SASL_INHERIT`],
    /source = "SASL_INHERIT".*gives no principal a password/,
  ],
  [
    [...TOKENS_ONLY, `${BASIC}=SASL_INHERIT`],
    /source = "SASL_INHERIT".*gives no principal a password/,
  ],
  [
    [...PASSWORDS_ONLY, `${BEARER}=SASL_OAUTHBEARER_INHERIT`],
    /source = "SASL_OAUTHBEARER_INHERIT".*OAUTHBEARER in sluice\.kafka\.identity\.pass\.through/,
  ],
  [
    [
      ...BOTH_PASSED,
      `${BEARER}=SASL_OAUTHBEARER_INHERIT`,
      `${BASIC}=USER_INFO`,
      `${USER_INFO}=a:b`,
    ],
    /source = "USER_INFO".*there can be only one/,
  ],
  [
    [...BOTH_PASSED, `${BASIC}=SASL_INHERIT`, `${BEARER}=STATIC_TOKEN`, `${TOKEN}=hush`],
    /source = "SASL_INHERIT".*there can be only one/,
  ],
]

for (const [sets, expected] of impossible) {
  test(`${sets.join(' and ')} is a fault where principals act as themselves`, () => {
    const { faults } = loadPropagated(...sets)
    assert.equal(faults.length, 1, faults.join('\n'))
    assert.match(faults[0] ?? '', expected)
  })
}

test('a token is not inherited without principals', () => {
  const { faults } = load(`${BEARER}=SASL_OAUTHBEARER_INHERIT`)
  assert.equal(faults.length, 1)
  assert.match(
    faults[0] ?? '',
    /expected STATIC_TOKEN or OAUTHBEARER; or beside it sluice\.kafka\.identity=propagate/,
  )
})

function basic(userInfo: string): string {
  return `Basic ${Buffer.from(userInfo).toString('base64')}`
}

const KERBEROS = 'com.sun.security.auth.module.Krb5LoginModule required keyTab="/hush";'

const faulty: [sets: string[], fault: RegExp][] = [
  [[`${BASIC}=USER_INFO`], /user\.info \(not set\): expected user:password in /],
  [
    [`${BASIC}=USER_INFO`, `${USER_INFO}=hush`],
    /user\.info = "\[hidden\]" \(--set\): expected user:/,
  ],
  [[`${BASIC}=SASL_INHERIT`], /source = "SASL_INHERIT".*expected.* in client\.sasl\.jaas\.config/],
  [
    [`${BASIC}=SASL_INHERIT`, `client.sasl.jaas.config=${KERBEROS}`],
    /expected username and password/,
  ],
  [[`${BASIC}=SASL_INHERIT`, 'client.sasl.jaas.config=hush'], /expected one login module/],
  [[`${BEARER}=STATIC_TOKEN`], /token \(not set\): expected printable/],
  [
    [`${BEARER}=STATIC_TOKEN`, `${TOKEN}=hu sh`],
    /token = "\[hidden\]" \(--set\): expected printable/,
  ],
  [
    [`${BEARER}=STATIC_TOKEN`, `${TOKEN}=hush`, `${BASIC}=URL`],
    /source = "URL".*expected no value beside .*there can be only one/,
  ],
  [
    ['schema.registry.ssl.truststore.location=/no/such'],
    /expected a file that can be read: \/no\/such: ENOENT/,
  ],
  [
    ['schema.registry.ssl.keystore.location=/no/such'],
    /expected a file that can be read: \/no\/such: ENOENT/,
  ],
  [['client.schema.registry.ssl.truststore.certificates=no'], /expected certificates in PEM/],
  [['schema.registry.ssl.keystore.key=hush'], /key = "\[hidden\]".*expected a private key in PEM/],
]

for (const [sets, expected] of faulty) {
  test(`${sets.join(' and ')} is a fault`, () => {
    const { faults } = load(...sets)
    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', expected)
    assert.doesNotMatch(faults[0] ?? '', /hush|hu sh/)
  })
}

test('damaged stores are faults', () => {
  const jks = temporaryFile('store.p12', Buffer.from('feedfeed00000002', 'hex'))
  const p12 = temporaryFile('store.jks', Buffer.from('3082', 'hex'))
  const prefix = 'schema.registry.ssl.'
  const faults = (line: string) => load(prefix + line).faults.join()
  assert.match(faults(`truststore.location=${jks}`), /expected a valid JKS file: .* is damaged$/)
  assert.match(faults(`truststore.location=${p12}`), /expected a valid PKCS12 file: .* is damaged$/)
  assert.match(faults(`keystore.location=${jks}`), /expected a valid JKS file: .* is damaged$/)
  assert.match(faults(`keystore.location=${p12}`), /expected a valid PKCS12 file: .* is damaged$/)
})

test('a type that contradicts the content of a store is a fault', () => {
  const jks = temporaryFile('typed.jks', Buffer.from('feedfeed00000002', 'hex'))
  for (const store of ['truststore', 'keystore']) {
    const prefix = `schema.registry.ssl.${store}`
    const { faults } = load(`${prefix}.location=${jks}`, `${prefix}.type=PEM`)
    assert.match(faults.join(), /type = "PEM" \(--set\): expected JKS, which .* is$/)
  }
})

test('credentials that nothing asks for are warned about', () => {
  assert.deepEqual(load(`${USER_INFO}=a:b`, `producer.bearer.auth.token=hush`).warnings, [
    `${USER_INFO} (--set): not used without ${BASIC}=USER_INFO`,
    `producer.bearer.auth.token (--set): not used without ${BEARER}=STATIC_TOKEN`,
  ])
})

test('tokens of an issuer need its URL, and the name and the secret of the client', () => {
  const key = (name: string) => `schema.registry.bearer.auth.${name}`
  const { faults } = load(`${BEARER}=OAUTHBEARER`)
  for (const name of ['issuer.endpoint.url', 'client.id', 'client.secret']) {
    assert.ok(
      faults.some((fault) => fault.startsWith(key(name))),
      name,
    )
  }
  const id = `${key('client.id')}=me`
  assert.deepEqual(load(id).warnings, [
    `${key('client.id')} (--set): not used without ${BEARER}=OAUTHBEARER`,
  ])
  const all = [id, `${key('client.secret')}=s`, `${key('issuer.endpoint.url')}=https://idp/token`]
  const loaded = load(`${BEARER}=OAUTHBEARER`, ...all)
  assert.deepEqual([loaded.faults, loaded.warnings], [[], []])
  assert.equal(loaded.settings?.grant?.url, 'https://idp/token')
})

test('host names are checked unless that is turned off', () => {
  const key = 'schema.registry.ssl.endpoint.identification.algorithm'
  assert.equal(load().settings?.tls.checkServerIdentity, undefined)
  assert.equal(load(`${key}=HTTPS`).settings?.tls.checkServerIdentity, undefined)
  const { tls } = load(`${key}=`).settings ?? {}
  assert.equal(tls?.checkServerIdentity?.('a', {} as never), undefined)
})

test("Kafka's clients don't see the registry's settings", () => {
  const { config } = load(
    'client.schema.registry.url=http://a',
    'client.basic.auth.user.info=a:b',
    'client.basic.auth.credentials.source=USER_INFO',
    'producer.max.retries=1',
    'consumer.schema.registry.ssl.truststore.type=PEM',
  )
  assert.deepEqual(checkClientSettings(config), { warnings: [], faults: [] })
  assert.equal(config['schema.registry.max.retries'], 1)
})
