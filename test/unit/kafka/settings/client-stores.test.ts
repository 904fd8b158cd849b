/** The stores of Kafka clients: PEM, PKCS12 and JKS become PEM properties of librdkafka. */
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  type Config,
  describeFault,
  loadConfig,
  printConfig,
} from '../../../../src/config/index.ts'
import { checkWithLibrdkafka } from '../../../../src/kafka/settings/client-check.ts'
import {
  adminProperties,
  checkClientSettings,
  consumerProperties,
  producerProperties,
} from '../../../../src/kafka/settings/client-config.ts'
import { readKeyStore, readTrustStore } from '../../../../src/tls/stores.ts'
import {
  createAuthority,
  createIdentity,
  encryptedPem,
  pkcs12,
  STORE_PASSWORD,
} from '../../../certificates.ts'
import { keyStore, storePath, trustStore } from '../../../stores.ts'

const authority = createAuthority('ca')
const me = createIdentity('me', authority)
const other = createIdentity('other', authority)
const pem = readKeyStore({ location: me.pem })
const ca = readTrustStore({ location: authority.cert })

function config(...lines: string[]): Config {
  const sets = ['bootstrap.servers=a:1', 'client.security.protocol=SSL', ...lines]
  return loadConfig({ file: undefined, environment: {}, sets }).config
}

function sslOf({ properties }: { properties: readonly (readonly [string, string])[] }) {
  return Object.fromEntries(properties.filter(([name]) => /^ssl\..*(pem|location)$/.test(name)))
}

function faultsOf(...lines: string[]): string[] {
  const given = config(...lines)
  return [...checkClientSettings(given).faults, ...checkWithLibrdkafka(given)].map(describeFault)
}

const password = (store: string) => `client.ssl.${store}.password=${STORE_PASSWORD}`
const STORES: [name: string, key: string[], trust: string[]][] = [
  [
    'JKS',
    [`keystore.location=${keyStore('JKS', 'me', me)}`, 'keystore.type=JKS'],
    [`truststore.location=${trustStore('JKS', 'ca', [authority.cert])}`],
  ],
  [
    'PKCS12',
    [`keystore.location=${pkcs12('me', me)}`, 'keystore.type=PKCS12'],
    [`truststore.location=${trustStore('PKCS12', 'ca', [authority.cert])}`, 'truststore.type=JKS'],
  ],
  ['PEM', [`keystore.location=${me.pem}`], [`truststore.location=${authority.cert}`]],
  [
    'encrypted PEM',
    [`keystore.location=${encryptedPem('me', me)}`, `key.password=${STORE_PASSWORD}`],
    [`truststore.location=${authority.cert}`, 'truststore.type=PEM'],
  ],
  [
    'PEM as text',
    [
      `keystore.key=${readFileSync(me.key, 'utf8')}`,
      `keystore.certificate.chain=${readFileSync(me.cert, 'utf8')}`,
    ],
    [`truststore.certificates=${readFileSync(authority.cert, 'utf8')}`],
  ],
]
for (const [name, key, trust] of STORES) {
  test(`${name}: all clients have the key, its certificates and the authorities`, () => {
    const lines = [...key, ...trust].map((line) => `client.ssl.${line}`)
    const sets = [...lines, password('keystore'), password('truststore')]
    const given = config(...sets)
    const expected = {
      'ssl.ca.pem': ca,
      'ssl.key.pem': pem.key,
      'ssl.certificate.pem': pem.certificateChain,
    }
    assert.deepEqual(sslOf(producerProperties(given)), expected)
    assert.deepEqual(sslOf(consumerProperties(given, { group: 'g' })), expected)
    assert.deepEqual(sslOf(adminProperties(given)), expected)
    assert.deepEqual(faultsOf(...sets), [])
    assert.doesNotMatch(JSON.stringify(printConfig(given)), /for tests|PRIVATE KEY/)
  })
}

