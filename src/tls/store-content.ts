/** The content of a store, the same for all formats. */

import type { KeyObject, X509Certificate } from 'node:crypto'

/** A private key of a store. */
export interface KeyEntry {
  readonly alias: string
  /** The certificate that the store names as that of the key; undefined if it names none. */
  readonly certificate: X509Certificate | undefined
  /** Decrypts the key. Throws for a wrong password. */
  open(password: string): KeyObject
  /** Returns the certificates of the key, its own first; none if the store has none for it. */
  chainOf(key: KeyObject): readonly X509Certificate[]
}

/** The entries of a store. */
export interface StoreContent {
  readonly keys: readonly KeyEntry[]
  /** As Java's trust manager has them: the certificate entries, and the own certificates of the keys. */
  readonly trusted: readonly X509Certificate[]
}

/** Follows the issuers of a certificate in `pool`, from the certificate itself on. */
export function pathOf(
  leaf: X509Certificate | undefined,
  pool: readonly X509Certificate[],
): readonly X509Certificate[] {
  const path: X509Certificate[] = []
  let next = leaf
  while (next !== undefined) {
    const current: X509Certificate = next
    path.push(current)
    next = pool.find((each) => !path.includes(each) && current.checkIssued(each))
  }
  return path
}

/** The password of a store is wrong, or missing although the content is encrypted. */
export class WrongPassword extends Error {}
