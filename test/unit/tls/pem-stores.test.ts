/** Stores in PEM: files and texts. */
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { readKeyStore, readTrustStore, StoreError } from '../../../src/tls/stores.ts'
import {
  createAuthority,
  createIdentity,
  encryptedPem,
  STORE_PASSWORD,
} from '../../certificates.ts'

const authority = createAuthority('ca')
const me = createIdentity('me', authority)
const other = createIdentity('other', authority)
const text = (path: string) => readFileSync(path, 'utf8')

/** Writes a file next to the others. */
function file(name: string, content: string): string {
  const path = `${authority.cert}.${name}`
  writeFileSync(path, content)
  return path
}

function refuses(read: () => unknown, key: string, expected: RegExp): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof StoreError, String(error))
    assert.equal(error.key, key)
    assert.match(error.message, expected)
    return true
  })
}

test('a key and its chain come from one file, the certificate of the key first', () => {
  const mixed = file('mixed.pem', text(authority.cert) + text(me.key) + text(me.cert))
  const { key, certificateChain } = readKeyStore({ location: mixed, type: 'PEM' })
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/)
  assert.ok(new X509Certificate(certificateChain).checkPrivateKey(createPrivateKey(key)))
  assert.equal(certificateChain.match(/BEGIN CERTIFICATE/g)?.length, 2)
})

test('a key and its chain come from texts', () => {
  const read = readKeyStore({ key: text(me.key), certificateChain: text(me.cert) })
  assert.deepEqual(read, readKeyStore({ location: me.pem }))
  refuses(
    () => readKeyStore({ key: text(me.key), certificateChain: text(me.cert), location: me.pem }),
    'ssl.keystore.key',
    /^no value beside the file/,
  )
})

test('an encrypted key needs its own password', () => {
  const location = encryptedPem('locked', me)
  const { key } = readKeyStore({ location, keyPassword: STORE_PASSWORD })
  assert.equal(key, readKeyStore({ location: me.pem }).key)
  const wrong = { location, password: STORE_PASSWORD, keyPassword: 'hush' }
  refuses(() => readKeyStore(wrong), 'ssl.key.password', /does not decrypt/)
  refuses(() => readKeyStore({ location }), 'ssl.key.password', /^the password of/)
})

test('a key store without a key, with two, or with a foreign certificate is refused', () => {
  const key = 'ssl.keystore.location'
  refuses(() => readKeyStore({ location: me.cert }), key, /which has none/)
  const two = file('two.pem', text(me.pem) + text(other.key))
  refuses(() => readKeyStore({ location: two }), key, /which has 2/)
  const foreign = file('foreign.pem', text(me.key) + text(other.cert))
  refuses(() => readKeyStore({ location: foreign }), key, /no certificate belongs/)
  refuses(() => readKeyStore({ location: me.key }), key, /no certificate belongs/)
})

test('all certificates of a trust store are read, without the text around them', () => {
  const location = file(
    'trust.pem',
    `Bag Attributes\n${text(authority.cert)}# me\n${text(me.cert)}`,
  )
  assert.equal(readTrustStore({ location }), text(authority.cert) + text(me.cert))
  assert.equal(readTrustStore({ certificates: text(me.cert) }), text(me.cert))
})

test('a trust store without certificates, or a truncated one, is refused', () => {
  const key = 'ssl.truststore.location'
  refuses(() => readTrustStore({ location: me.key }), key, /which has none/)
  const cut = file('cut.pem', text(authority.cert) + text(me.cert).slice(0, -30))
  refuses(() => readTrustStore({ location: cut }), key, /from BEGIN to END/)
  const broken = file('broken.pem', text(authority.cert).replace(/\n[^-]{8}/, '\nAAAAAAAA'))
  refuses(() => readTrustStore({ location: broken }), key, /valid certificates/)
})

test('a file that cannot be read is named', () => {
  const key = 'ssl.truststore.location'
  refuses(() => readTrustStore({ location: '/no/such' }), key, /\/no\/such: ENOENT/)
  refuses(() => readTrustStore({ location: '/dev/zero' }), key, /not a regular file/)
  refuses(() => readTrustStore({ location: file('empty', '') }), key, /none of them/)
  refuses(() => readTrustStore({}), key, /^the path of/)
})
