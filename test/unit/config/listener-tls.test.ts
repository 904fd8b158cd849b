/** The TLS of listeners: their own keys, versions, suites, and what prevents the start. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Config,
  listenersOf,
  loadConfig,
  printConfig,
  tlsOfListener,
} from '../../../src/config/index.ts'

const SECURE = ['bootstrap.servers=k:9092', 'listeners=http://a:1,https://a:2']
const STORES = ['ssl.keystore.location=/k.pem', 'ssl.truststore.location=/t.pem']

function faultsOf(...sets: string[]): string[] {
  return loadConfig({ sets }).faults.map(({ key, expected }) => `${key}: ${expected}`)
}

function tlsOf(...sets: string[]) {
  const { config, faults } = loadConfig({ sets: [...SECURE, ...STORES, ...sets] })
  assert.deepEqual(faults, [])
  return tlsOfListener(config, secureListener(config))
}

function secureListener(config: Config) {
  const listener = listenersOf(config).find(({ scheme }) => scheme === 'https')
  assert.ok(listener)
  return listener
}

test('an https listener needs a key store, and with certificates of clients a trust store', () => {
  assert.deepEqual(faultsOf(...SECURE), [
    'ssl.keystore.location: a key store, because the listener https is https',
  ])
  assert.deepEqual(
    faultsOf(...SECURE, 'ssl.keystore.location=/k.pem', 'ssl.client.authentication=REQUESTED'),
    [
      'ssl.truststore.location: a trust store, because the listener https asks clients for certificates',
    ],
  )
  assert.deepEqual(faultsOf(...SECURE, ...STORES, 'ssl.client.authentication=REQUIRED'), [])
})

test('a listener has its own values before those of all listeners', () => {
  const tls = tlsOf(
    'ssl.keystore.password=all',
    'listener.name.https.ssl.keystore.password=own',
    'listener.name.https.ssl.keystore.location=/own.p12',
    'listener.name.https.ssl.keystore.type=pkcs12',
  )
  assert.deepEqual(tls.keyStore, {
    location: '/own.p12',
    password: 'own',
    keyPassword: '',
    type: 'PKCS12',
  })
})

test('both stores have passwords and types, and another file may be watched', () => {
  const tls = tlsOf(
    'ssl.key.password=of the key',
    'ssl.truststore.password=of the trust store',
    'ssl.truststore.type=JKS',
    'ssl.client.authentication=REQUIRED',
    'ssl.keystore.reload=true',
    'ssl.keystore.watch.location=/watched',
  )
  assert.equal(tls.keyStore.keyPassword, 'of the key')
  assert.deepEqual(tls.trustStore, {
    location: '/t.pem',
    password: 'of the trust store',
    keyPassword: '',
    type: 'JKS',
  })
  assert.deepEqual([tls.reloads, tls.watchLocation], [true, '/watched'])
  assert.match(
    faultsOf(...SECURE, ...STORES, 'ssl.keystore.type=BCFKS')[0] ?? '',
    /^ssl.keystore.type: PEM, PKCS12 or JKS/,
  )
})

test('the newer of the keys for certificates of clients wins, wherever it is set', () => {
  assert.equal(tlsOf().clientCertificate, 'none')
  assert.equal(tlsOf().trustStore, undefined)
  assert.equal(tlsOf('ssl.client.auth=true').clientCertificate, 'required')
  assert.equal(tlsOf('listener.name.https.ssl.client.auth=true').clientCertificate, 'required')
  assert.equal(
    tlsOf('ssl.client.authentication=NONE', 'ssl.client.auth=true').clientCertificate,
    'none',
  )
  assert.equal(tlsOf('ssl.client.authentication=requested').trustStore?.location, '/t.pem')
})

test('versions before TLS 1.2 are never enabled', () => {
  const versionsOf = (...sets: string[]) => {
    const { minVersion, maxVersion } = tlsOf(...sets)
    return [minVersion, maxVersion]
  }
  assert.deepEqual(versionsOf(), ['TLSv1.2', 'TLSv1.3'])
  const listed = 'ssl.enabled.protocols=TLSv1,TLSv1.1,TLSv1.2'
  assert.deepEqual(versionsOf(listed), ['TLSv1.2', 'TLSv1.2'])
  for (const value of ['TLSv1.1', 'TLSv1.2,tls13']) {
    assert.match(
      faultsOf(...SECURE, ...STORES, `ssl.enabled.protocols=${value}`)[0] ?? '',
      /TLSv1.3/,
    )
  }
})

test("suites have Java's names, and enable the versions that they belong to", () => {
  const { suites, minVersion, maxVersion } = tlsOf(
    'ssl.cipher.suites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_RSA_WITH_AES_128_CBC_SHA, ' +
      'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,' +
      'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  )
  assert.equal(
    suites.tls12,
    'ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA:ECDHE-ECDSA-CHACHA20-POLY1305:' +
      'DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA256',
  )
  assert.deepEqual([minVersion, maxVersion], ['TLSv1.2', 'TLSv1.2'])
  const newer = tlsOf('ssl.cipher.suites=TLS_AES_128_GCM_SHA256')
  assert.deepEqual([newer.suites.tls13, newer.minVersion], ['TLS_AES_128_GCM_SHA256', 'TLSv1.3'])
  for (const suite of [
    'TLS_RSA_WITH_NULL_SHA',
    'ECDHE-RSA-AES128-SHA256',
    'SSL_RSA_WITH_RC4_128_MD5',
  ]) {
    const [fault = ''] = faultsOf(...SECURE, ...STORES, `ssl.cipher.suites=${suite}`)
    assert.match(fault, /^ssl.cipher.suites: cipher suites that OpenSSL has/, suite)
  }
  assert.match(
    faultsOf(
      ...[...SECURE, ...STORES, 'ssl.cipher.suites=TLS_AES_128_GCM_SHA256'],
      'ssl.enabled.protocols=TLSv1.2',
    )[0] ?? '',
    /^ssl.enabled.protocols: a version of TLS for which/,
  )
})

test('a protection that no listener would have prevents the start', () => {
  const plain = ['bootstrap.servers=k:9092', 'listeners=http://a:1']
  for (const setting of ['ssl.client.authentication=REQUIRED', 'ssl.client.auth=true']) {
    assert.match(faultsOf(...plain, setting)[0] ?? '', /an https:\/\/ listener/)
  }
  assert.deepEqual(faultsOf(...plain, ...STORES, 'ssl.client.authentication=NONE'), [])
  const [misspelt = ''] = faultsOf(
    ...[...SECURE, ...STORES],
    'listener.name.htps.ssl.client.authentication=REQUIRED',
  )
  assert.match(misspelt, /the lower-case name of a listener, of http, https/)
  const [wrong = ''] = faultsOf(
    ...[...SECURE, ...STORES],
    'listener.name.https.ssl.client.authentication=MAYBE',
  )
  assert.match(wrong, /one of NONE, REQUESTED, REQUIRED/)
})

test('the printed configuration has the keys of listeners, and hides passwords', () => {
  const { config } = loadConfig({
    sets: [...SECURE, ...STORES, 'listener.name.https.ssl.keystore.password=geheim'],
  })
  const text = printConfig(config)
  assert.match(text, /^listener\.name\.https\.ssl\.keystore\.password=\[hidden\]$/m)
  assert.doesNotMatch(text, /geheim/)
})
