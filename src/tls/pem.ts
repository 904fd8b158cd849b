/** Private keys and certificates in PEM. */

import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { parseDer, partAt } from './der.ts'
import { checkCost } from './password-encryption.ts'
import { pathOf } from './store-content.ts'
import { KEY_STORE_KEYS, StoreError, type StoreKey } from './store-error.ts'

/** A private key with its certificates. */
export interface KeyMaterial {
  /** PKCS #8 in PEM, unencrypted. */
  readonly key: string
  /** PEM texts; the certificate of the key is the first. */
  readonly certificateChain: string
}

/** The origin of a text, for errors. */
export interface Origin {
  readonly key: StoreKey
  /** Absent: the text is the value of the setting. */
  readonly file: string | undefined
}

const BEGIN = /-----BEGIN /g
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*(?:-(?!----)[^-]*)*-----END \1-----/g

/** A private key with its certificate and those of its issuers, in this order. */
export interface CertifiedKey {
  readonly key: KeyObject
  readonly chain: readonly [X509Certificate, ...X509Certificate[]]
}

/** Returns all private keys of a text. @throws {StoreError} for none, and for one without a certificate */
export function pemKeys(
  text: string,
  password: string | undefined,
  origin: Origin,
): readonly CertifiedKey[] {
  const blocks = blocksOf(text, origin)
  const pool = blocks.filter(isCertificate).map((each) => certificateOf(each.text, origin))
  const owners = new Map(pool.toReversed().map((each) => [spkiOf(each.publicKey), each]))
  const keys = blocks.filter(isPrivateKey).map(({ text: block }) => {
    const key = privateKeyOf(block, password, origin)
    const [leaf, ...issuers] = pathOf(owners.get(spkiOf(createPublicKey(key))), pool)
    if (!leaf) throw withoutCertificate(origin)
    return { key, chain: [leaf, ...issuers] as const }
  })
  if (keys.length === 0) throw withoutKey(origin)
  return keys
}

function spkiOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64')
}

function withoutKey(origin: Origin): StoreError {
  return new StoreError(origin.key, `a private key in PEM${inFile(origin)}, which has none`)
}

function withoutCertificate(origin: Origin): StoreError {
  return new StoreError(
    origin.key,
    `a private key with its certificate${inFile(origin)}: no certificate belongs to the key`,
  )
}

/** Returns the private key and the certificates of a text. @throws {StoreError} */
export function pemKey(text: string, password: string | undefined, origin: Origin): KeyMaterial {
  const blocks = blocksOf(text, origin)
  const keys = blocks.filter(isPrivateKey)
  const [block, second] = keys
  if (block === undefined) throw withoutKey(origin)
  if (second !== undefined) {
    throw new StoreError(origin.key, `one private key${inFile(origin)}, which has ${keys.length}`)
  }
  const chain = blocks.filter(isCertificate).map((each) => certificateOf(each.text, origin))
  const key = privateKeyOf(block.text, password, origin)
  const leaf = chain.find((certificate) => certificate.checkPrivateKey(key))
  const others = chain.filter((certificate) => certificate !== leaf)
  return keyMaterial(key, leaf === undefined ? [] : [leaf, ...others], origin)
}

/** Returns the certificates of a text, each in PEM. @throws {StoreError} */
export function pemCertificates(text: string, origin: Origin): string {
  const certificates = blocksOf(text, origin).filter(isCertificate)
  if (certificates.length === 0) {
    throw new StoreError(origin.key, `certificates in PEM${inFile(origin)}, which has none`)
  }
  return toPem(certificates.map((block) => certificateOf(block.text, origin)))
}

/** Returns a key and its certificates as PEM texts. @throws {StoreError} when the first certificate is not that of the key */
export function keyMaterial(
  key: KeyObject,
  chain: readonly X509Certificate[],
  origin: Origin,
): KeyMaterial {
  if (chain[0]?.checkPrivateKey(key) !== true) throw withoutCertificate(origin)
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    certificateChain: toPem(chain),
  }
}

/** Returns certificates as PEM texts, one after another. */
export function toPem(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => certificate.toString()).join('')
}

interface Block {
  readonly label: string
  readonly text: string
}

function isPrivateKey({ label }: Block): boolean {
  return /(?:^| )PRIVATE KEY$/.test(label)
}

function isCertificate({ label }: Block): boolean {
  return label === 'CERTIFICATE' || label === 'X509 CERTIFICATE'
}

/** A block without an end is a fault: a truncated trust store would otherwise trust fewer authorities. */
function blocksOf(text: string, origin: Origin): readonly Block[] {
  const blocks = [...text.matchAll(BLOCK)].map(([block, label = '']) => ({ label, text: block }))
  if (blocks.length !== [...text.matchAll(BEGIN)].length) {
    throw new StoreError(origin.key, `complete PEM blocks, from BEGIN to END${inFile(origin)}`)
  }
  return blocks
}

function certificateOf(text: string, origin: Origin): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    throw new StoreError(origin.key, `valid certificates in PEM${inFile(origin)}`)
  }
}

function privateKeyOf(text: string, password: string | undefined, origin: Origin): KeyObject {
  const isEncrypted = /BEGIN ENCRYPTED |Proc-Type: 4,ENCRYPTED/.test(text)
  if (isEncrypted && !password) {
    throw new StoreError(
      KEY_STORE_KEYS.keyPassword,
      `the password of the encrypted private key${inFile(origin)}`,
    )
  }
  try {
    if (/BEGIN ENCRYPTED /.test(text)) checkCostOf(text)
    return createPrivateKey(isEncrypted ? { key: text, passphrase: password } : text)
  } catch {
    throw isEncrypted
      ? new StoreError(
          KEY_STORE_KEYS.keyPassword,
          `the password of the encrypted private key${inFile(origin)}: this one does not decrypt it`,
        )
      : new StoreError(origin.key, `a valid private key in PEM${inFile(origin)}`)
  }
}

/** OpenSSL takes any number of iterations. */
function checkCostOf(block: string): void {
  const base64 = block.replace(/-----[^-]*-----/g, '')
  checkCost(partAt(parseDer(Buffer.from(base64, 'base64')), 0))
}

function inFile({ file }: Origin): string {
  return file === undefined ? '' : ` in ${file}`
}
