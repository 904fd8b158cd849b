/** The stores of the TLS between the processes of a cluster: what the others would refuse prevents the start. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../../src/config/index.ts'
import { faultsOfListenerStores } from '../../../src/process/listener-certificates.ts'
import {
  createAuthority,
  createIdentity,
  encryptedPem,
  type Identity,
  pkcs12,
  STORE_PASSWORD,
} from '../../certificates.ts'

const authority = createAuthority('peers-authority')
const here = createIdentity('peers-here', authority, 'DNS:node-1.example')
const KEY_STORE = 'sluice.peer.ssl.keystore.location'

/** The faults of the stores of a process that the others reach as node-1.example. */
function faultsOf(keyStore: string, ...sets: string[]): string[] {
  const { config, faults } = loadConfig({
    sets: [
      'bootstrap.servers=k:9092',
      'sluice.cluster.id=c',
      'sluice.peer.secret=sixteen letters.',
      'sluice.peer.listeners=https://0.0.0.0:8083',
      'sluice.peer.advertised.listener=https://Node-1.example:8083',
      `${KEY_STORE}=${keyStore}`,
      `sluice.peer.ssl.truststore.location=${authority.cert}`,
      ...sets,
    ],
  })
  assert.deepEqual(faults, [])
  return faultsOfListenerStores(config).map(({ key, expected }) => `${key}: ${expected}`)
}

function withUses(name: string, uses: string): Identity {
  return createIdentity(name, authority, `DNS:node-1.example\nextendedKeyUsage=${uses}`)
}

test('stores in PEM and PKCS12 are read, with their passwords', () => {
  assert.deepEqual(faultsOf(here.pem), [])
  const store = pkcs12('peers-here', here)
  const password = `sluice.peer.ssl.keystore.password=${STORE_PASSWORD}`
  assert.deepEqual(faultsOf(store, password), [])
  assert.match(faultsOf(store)[0] ?? '', /^sluice\.peer\.ssl\.keystore\.password: the password of/)
  const encrypted = encryptedPem('peers-encrypted', here)
  assert.deepEqual(faultsOf(encrypted, `sluice.peer.ssl.key.password=${STORE_PASSWORD}`), [])
  assert.match(faultsOf(encrypted)[0] ?? '', /^sluice\.peer\.ssl\.key\.password/)
})

test('a missing store has a fault with the key that names it', () => {
  assert.match(
    faultsOf('/missing.pem')[0] ?? '',
    /^sluice\.peer\.ssl\.keystore\.location: .*ENOENT/,
  )
  const trust = 'sluice.peer.ssl.truststore.location'
  const [fault] = faultsOf(here.pem, `${trust}=/missing.pem`)
  assert.match(fault ?? '', /^sluice\.peer\.ssl\.truststore\.location: .*ENOENT/)
})

test('the certificate has to be for the host at which the others call', () => {
  const elsewhere = createIdentity('peers-elsewhere', authority, 'DNS:node-2.example')
  assert.match(
    faultsOf(elsewhere.pem)[0] ?? '',
    /^sluice\.peer\.ssl\.keystore\.location: a certificate for node-1\.example, .*DNS:node-2\.example/,
  )
})

test('the certificate has to be for servers and for clients', () => {
  assert.deepEqual(faultsOf(withUses('peers-both', 'serverAuth,clientAuth').pem), [])
  assert.deepEqual(faultsOf(withUses('peers-any', 'anyExtendedKeyUsage').pem), [])
  for (const use of ['serverAuth', 'clientAuth']) {
    const [fault] = faultsOf(withUses(`peers-${use}`, use).pem)
    assert.match(fault ?? '', /: a certificate for servers and for clients: /)
  }
})
