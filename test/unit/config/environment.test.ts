/** Environment variables as settings. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Environment,
  environmentName,
  readEnvironment,
} from '../../../src/config/environment.ts'
import { Findings } from '../../../src/config/findings.ts'
import { KEYS } from '../../../src/config/keys/index.ts'
import { temporaryFile } from './temporary-file.ts'

function read(environment: Environment) {
  const findings = new Findings()
  const settings = readEnvironment(environment, findings)
  return { findings, pairs: settings.map(({ key, text }) => [key, text]) }
}

function secretFile(content: string): string {
  return temporaryFile('secret', content)
}

const names: [variable: string, key: string][] = [
  ['KAFKA_REST_LISTENERS', 'listeners'],
  ['KAFKA_REST_CONSUMER_REQUEST_TIMEOUT_MS', 'consumer.request.timeout.ms'],
  ['KAFKA_REST_CLIENT_SASL_JAAS_CONFIG', 'client.sasl.jaas.config'],
  ['KAFKA_REST_A__B', 'a_b'],
  ['KAFKA_REST_A___B', 'a-b'],
  ['KAFKA_REST_A_B__C___D', 'a.b_c-d'],
]

for (const [variable, key] of names) {
  test(`${variable} sets ${key}`, () => {
    assert.deepEqual(read({ [variable]: 'x' }).pairs, [[key, 'x']])
    assert.equal(environmentName(key), variable)
  })
}

test('every key has a variable of its own', () => {
  for (const key of KEYS.keys()) {
    assert.deepEqual(read({ [environmentName(key)]: 'x' }).pairs, [[key, 'x']])
  }
})

test('any key without upper case can be set by its variable', () => {
  const part = fc.stringMatching(/^[a-z0-9]+$/)
  const key = fc
    .tuple(
      fc.constantFrom('zz', 'client'),
      fc.array(fc.tuple(fc.constantFrom('.', '_', '-'), part)),
    )
    .map(([first, rest]) => first + rest.flat().join(''))
    .filter((name) => !/service[._]|\.file$|port/.test(name))
  fc.assert(
    fc.property(key, (name) => {
      assert.deepEqual(read({ [environmentName(name)]: 'x' }).pairs, [[name, 'x']])
    }),
  )
})

test('service links of Kubernetes are ignored with one warning', () => {
  const { pairs, findings } = read({
    KAFKA_REST_PORT: 'tcp://10.0.0.1:8082',
    KAFKA_REST_SERVICE_HOST: '10.0.0.1',
    KAFKA_REST_SERVICE_PORT: '8082',
    KAFKA_REST_SERVICE_PORT_HTTP: '8082',
    KAFKA_REST_PORT_8082_TCP: 'tcp://10.0.0.1:8082',
    KAFKA_REST_PORT_8082_TCP_ADDR: '10.0.0.1',
    KAFKA_REST_PROXY_PORT: 'tcp://10.0.0.2:80',
  })
  assert.deepEqual(pairs, [])
  assert.equal(findings.warnings.length, 1)
})

test('a port that is a number is the port', () => {
  assert.deepEqual(read({ KAFKA_REST_PORT: '8083' }).pairs, [['port', '8083']])
})

for (const [level, ours] of [
  ['DEBUG', 'debug'],
  ['OFF', 'fatal'],
  ['ALL', 'trace'],
] as const) {
  test(`the root log level ${level} of log4j is our ${ours}`, () => {
    const { pairs } = read({ KAFKA_REST_LOG4J_ROOT_LOGLEVEL: level })
    assert.deepEqual(pairs, [['sluice.log.level', ours]])
  })
}

test('our own log level wins over the one of log4j', () => {
  const { pairs } = read({
    KAFKA_REST_SLUICE_LOG_LEVEL: 'warn',
    KAFKA_REST_LOG4J_ROOT_LOGLEVEL: 'DEBUG',
  })
  assert.deepEqual(pairs.at(-1), ['sluice.log.level', 'warn'])
})

test('what steers the image of the original is noted and ignored', () => {
  const { pairs, findings } = read({
    KAFKAREST_HEAP_OPTS: '-Xmx256M',
    KAFKA_REST_CUB_KAFKA_TIMEOUT: '40',
    KAFKA_REST_LOG4J_LOGGERS: 'a=INFO',
    KAFKA_REST_JMX_HOSTNAME: 'h',
    PATH: '/bin',
  })
  assert.deepEqual(pairs, [])
  assert.deepEqual(findings.warnings, [])
  assert.equal(findings.notes.length, 1)
})

test('a _FILE variable gives the content of the file, without the last line end', () => {
  const path = secretFile('user:pass\n\n')
  const { pairs } = read({ KAFKA_REST_CLIENT_SASL_JAAS_CONFIG_FILE: path })
  assert.deepEqual(pairs, [['client.sasl.jaas.config', 'user:pass\n']])
})

test('a setting whose own name ends in .file keeps its path', () => {
  const variable = 'KAFKA_REST_CLIENT_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE'
  assert.deepEqual(read({ [variable]: '/key.pem' }).pairs, [
    ['client.sasl.oauthbearer.assertion.private.key.file', '/key.pem'],
  ])
})

test('_FILE means nothing to an unknown key', () => {
  assert.deepEqual(read({ KAFKA_REST_WHATEVER_FILE: '/x' }).pairs, [['whatever.file', '/x']])
})

test('a variable and its _FILE together are a fault', () => {
  const { pairs, findings } = read({ KAFKA_REST_ID: 'a', KAFKA_REST_ID_FILE: secretFile('b') })
  assert.deepEqual(pairs, [['id', 'a']])
  assert.match(findings.faults[0]?.expected ?? '', /only one of KAFKA_REST_ID and/)
})

/** Every password, also under the prefixes of Kafka clients and of listeners' clients. */
const secrets = [
  ...[...KEYS].filter(([, row]) => 'type' in row && row.type === 'password').map(([key]) => key),
  ...['client.', 'producer.', 'consumer.', 'admin.'].flatMap((prefix) =>
    ['sasl.jaas.config', 'ssl.keystore.password', 'ssl.key.password', 'sasl.password'].map(
      (key) => prefix + key,
    ),
  ),
]

test('every secret can be in a file', () => {
  assert.ok(secrets.length > 16)
  for (const key of secrets) {
    const variable = `${environmentName(key)}_FILE`
    const { pairs, findings } = read({ [variable]: secretFile('s3cret\n') })
    assert.deepEqual([pairs, findings.faults], [[[key, 's3cret']], []], variable)
  }
})

test('the file of a secret is a fault when it is missing, empty, or beside its variable', () => {
  for (const key of secrets) {
    const name = environmentName(key)
    const faulty: Environment[] = [
      { [`${name}_FILE`]: '/does/not/exist' },
      { [`${name}_FILE`]: secretFile('') },
      { [`${name}_FILE`]: secretFile(' \n') },
      { [`${name}_FILE`]: '' },
      { [`${name}_FILE`]: secretFile('a'), [name]: 'b' },
    ]
    for (const environment of faulty) {
      const { findings } = read(environment)
      assert.equal(findings.faults.length, 1, JSON.stringify(environment))
      assert.doesNotMatch(JSON.stringify(findings.faults), /s3cret/)
    }
  }
})

test('a secret that cannot be read is a fault', () => {
  const { pairs, findings } = read({ KAFKA_REST_ID_FILE: '/does/not/exist' })
  assert.deepEqual(pairs, [])
  assert.match(findings.faults[0]?.expected ?? '', /a file that can be read/)
})
