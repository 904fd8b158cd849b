/**
 * Java's own format, JKS: entries, and a digest of them with the password. Its keys are encrypted by a key stream of
 * SHA-1. The format has not changed since 1998.
 */

import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { octetsOf, oidOf, parseDer, partAt } from './der.ts'
import { UnsupportedAlgorithm } from './password-encryption.ts'
import { type KeyEntry, type StoreContent, WrongPassword } from './store-content.ts'

/** The first four bytes of a store. */
export const JKS_MAGIC = Buffer.from('feedfeed', 'hex')

const DIGEST_BYTES = 20
const KEY_ENTRY = 1
const CERTIFICATE_ENTRY = 2
const KEY_PROTECTOR = '1.3.6.1.4.1.42.2.17.1.1'

/**
 * Reads a store. Without a password its digest is not checked, as in Java.
 * @throws {WrongPassword} or another `Error`
 */
export function readJks(bytes: Buffer, password: string | undefined): StoreContent {
  const input = new Input(bytes.subarray(0, -DIGEST_BYTES))
  input.take(JKS_MAGIC.length)
  const version = input.int()
  if (version !== 1 && version !== 2) throw new UnsupportedAlgorithm(`version ${version} of JKS`)
  if (password) checkDigest(bytes, password)
  const entries = Array.from({ length: input.count() }, () => readEntry(input, version))
  if (!input.isAtEnd()) throw new Error('bytes after the last entry')
  return {
    keys: entries.flatMap(({ key }) => key ?? []),
    trusted: entries.flatMap(({ trusted }) => trusted ?? []),
  }
}

/** An entry: a key, of whose certificates Java trusts the first, or a trusted certificate. */
interface Entry {
  readonly key?: KeyEntry
  readonly trusted: X509Certificate | undefined
}

function readEntry(input: Input, version: number): Entry {
  const tag = input.int()
  const alias = input.text()
  input.take(8) // the time of its creation
  if (tag === CERTIFICATE_ENTRY) return { trusted: input.certificate(version) }
  if (tag !== KEY_ENTRY) throw new Error('an entry of another kind')
  const encrypted = input.take(input.int())
  const chain = Array.from({ length: input.count() }, () => input.certificate(version))
  const open = (secret: string) => openKey(encrypted, secret)
  const key = { alias, certificate: chain[0], open, chainOf: () => chain }
  return { key, trusted: chain[0] }
}

function checkDigest(bytes: Buffer, password: string): void {
  const digest = createHash('sha1')
    .update(javaChars(password))
    .update('Mighty Aphrodite')
    .update(bytes.subarray(0, -DIGEST_BYTES))
    .digest()
  if (!digest.equals(bytes.subarray(-DIGEST_BYTES))) throw new WrongPassword()
}

/** Decrypts a key: 20 bytes of salt, the key under the key stream, and a digest of the key. */
function openKey(encrypted: Buffer, password: string): KeyObject {
  const info = parseDer(encrypted)
  const algorithm = oidOf(partAt(info, 0, 0))
  if (algorithm !== KEY_PROTECTOR) throw new UnsupportedAlgorithm(`the encryption ${algorithm}`)
  const data = octetsOf(partAt(info, 1))
  if (data.length < 2 * DIGEST_BYTES) throw new Error('too short')
  const secret = javaChars(password)
  const key = Buffer.from(data.subarray(DIGEST_BYTES, -DIGEST_BYTES))
  let block = data.subarray(0, DIGEST_BYTES)
  for (let at = 0; at < key.length; at++) {
    const offset = at % DIGEST_BYTES
    if (offset === 0) block = createHash('sha1').update(secret).update(block).digest()
    key[at] = (key[at] as number) ^ (block[offset] as number)
  }
  const digest = createHash('sha1').update(secret).update(key).digest()
  if (!digest.equals(data.subarray(-DIGEST_BYTES))) throw new WrongPassword()
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function javaChars(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

/** Reads the values of Java's `DataOutputStream`. Every read beyond the end throws. */
class Input {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Error('truncated')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  int(): number {
    return this.take(4).readUInt32BE()
  }

  /** A number of values, each of which has at least four bytes. */
  count(): number {
    const count = this.int()
    if (count > this.#bytes.length / 4) throw new Error('truncated')
    return count
  }

  text(): string {
    return this.take(this.take(2).readUInt16BE()).toString('utf8')
  }

  certificate(version: number): X509Certificate {
    if (version === 2) this.text() // its type, "X.509"
    return new X509Certificate(this.take(this.int()))
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }
}
