/**
 * Reads key stores and trust stores as Java's `ssl.*` settings name them. The content decides the format, because
 * suffixes and Java's default type are unreliable.
 */

import { readFileSync, statSync } from 'node:fs'
import { type KeyMaterial, pemCertificates, pemKey } from './pem.ts'
import { KEY_STORE_KEYS, StoreError, type StoreKey, TRUST_STORE_KEYS } from './store-error.ts'

export type { KeyMaterial } from './pem.ts'
export { StoreError, type StoreKey } from './store-error.ts'

/** Where a store is, as Java's `ssl.*` settings say it. Empty texts are absent settings. */
export interface StoreOptions {
  readonly location?: string | undefined
  readonly password?: string | undefined
  readonly keyPassword?: string | undefined
  readonly type?: string | undefined
  /** The private key as PEM text, instead of a file (`ssl.keystore.key`). */
  readonly key?: string | undefined
  /** The certificates of `key` as PEM text (`ssl.keystore.certificate.chain`). */
  readonly certificateChain?: string | undefined
  /** Certificates as PEM text, instead of a file (`ssl.truststore.certificates`). */
  readonly certificates?: string | undefined
}

/** The format of a store. */
type Format = 'PEM'

/** The largest file that is read. A trust store with the authorities of the web has less than 300 KB. */
const MAX_STORE_BYTES = 16 * 1024 * 1024

/**
 * Returns the private key of a key store with its certificates. Reads the file synchronously.
 * @param alias the entry, for stores with several private keys
 * @throws {StoreError}
 */
export function readKeyStore(options: StoreOptions, alias?: string): KeyMaterial {
  const { location, key, certificateChain } = options
  refuseBoth(location, key || certificateChain, KEY_STORE_KEYS.key)
  if (key || certificateChain) {
    checkType('PEM', options.type, KEY_STORE_KEYS.type)
    const text = `${key ?? ''}\n${certificateChain ?? ''}`
    return pemKey(text, options.keyPassword, { key: KEY_STORE_KEYS.key, file: undefined })
  }
  const store = { key: KEY_STORE_KEYS.location, file: location }
  const content = readStore(location, KEY_STORE_KEYS.location)
  checkType(formatOf(content, store), options.type, KEY_STORE_KEYS.type)
  if (alias !== undefined) {
    throw new StoreError(store.key, `a store with aliases (PKCS12 or JKS): ${location} is PEM`)
  }
  return pemKey(content.toString('latin1'), options.keyPassword, store)
}

/**
 * Returns the certificates of a trust store as PEM texts, one after another. Reads the file synchronously.
 * @throws {StoreError}
 */
export function readTrustStore(options: StoreOptions): string {
  const { location, certificates } = options
  refuseBoth(location, certificates, TRUST_STORE_KEYS.certificates)
  if (certificates) {
    checkType('PEM', options.type, TRUST_STORE_KEYS.type)
    return pemCertificates(certificates, { key: TRUST_STORE_KEYS.certificates, file: undefined })
  }
  const store = { key: TRUST_STORE_KEYS.location, file: location }
  const content = readStore(location, TRUST_STORE_KEYS.location)
  checkType(formatOf(content, store), options.type, TRUST_STORE_KEYS.type)
  return pemCertificates(content.toString('latin1'), store)
}

function refuseBoth(location?: string, inline?: string, key?: StoreKey): void {
  if (location && inline && key) {
    throw new StoreError(key, `either PEM texts or the file ${location}, and not both`)
  }
}

function readStore(location: string | undefined, key: StoreKey): Buffer {
  if (!location) throw new StoreError(key, 'the path of a PEM file')
  const problem = (what: string) =>
    new StoreError(key, `a file that can be read: ${location}: ${what}`)
  let content: Buffer
  try {
    const stat = statSync(location)
    if (!stat.isFile()) throw problem('it is no regular file')
    if (stat.size > MAX_STORE_BYTES) throw problem(`it has more than ${MAX_STORE_BYTES} bytes`)
    content = readFileSync(location)
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw problem((error as NodeJS.ErrnoException).code ?? 'unreadable')
  }
  if (content.length === 0) throw problem('it is empty')
  return content
}

function formatOf(
  content: Buffer,
  { key, file }: { key: StoreKey; file: string | undefined },
): Format {
  if (content.includes('-----BEGIN ')) return 'PEM'
  throw new StoreError(key, `a PEM file: ${file} begins otherwise`)
}

function checkType(format: Format, type: string | undefined, key: StoreKey): void {
  if (type && type.toUpperCase() !== format)
    throw new StoreError(key, `${format}, which the store is`)
}
