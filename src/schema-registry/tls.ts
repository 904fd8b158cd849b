/** TLS options for the registry, from the Java-style `schema.registry.ssl.*` settings. */
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { type Config, type Findings, findSetting, masked } from '../config/index.ts'
import { readKeyStore, readTrustStore, StoreError, type StoreOptions } from '../tls/stores.ts'

const PREFIX = 'schema.registry.'
const TRUST_STORE = ['ssl.truststore.location', 'ssl.truststore.certificates']
const KEY_STORE = ['ssl.keystore.location', 'ssl.keystore.key', 'ssl.keystore.certificate.chain']

/** Returns the options for connections. Reads the stores, and reports their errors to `findings`. */
export function tlsOptions(config: Config, findings: Findings): ConnectionOptions {
  const ca = ifGiven(TRUST_STORE, config, findings, () => readTrustStore(trustStore(config)))
  const key = ifGiven(KEY_STORE, config, findings, () => readKeyStore(keyStore(config)))
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

function trustStore(config: Config): StoreOptions {
  const text = (name: string) => textOf(name, config)
  return {
    location: text('ssl.truststore.location'),
    password: text('ssl.truststore.password'),
    type: text('ssl.truststore.type'),
    certificates: text('ssl.truststore.certificates'),
  }
}

function keyStore(config: Config): StoreOptions {
  const text = (name: string) => textOf(name, config)
  return {
    location: text('ssl.keystore.location'),
    password: text('ssl.keystore.password'),
    keyPassword: text('ssl.key.password'),
    type: text('ssl.keystore.type'),
    key: text('ssl.keystore.key'),
    certificateChain: text('ssl.keystore.certificate.chain'),
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
    const setting = findSetting(PREFIX + error.key, config.originals)
    findings.faults.push({
      key: setting?.key ?? PREFIX + error.key,
      ...(setting && { given: masked(setting.key, setting.text) }),
      expected: error.message,
      source: setting?.source ?? 'not set',
    })
    return undefined
  }
}

function textOf(name: string, { originals }: Config): string | undefined {
  return findSetting(PREFIX + name, originals)?.text.trim() || undefined
}
