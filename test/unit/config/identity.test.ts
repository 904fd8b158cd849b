/** The keys of the identity in Kafka: what belongs together, and what prevents the start. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  keyOfCredentials,
  loadConfig,
  passThroughOf,
  principalSourceOf,
  propagatesIdentity,
} from '../../../src/config/index.ts'

const CLASS = 'io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension'
const FILE = 'sluice.kafka.credentials.file=/etc/kafka.jaas'

function load(...sets: string[]) {
  const { config, faults, warnings } = loadConfig({
    sets: ['bootstrap.servers=127.0.0.1:1', ...sets],
  })
  return { config, keys: faults.map(({ key }) => key), warnings }
}

test('requests share one identity by default', () => {
  const { config, keys } = load()
  assert.deepEqual([propagatesIdentity(config), keys], [false, []])
})

test("the key and the class of Confluent's plug-in propagate the identity of principals", () => {
  for (const set of [
    'sluice.kafka.identity=propagate',
    `kafka.rest.resource.extension.class=${CLASS}`,
  ]) {
    const { config, keys, warnings } = load(set, FILE)
    assert.deepEqual([propagatesIdentity(config), keys, warnings], [true, [], []])
  }
})

test('credentials and their use need each other', () => {
  assert.deepEqual(load('sluice.kafka.identity=propagate').keys, ['sluice.kafka.credentials.file'])
  assert.deepEqual(load(FILE).keys, ['sluice.kafka.credentials.file'])
})

test('other plug-ins prevent the start', () => {
  const key = 'kafka.rest.resource.extension.class'
  for (const value of ['com.example.Other', `${CLASS},com.example.Other`]) {
    assert.ok(load(`${key}=${value}`, FILE).keys.includes(key), value)
  }
})

test("Confluent's plug-in takes the principal from certificates, or from logins", () => {
  const method = 'confluent.rest.auth.propagate.method'
  const plugIn = `kafka.rest.resource.extension.class=${CLASS}`
  assert.equal(principalSourceOf(load(FILE, plugIn).config), 'certificate')
  assert.equal(principalSourceOf(load(FILE, plugIn, `${method}=SSL`).config), 'certificate')
  assert.equal(principalSourceOf(load(FILE, plugIn, `${method}=JETTY_AUTH`).config), 'login')
  assert.deepEqual(load(FILE, plugIn, `${method}=LDAP`).keys, [method])
  const own = load(FILE, 'sluice.kafka.identity=propagate', `${method}=JETTY_AUTH`)
  assert.equal(principalSourceOf(own.config), 'any')
})

test('the JAAS file of logins has the credentials, unless they have a file of their own', () => {
  const propagate = 'sluice.kafka.identity=propagate'
  const jaas = 'sluice.auth.jaas.file=/etc/jaas'
  const shared = load(propagate, jaas)
  assert.deepEqual([shared.keys, keyOfCredentials(shared.config)], [[], 'sluice.auth.jaas.file'])
  const own = load(propagate, jaas, FILE)
  assert.equal(keyOfCredentials(own.config), 'sluice.kafka.credentials.file')
})

test('a listener whose principals are those of logins asks for logins', () => {
  const plugIn = [`kafka.rest.resource.extension.class=${CLASS}`, FILE]
  const method = 'confluent.rest.auth.propagate.method'
  const login = ['authentication.method=BASIC', 'sluice.auth.users.file=/users']
  assert.deepEqual(load(...plugIn, `${method}=JETTY_AUTH`).keys, [method])
  assert.deepEqual(load(...plugIn, `${method}=JETTY_AUTH`, ...login).keys, [])
  assert.deepEqual(load(...plugIn, `${method}=SSL`, ...login).keys, [])
})

const PASS = 'sluice.kafka.identity.pass.through'
const PASSWORDS = ['authentication.method=BASIC', 'sluice.auth.users.file=/users']
const TOKENS = ['authentication.method=BEARER', 'public.key.path=/key']

test('logins are passed by the mechanisms of the key, and need no file', () => {
  const propagate = 'sluice.kafka.identity=propagate'
  assert.equal(passThroughOf(load(propagate, FILE).config), undefined)
  const both = [
    'authentication.method=BASIC,BEARER',
    'sluice.auth.users.file=/users',
    TOKENS[1] as string,
  ]
  const { config, keys } = load(propagate, `${PASS}=SCRAM-SHA-512,OAUTHBEARER`, ...both)
  assert.deepEqual(keys, [])
  assert.deepEqual(passThroughOf(config), { password: 'SCRAM-SHA-512', tokens: true })
  const plain = load(propagate, `${PASS}=PLAIN`, ...PASSWORDS)
  assert.deepEqual(
    [plain.keys, passThroughOf(plain.config)],
    [[], { password: 'PLAIN', tokens: false }],
  )
  const tokens = load(propagate, `${PASS}=OAUTHBEARER`, ...TOKENS)
  assert.deepEqual(
    [tokens.keys, passThroughOf(tokens.config)],
    [[], { password: undefined, tokens: true }],
  )
})

const CLUSTER = [
  'sluice.cluster.id=c',
  'sluice.peer.listeners=http://127.0.0.1:1',
  'sluice.peer.secret=a-long-secret-of-peers',
]

test('logins that cannot be passed as the key says prevent the start', () => {
  const propagate = 'sluice.kafka.identity=propagate'
  const plugIn = [`kafka.rest.resource.extension.class=${CLASS}`, ...PASSWORDS]
  for (const sets of [
    [`${PASS}=PLAIN`, ...PASSWORDS],
    [propagate, `${PASS}=PLAIN`],
    [propagate, `${PASS}=PLAIN`, ...TOKENS],
    [propagate, `${PASS}=OAUTHBEARER`, ...PASSWORDS],
    [propagate, `${PASS}=PLAIN,SCRAM-SHA-256`, ...PASSWORDS],
    [propagate, `${PASS}=plain`, ...PASSWORDS],
    [propagate, `${PASS}=PLAIN`, ...PASSWORDS, ...CLUSTER],
    [...plugIn, `${PASS}=PLAIN`, 'confluent.rest.auth.propagate.method=SSL'],
  ]) {
    assert.ok(load(...sets).keys.includes(PASS), sets.join(' '))
  }
  const login = [...plugIn, `${PASS}=PLAIN`, 'confluent.rest.auth.propagate.method=JETTY_AUTH']
  assert.deepEqual(load(...login).keys, [])
})

test('processes of a cluster send each other logins over TLS only', () => {
  const sets = ['sluice.kafka.identity=propagate', `${PASS}=PLAIN`, ...PASSWORDS, ...CLUSTER]
  const https = [
    'sluice.peer.listeners=https://127.0.0.1:1',
    'sluice.peer.ssl.keystore.location=/key',
    'sluice.peer.ssl.truststore.location=/trust',
  ]
  assert.deepEqual(load(...sets).keys, [PASS])
  assert.deepEqual(load(...sets, ...https).keys, [])
  const redirect = ['sluice.peer.mode=redirect', 'advertised.listeners=http://127.0.0.1:2']
  assert.deepEqual(load(...sets, ...redirect).keys, [], 'they send none')
})

test('the embedded cluster knows no principals', () => {
  const { keys } = load('sluice.embedded=true', 'sluice.kafka.identity=propagate', FILE)
  assert.deepEqual(keys, ['sluice.embedded'])
})
