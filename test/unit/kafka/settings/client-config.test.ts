/** Settings of Kafka's Java clients as properties of librdkafka. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFault, loadConfig, ValueFault } from '../../../../src/config/index.ts'
import {
  adminProperties,
  type ClientProperties,
  checkClientSettings,
  consumerProperties,
  producerProperties,
} from '../../../../src/kafka/settings/client-config.ts'
import { LIBRDKAFKA_PROPERTIES } from '../../../../src/kafka/settings/librdkafka-properties.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
const KRB5 = 'com.sun.security.auth.module.Krb5LoginModule required'
const OAUTH = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
const ASSIGNORS = 'org.apache.kafka.clients.consumer'

function config(...sets: string[]) {
  return loadConfig({ sets: ['bootstrap.servers=kafka:9092', ...sets] }).config
}

function asObject({ properties }: ClientProperties): Record<string, string> {
  return Object.fromEntries(properties)
}

function producer(...sets: string[]) {
  return asObject(producerProperties(config(...sets)))
}

function consumer(...sets: string[]) {
  return asObject(consumerProperties(config(...sets), { group: 'g' }))
}

function admin(...sets: string[]) {
  return asObject(adminProperties(config(...sets)))
}

function faultsOf(...sets: string[]): string[] {
  return checkClientSettings(config(...sets)).faults.map(describeFault)
}

function warningsOf(...sets: string[]): readonly string[] {
  return checkClientSettings(config(...sets)).warnings
}

const EVERY_CLIENT = {
  'bootstrap.servers': 'kafka:9092',
  'client.id': 'sluice',
  'log.connection.close': 'false',
  'socket.keepalive.enable': 'true',
  'socket.nagle.disable': 'true',
  'topic.metadata.refresh.sparse': 'true',
  'reconnect.backoff.max.ms': '1000',
  'socket.timeout.ms': '10000',
}

test('the producer puts keys where Java does, and writes everything once', () => {
  assert.deepEqual(producer(), {
    ...EVERY_CLIENT,
    partitioner: 'murmur2_random',
    'enable.idempotence': 'true',
    acks: 'all',
    'message.max.bytes': '1048576',
    'delivery.timeout.ms': '30000',
    'topic.metadata.propagation.max.ms': '3000',
    'topic.metadata.refresh.interval.ms': '60000',
    'linger.ms': '1',
    'queue.buffering.max.messages': '0',
    'queue.buffering.max.kbytes': '2147483647',
  })
})

test('a consumer commits what was delivered, and fetches a little ahead', () => {
  assert.deepEqual(consumer(), {
    ...EVERY_CLIENT,
    'group.id': 'g',
    'enable.auto.commit': 'true',
    'enable.auto.offset.store': 'false',
    'isolation.level': 'read_uncommitted',
    'allow.auto.create.topics': 'false',
    'queued.max.messages.kbytes': '384',
    'queued.min.messages': '1000',
    'statistics.interval.ms': '10000',
    'fetch.max.bytes': '393216',
    'max.partition.fetch.bytes': '393216',
    'message.max.bytes': '393216',
    'fetch.wait.max.ms': '500',
    'fetch.queue.backoff.ms': '1',
    'topic.metadata.refresh.interval.ms': '5000',
    'metadata.max.age.ms': '900000',
    'max.poll.interval.ms': '330000',
  })
})

test('the admin client has only what every client has', () => {
  assert.deepEqual(admin(), EVERY_CLIENT)
})

test('the id of the process is part of the client id', () => {
  assert.equal(producer('id=east')['client.id'], 'sluice-east')
  assert.equal(producer('id=east', 'client.client.id=mine')['client.id'], 'mine')
})

test('what a request says wins over what the operator says', () => {
  const settings = config('consumer.enable.auto.commit=true', 'client.auto.offset.reset=latest')
  const choices = {
    group: 'g',
    autoCommit: false,
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
  }
  const properties = asObject(consumerProperties(settings, choices))
  assert.equal(properties['isolation.level'], 'read_committed')
  assert.equal(properties['enable.auto.commit'], 'false')
  assert.equal(properties['auto.offset.reset'], 'earliest')
})

test('what a request leaves open is what the operator says', () => {
  const properties = consumer('consumer.enable.auto.commit=false', 'client.auto.offset.reset=none')
  assert.equal(properties['enable.auto.commit'], 'false')
  assert.equal(properties['auto.offset.reset'], 'error')
})

test('a request that asks for an unknown start is refused', () => {
  const create = () => consumerProperties(config(), { group: 'g', autoOffsetReset: 'middle' })
  assert.throws(create, ValueFault)
})

test('half of the prefetch may be queued while the other half is fetched', () => {
  const small = consumer('sluice.consumer.prefetch.max.bytes=65536')
  assert.equal(small['queued.max.messages.kbytes'], '32')
  assert.equal(small['fetch.max.bytes'], '32768')
  assert.equal(small['message.max.bytes'], '32768')
  const large = consumer('sluice.consumer.prefetch.max.bytes=1073741824')
  assert.equal(large['fetch.max.bytes'], '536870912')
})

test('a consumer stays in its group as long as its instance lives', () => {
  const properties = consumer('consumer.instance.timeout.ms=3600000')
  assert.equal(properties['max.poll.interval.ms'], '3630000')
})

test('a client takes client. and its own prefix, and its own wins', () => {
  const sets = [
    'client.linger.ms=1',
    'producer.linger.ms=7',
    'client.client.rack=a',
    'admin.debug=x',
  ]
  assert.equal(producer(...sets)['linger.ms'], '7')
  assert.equal(producer(...sets)['debug'], undefined)
  assert.equal(consumer(...sets)['client.rack'], 'a')
  assert.equal(admin(...sets)['debug'], 'x')
  assert.deepEqual(warningsOf(...sets), ['producer.linger.ms (--set): replaces client.linger.ms'])
})

test('a setting goes only to the clients that have a use for it', () => {
  const sets = ['client.linger.ms=7', 'client.session.timeout.ms=10000']
  assert.equal(consumer(...sets)['linger.ms'], undefined)
  assert.equal(producer(...sets)['session.timeout.ms'], undefined)
  assert.equal(admin(...sets)['linger.ms'], undefined)
})

test('an alias of librdkafka replaces the default of the other name', () => {
  const properties = producer('producer.queue.buffering.max.ms=20', 'producer.message.timeout.ms=9')
  assert.equal(properties['linger.ms'], undefined)
  assert.equal(properties['queue.buffering.max.ms'], '20')
  assert.equal(properties['delivery.timeout.ms'], undefined)
  assert.equal(properties['message.timeout.ms'], '9')
})

test('keys of the proxy itself are no client settings', () => {
  const sets = [
    'consumer.threads=1',
    'consumer.request.timeout.ms=1',
    'consumer.request.max.bytes=1',
    'consumer.instance.timeout.ms=300000',
    'consumer.iterator.timeout.ms=1',
    'consumer.iterator.backoff.ms=1',
    'producer.threads=1',
    'client.init.timeout.ms=1',
    'client.timeout.ms=1',
  ]
  assert.deepEqual(warningsOf(...sets), [])
  assert.deepEqual(consumer(...sets), consumer())
  assert.deepEqual(producer(...sets), producer())
})

const JAAS = 'client.sasl.jaas.config='
const FROM_JAVA: [settings: string[], expected: Record<string, string>][] = [
  [['client.bootstrap.servers=SASL_SSL://a:1, b:2'], { 'bootstrap.servers': 'a:1,b:2' }],
  [
    ['client.request.timeout.ms=400000'],
    { 'request.timeout.ms': '300000', 'socket.timeout.ms': '300000' },
  ],
  [['client.metadata.max.age.ms=60000'], { 'topic.metadata.refresh.interval.ms': '60000' }],
  [['client.connections.max.idle.ms=-1'], { 'connections.max.idle.ms': '0' }],
  [['client.send.buffer.bytes=-1'], { 'socket.send.buffer.bytes': '0' }],
  [['client.retry.backoff.ms=0'], { 'retry.backoff.ms': '1' }],
  [['producer.max.request.size=2147483647'], { 'message.max.bytes': '1000000000' }],
  [['producer.delivery.timeout.ms=5000'], { 'delivery.timeout.ms': '5000' }],
  [['producer.max.block.ms=5000'], { 'topic.metadata.propagation.max.ms': '5000' }],
  [['producer.batch.size=0'], { 'batch.size': '1' }],
  [['producer.compression.type=lz4'], { 'compression.type': 'lz4' }],
  [
    ['producer.partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner'],
    { partitioner: 'random' },
  ],
  [['producer.partitioner.ignore.keys=true'], { partitioner: 'random' }],
  [['client.sasl.mechanism=SCRAM-SHA-512'], { 'sasl.mechanism': 'SCRAM-SHA-512' }],
  [['client.security.protocol=SASL_SSL'], { 'security.protocol': 'SASL_SSL' }],
  [
    [`${JAAS}${PLAIN} username="u" password="p\\"q";`],
    { 'sasl.username': 'u', 'sasl.password': 'p"q' },
  ],
  [[`${JAAS}${SCRAM} username="u" password="p";`], { 'sasl.username': 'u', 'sasl.password': 'p' }],
  [
    [`${JAAS}${KRB5} useKeyTab=true keyTab="/k" principal="u@R" serviceName="kafka";`],
    {
      'sasl.kerberos.keytab': '/k',
      'sasl.kerberos.principal': 'u@R',
      'sasl.kerberos.service.name': 'kafka',
    },
  ],
  [[`${JAAS}${KRB5} useTicketCache=true;`], { 'sasl.kerberos.min.time.before.relogin': '0' }],
  [
    ['client.sasl.kerberos.kinit.cmd=/bin/kinit'],
    {
      'sasl.kerberos.kinit.cmd':
        '/bin/kinit -R -t "%{sasl.kerberos.keytab}" -k %{sasl.kerberos.principal} || ' +
        '/bin/kinit -t "%{sasl.kerberos.keytab}" -k %{sasl.kerberos.principal}',
    },
  ],
  [
    [
      'client.sasl.oauthbearer.token.endpoint.url=https://idp/token',
      `${JAAS}${OAUTH} clientId="i" clientSecret="s" scope="k" extension_a="1" extension_b="2";`,
    ],
    {
      'sasl.oauthbearer.method': 'oidc',
      'sasl.oauthbearer.token.endpoint.url': 'https://idp/token',
      'sasl.oauthbearer.client.id': 'i',
      'sasl.oauthbearer.client.secret': 's',
      'sasl.oauthbearer.scope': 'k',
      'sasl.oauthbearer.extensions': 'a=1,b=2',
    },
  ],
  [
    ['client.ssl.endpoint.identification.algorithm='],
    { 'ssl.endpoint.identification.algorithm': 'none' },
  ],
  [
    ['client.ssl.endpoint.identification.algorithm=HTTPS'],
    { 'ssl.endpoint.identification.algorithm': 'https' },
  ],
]

for (const [settings, expected] of FROM_JAVA) {
  test(`the producer translates ${settings.join(', ')}`, () => {
    const known = new Set(LIBRDKAFKA_PROPERTIES.map(([name]) => name))
    assert.deepEqual(checkClientSettings(config(...settings)), { warnings: [], faults: [] })
    const properties = producer(...settings)
    assert.deepEqual(properties, { ...producer(), ...expected })
    assert.deepEqual(
      Object.keys(properties).filter((name) => !known.has(name)),
      [],
    )
  })
}

const ASSIGNMENT: [value: string, expected: string][] = [
  [`${ASSIGNORS}.RangeAssignor`, 'range'],
  [`${ASSIGNORS}.CooperativeStickyAssignor`, 'cooperative-sticky'],
  [`${ASSIGNORS}.RoundRobinAssignor,${ASSIGNORS}.RangeAssignor`, 'roundrobin,range'],
  [`${ASSIGNORS}.RangeAssignor, ${ASSIGNORS}.CooperativeStickyAssignor`, 'range'],
  ['roundrobin', 'roundrobin'],
]

for (const [value, expected] of ASSIGNMENT) {
  test(`the assignment strategy ${value} is ${expected}`, () => {
    const properties = consumer(`consumer.partition.assignment.strategy=${value}`)
    assert.equal(properties['partition.assignment.strategy'], expected)
  })
}

const REFUSED: [setting: string, fault: RegExp][] = [
  ['client.ssl.cipher.suites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', /OpenSSL's names/],
  ['client.sasl.mechanism=NTLM', /one of GSSAPI, PLAIN/],
  [`${JAAS}some.other.LoginModule required;`, /expected one of PlainLoginModule/],
  [`${JAAS}${OAUTH} clientId="i" clientSecret="hunter2";`, /token\.endpoint\.url beside it/],
  [`${JAAS}${PLAIN} username="u" password="hunter2"`, /\[hidden\].*one login module/],
  ['producer.partitioner.class=com.example.Mine', /one of DefaultPartitioner/],
  ['producer.max.request.size=1M', /a whole number/],
  ['consumer.partition.assignment.strategy=com.example.Mine', /one of RangeAssignor/],
  ['consumer.auto.offset.reset=middle', /one of earliest, latest, none/],
  ['client.bootstrap.servers=a', /host:port/],
]

for (const [setting, fault] of REFUSED) {
  test(`${setting} is a fault, told once and without secrets`, () => {
    const faults = faultsOf(setting)
    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', fault)
    assert.doesNotMatch(faults[0] ?? '', /hunter2/)
  })
}

const LEFT_OUT = [
  'consumer.group.id=g2',
  'consumer.enable.auto.offset.store=true',
  'consumer.queued.max.messages.kbytes=1',
  'producer.queue.buffering.max.messages=1',
  'producer.queue.buffering.max.kbytes=1',
  'producer.transactional.id=t',
  'consumer.max.poll.records=30',
  'client.interceptor.classes=a.B',
  'client.ssl.protocol=TLS',
  'client.linger.msec=1',
]

for (const setting of LEFT_OUT) {
  test(`${setting} is left out with one warning`, () => {
    const warnings = warningsOf(setting)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /left out/)
    assert.deepEqual(producer(setting), producer())
    assert.deepEqual(consumer(setting), consumer())
    assert.deepEqual(admin(setting), admin())
  })
}

test('a misspelt setting gets the nearest name', () => {
  assert.match(warningsOf('producer.lingr.ms=1').join(), /did you mean producer\.linger\.ms\?$/)
  assert.match(
    warningsOf('client.max.request.sise=1').join(),
    /did you mean client\.max\.request\.size\?$/,
  )
})

test('buffer.memory and empty settings say nothing to librdkafka', () => {
  const sets = [
    'producer.buffer.memory=1000',
    'client.ssl.truststore.location=',
    'client.ssl.provider=',
  ]
  assert.deepEqual(warningsOf(...sets), [])
  assert.deepEqual(producer(...sets), producer())
})

for (const conflict of ['acks=1', 'request.required.acks=0', 'retries=0', 'max.in.flight=6']) {
  test(`${conflict} turns idempotence off, with a warning`, () => {
    const setting = `producer.${conflict}`
    assert.equal(producer(setting)['enable.idempotence'], 'false')
    assert.match(warningsOf(setting).join(), /not idempotent/)
  })

  test(`${conflict} beside enable.idempotence=true is a fault`, () => {
    const faults = faultsOf(`producer.${conflict}`, 'producer.enable.idempotence=true')
    assert.match(faults.join(), /enable\.idempotence = "true" \(--set\): expected false/)
  })
}

test('settings that keep idempotence keep it', () => {
  const sets = ['producer.acks=-1', 'client.max.in.flight.requests.per.connection=5']
  assert.equal(producer(...sets)['enable.idempotence'], 'true')
  assert.deepEqual(warningsOf(...sets), [])
})

test('the embedded cluster is reached without the settings of a real one', () => {
  const sets = [
    'sluice.embedded=true',
    'client.bootstrap.servers=real:9092',
    'client.security.protocol=SSL',
    'client.ssl.truststore.location=/trust.jks',
    'producer.linger.ms=3',
  ]
  const properties = producer(...sets)
  assert.deepEqual(properties, { ...producer(), 'linger.ms': '3' })
  assert.deepEqual(faultsOf(...sets), [])
})
