/** The sources together: what wins, what is said, and what stops the start. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFault } from '../../../src/config/findings.ts'
import { KEYS } from '../../../src/config/keys/index.ts'
import { type LoadedConfig, loadConfig } from '../../../src/config/load.ts'
import { temporaryFile } from './temporary-file.ts'

const BROKER = 'bootstrap.servers=kafka:9092'

function propertiesFile(content: string): string {
  return temporaryFile('kafka-rest.properties', content)
}

/** Loads with a broker set, so that only `sets` can be at fault. */
function load(...sets: string[]): LoadedConfig {
  return loadConfig({ sets: [BROKER, ...sets] })
}

function faultsOf(loaded: LoadedConfig): string[] {
  return loaded.faults.map(describeFault)
}

test('with a broker alone, every key has its default and nothing is said', () => {
  const { config, faults, warnings, notes } = load()
  assert.deepEqual({ faults, warnings, notes }, { faults: [], warnings: [], notes: [] })
  assert.deepEqual(config['bootstrap.servers'], ['kafka:9092'])
  for (const [key, row] of KEYS) {
    if (row.support !== 'supported' || row.shownDefault || key === 'bootstrap.servers') continue
    assert.deepEqual(config[key as keyof typeof config], row.default, key)
  }
})

test('the environment wins over the file, and --set over both', () => {
  const file = propertiesFile('id=file\nhost.name=file\nport=1\n')
  const { config } = loadConfig({
    file,
    environment: { KAFKA_REST_HOST_NAME: 'environment', KAFKA_REST_PORT: '2' },
    sets: ['port=3', BROKER],
  })
  assert.deepEqual([config.id, config['host.name'], config.port], ['file', 'environment', 3])
  const sources = ['id', 'host.name', 'port'].map((key) => config.originals.get(key)?.source)
  assert.deepEqual(sources, [`${file}:1`, 'KAFKA_REST_HOST_NAME', '--set'])
})

test('the configuration is frozen', () => {
  const { config } = load('listeners=http://a:1')
  assert.ok(Object.isFrozen(config))
  assert.ok(Object.isFrozen(config.listeners))
})

test('a time of connections that a timer cannot hold prevents the start', () => {
  for (const key of ['idle.timeout.ms', 'sluice.request.head.timeout.ms']) {
    assert.deepEqual(faultsOf(load(`${key}=2147483647`)), [])
    assert.match(faultsOf(load(`${key}=4294967296`)).join(), /expected .*1 to 2147483647/)
  }
})

test('all faults are reported together', () => {
  const file = propertiesFile('consumer.threads=many\nport=70000\n')
  const loaded = loadConfig({
    file,
    environment: { KAFKA_REST_API_V2_ENABLE: 'yes' },
    sets: ['listeners=ftp://a:1', 'nonsense'],
  })
  assert.deepEqual(faultsOf(loaded).sort(), [
    '--set = "nonsense" (command line): expected key=value',
    'api.v2.enable = "yes" (KAFKA_REST_API_V2_ENABLE): expected true or false',
    'bootstrap.servers (not set): expected host:port of a broker; to try Sluice without Kafka, start it with --embedded',
    `consumer.threads = "many" (${file}:1): expected a whole number, at least -1`,
    'listeners = "ftp://a:1" (--set): expected http://, https://, or a name that listener.protocol.map maps to one of them, instead of "ftp://a:1"',
    `port = "70000" (${file}:2): expected a whole number, 0 to 65535`,
  ])
})

test('a file that cannot be read or parsed is a fault', () => {
  assert.match(
    faultsOf(loadConfig({ file: '/no/such', sets: [BROKER] })).join(),
    /a properties file/,
  )
  const malformed = loadConfig({ file: propertiesFile('a=\\u1'), sets: [BROKER] })
  assert.match(faultsOf(malformed).join(), /a properties file: line 1/)
})

test('a duplicate in the file is a warning, and the last one counts', () => {
  const file = propertiesFile('id=a\nid=b\n')
  const { config, warnings } = loadConfig({ file, sets: [BROKER] })
  assert.equal(config.id, 'b')
  assert.deepEqual(warnings, [`id (${file}:2): replaces the value of ${file}:1`])
})

