/**
 * Encryption by a password, as stores use it: PBES2 (RFC 8018), and the older schemes of PKCS #12 (RFC 7292). OpenSSL
 * does the cryptography, except for RC2, which Node.js does not offer.
 */

import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import { createRequire } from 'node:module'
import type forge from 'node-forge'
import { type Der, integerOf, octetsOf, oidOf, partAt, partsOf, productOfIntegers } from './der.ts'

/** An algorithm of the file that is not supported. The message completes "uses …". */
export class UnsupportedAlgorithm extends Error {}

/** The largest number of iterations. Java writes up to 100,000; a damaged file may ask for billions, which take hours. */
const MAX_ITERATIONS = 2_000_000

/** The largest product of the costs in a key derivation: the iterations and the bytes of a key, or the costs of scrypt. */
const MAX_COST = 32 * MAX_ITERATIONS

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'

/** The digests of PBKDF2, by the identifiers of their HMACs. */
const HMACS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

/** The ciphers of PBES2, with the bytes of their keys. */
const CIPHERS: Readonly<Record<string, readonly [name: string, keyBytes: number]>> = {
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
}

/** The older schemes, all with SHA-1. */
const PKCS12_SCHEMES: Readonly<Record<string, readonly [name: string, keyBytes: number]>> = {
  '1.2.840.113549.1.12.1.3': ['des-ede3-cbc', 24],
  '1.2.840.113549.1.12.1.5': ['rc2-cbc', 16],
  '1.2.840.113549.1.12.1.6': ['rc2-cbc', 5],
}

/** The purposes of derived bytes in PKCS #12. */
const PURPOSES = { key: 1, iv: 2, mac: 3 } as const

/** Decrypts by a password. @throws {UnsupportedAlgorithm} or another `Error`, also for a wrong password */
export function decryptByPassword(algorithm: Der, data: Buffer, password: string): Buffer {
  const scheme = oidOf(partAt(algorithm, 0))
  if (scheme === PBES2) return decryptPbes2(partAt(algorithm, 1), data, password)
  const cipher = PKCS12_SCHEMES[scheme]
  if (cipher === undefined) throw new UnsupportedAlgorithm(`the encryption ${scheme}`)
  const salt = octetsOf(partAt(algorithm, 1, 0))
  const iterations = iterationsOf(partAt(algorithm, 1, 1))
  const derive = (purpose: keyof typeof PURPOSES, size: number) =>
    pkcs12Key('sha1', password, { purpose, salt, iterations, size })
  return decipher(cipher[0], derive('key', cipher[1]), derive('iv', 8), data)
}

/** Refuses an algorithm whose key derivation takes longer than some seconds. @throws {UnsupportedAlgorithm} */
export function checkCost(algorithm: Der): void {
  if (productOfIntegers(algorithm) > MAX_COST) throw tooManyIterations()
}

/** Returns a number of iterations. @throws {UnsupportedAlgorithm} when they take longer than some seconds */
export function iterationsOf(value: Der): number {
  const iterations = integerOf(value)
  if (iterations > MAX_ITERATIONS) throw tooManyIterations()
  return iterations
}

function tooManyIterations(): UnsupportedAlgorithm {
  return new UnsupportedAlgorithm(`more than ${MAX_ITERATIONS} iterations`)
}

/** What to derive from a password. */
interface Derivation {
  readonly purpose: keyof typeof PURPOSES
  readonly salt: Buffer
  readonly iterations: number
  /** In bytes. */
  readonly size: number
}

/** Derives bytes from a password as PKCS #12 does (RFC 7292, appendix B.2). */
export function pkcs12Key(digest: string, password: string, derivation: Derivation): Buffer {
  const { purpose, salt, iterations, size } = derivation
  const block = digest === 'sha384' || digest === 'sha512' ? 128 : 64
  // The password has UTF-16 and a final null.
  const secret = Buffer.from(`${password}\0`, 'utf16le').swap16()
  const input = Buffer.concat([repeated(salt, block), repeated(secret, block)])
  const prefix = Buffer.alloc(block, PURPOSES[purpose])
  const derived: Buffer[] = []
  for (let length = 0; length < size; length += derived[0]?.length ?? size) {
    let hash = createHash(digest).update(prefix).update(input).digest()
    for (let i = 1; i < iterations; i++) hash = createHash(digest).update(hash).digest()
    derived.push(hash)
    const addend = repeated(hash, block)
    for (let at = 0; at < input.length; at += block)
      addOneAnd(input.subarray(at, at + block), addend)
  }
  return Buffer.concat(derived).subarray(0, size)
}

/** Repeats bytes up to the next multiple of the block size. */
function repeated(bytes: Buffer, block: number): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes)
}

/** Adds `addend` and 1 to a number of the same size, without the last carry. */
function addOneAnd(number: Buffer, addend: Buffer): void {
  let carry = 1
  for (let i = number.length - 1; i >= 0; i--) {
    carry += (number[i] as number) + (addend[i] as number)
    number[i] = carry & 0xff
    carry >>= 8
  }
}

function decryptPbes2(parameters: Der, data: Buffer, password: string): Buffer {
  const derivation = oidOf(partAt(parameters, 0, 0))
  if (derivation !== PBKDF2) throw new UnsupportedAlgorithm(`the key derivation ${derivation}`)
  const [salt, iterations, ...optional] = partsOf(partAt(parameters, 0, 1))
  const hmac = optional.map((part) => (part.type === 16 ? oidOf(partAt(part, 0)) : undefined))
  const prf = hmac.find((oid) => oid !== undefined) ?? '1.2.840.113549.2.7'
  const scheme = oidOf(partAt(parameters, 1, 0))
  const digest = HMACS[prf]
  const cipher = CIPHERS[scheme]
  if (digest === undefined) throw new UnsupportedAlgorithm(`the key derivation with ${prf}`)
  if (cipher === undefined) throw new UnsupportedAlgorithm(`the encryption ${scheme}`)
  if (salt === undefined || iterations === undefined) throw new Error('no salt')
  const [name, size] = cipher
  const secret = Buffer.from(password, 'utf8')
  const key = pbkdf2Sync(secret, octetsOf(salt), iterationsOf(iterations), size, digest)
  return decipher(name, key, octetsOf(partAt(parameters, 1, 1)), data)
}

function decipher(name: string, key: Buffer, iv: Buffer, data: Buffer): Buffer {
  if (name === 'rc2-cbc') return decipherRc2(key, iv, data)
  const cipher = createDecipheriv(name, key, iv)
  return Buffer.concat([cipher.update(data), cipher.final()])
}

function decipherRc2(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const require = createRequire(import.meta.url)
  const rc2 = require('node-forge/lib/rc2') as typeof forge.rc2
  const { createBuffer } = require('node-forge/lib/util') as typeof forge.util
  const cipher = rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8)
  cipher.start(iv.toString('latin1'))
  cipher.update(createBuffer(data.toString('latin1')))
  if (!cipher.finish()) throw new Error('wrong padding')
  return Buffer.from(cipher.output.getBytes(), 'latin1')
}
