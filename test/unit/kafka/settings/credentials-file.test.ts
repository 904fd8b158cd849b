/** The file with the Kafka credentials of principals, and the properties that they become. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loadConfig } from '../../../../src/config/index.ts'
import {
  adminProperties,
  consumerProperties,
  producerProperties,
} from '../../../../src/kafka/settings/client-config.ts'
import {
  CredentialsFile,
  faultsOfCredentials,
} from '../../../../src/kafka/settings/credentials-file.ts'
import { createLog } from '../../../../src/log.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-credentials-'))
after(() => rmSync(folder, { recursive: true }))
const log = createLog({ level: 'silent', format: 'json' })
const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required'

let files = 0

function configOf(text: string, ...sets: string[]) {
  const file = join(folder, `${++files}.jaas`)
  writeFileSync(file, text)
  const { config } = loadConfig({
    sets: [
      'bootstrap.servers=127.0.0.1:1',
      'client.security.protocol=SASL_PLAINTEXT',
      'client.sasl.mechanism=SCRAM-SHA-512',
      `client.sasl.jaas.config=${SCRAM} username="proxy" password="of the proxy";`,
      'sluice.kafka.identity=propagate',
      `sluice.kafka.credentials.file=${file}`,
      ...sets,
    ],
  })
  return config
}

function faultsOf(text: string, ...sets: string[]): string {
  const faults = faultsOfCredentials(configOf(text, ...sets))
  return faults.map(({ key, expected }) => `${key}: ${expected}`).join('\n')
}

test('the login module with the name of a principal has its credentials', () => {
  const config = configOf(
    `KafkaRest { x.Other required file="f"; };
     KafkaClient { ${PLAIN} username="a" password="1"; ${SCRAM} username="b" password="2"; };`,
  )
  assert.deepEqual(faultsOfCredentials(config), [])
  const file = new CredentialsFile(config, log)
  assert.deepEqual(file.find('a'), { mechanism: 'PLAIN', username: 'a', password: '1' })
  assert.deepEqual(file.find('b'), { mechanism: 'SCRAM-SHA-512', username: 'b', password: '2' })
  for (const other of ['', 'A', 'c', 'proxy', 'constructor']) {
    assert.equal(file.find(other), undefined)
  }
})

test('the properties of a principal have nothing of the credentials of the process', () => {
  const config = configOf('KafkaClient {};', `producer.sasl.username=producer`)
  const identity = { mechanism: 'PLAIN', username: 'a', password: '1' } as const
  for (const { properties } of [
    producerProperties(config, identity),
    consumerProperties(config, { group: 'g' }, identity),
    adminProperties(config, identity),
  ]) {
    const sasl = properties.filter(([name]) => name.startsWith('sasl.'))
    assert.deepEqual(Object.fromEntries(sasl), {
      'sasl.mechanisms': 'PLAIN',
      'sasl.username': 'a',
      'sasl.password': '1',
    })
  }
})

test('a fault of the file prevents the start, and tells no secret', () => {
  const secret = 'do-not-tell'
  for (const [text, expected] of [
    ['', /section KafkaClient/],
    ['KafkaClient {', /line 1/],
    [`KafkaClient { ${PLAIN} username="a" password="${secret}" };`, /line 1/],
    [`KafkaClient { ${PLAIN} username="a"; };`, /a username and a password/],
    [`KafkaClient { ${PLAIN} password="${secret}"; };`, /a username and a password/],
    [
      `KafkaClient { ${PLAIN} username="a" password="${secret}"; ${PLAIN} username="a" password="x"; };`,
      /username a, not several/,
    ],
    ['KafkaClient { x.Krb5LoginModule required principal="a"; };', /not Krb5LoginModule/],
  ] as const) {
    const faults = faultsOf(text)
    assert.match(faults, expected)
    assert.match(faults, /^sluice\.kafka\.credentials\.file: /)
    assert.ok(!faults.includes(secret))
  }
})

test('SCRAM needs the mechanism in the settings of the clients', () => {
  const text = `KafkaClient { ${SCRAM} username="b" password="2"; };`
  assert.match(
    faultsOf(text, 'client.sasl.mechanism=PLAIN'),
    /client\.sasl\.mechanism=SCRAM-SHA-256/,
  )
})

test('clients of Kafka without SASL prevent the start', () => {
  const faults = faultsOf('KafkaClient {};', 'client.security.protocol=PLAINTEXT')
  assert.match(faults, /^producer\.security\.protocol: SASL_SSL/m)
  assert.match(faults, /^consumer\.security\.protocol/m)
  assert.match(faults, /^admin\.security\.protocol/m)
  assert.match(
    faultsOf('KafkaClient {};', 'consumer.security.protocol=PLAINTEXT'),
    /^consumer\.security\.protocol: .* instead of PLAINTEXT$/,
  )
})
