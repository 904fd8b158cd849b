/** The key store of Kafka clients with a key for each principal, and the properties that the keys become. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadConfig } from '../../../../src/config/index.ts'
import {
  adminProperties,
  checkClientSettings,
} from '../../../../src/kafka/settings/client-config.ts'
import { faultsOfCredentials } from '../../../../src/kafka/settings/credentials-file.ts'
import { PrincipalKeys } from '../../../../src/kafka/settings/principal-keys.ts'
import { createLog } from '../../../../src/log.ts'
import {
  createAuthority,
  createIdentity,
  type Identity,
  STORE_PASSWORD,
} from '../../../certificates.ts'
import { keyStoreOfMany, openssl, storePath } from '../../../stores.ts'

const log = createLog({ level: 'silent', format: 'json' })
const authority = createAuthority('keys')
const all = new Map<string, Identity>(
  ['proxy', 'alice', 'bob'].map((name) => [name, createIdentity(name, authority)]),
)
const PEM = storePath('all.pem')
writeFileSync(PEM, [...all.values()].map(({ pem }) => readFileSync(pem, 'utf8')).join(''))

/** The stores by their types, each with all keys. */
const STORES = {
  JKS: keyStoreOfMany('JKS', 'all', all),
  PKCS12: keyStoreOfMany('PKCS12', 'all', all),
  PEM,
}

function configOf(location: string, ...sets: string[]) {
  return loadConfig({
    sets: [
      'bootstrap.servers=127.0.0.1:1',
      'client.security.protocol=SSL',
      `client.ssl.keystore.location=${location}`,
      `client.ssl.keystore.password=${STORE_PASSWORD}`,
      'sluice.kafka.identity=propagate',
      'auth.ssl.principal.mapping.rules=RULE:^CN=([a-z]+)$/$1/',
      'sluice.kafka.identity.principal=proxy',
      ...sets,
    ],
  })
}

function faultsOf(location: string, ...sets: string[]): string {
  const { config, faults } = configOf(location, ...sets)
  const found = [...faults, ...checkClientSettings(config).faults, ...faultsOfCredentials(config)]
  return found.map(({ key, expected }) => `${key}: ${expected}`).join('\n')
}

/** The public key of an identity, in a form that is the same for its certificate and for its private key. */
function certificateOf({ cert }: Identity): string {
  return readFileSync(cert, 'utf8').trim()
}

for (const [type, location] of Object.entries(STORES)) {
  test(`each principal has the key whose certificate has its name, in ${type}`, () => {
    const { config } = configOf(location)
    assert.equal(faultsOf(location), '')
    const keys = new PrincipalKeys(config, log)
    for (const [name, identity] of all) {
      const found = keys.find(name)
      assert.equal(found?.mechanism, 'CERTIFICATE')
      assert.ok(found?.certificateChain.startsWith(certificateOf(identity)), name)
      assert.match(found?.key ?? '', /^-----BEGIN PRIVATE KEY-----/)
      assert.equal(keys.find(name), found)
    }
    for (const other of ['', 'carol', 'CN=alice', 'Alice', 'constructor']) {
      assert.equal(keys.find(other), undefined)
    }
  })

  test(`Sluice itself uses the key that is named, in ${type}`, () => {
    const { config } = configOf(location)
    const properties = new Map(adminProperties(config).properties)
    const own = properties.get('ssl.certificate.pem')
    assert.ok(own?.startsWith(certificateOf(all.get('proxy') as Identity)))
    for (const name of ['', 'carol']) {
      const faults = faultsOf(location, `sluice.kafka.identity.principal=${name}`)
      assert.match(faults, /^client\.ssl\.keystore\.location: .*sluice\.kafka\.identity\.principal/)
    }
  })
}

test('without rules the principal is the whole subject', () => {
  const sets = ['auth.ssl.principal.mapping.rules=', 'sluice.kafka.identity.principal=CN=proxy']
  const { config } = configOf(PEM, ...sets)
  const keys = new PrincipalKeys(config, log)
  assert.ok(keys.find('CN=alice'))
  assert.equal(keys.find('alice'), undefined)
})

test('the properties of a principal have nothing of the key of the process', () => {
  const { config } = configOf(PEM, 'client.ssl.key.password=x', 'client.ssl.engine.location=/e')
  const identity = new PrincipalKeys(configOf(PEM).config, log).find('alice')
  assert.ok(identity)
  const { properties } = adminProperties(config, identity)
  const own = properties.filter(([name]) => /^ssl\.(?!ca|endpoint)/.test(name))
  assert.deepEqual(Object.fromEntries(own), {
    'ssl.key.pem': identity.key,
    'ssl.certificate.pem': identity.certificateChain,
  })
})

test('two keys of a principal prevent the start, and so does a store without one', () => {
  const twice = storePath('twice.pem')
  const [alice, bob] = [all.get('alice'), all.get('bob')] as [Identity, Identity]
  const again = createIdentity('alice-again', authority, undefined, '/CN=alice')
  const pems = [alice, bob, again].map(({ pem }) => readFileSync(pem, 'utf8'))
  writeFileSync(twice, pems.join(''))
  assert.match(faultsOf(twice), /one private key for the principal "alice", not several/)
  assert.match(faultsOf(authority.cert), /a private key in PEM .*which has none/)
  const rules = 'auth.ssl.principal.mapping.rules=RULE:^O=(.+)$/$1/'
  assert.match(faultsOf(PEM, rules), /a subject that auth\.ssl\.principal\.mapping\.rules name/)
})

test('a key with another password prevents the start, and the fault tells none', () => {
  const encrypted = storePath('encrypted.key')
  const { key, cert } = all.get('proxy') as Identity
  openssl('pkcs8', '-topk8', '-in', key, '-out', encrypted, '-passout', 'pass:do-not-tell')
  const path = storePath('encrypted.pem')
  writeFileSync(path, readFileSync(encrypted, 'utf8') + readFileSync(cert, 'utf8'))
  const faults = faultsOf(path, 'client.ssl.key.password=also-secret')
  assert.match(faults, /client\.ssl\.key\.password: the password of the encrypted private key/)
  assert.doesNotMatch(faults, /do-not-tell|also-secret/)
})

test('clients with a key or a protocol of their own prevent the start', () => {
  for (const setting of [
    'producer.security.protocol=PLAINTEXT',
    `consumer.ssl.keystore.location=${PEM}`,
    `admin.ssl.key.pem=x`,
  ]) {
    const key = setting.replace(/=.*/, '')
    assert.match(faultsOf(PEM, setting), new RegExp(`^${key.replaceAll('.', '\\.')}: `, 'm'))
  }
})

test('keys and logins exclude each other', () => {
  const login = ['authentication.method=BASIC', 'sluice.auth.users.file=/users']
  for (const setting of [
    'sluice.kafka.credentials.file=/f',
    'sluice.kafka.identity.pass.through=PLAIN',
  ]) {
    const { faults } = configOf(PEM, ...login, setting)
    assert.deepEqual(
      faults.map(({ key }) => key),
      [setting.replace(/=.*/, '')],
    )
  }
  const { faults } = configOf(PEM, 'client.security.protocol=SASL_SSL', 'sluice.auth.jaas.file=/f')
  assert.deepEqual(
    faults.map(({ key }) => key),
    ['sluice.kafka.identity.principal'],
  )
})
