/**
 * The key stores and trust stores of Kafka clients, as librdkafka's PEM properties. Keys stay in memory: no file is
 * written.
 */

import { type Config, type Findings, usesKeysOfPrincipals } from '../../config/index.ts'
import { fileVersion } from '../../file-watch.ts'
import {
  KEY_STORE_DECLARATIONS,
  keyStoreOptions,
  TRUST_STORE_DECLARATIONS,
  trustStoreOptions,
} from '../../tls/store-settings.ts'
import { readKeyStore, readTrustStore, StoreError } from '../../tls/stores.ts'
import type { ClientSettings } from './client-settings.ts'
import type { Property, Translated } from './credentials.ts'
import { ownKey, ownKeyId } from './principal-keys.ts'

/** What a store had when it was read. */
interface Content {
  readonly version: string
  readonly properties: readonly Property[]
}

/**
 * The stores that were read, by their settings. A consumer instance is created while a request waits, and reading takes
 * up to some hundred milliseconds: only a changed file is read again.
 */
const contents = new Map<string, Content>()

/**
 * The value of a property whose store cannot be read. librdkafka creates no client with it; without the property the
 * client would trust other authorities.
 */
export const UNUSABLE = 'unusable'

/** Translates the trust store and the key store. Their files are read when they are used for the first time. */
export function storeProperties(
  config: Config,
  settings: ClientSettings,
  findings: Findings,
): readonly Translated[] {
  if (!/^(?:sasl_)?ssl/i.test(textOf(settings, 'security.protocol') ?? '')) return []
  const options = optionsOf(settings)
  const isOfMany = usesKeysOfPrincipals(config)
  const trustId = JSON.stringify(options.trust)
  const keyId = JSON.stringify([options.key, isOfMany && ownKeyId(config)])
  return [
    ...translate(TRUST_STORE_DECLARATIONS, trustId, settings, findings, () => [
      ['ssl.ca.pem', readTrustStore(options.trust)],
    ]),
    ...translate(KEY_STORE_DECLARATIONS, keyId, settings, findings, () => {
      const { key, certificateChain } = isOfMany
        ? ownKey(config, options.key)
        : readKeyStore(options.key)
      return [
        ['ssl.key.pem', key],
        ['ssl.certificate.pem', certificateChain],
      ]
    }),
  ]
}

function optionsOf(settings: ClientSettings) {
  const text = (name: string) => textOf(settings, name)
  return { trust: trustStoreOptions(text), key: keyStoreOptions(text) }
}

/** @param id tells the contents of stores apart */
function translate(
  names: readonly string[],
  id: string,
  settings: ClientSettings,
  findings: Findings,
  read: () => readonly Property[],
): readonly Translated[] {
  const setting = names.map((name) => settings.get(name)).find((given) => given?.text)
  if (setting === undefined) return []
  const name = names.find((each) => setting.key.endsWith(each)) ?? ''
  const file = name.endsWith('.location') ? setting.text : undefined
  try {
    return [{ setting, properties: readOnce(`${name} ${id}`, file, read) }]
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const prefix = setting.key.slice(0, -name.length)
    findings.faultAt(settings.get(error.key), prefix + error.key, error.message)
    const property = names === TRUST_STORE_DECLARATIONS ? 'ssl.ca.pem' : 'ssl.key.pem'
    return [{ setting, properties: [[property, UNUSABLE]] }]
  }
}

/**
 * Reads a store unless it was read and has not changed. A file that has become unreadable keeps its earlier content.
 * @param file undefined if the settings contain the store
 */
function readOnce(
  id: string,
  file: string | undefined,
  read: () => readonly Property[],
): readonly Property[] {
  const version = file === undefined ? '' : fileVersion(file)
  const earlier = contents.get(id)
  if (earlier?.version === version) return earlier.properties
  try {
    const properties = read()
    contents.set(id, { version, properties })
    return properties
  } catch (error) {
    if (earlier === undefined) throw error
    return earlier.properties
  }
}

function textOf(settings: ClientSettings, name: string): string | undefined {
  return settings.get(name)?.text || undefined
}
