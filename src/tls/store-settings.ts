/** The settings of stores: the ones that declare a store, and the values of all. */

import { KEY_STORE_KEYS, type StoreKey, TRUST_STORE_KEYS } from './store-error.ts'
import type { StoreOptions } from './stores.ts'

/** The settings of which any declares a trust store. */
export const TRUST_STORE_DECLARATIONS: readonly StoreKey[] = [
  TRUST_STORE_KEYS.location,
  TRUST_STORE_KEYS.certificates,
]

/** The settings of which any declares a key store. */
export const KEY_STORE_DECLARATIONS: readonly StoreKey[] = [
  KEY_STORE_KEYS.location,
  KEY_STORE_KEYS.key,
  KEY_STORE_KEYS.certificateChain,
]

/** Returns the value of a setting, by its key after the caller's prefix. */
type Lookup = (key: StoreKey) => string | undefined

/** Collects the settings of a trust store. */
export function trustStoreOptions(text: Lookup): StoreOptions {
  return collect(TRUST_STORE_KEYS, text)
}

/** Collects the settings of a key store. */
export function keyStoreOptions(text: Lookup): StoreOptions {
  return collect(KEY_STORE_KEYS, text)
}

/** The tables name their keys as `StoreOptions` does. */
function collect(keys: Readonly<Record<string, StoreKey>>, text: Lookup): StoreOptions {
  return Object.fromEntries(Object.entries(keys).map(([option, key]) => [option, text(key)]))
}
