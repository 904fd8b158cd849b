/**
 * The key store of Kafka clients as one of principals: each principal acts with the key of the certificate whose subject has its
 * name, by the rules that name the principals of requests.
 */
import {
  type Config,
  type Fault,
  Findings,
  findSetting,
  principalMapping,
} from '../../config/index.ts'
import type { Logger } from '../../log.ts'
import { javaSubjectOf } from '../../tls/java-name.ts'
import { KEY_STORE_DECLARATIONS, keyStoreOptions } from '../../tls/store-settings.ts'
import {
  type KeyMaterial,
  readKeyStoreOfMany,
  type StoredKey,
  StoreError,
  type StoreOptions,
} from '../../tls/stores.ts'
import { type ClientSettings, settingsOf } from './client-settings.ts'
import type { CertificateIdentity } from './identity.ts'
import { RereadFile } from './reread-file.ts'

const PREFIX = 'client.'
const LOCATION = KEY_STORE_DECLARATIONS[0] as 'ssl.keystore.location'
const OWN_PRINCIPAL = 'sluice.kafka.identity.principal'

/** The number of principals that an error names. */
const MAX_NAMES = 5

/** The keys of a store by principal, and the identities of those that were used. */
interface Keys {
  readonly stored: ReadonlyMap<string, StoredKey>
  readonly identities: Map<string, CertificateIdentity | undefined>
}

/** The keys of principals, as the store has them now. */
export class PrincipalKeys {
  readonly #log: Logger
  readonly #file: RereadFile<Keys>

  /** Reads the store. Throws a `StoreError` for an unusable one. */
  constructor(config: Config, log: Logger) {
    this.#log = log
    const options = optionsOf(config)
    const read = () => ({ stored: readKeys(config, options), identities: new Map() })
    this.#file = new RereadFile(PREFIX + LOCATION, options.location ?? '', read, log)
  }

  /**
   * Returns the identity of a principal; undefined without a key. Reads a store that has changed. The first use of a key
   * decrypts it.
   */
  find(principal: string): CertificateIdentity | undefined {
    const { stored, identities } = this.#file.content
    const known = identities.get(principal)
    const key = stored.get(principal)
    if (known || !key || identities.has(principal)) return known
    const identity = this.#open(principal, key)
    identities.set(principal, identity)
    return identity
  }

  #open(principal: string, key: StoredKey): CertificateIdentity | undefined {
    try {
      return identityOf(key.open())
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const reason = `expected ${error.message}`
      this.#log.error({ principal, reason }, 'the key of a principal cannot be used')
      return undefined
    }
  }
}

function identityOf({ key, certificateChain }: KeyMaterial): CertificateIdentity {
  return { mechanism: 'CERTIFICATE', key, certificateChain }
}

/** Returns the faults of the keys of principals: of the settings, of the store, and of each key. */
export function faultsOfPrincipalKeys(config: Config): readonly Fault[] {
  const findings = new Findings()
  const setting = (name: string) => findSetting(name, config.originals)
  for (const role of ['producer', 'consumer', 'admin'] as const) {
    const given = ownSetting(role, config)
    if (given) findings.fault(given, `no value: principals have keys in ${PREFIX}${LOCATION}`)
  }
  try {
    for (const key of readKeys(config, optionsOf(config)).values()) key.open()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const name = PREFIX + error.key
    findings.faultAt(setting(name), name, error.message)
  }
  return findings.faults
}

/** A setting of one kind of clients by which they would have another key, or none. */
function ownSetting(role: 'producer' | 'consumer' | 'admin', config: Config) {
  const settings = settingsOf(role, config, new Findings())
  return [...settings].find(
    ([name, { key }]) =>
      key.startsWith(`${role}.`) &&
      (name === 'security.protocol' || /^ssl\.(?:key|keystore|certificate|engine)\./.test(name)),
  )?.[1]
}

/**
 * Returns the key with which Sluice itself uses Kafka: the only one of the store, or that of `sluice.kafka.identity.principal`.
 * Throws a `StoreError`.
 */
export function ownKey(config: Config, options: StoreOptions): KeyMaterial {
  const keys = readKeys(config, options)
  const name = config[OWN_PRINCIPAL]
  const own = keys.get(name)
  if (own) return own.open()
  const [only, second] = keys.values()
  if (name === '' && only && !second) return only.open()
  const names = [...keys.keys()].slice(0, MAX_NAMES).map((each) => JSON.stringify(each))
  const has = `the store has the keys of ${keys.size} (${names.join(', ')})`
  throw new StoreError(
    LOCATION,
    name === ''
      ? `one private key, or ${OWN_PRINCIPAL} with the principal of Sluice itself: ${has}`
      : `a key of ${JSON.stringify(name)}, which ${OWN_PRINCIPAL} names: ${has}`,
  )
}

/** What decides which key of a store Sluice itself uses. */
export function ownKeyId(config: Config): readonly string[] {
  return [config[OWN_PRINCIPAL], config['auth.ssl.principal.mapping.rules']]
}

function optionsOf(config: Config): StoreOptions {
  const settings: ClientSettings = settingsOf('admin', config, new Findings())
  return keyStoreOptions((name) => settings.get(name)?.text || undefined)
}

/** Reads the keys by principal. Certificates that no rule names have none. Throws a `StoreError`. */
function readKeys(config: Config, options: StoreOptions): ReadonlyMap<string, StoredKey> {
  const principalOf = principalMapping(config['auth.ssl.principal.mapping.rules'])
  const keys = new Map<string, StoredKey>()
  for (const key of readKeyStoreOfMany(options)) {
    const subject = javaSubjectOf(key.certificate)
    const principal = subject && principalOf(subject)
    if (!principal) continue
    if (keys.has(principal)) {
      const name = JSON.stringify(principal)
      throw new StoreError(LOCATION, `one private key for the principal ${name}, not several`)
    }
    keys.set(principal, key)
  }
  if (keys.size > 0) return keys
  const rules = 'auth.ssl.principal.mapping.rules'
  throw new StoreError(LOCATION, `a private key whose certificate has a subject that ${rules} name`)
}
