/** Key stores with the keys of several owners. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { javaSubjectOf } from '../../../src/tls/java-name.ts'
import { readKeyStoreOfMany, StoreError } from '../../../src/tls/stores.ts'
import { createAuthority, createIdentity, type Identity } from '../../certificates.ts'
import { openssl, storePath } from '../../stores.ts'

const authority = createAuthority('many')

function derOf({ cert }: Identity): Buffer {
  return new X509Certificate(readFileSync(cert)).raw
}

/** Two certificates of the same length. The length of a signature differs between keys, and between tries. */
function twins(): readonly [Identity, Identity] {
  const first = createIdentity('twin-0', authority, undefined, '/CN=alice')
  for (let tries = 1; tries < 100; tries++) {
    const second = createIdentity(`twin-${tries}`, authority, undefined, '/CN=aline')
    if (derOf(first).length === derOf(second).length) return [first, second]
  }
  throw new Error('no two certificates have the same length')
}

test('a key is not that of the certificate which the store names, and is refused', () => {
  const [alice, aline] = twins()
  const certificates = storePath('twins.pem')
  writeFileSync(certificates, readFileSync(alice.cert, 'utf8') + readFileSync(aline.cert, 'utf8'))
  const path = storePath('twins.p12')
  const plain = ['-keypbe', 'NONE', '-certpbe', 'NONE', '-nomac', '-passout', 'pass:x']
  openssl('pkcs12', '-export', '-in', certificates, '-inkey', alice.key, ...plain, '-out', path)
  const options = { location: path, password: 'x' }
  const subjectsOf = () =>
    readKeyStoreOfMany(options).map(({ certificate }) => javaSubjectOf(certificate))
  assert.deepEqual(subjectsOf(), ['CN=alice'])
  assert.match(readKeyStoreOfMany(options)[0]?.open().key ?? '', /^-----BEGIN PRIVATE KEY-----/)

  const bytes = readFileSync(path)
  const places = [derOf(alice), derOf(aline)].map((der) => bytes.indexOf(der))
  bytes.set(derOf(aline), places[0])
  bytes.set(derOf(alice), places[1])
  writeFileSync(path, bytes)
  assert.deepEqual(subjectsOf(), ['CN=aline'], 'somebody has exchanged the certificates')
  assert.throws(() => readKeyStoreOfMany(options)[0]?.open(), StoreError)
})
