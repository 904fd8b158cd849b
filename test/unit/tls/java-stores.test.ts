/** Stores of keytool and OpenSSL: PKCS12 with its older and newer encryptions, and JKS. */
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  type KeyMaterial,
  readKeyStore,
  readTrustStore,
  StoreError,
  type StoreOptions,
} from '../../../src/tls/stores.ts'
import { createAuthority, createIdentity, STORE_PASSWORD } from '../../certificates.ts'
import { generateKey, keyStore, keytool, openssl, storePath, trustStore } from '../../stores.ts'

const TYPES = ['JKS', 'PKCS12'] as const
const password = STORE_PASSWORD
const authority = createAuthority('ca')
const me = createIdentity('me', authority)
const text = (path: string) => readFileSync(path, 'utf8')

/** The certificates of a PEM text. */
function certificates(pem: string): X509Certificate[] {
  return (pem.match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g) ?? []).map(
    (block) => new X509Certificate(block),
  )
}

function assertPair({ key, certificateChain }: KeyMaterial): void {
  assert.match(key, /^-----BEGIN PRIVATE KEY-----\n/)
  assert.ok(new X509Certificate(certificateChain).checkPrivateKey(createPrivateKey(key)))
}

function refuses(read: () => unknown, key: string, expected: RegExp): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof StoreError, String(error))
    assert.equal(error.key, key)
    assert.match(error.message, expected)
    assert.doesNotMatch(error.message, /hush|for tests/)
    return true
  })
}

for (const type of TYPES) {
  const algorithms = [
    ['RSA', ['-keyalg', 'RSA', '-keysize', '2048']],
    ['EC', ['-keyalg', 'EC', '-groupname', 'secp384r1']],
    ['Ed25519', ['-keyalg', 'Ed25519']],
  ] as const
  for (const [name, options] of algorithms) {
    test(`${type} of keytool with a key of ${name}`, () => {
      const location = storePath(`${name}.${type}`)
      generateKey(location, type, 'me', ...options)
      const read = readKeyStore({ location, password, type })
      assertPair(read)
      assert.equal(certificates(read.certificateChain)[0]?.subject, 'CN=me')
      // Java reads both of its formats under the name of either.
      assert.deepEqual(readKeyStore({ location, password, type: 'jks' }), read)
      assert.deepEqual(readKeyStore({ location, password, type: 'PKCS12' }), read)
      assert.deepEqual(readKeyStore({ location, password, keyPassword: password }), read)
      refuses(() => readKeyStore({ location, type: 'PEM' }), 'ssl.keystore.type', /which .* is$/)
      refuses(
        () => readKeyStore({ location, password: 'hush' }),
        'ssl.keystore.password',
        /does not open it/,
      )
      refuses(() => readKeyStore({ location }), 'ssl.keystore.password', /^the password of/)
    })
  }

  test(`${type} with a chain of three: the leaf is the first, the root the last`, () => {
    const middle = createIdentity(`middle-${type}`, authority)
    const leaf = createIdentity(`leaf-${type}`, middle)
    const chain = storePath(`chain-${type}.pem`)
    writeFileSync(chain, text(authority.cert) + text(leaf.cert) + text(middle.cert))
    const location = keyStore(type, `chain-${type}`, leaf, chain)
    const read = readKeyStore({ location, password })
    assertPair(read)
    assert.equal(read.key, readKeyStore({ location: leaf.pem }).key)
    assert.deepEqual(
      certificates(read.certificateChain).map(({ subject }) => subject),
      [`CN=leaf-${type}`, `CN=middle-${type}`, 'CN=ca'],
    )
  })

  test(`${type} with several keys needs an alias`, () => {
    const location = storePath(`several.${type}`)
    generateKey(location, type, 'One')
    generateKey(location, type, 'two')
    const read = readKeyStore({ location, password }, 'TWO')
    assertPair(read)
    assert.equal(certificates(read.certificateChain)[0]?.subject, 'CN=two')
    const key = 'ssl.keystore.location'
    refuses(() => readKeyStore({ location, password }), key, /has 2 \("\w+", "\w+"\); copy one/)
    refuses(() => readKeyStore({ location, password }, 'three'), key, /alias "three"/)
  })

  test(`${type} as a trust store has its certificates, and no keys`, () => {
    const location = trustStore(type, 'trust', [authority.cert, me.cert])
    const trusted = certificates(readTrustStore({ location, password }))
    assert.deepEqual(new Set(trusted.map(({ subject }) => subject)), new Set(['CN=ca', 'CN=me']))
    const wrong = { location, password: 'hush' }
    refuses(() => readTrustStore(wrong), 'ssl.truststore.password', /does not open it/)
    refuses(() => readKeyStore({ location, password }), 'ssl.keystore.location', /which has none/)
  })

  test(`${type} as key store and trust store: the authorities of the key's chain are not trusted`, () => {
    const chain = storePath(`both-${type}.pem`)
    writeFileSync(chain, text(me.cert) + text(authority.cert))
    const location = keyStore(type, `both-${type}`, me, chain)
    const trusted = certificates(readTrustStore({ location, password }))
    assert.deepEqual(
      trusted.map(({ subject }) => subject),
      ['CN=me'],
    )
  })
}