test("a client's own store replaces the common one", () => {
  const given = config(
    `client.ssl.keystore.location=${me.pem}`,
    `admin.ssl.keystore.location=${other.pem}`,
  )
  assert.equal(sslOf(producerProperties(given))['ssl.key.pem'], pem.key)
  const { key } = readKeyStore({ location: other.pem })
  assert.equal(sslOf(adminProperties(given))['ssl.key.pem'], key)
})

const KEY = `client.ssl.keystore.location=${keyStore('JKS', 'locked', me)}`
const REFUSED: [name: string, settings: string[], fault: RegExp][] = [
  [
    'a wrong password',
    [KEY, 'client.ssl.keystore.password=hush'],
    /^client\.ssl\.keystore\.password = "\[hidden\]" \(--set\): expected the password of .*locked/,
  ],
  [
    'no password',
    [KEY],
    /^client\.ssl\.keystore\.password \(not set\): expected the password of .*locked\.jks$/,
  ],
  [
    'a type that is not that of the file',
    [KEY, password('keystore'), 'client.ssl.keystore.type=PEM'],
    /^client\.ssl\.keystore\.type = "PEM" \(--set\): expected JKS, which .* is$/,
  ],
  ['another type', [KEY, 'client.ssl.keystore.type=BCFKS'], /expected PEM, PKCS12 or JKS; keytool/],
  [
    'a missing trust store',
    ['admin.ssl.truststore.location=/nowhere.jks'],
    /^admin\.ssl\.truststore\.location = .*file that can be read: \/nowhere\.jks: ENOENT$/,
  ],
  [
    'a name that no file may have',
    [`client.ssl.truststore.location=${'x'.repeat(300)}`],
    /^client\.ssl\.truststore\.location = .*file that can be read: x+: ENAMETOOLONG$/,
  ],
  [
    'a text that no file name could be',
    [`client.ssl.truststore.certificates=${'x'.repeat(300)}`],
    /^client\.ssl\.truststore\.certificates = .*expected certificates in PEM/,
  ],
  [
    'a text that is no PEM',
    ['client.ssl.keystore.key=hush'],
    /^client\.ssl\.keystore\.key = "\[hidden\]" \(--set\): expected a private key in PEM/,
  ],
]
for (const [name, settings, fault] of REFUSED) {
  test(`a store with ${name} is a fault, told once and without secrets`, () => {
    const faults = faultsOf(...settings)
    assert.equal(faults.length, 1, faults.join('\n'))
    assert.match(faults[0] ?? '', fault)
    assert.doesNotMatch(faults[0] ?? '', /hush|for tests/)
  })
}

test('librdkafka creates no client whose store cannot be read', () => {
  const given = config('client.ssl.truststore.location=/nowhere.jks')
  assert.deepEqual(sslOf(producerProperties(given)), { 'ssl.ca.pem': 'unusable' })
  const direct = config('client.ssl.ca.pem=-')
  assert.match(checkWithLibrdkafka(direct).map(describeFault).join(), /ssl\.ca\.pem/)
})

test('a changed file is read again, and a broken one keeps the earlier content', () => {
  const file = storePath('renewed.pem')
  copyFileSync(me.pem, file)
  const given = config(`client.ssl.keystore.location=${file}`)
  const key = () => sslOf(consumerProperties(given, { group: 'g' }))['ssl.key.pem']
  assert.equal(key(), pem.key)
  writeFileSync(file, `${readFileSync(other.pem, 'utf8')}\n`)
  const renewed = key()
  assert.equal(renewed, readKeyStore({ location: other.pem }).key)
  writeFileSync(file, 'garbage')
  assert.equal(key(), renewed)
})

test('stores of clients without TLS are not read', () => {
  const given = config(
    'client.security.protocol=PLAINTEXT',
    'client.ssl.truststore.location=/nowhere.jks',
  )
  assert.deepEqual(checkClientSettings(given).faults, [])
  assert.deepEqual(sslOf(producerProperties(given)), {})
})
