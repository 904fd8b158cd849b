/** Damaged and foreign files as stores: each is refused with a `StoreError`, in a short time. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { readKeyStore, readTrustStore, StoreError } from '../../../src/tls/stores.ts'
import {
  createAuthority,
  createIdentity,
  encryptedPem,
  STORE_PASSWORD,
} from '../../certificates.ts'
import { keyStore, openssl, storePath, trustStore } from '../../stores.ts'

const RUNS = { numRuns: 150 }
const authority = createAuthority('ca')
const me = createIdentity('me', authority)
const damaged = storePath('damaged')
const OPTIONS = [
  {},
  { password: STORE_PASSWORD, keyPassword: STORE_PASSWORD },
  { password: 'wrong' },
] as const

/** OpenSSL's stores have few iterations, so that many damaged ones are read in a second. */
function quickPkcs12(): string {
  const path = storePath('quick.p12')
  const inputs = ['-in', me.cert, '-inkey', me.key, '-certfile', authority.cert, '-iter', '1']
  openssl('pkcs12', '-export', ...inputs, '-out', path, '-passout', `pass:${STORE_PASSWORD}`)
  return path
}

const stores = {
  PEM: me.pem,
  'encrypted PEM': encryptedPem('encrypted', me),
  PKCS12: quickPkcs12(),
  JKS: keyStore('JKS', 'me', me),
  'JKS of certificates': trustStore('JKS', 'trust', [authority.cert]),
}

/** Reads the bytes in all ways. */
function readAll(content: Buffer): void {
  writeFileSync(damaged, content)
  for (const options of OPTIONS) {
    for (const read of [readKeyStore, readTrustStore]) {
      try {
        read({ location: damaged, ...options })
      } catch (error) {
        assert.ok(error instanceof StoreError, (error as Error).stack)
      }
    }
  }
}

for (const [name, path] of Object.entries(stores)) {
  const whole = readFileSync(path)

  test(`truncated ${name} is refused`, () => {
    const lengths = fc.integer({ min: 0, max: whole.length - 2 })
    fc.assert(
      fc.property(lengths, (length) => {
        writeFileSync(damaged, whole.subarray(0, length))
        const options = { location: damaged, ...OPTIONS[1] }
        assert.throws(() => readTrustStore(options), StoreError)
        assert.throws(() => readKeyStore(options), StoreError)
      }),
      RUNS,
    )
  })

  test(`${name} with other bytes is refused or read`, () => {
    const place = fc.integer({ min: 0, max: whole.length - 1 })
    const change = fc.tuple(
      place,
      fc.oneof(fc.constantFrom(0, 0x80, 0xff), fc.integer({ min: 0, max: 255 })),
    )
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const content = Buffer.from(whole)
        for (const [at, byte] of changes) content[at] = byte
        readAll(content)
      }),
      RUNS,
    )
  })
}

test('random bytes are refused, also behind the first bytes of a store', () => {
  const beginnings = ['', 'feedfeed00000002', 'feedfeed', 'cececece', '30820400020103', '3080']
  const bytes = fc.uint8Array({ maxLength: 400 })
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), bytes, (beginning, rest) => {
      writeFileSync(damaged, Buffer.concat([Buffer.from(beginning, 'hex'), rest]))
      assert.throws(() => readKeyStore({ location: damaged, password: 'wrong' }), StoreError)
      assert.throws(() => readTrustStore({ location: damaged }), StoreError)
    }),
    RUNS,
  )
})

test('billions of iterations are refused at once', () => {
  const iterations = storePath('iterations.p12')
  openssl(
    ...['pkcs12', '-export', '-in', me.cert, '-inkey', me.key, '-iter', '74565', '-nomac'],
    ...['-out', iterations, '-passout', `pass:${STORE_PASSWORD}`],
  )
  // 74565 is 0x012345. Its successor has two bytes more, which a byte of the salt's length gives.
  const content = readFileSync(iterations)
  const at = content.indexOf(Buffer.from('0203012345', 'hex'))
  assert.notEqual(at, -1)
  content.set([0x02, 0x03, 0x7f, 0xff, 0xff], at)
  writeFileSync(damaged, content)
  assert.throws(
    () => readKeyStore({ location: damaged, password: STORE_PASSWORD }),
    /uses more than 2000000 iterations/,
  )
})

test('an encrypted PEM key with billions of iterations is refused at once', () => {
  const path = storePath('iterations.key')
  openssl(
    ...['pkcs8', '-topk8', '-in', me.key, '-iter', '74565', '-outform', 'DER'],
    ...['-out', path, '-passout', `pass:${STORE_PASSWORD}`],
  )
  const content = readFileSync(path)
  content.set([0x7f, 0xff, 0xff], content.indexOf(Buffer.from('0203012345', 'hex')) + 2)
  const base64 = content.toString('base64').replace(/.{64}/g, '$&\n')
  const block = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${base64}\n-----END ENCRYPTED PRIVATE KEY-----\n`
  writeFileSync(damaged, block + readFileSync(me.cert, 'utf8'))
  assert.throws(() => readKeyStore({ location: damaged, keyPassword: 'any' }), StoreError)
})