test('a password that is not ASCII', () => {
  const umlaut = 'Tür auf €'
  const p12 = storePath('umlaut.p12')
  const inputs = ['-in', me.cert, '-inkey', me.key]
  openssl('pkcs12', '-export', ...inputs, '-out', p12, '-passout', `pass:${umlaut}`)
  assertPair(readKeyStore({ location: p12, password: umlaut }))
  const jks = storePath('umlaut.jks')
  // keytool reads its arguments in the character set of the locale; it has no such passwords for PKCS12.
  const store = ['-J-Dsun.jnu.encoding=UTF-8', '-storetype', 'JKS', '-keystore', jks]
  const name = ['-alias', 'me', '-dname', 'CN=me', '-keyalg', 'EC']
  keytool('-genkeypair', ...name, ...store, '-storepass', umlaut, '-keypass', umlaut)
  assertPair(readKeyStore({ location: jks, password: umlaut }))
})

test('a JKS trust store is read without a password, as Java reads it', () => {
  const location = trustStore('JKS', 'open', [authority.cert])
  assert.equal(readTrustStore({ location }), text(authority.cert))
  const encrypted = trustStore('PKCS12', 'closed', [authority.cert])
  refuses(() => readTrustStore({ location: encrypted }), 'ssl.truststore.password', /^the password/)
})

test('a key of JKS may have a password of its own', () => {
  const location = storePath('own.jks')
  const store = ['-storetype', 'JKS', '-keystore', location, '-storepass', password]
  const name = ['-alias', 'me', '-dname', 'CN=me', '-keyalg', 'EC']
  keytool('-genkeypair', ...name, ...store, '-keypass', 'its own password')
  assertPair(readKeyStore({ location, password, keyPassword: 'its own password' }))
  refuses(() => readKeyStore({ location, password }), 'ssl.key.password', /"me" in .* store's/)
  const wrong: StoreOptions = { location, password, keyPassword: 'hush' }
  refuses(() => readKeyStore(wrong), 'ssl.key.password', /this one does not decrypt it/)
})

const ENCRYPTIONS: readonly (readonly [name: string, options: readonly string[]])[] = [
  ['as OpenSSL 3 does', []],
  ['as OpenSSL 1 and Java 8 do', ['-legacy']],
  ['by triple DES', ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  ['by RC2 of 128 bits', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'AES-128-CBC']],
  [
    'by AES of 192 bits',
    ['-certpbe', 'AES-192-CBC', '-keypbe', 'AES-192-CBC', '-macalg', 'sha512'],
  ],
  ['not at all', ['-certpbe', 'NONE', '-keypbe', 'NONE']],
  ['without a MAC', ['-nomac']],
]
for (const [name, options] of ENCRYPTIONS) {
  test(`PKCS12 of OpenSSL that is encrypted ${name}`, () => {
    const location = storePath(`${name}.p12`)
    const inputs = ['-in', me.cert, '-inkey', me.key, '-certfile', authority.cert]
    const protection = ['-passout', `pass:${password}`, ...options]
    openssl('pkcs12', '-export', ...inputs, '-out', location, ...protection)
    assert.deepEqual(readKeyStore({ location, password }), {
      key: readKeyStore({ location: me.pem }).key,
      certificateChain: text(me.cert) + text(authority.cert),
    })
    if (!options.includes('NONE')) {
      const wrong = { location, password: 'hush' }
      const key = options.includes('-nomac') ? 'ssl.key.password' : 'ssl.keystore.password'
      refuses(() => readKeyStore(wrong), key, /does not (open|decrypt) it/)
    }
  })
}

test('PKCS12 of keytool in the encryption of Java 8', () => {
  const location = storePath('java8.p12')
  generateKey(location, 'PKCS12', 'me', '-J-Dkeystore.pkcs12.legacy')
  assertPair(readKeyStore({ location, password }))
})

test('PKCS12 of OpenSSL without keys is a trust store', () => {
  const location = storePath('nokeys.p12')
  const inputs = ['-nokeys', '-in', authority.cert]
  openssl('pkcs12', '-export', ...inputs, '-out', location, '-passout', `pass:${password}`)
  assert.equal(readTrustStore({ location, password }), text(authority.cert))
})

test('stores of other types are refused by their names', () => {
  const key = 'ssl.keystore.type'
  for (const type of ['BCFKS', 'JCEKS', 'PKCS11', 'constructor']) {
    refuses(() => readKeyStore({ location: me.pem, type }), key, /^PEM, PKCS12 or JKS; keytool/)
  }
  refuses(() => readKeyStore({ location: me.pem, type: 'JKS' }), key, /^PEM, which .* is$/)
  const location = storePath('store.jceks')
  keytool(
    ...['-genkeypair', '-alias', 'me', '-dname', 'CN=me', '-keyalg', 'EC', '-storetype', 'JCEKS'],
    ...['-keystore', location, '-storepass', password, '-keypass', password],
  )
  refuses(() => readKeyStore({ location, password }), 'ssl.keystore.location', /is JCEKS$/)
})
