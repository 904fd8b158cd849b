/** The TLS between the processes of a cluster. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig, peerTlsOf } from '../../../src/config/index.ts'

const CLUSTER = [
  'bootstrap.servers=k:9092',
  'sluice.cluster.id=c',
  'sluice.peer.secret=sixteen letters.',
]
const SECURE = [...CLUSTER, 'sluice.peer.listeners=https://[::1]:8083']
const STORES = [
  'sluice.peer.ssl.keystore.location=/key.p12',
  'sluice.peer.ssl.truststore.location=/trust.jks',
]

function faultsOf(...sets: string[]): string[] {
  return loadConfig({ sets }).faults.map(({ key, expected }) => `${key}: ${expected}`)
}

function tlsOf(...sets: string[]) {
  return peerTlsOf(loadConfig({ sets }).config)
}

test('listeners with TLS need both stores', () => {
  assert.deepEqual(faultsOf(...SECURE), [
    'sluice.peer.ssl.keystore.location: a key store, because sluice.peer.listeners are https',
    'sluice.peer.ssl.truststore.location: a trust store with the authorities of the other processes, because sluice.peer.listeners are https',
  ])
  assert.deepEqual(faultsOf(...SECURE, ...STORES), [])
})

test('stores of listeners for clients do not count', () => {
  const stores = ['ssl.keystore.location=/key.p12', 'ssl.truststore.location=/trust.jks']
  assert.equal(faultsOf(...SECURE, ...stores).length, 2)
})

test('the stores have types and passwords', () => {
  const tls = tlsOf(
    ...SECURE,
    ...STORES,
    'sluice.peer.ssl.keystore.type=pkcs12',
    'sluice.peer.ssl.keystore.password=one',
    'sluice.peer.ssl.key.password=two',
    'sluice.peer.ssl.truststore.type=JKS',
    'sluice.peer.ssl.truststore.password=three',
  )
  assert.deepEqual(tls, {
    keyStore: { location: '/key.p12', password: 'one', keyPassword: 'two', type: 'PKCS12' },
    trustStore: { location: '/trust.jks', password: 'three', keyPassword: '', type: 'JKS' },
    host: '::1',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    suites: { tls12: '', tls13: '' },
  })
  for (const store of ['keystore', 'truststore']) {
    assert.deepEqual(faultsOf(...SECURE, ...STORES, `sluice.peer.ssl.${store}.type=BKS`), [
      `sluice.peer.ssl.${store}.type: PEM, PKCS12 or JKS`,
    ])
  }
})

test('versions and cipher suites are those of all listeners', () => {
  const versions = 'ssl.enabled.protocols=TLSv1.3'
  const suites = 'ssl.cipher.suites=TLS_AES_256_GCM_SHA384'
  const tls = tlsOf(...SECURE, ...STORES, versions, suites)
  assert.equal(tls?.minVersion, 'TLSv1.3')
  assert.deepEqual(tls?.suites, { tls12: '', tls13: 'TLS_AES_256_GCM_SHA384' })
  assert.match(faultsOf(...SECURE, ...STORES, 'ssl.enabled.protocols=SSLv3').join(), /TLSv1\.2/)
  assert.match(faultsOf(...SECURE, ...STORES, 'ssl.cipher.suites=NONE').join(), /cipher suites/)
})

test('keys for TLS have no meaning with plain listeners, and prevent the start', () => {
  const plain = [...CLUSTER, 'sluice.peer.listeners=http://n:1']
  assert.equal(tlsOf(...plain), undefined)
  assert.deepEqual(faultsOf(...plain, ...STORES), [
    'sluice.peer.ssl.keystore.location: no value, or https:// in sluice.peer.listeners, which are http',
    'sluice.peer.ssl.truststore.location: no value, or https:// in sluice.peer.listeners, which are http',
  ])
})

test('all addresses for processes have TLS, or none', () => {
  assert.deepEqual(
    faultsOf(...CLUSTER, ...STORES, 'sluice.peer.listeners=https://n:1,http://n:2'),
    ['sluice.peer.listeners: https:// for all addresses, or http:// for all'],
  )
  assert.deepEqual(faultsOf(...SECURE, ...STORES, 'sluice.peer.advertised.listener=http://n:1'), [
    'sluice.peer.advertised.listener: https://host:port, because sluice.peer.listeners are https',
  ])
})