test('--set takes everything behind the first = sign', () => {
  const { config } = load('client.sasl.jaas.config=a b="c";')
  assert.equal(config.originals.get('client.sasl.jaas.config')?.text, 'a b="c";')
})

test('secrets are masked in faults', () => {
  const faults = faultsOf(load('sluice.request.max.bytes=http://u:p@x', 'my.password'))
  assert.match(faults.join('\n'), /http:\/\/\[hidden\]@x/)
  assert.doesNotMatch(faults.join('\n'), /u:p|my\.password/)
})

const warned: [setting: string, warning: RegExp][] = [
  ['boostrap.servers=a:1', /^boostrap\.servers \(--set\): unknown key; did you mean bootstrap/],
  ['cleint.security.protocol=SSL', /did you mean client\.security\.protocol\?$/],
  ['something.else.entirely=1', /unknown key$/],
  ['schema.registry.use.schema.id=7', /not supported yet/],
  ['client.use.schema.id=7', /^client\.use\.schema\.id \(--set\): not supported/],
  [
    'schema.registry.basic.auth.userinfo=a:b',
    /did you mean schema\.registry\.basic\.auth\.user\.inf/,
  ],
  ['thread.pool.max=200', /ignored: /],
  ['consumer.iterator.backoff.ms=50', /ignored: a read wakes as soon as there are records/],
  ['listener.name.http.ssl.protocol=TLS', /not supported yet/],
  ['ssl.protocol=TLS', /ignored: OpenSSL's/],
]

for (const [setting, warning] of warned) {
  test(`${setting} is warned about`, () => {
    const { warnings, faults } = load(setting)
    assert.deepEqual(faults, [])
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', warning)
  })
}

const silent = [
  'compression.enable=FALSE',
  'compression.enable=true',
  'schema.registry.url=',
  'schema.registry.url=http://registry:8081',
  'schema.registry.use.latest.version=false',
  'schema.registry.ssl.truststore.type=pem',
  'api.v3.enable=false',
  'authentication.method=NONE',
  'ssl.client.auth=false',
  'rate.limit.enable=false',
  'api.endpoints.blocklist=',
  'client.security.protocol=SSL',
  'consumer.whatever=1',
]

for (const setting of silent) {
  test(`${setting} asks for nothing that is missing`, () => {
    const { warnings, faults } = load(setting)
    assert.deepEqual({ warnings, faults }, { warnings: [], faults: [] })
  })
}

const protections = [
  'listener.name.http.resource.extension.classes=com.example.Guard',
  'ssl.spire.enabled=true',
  'sni.check.enabled=true',
  'resource.extension.classes=com.example.Guard',
  'websocket.servlet.initializor.classes=com.example.Guard',
  'dos.filter.tenant.enabled=true',
  'listener.name.http.csrf.prevention.enable=true',
  'listener.name.http.dos.filter.enabled=true',
  'listener.name.http.rate.limit.enable=True',
  'listener.name.http.sluice.limits=address 1 requests/s',
  'listener.name.http.api.endpoints.allowlist=api.v2.topics.*',
  'listener.name.http.api.endpoints.blocklist=api.v2.consumers.*',
]

for (const setting of protections) {
  test(`${setting} is refused, as it asks for a protection that is missing`, () => {
    const faults = faultsOf(load(setting))
    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', /does not run without a protection that was asked for$/)
  })
}

test('brokers lose their protocol, and all faulty ones are told', () => {
  const { config } = loadConfig({ sets: ['bootstrap.servers=SSL://a:1, [::1]:2'] })
  assert.deepEqual(config['bootstrap.servers'], ['a:1', '[::1]:2'])
  const faults = faultsOf(loadConfig({ sets: ['bootstrap.servers=a,b:2,c'] }))
  assert.equal(faults.length, 1)
  assert.match(faults[0] ?? '', /instead of "a";.*instead of "c"/)
})

test('blank brokers point to --embedded', () => {
  assert.match(faultsOf(loadConfig({ sets: ['bootstrap.servers= '] })).join(), /--embedded/)
  assert.deepEqual(loadConfig({ sets: ['sluice.embedded=true'] }).faults, [])
})

test('brokers beside the embedded cluster are warned about', () => {
  assert.match(load('sluice.embedded=true').warnings.join(), /not used/)
})

test('addresses of the registry may have credentials and a path, and the last slash goes', () => {
  const { config } = load('schema.registry.url=http://u:p%40@a:1/, https://[::1]:2/apis/v7//')
  assert.deepEqual(config['schema.registry.url'], ['http://u:p%40@a:1', 'https://[::1]:2/apis/v7'])
  for (const url of ['registry:8081', 'ftp://a', 'http://', 'http://a?b=c', 'http://u:%zz@a']) {
    const [fault = ''] = faultsOf(load(`schema.registry.url=${url}`))
    assert.match(fault, /expected http:\/\/host:port or https:/, url)
    assert.doesNotMatch(fault, /%zz/)
  }
})

test('a key of the registry is taken from below the prefixes of clients; the last one wins', () => {
  const key = 'schema.registry.basic.auth.user.info'
  const names = [
    key,
    'client.basic.auth.user.info',
    `producer.${key}`,
    'consumer.basic.auth.user.info',
  ]
  for (const [index, name] of names.entries()) {
    const sets = names.slice(0, index + 1).map((each, value) => `${each}=u:${value}`)
    // Not their order counts, but what they are.
    const { config, warnings, faults } = load(...sets.reverse())
    assert.deepEqual(faults, [])
    assert.equal(config[key], `u:${index}`)
    assert.equal(warnings.length, index)
    if (index > 0) assert.equal(warnings.at(-1), `${name} (--set): replaces ${names[index - 1]}`)
  }
})

test("below a client's prefix, ssl settings without the registry's are Kafka's", () => {
  const { config, warnings } = load(
    'client.ssl.truststore.location=/kafka.pem',
    'client.url=http://a',
  )
  assert.equal(config['schema.registry.ssl.truststore.location'], '')
  assert.deepEqual(config['schema.registry.url'], [])
  assert.deepEqual(warnings, [])
})

test('listeners follow the port unless they are given', () => {
  assert.deepEqual(load('port=9000').config.listeners, ['http://0.0.0.0:9000'])
  assert.deepEqual(load('port=9000', 'listeners=http://a:1').config.listeners, ['http://a:1'])
})

test('a faulty protocol map is told once, without the listeners that need it', () => {
  const faults = faultsOf(load('listeners=A://a:1', 'listener.protocol.map=A'))
  assert.equal(faults.length, 1)
  assert.match(faults[0] ?? '', /^listener\.protocol\.map/)
})

const inflight: [settings: string[], bytes: number][] = [
  [[], 67108864],
  [['sluice.request.max.bytes=1024'], 33554432],
  [['sluice.request.max.bytes=1024', 'client.buffer.memory=2048'], 2048],
  [['client.buffer.memory=1', 'producer.buffer.memory=100000000'], 100000000],
  [['sluice.produce.inflight.max.bytes=80000000'], 80000000],
]

for (const [settings, bytes] of inflight) {
  test(`${settings.join(', ') || 'no setting'} admits ${bytes} bytes in flight`, () => {
    const { config, faults } = load(...settings)
    assert.deepEqual(faults, [])
    assert.equal(config['sluice.produce.inflight.max.bytes'], bytes)
  })
}

test('room for requests that arrive is twice the largest, or what is given', () => {
  const key = 'sluice.request.arriving.max.bytes'
  assert.equal(load().config[key], 2 * 67108864)
  assert.equal(load('sluice.request.max.bytes=2048').config[key], 4096)
  assert.equal(load(`${key}=67108864`).config[key], 67108864)
  assert.match(
    faultsOf(load(`${key}=67108863`)).join(),
    /at least sluice\.request\.max\.bytes, which is 67108864/,
  )
})

test('a bound in flight below the largest request is a fault, and so is a faulty buffer.memory', () => {
  assert.match(
    faultsOf(load('sluice.produce.inflight.max.bytes=1024')).join(),
    /at least sluice\.request\.max\.bytes, which is 67108864/,
  )
  assert.match(faultsOf(load('producer.buffer.memory=64M')).join(), /a whole number, at least 0/)
})
