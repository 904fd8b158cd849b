/** PKCS #12 (RFC 7292), as keytool, OpenSSL and browsers write it. */

import {
  createHmac,
  createPrivateKey,
  type KeyObject,
  timingSafeEqual,
  X509Certificate,
} from 'node:crypto'
import { bmpTextOf, bytesOf, type Der, octetsOf, oidOf, parseDer, partAt, partsOf } from './der.ts'
import {
  decryptByPassword,
  iterationsOf,
  pkcs12Key,
  UnsupportedAlgorithm,
} from './password-encryption.ts'
import { type KeyEntry, pathOf, type StoreContent, WrongPassword } from './store-content.ts'

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const ENCRYPTED_KEY_BAG = '1.2.840.113549.1.12.10.1.2'
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3'
const X509 = '1.2.840.113549.1.9.22.1'
const FRIENDLY_NAME = '1.2.840.113549.1.9.20'
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21'
/** Java's mark of a certificate that is an entry of its own, and not of a key's chain. */
const TRUSTED = '2.16.840.1.113894.746875.1.1'

const DIGESTS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** A value of a store, with its attributes. */
interface Bag {
  readonly type: string
  readonly value: Der
  readonly alias: string | undefined
  /** Equal for a key and its certificate. */
  readonly keyId: string | undefined
  readonly isTrusted: boolean
}

/** A certificate with the attributes of its bag. */
interface Certificate {
  readonly x509: X509Certificate
  readonly keyId: string | undefined
  readonly isTrusted: boolean
}

/**
 * Reads a store. Without a password its MAC is not checked, as in Java.
 * @throws {WrongPassword}, {@link UnsupportedAlgorithm} or another `Error`
 */
export function readPkcs12(bytes: Buffer, password: string | undefined): StoreContent {
  const [, authenticated, mac] = partsOf(parseDer(bytes))
  if (authenticated === undefined) throw new Error('no content')
  const content = dataOf(authenticated)
  if (password && mac) checkMac(mac, content, password)
  const bags = partsOf(parseDer(content)).flatMap((part) => bagsOf(part, password))
  const certificates = bags.filter(({ type }) => type === CERTIFICATE_BAG).map(certificateOf)
  const keyBags = bags.filter(({ type }) => type === KEY_BAG || type === ENCRYPTED_KEY_BAG)
  return {
    keys: keyBags.map((bag, index) => keyEntry(bag, index, certificates)),
    trusted: trustedOf(certificates, keyBags),
  }
}

/** Java trusts its own entries. A file of another program without keys has no such mark, and can only be meant whole. */
function trustedOf(
  certificates: readonly Certificate[],
  keyBags: readonly Bag[],
): readonly X509Certificate[] {
  const isWhole = keyBags.length === 0 && !certificates.some(({ isTrusted }) => isTrusted)
  const keyIds = new Set(keyBags.map(({ keyId }) => keyId).filter((id) => id !== undefined))
  return certificates
    .filter(({ isTrusted, keyId }) => isWhole || isTrusted || (keyId && keyIds.has(keyId)))
    .map(({ x509 }) => x509)
}

function checkMac(mac: Der, content: Buffer, password: string): void {
  const algorithm = oidOf(partAt(mac, 0, 0, 0))
  const digest = DIGESTS[algorithm]
  if (digest === undefined) throw new UnsupportedAlgorithm(`the MAC ${algorithm}`)
  const expected = octetsOf(partAt(mac, 0, 1))
  const iterations = partsOf(mac)[2]
  const key = pkcs12Key(digest, password, {
    purpose: 'mac',
    salt: octetsOf(partAt(mac, 1)),
    iterations: iterations === undefined ? 1 : iterationsOf(iterations),
    size: createHmac(digest, '').digest().length,
  })
  const actual = createHmac(digest, key).update(content).digest()
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new WrongPassword()
  }
}

function bagsOf(part: Der, password: string | undefined): readonly Bag[] {
  const isEncrypted = oidOf(partAt(part, 0)) === ENCRYPTED_DATA
  const content = isEncrypted ? decryptedOf(part, password) : dataOf(part)
  return partsOf(parseDer(content)).map(bagOf)
}

function dataOf(content: Der): Buffer {
  const type = oidOf(partAt(content, 0))
  if (type !== DATA) throw new UnsupportedAlgorithm(`content of the type ${type}`)
  return octetsOf(partAt(content, 1, 0))
}

function decryptedOf(content: Der, password: string | undefined): Buffer {
  if (!password) throw new WrongPassword()
  const encrypted = partAt(content, 1, 0, 1)
  try {
    return decryptByPassword(partAt(encrypted, 1), octetsOf(partAt(encrypted, 2)), password)
  } catch (error) {
    throw error instanceof UnsupportedAlgorithm ? error : new WrongPassword()
  }
}

function bagOf(bag: Der): Bag {
  const attributes = partsOf(bag)[2]
  const values = new Map(
    (attributes === undefined ? [] : partsOf(attributes)).map((attribute) => [
      oidOf(partAt(attribute, 0)),
      partsOf(partAt(attribute, 1))[0],
    ]),
  )
  const name = values.get(FRIENDLY_NAME)
  const keyId = values.get(LOCAL_KEY_ID)
  return {
    type: oidOf(partAt(bag, 0)),
    value: partAt(bag, 1, 0),
    alias: name && bmpTextOf(name),
    keyId: keyId && octetsOf(keyId).toString('hex'),
    isTrusted: values.has(TRUSTED),
  }
}

function certificateOf({ value, keyId, isTrusted }: Bag): Certificate {
  const type = oidOf(partAt(value, 0))
  if (type !== X509) throw new UnsupportedAlgorithm(`certificates of the type ${type}`)
  return { x509: new X509Certificate(octetsOf(partAt(value, 1, 0))), keyId, isTrusted }
}

function keyEntry(bag: Bag, index: number, certificates: readonly Certificate[]): KeyEntry {
  const pool = certificates.map(({ x509 }) => x509)
  const isOwn = ({ keyId }: Certificate) => keyId !== undefined && keyId === bag.keyId
  return {
    // Java numbers keys without names.
    alias: bag.alias ?? String(index + 1),
    certificate: certificates.find(isOwn)?.x509,
    open: (password) => openKey(bag, password),
    chainOf: (key) =>
      pathOf(
        pool.find((certificate) => certificate.checkPrivateKey(key)),
        pool,
      ),
  }
}

function openKey({ type, value }: Bag, password: string): KeyObject {
  const key =
    type === KEY_BAG
      ? bytesOf(value)
      : decryptByPassword(partAt(value, 0), octetsOf(partAt(value, 1)), password)
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}
