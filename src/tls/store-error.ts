/** The one error of unreadable stores. */

/** The settings of a key store, by their keys after the caller's prefix. */
export const KEY_STORE_KEYS = {
  location: 'ssl.keystore.location',
  password: 'ssl.keystore.password',
  keyPassword: 'ssl.key.password',
  type: 'ssl.keystore.type',
  key: 'ssl.keystore.key',
  certificateChain: 'ssl.keystore.certificate.chain',
} as const

/** The settings of a trust store, by their keys after the caller's prefix. */
export const TRUST_STORE_KEYS = {
  location: 'ssl.truststore.location',
  password: 'ssl.truststore.password',
  type: 'ssl.truststore.type',
  certificates: 'ssl.truststore.certificates',
} as const

/** The key of a setting of a store, without the caller's prefix. */
export type StoreKey =
  | (typeof KEY_STORE_KEYS)[keyof typeof KEY_STORE_KEYS]
  | (typeof TRUST_STORE_KEYS)[keyof typeof TRUST_STORE_KEYS]

/**
 * A store that cannot be used. The message completes "expected …", as that of a `ValueFault`; it names the file, and
 * contains neither passwords nor bytes of keys.
 */
export class StoreError extends Error {
  /** The setting to change. */
  readonly key: StoreKey

  constructor(key: StoreKey, expected: string) {
    super(expected)
    this.key = key
  }
}
