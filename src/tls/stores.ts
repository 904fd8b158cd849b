/**
 * Reads key stores and trust stores as Java's `ssl.*` settings name them. The content decides the format, because
 * suffixes and Java's default type are unreliable.
 */

import type { KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { JKS_MAGIC, readJks } from './jks.ts'
import { UnsupportedAlgorithm } from './password-encryption.ts'
import {
  type KeyMaterial,
  keyMaterial,
  type Origin,
  pemCertificates,
  pemKey,
  pemKeys,
  toPem,
} from './pem.ts'
import { readPkcs12 } from './pkcs12.ts'
import { type KeyEntry, type StoreContent, WrongPassword } from './store-content.ts'
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

/** The formats of stores. Java reads both of its binary formats under the name of either. */
const TYPES = { PEM: ['PEM'], PKCS12: ['PKCS12', 'JKS'], JKS: ['JKS', 'PKCS12'] } as const

type Format = keyof typeof TYPES

/** The largest file that is read. A trust store with the authorities of the web has less than 300 KB. */
const MAX_STORE_BYTES = 4 * 1024 * 1024

/** The first bytes of Java's format JCEKS. */
const JCEKS_MAGIC = Buffer.from('cececece', 'hex')

/** The number of aliases that an error names. */
const MAX_NAMES = 5

/** The first byte of an ASN.1 sequence, which PKCS #12 is. */
const SEQUENCE = 0x30

/**
 * Returns the private key of a key store with its certificates. Reads the file synchronously; stores with many
 * iterations take some hundred milliseconds.
 * @param alias the entry, for stores with several private keys; in any letter case
 * @throws {StoreError}
 */
export function readKeyStore(options: StoreOptions, alias?: string): KeyMaterial {
  const { key, certificateChain, keyPassword } = options
  if (key || certificateChain) {
    checkInline(options, KEY_STORE_KEYS.key, KEY_STORE_KEYS.type)
    const text = `${key ?? ''}\n${certificateChain ?? ''}`
    return pemKey(text, keyPassword, { key: KEY_STORE_KEYS.key, file: undefined })
  }
  const store = openStore(options, KEY_STORE_KEYS)
  if (store.format !== 'PEM') return chosenKey(readEntries(store), store, options, alias)
  if (alias !== undefined) {
    throw new StoreError(KEY_STORE_KEYS.location, `a PKCS12 or JKS file: ${store.file} is PEM`)
  }
  return pemKey(store.content.toString('latin1'), keyPassword, originOf(store))
}

/** A private key of a store that has keys of several owners. */
export interface StoredKey {
  /** The certificate of the key. */
  readonly certificate: X509Certificate
  /** Returns the key with its certificates. Decrypting takes some milliseconds. @throws {StoreError} */
  open(): KeyMaterial
}

/**
 * Returns all private keys of a key store. Reads the file synchronously, and decrypts no key unless it is PEM, or a PKCS12 file
 * that does not name the certificate of the key.
 * @throws {StoreError} for a store without a private key, and for a key without a certificate
 */
export function readKeyStoreOfMany(options: StoreOptions): readonly StoredKey[] {
  const { key, certificateChain, keyPassword } = options
  if (key || certificateChain) {
    checkInline(options, KEY_STORE_KEYS.key, KEY_STORE_KEYS.type)
    const text = `${key ?? ''}\n${certificateChain ?? ''}`
    return storedPemKeys(text, keyPassword, { key: KEY_STORE_KEYS.key, file: undefined })
  }
  const store = openStore(options, KEY_STORE_KEYS)
  if (store.format === 'PEM') {
    return storedPemKeys(store.content.toString('latin1'), keyPassword, originOf(store))
  }
  const { keys } = readEntries(store)
  if (keys.length === 0) throw withoutKey(store)
  return keys.map((entry) => storedKey(entry, store, options))
}

function storedPemKeys(
  text: string,
  password: string | undefined,
  origin: Origin,
): readonly StoredKey[] {
  return pemKeys(text, password, origin).map(({ key, chain }) => ({
    certificate: chain[0],
    open: () => keyMaterial(key, chain, origin),
  }))
}

function storedKey(entry: KeyEntry, store: OpenStore, options: StoreOptions): StoredKey {
  const decrypt = () => {
    const key = decryptedKey(entry, store, options)
    const chain = entry.chainOf(key)
    return { chain, material: keyMaterial(key, chain, originOf(store)) }
  }
  const certificate = entry.certificate ?? (decrypt().chain[0] as X509Certificate)
  return {
    certificate,
    open: () => {
      const { chain, material } = decrypt()
      // The certificate has named the owner of the key.
      if (chain[0]?.raw.equals(certificate.raw) === true) return material
      const alias = JSON.stringify(entry.alias)
      throw new StoreError(
        store.keys.location,
        `a private key with its certificate in ${store.file}: the one of ${alias} is that of another key`,
      )
    },
  }
}

/**
 * Returns the certificates of a trust store as PEM texts, one after another. Reads the file synchronously.
 * @throws {StoreError}
 */
export function readTrustStore(options: StoreOptions): string {
  if (options.certificates) {
    const key = TRUST_STORE_KEYS.certificates
    checkInline(options, key, TRUST_STORE_KEYS.type)
    return pemCertificates(options.certificates, { key, file: undefined })
  }
  const store = openStore(options, TRUST_STORE_KEYS)
  if (store.format === 'PEM') {
    return pemCertificates(store.content.toString('latin1'), originOf(store))
  }
  const { trusted } = readEntries(store)
  if (trusted.length === 0) {
    throw new StoreError(
      store.keys.location,
      `trusted certificates in ${store.file}, which has none`,
    )
  }
  return toPem(trusted)
}

/** A store whose file was read. */
interface OpenStore {
  readonly keys: typeof KEY_STORE_KEYS | typeof TRUST_STORE_KEYS
  readonly file: string
  readonly format: Format
  readonly content: Buffer
  readonly password: string | undefined
}

function openStore(options: StoreOptions, keys: OpenStore['keys']): OpenStore {
  const { location: file, type, password } = options
  if (!file) throw new StoreError(keys.location, 'the path of a PEM, PKCS12 or JKS file')
  const content = readFile(file, keys.location)
  const format = formatOf(content, file, keys.location)
  checkType(format, type, file, keys.type)
  return { keys, file, format, content, password }
}

function originOf({ keys, file }: OpenStore): Origin {
  return { key: keys.location, file }
}

function checkInline({ location, type }: StoreOptions, key: StoreKey, typeKey: StoreKey): void {
  if (location) throw new StoreError(key, `no value beside the file ${location}`)
  checkType('PEM', type, 'the text', typeKey)
}

function readFile(file: string, key: StoreKey): Buffer {
  const unreadable = (what: string) =>
    new StoreError(key, `a file that can be read: ${file}: ${what}`)
  try {
    const stat = statSync(file)
    if (!stat.isFile()) throw unreadable('not a regular file')
    if (stat.size > MAX_STORE_BYTES) throw unreadable(`more than ${MAX_STORE_BYTES} bytes`)
    return readFileSync(file)
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw unreadable((error as NodeJS.ErrnoException).code ?? 'no such file')
  }
}

function formatOf(content: Buffer, file: string, key: StoreKey): Format {
  if (content.subarray(0, 4).equals(JKS_MAGIC)) return 'JKS'
  if (content.includes('-----BEGIN ')) return 'PEM'
  if (content[0] === SEQUENCE) return 'PKCS12'
  const is = content.subarray(0, 4).equals(JCEKS_MAGIC) ? 'JCEKS' : 'none of them'
  throw new StoreError(key, `a PEM, PKCS12 or JKS file: ${file} is ${is}`)
}

function checkType(format: Format, given: string | undefined, file: string, key: StoreKey): void {
  if (!given) return
  const type = given.toUpperCase()
  if (!Object.hasOwn(TYPES, type)) {
    throw new StoreError(key, `PEM, PKCS12 or JKS; keytool -importkeystore converts other stores`)
  }
  if (!TYPES[format].some((name) => name === type)) {
    throw new StoreError(key, `${format}, which ${file} is`)
  }
}

function readEntries({ keys, file, format, content, password }: OpenStore): StoreContent {
  try {
    return format === 'JKS' ? readJks(content, password) : readPkcs12(content, password)
  } catch (error) {
    if (error instanceof UnsupportedAlgorithm) throw unsupported(error, file, keys.location)
    if (!(error instanceof WrongPassword)) {
      throw new StoreError(keys.location, `a valid ${format} file: ${file} is damaged`)
    }
    const reason = password ? ': this one does not open it, or the file is damaged' : ''
    throw new StoreError(keys.password, `the password of ${file}${reason}`)
  }
}

function chosenKey(
  { keys }: StoreContent,
  store: OpenStore,
  options: StoreOptions,
  alias: string | undefined,
): KeyMaterial {
  const entry = findEntry(keys, store, alias)
  const key = decryptedKey(entry, store, options)
  return keyMaterial(key, entry.chainOf(key), originOf(store))
}

function decryptedKey(
  entry: KeyEntry,
  store: OpenStore,
  { password, keyPassword }: StoreOptions,
): KeyObject {
  const secret = keyPassword || password
  const passwordKey = keyPassword ? KEY_STORE_KEYS.keyPassword : KEY_STORE_KEYS.password
  if (!secret) throw new StoreError(passwordKey, `the password of ${store.file}`)
  return openKey(entry, secret, store, Boolean(keyPassword))
}

function findEntry(
  entries: readonly KeyEntry[],
  store: OpenStore,
  alias: string | undefined,
): KeyEntry {
  const {
    file,
    keys: { location },
  } = store
  const isChosen = (entry: KeyEntry) => entry.alias.toLowerCase() === alias?.toLowerCase()
  const candidates = alias === undefined ? entries : entries.filter(isChosen)
  const [entry, second] = candidates
  if (entry !== undefined && second === undefined) return entry
  if (alias !== undefined) {
    const chosen = JSON.stringify(alias)
    throw new StoreError(location, `one private key with the alias ${chosen} in ${file}`)
  }
  if (entry === undefined) throw withoutKey(store)
  const names = entries.slice(0, MAX_NAMES).map((each) => JSON.stringify(each.alias))
  throw new StoreError(
    location,
    `one private key: ${file} has ${entries.length} (${names.join(', ')}); copy one to a file of ` +
      'its own with keytool -importkeystore -srcalias',
  )
}

function withoutKey({ file, keys: { location } }: OpenStore): StoreError {
  return new StoreError(location, `a private key in ${file}, which has none`)
}

function openKey(
  { alias, open }: KeyEntry,
  secret: string,
  { file }: OpenStore,
  hasOwnPassword: boolean,
): KeyObject {
  try {
    return open(secret)
  } catch (error) {
    if (error instanceof UnsupportedAlgorithm) {
      throw unsupported(error, file, KEY_STORE_KEYS.location)
    }
    const reason = hasOwnPassword ? ': this one does' : ", which the store's password does"
    throw new StoreError(
      KEY_STORE_KEYS.keyPassword,
      `the password of the private key ${JSON.stringify(alias)} in ${file}${reason} not decrypt it`,
    )
  }
}

function unsupported(error: UnsupportedAlgorithm, file: string, key: StoreKey): StoreError {
  return new StoreError(
    key,
    `a store as keytool or OpenSSL writes it by default: ${file} uses ${error.message}`,
  )
}
