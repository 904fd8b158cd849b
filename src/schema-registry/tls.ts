/** TLS options for the registry, from the Java-style `schema.registry.ssl.*` settings. */
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { type Config, type Findings, findSetting } from '../config/index.ts'
import {
  KEY_STORE_DECLARATIONS,
  keyStoreOptions,
  TRUST_STORE_DECLARATIONS,
  trustStoreOptions,
} from '../tls/store-settings.ts'
import { readKeyStore, readTrustStore, StoreError } from '../tls/stores.ts'

const PREFIX = 'schema.registry.'

/** Returns the options for connections. Reads the stores, and reports their errors to `findings`. */
export function tlsOptions(config: Config, findings: Findings): ConnectionOptions {
  const text = (name: string) => textOf(name, config)
  const ca = ifGiven(TRUST_STORE_DECLARATIONS, config, findings, () =>
    readTrustStore(trustStoreOptions(text)),
  )
  const key = ifGiven(KEY_STORE_DECLARATIONS, config, findings, () =>
    readKeyStore(keyStoreOptions(text)),
  )
  return {
    secureContext: createSecureContext({
      ...(ca !== undefined && { ca }),
      ...(key && { key: key.key, cert: key.certificateChain }),
    }),
    ...(config['schema.registry.ssl.endpoint.identification.algorithm'] === '' && {
      checkServerIdentity: () => undefined,
    }),
  }
}

/** Reads a store that one of the settings declares. */
function ifGiven<T>(
  names: readonly string[],
  config: Config,
  findings: Findings,
  read: () => T,
): T | undefined {
  if (names.every((name) => textOf(name, config) === undefined)) return undefined
  try {
    return read()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const key = PREFIX + error.key
    findings.faultAt(findSetting(key, config.originals), key, error.message)
    return undefined
  }
}

function textOf(name: string, { originals }: Config): string | undefined {
  return findSetting(PREFIX + name, originals)?.text.trim() || undefined
}
