/** Builds the properties of a librdkafka client, and reports settings that have no equivalent. */

import {
  type Config,
  type Fault,
  Findings,
  findNearest,
  KEYS,
  type Setting,
} from '../../config/index.ts'
import { CLIENT_DEFAULTS } from './client-defaults.ts'
import { type ClientSettings, type Role, settingsOf } from './client-settings.ts'
import { storeProperties } from './client-stores.ts'
import { loginProperties, type Property } from './credentials.ts'
import type { KafkaIdentity } from './identity.ts'
import { JAVA_SETTINGS } from './java-settings.ts'
import { LIBRDKAFKA_PROPERTIES } from './librdkafka-properties.ts'

/** The properties of a client, under librdkafka's names. */
export interface ClientProperties {
  /** Values may be secrets and must be masked in output. */
  readonly properties: readonly Property[]
  /** The operator's setting of a property; defaults have none. */
  readonly givenBy: ReadonlyMap<string, Setting>
  /** Equal for all clients of a role. */
  readonly warnings: readonly string[]
  /** Any fault prevents the start of the process. */
  readonly faults: readonly Fault[]
}

/** The properties with a login, and those with a key. An engine of OpenSSL has a key of its own. */
const OF_OWN_LOGIN = /^(?:enable\.)?sasl\./
const OF_OWN_KEY = /^ssl\.(?:key|certificate|keystore|engine)\./

/** librdkafka's largest `max.in.flight` of an idempotent producer. */
const IDEMPOTENT_IN_FLIGHT = 5

/** The properties by name: the clients that have them, and the canonical name of their aliases. */
const PROPERTIES = new Map(
  LIBRDKAFKA_PROPERTIES.map(([name, clients, aliasOf = name]) => [name, { clients, aliasOf }]),
)

/** Collects the properties of a client. A later value replaces an earlier one, also under another alias. */
export class ClientBuilder {
  readonly #role: Role
  readonly #config: Config
  readonly #findings = new Findings()
  readonly #settings: ClientSettings
  readonly #properties = new Map<string, Property>()
  readonly #givenBy = new Map<string, Setting>()

  constructor(role: Role, config: Config) {
    this.#role = role
    this.#config = config
    this.#settings = settingsOf(role, config, this.#findings)
    this.set({
      'bootstrap.servers': config['bootstrap.servers'].join(','),
      'client.id': config.id === '' ? 'sluice' : `sluice-${config.id}`,
      ...CLIENT_DEFAULTS,
    })
  }

  /** Sets the defined values. */
  set(properties: Readonly<Record<string, string | number | boolean | undefined>>): void {
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined) continue
      this.#properties.set(PROPERTIES.get(name)?.aliasOf ?? name, [name, String(value)])
    }
  }

  /** Returns the value of a property, under any alias. */
  find(name: string): string | undefined {
    return this.#properties.get(PROPERTIES.get(name)?.aliasOf ?? name)?.[1]
  }

  /** Sets the operator's settings. */
  setGiven(): void {
    const stores = storeProperties(this.#config, this.#settings, this.#findings)
    const servers = this.#settings.get('bootstrap.servers')?.text ?? this.find('bootstrap.servers')
    const logins = loginProperties(this.#settings, servers ?? '', this.#findings)
    for (const { setting, properties } of [...stores, ...logins]) {
      for (const [property, value] of properties) this.#setGivenOne(property, value, setting)
    }
    for (const [name, setting] of this.#settings) this.#setOne(name, setting)
  }

  /** Sets the credentials of a principal. Nothing of the operator's login or key stays. */
  setIdentity(identity: KafkaIdentity): void {
    if (identity.mechanism === 'CERTIFICATE') {
      this.#removeAll(OF_OWN_KEY)
      const { key, certificateChain } = identity
      this.set({ 'ssl.key.pem': key, 'ssl.certificate.pem': certificateChain })
      return
    }
    this.#removeAll(OF_OWN_LOGIN)
    this.set({ 'sasl.mechanisms': identity.mechanism })
    if (identity.mechanism === 'OAUTHBEARER') {
      this.set({ 'sasl.oauthbearer.config': identity.tokenName })
    } else {
      this.set({ 'sasl.username': identity.username, 'sasl.password': identity.password })
    }
  }

  /** Disables idempotence when a setting conflicts with it, as Java does. Explicit idempotence is a fault then. */
  dropIdempotenceOnConflict(): void {
    const conflict = this.#findIdempotenceConflict()
    if (conflict === undefined || this.find('enable.idempotence') !== 'true') return
    const setting = this.#settings.get('enable.idempotence')
    if (setting) {
      this.#findings.fault(setting, `false, because of ${conflict}`)
    } else {
      this.set({ 'enable.idempotence': false })
      this.#findings.warnings.push(
        `The producer is not idempotent because of ${conflict}: after a network error, records ` +
          'may be written twice or out of order',
      )
    }
  }

  #removeAll(names: RegExp): void {
    for (const name of this.#properties.keys()) {
      if (names.test(name)) this.#properties.delete(name)
    }
  }

  build(): ClientProperties {
    const { warnings, faults } = this.#findings
    return {
      properties: [...this.#properties.values()],
      givenBy: this.#givenBy,
      warnings,
      faults,
    }
  }

  #setGivenOne(property: string, value: string | undefined, setting: Setting): void {
    if (value === undefined) return
    this.set({ [property]: value })
    this.#givenBy.set(property, setting)
  }

  #setOne(name: string, setting: Setting): void {
    if (setting.text === '' && name !== 'ssl.endpoint.identification.algorithm') return
    const translation = JAVA_SETTINGS[name] ?? { to: [name] }
    if ('dropped' in translation && !translation.except?.includes(setting.text)) {
      this.#findings.warn(setting, `left out: ${translation.dropped}`)
    }
    if (!('to' in translation)) return
    const { to, convert = (text: string) => text } = translation
    if (!to.some((property) => PROPERTIES.has(property))) this.#warnUnknown(name, setting)
    const value = this.#findings.tryRead(setting, convert)
    for (const property of to) {
      if (isFor(this.#role, property)) this.#setGivenOne(property, value, setting)
    }
  }

  #warnUnknown(name: string, setting: Setting): void {
    const prefix = setting.key.slice(0, setting.key.length - name.length)
    const own = [...KEYS.keys()].filter((key) => key.startsWith(prefix))
    const nearest = findNearest(name, [
      ...own.map((key) => key.slice(prefix.length)),
      ...PROPERTIES.keys(),
      ...Object.keys(JAVA_SETTINGS),
    ])
    const hint = nearest === undefined ? '' : `; did you mean ${prefix}${nearest}?`
    this.#findings.warn(setting, `left out: librdkafka has no such setting${hint}`)
  }

  #findIdempotenceConflict(): string | undefined {
    const acks = this.find('acks')
    const inFlight = this.find('max.in.flight')
    if (acks !== 'all' && acks !== '-1') return `acks=${acks}`
    if (Number(inFlight) > IDEMPOTENT_IN_FLIGHT) return `max.in.flight=${inFlight}`
    if (this.find('retries') === '0') return 'retries=0'
    return undefined
  }
}

/** Whether clients of a role have the property. */
function isFor(role: Role, property: string): boolean {
  const clients = PROPERTIES.get(property)?.clients
  return clients === '*' || clients === { producer: 'P', consumer: 'C', admin: '*' }[role]
}
