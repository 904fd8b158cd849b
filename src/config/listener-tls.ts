/** The TLS of listeners, from the keys that define it. */

import { type CipherSuites, cipherSuitesOf } from './cipher-suites.ts'
import { type Key, ValueFault } from './define.ts'
import type { Findings, Setting } from './findings.ts'
import { isListenerKey, KEYS, parseListenerKey, type Values } from './keys/index.ts'
import { allListenersOf, type Listener } from './listeners.ts'

/** The TLS of a listener. Stores are not read yet. */
export interface ListenerTls {
  readonly name: string
  readonly keyStore: StoreKeys
  /** Of the entry with the key; empty if the store has one. */
  readonly alias: string
  /** Undefined if clients are not asked for a certificate. */
  readonly trustStore: StoreKeys | undefined
  readonly clientCertificate: ClientCertificate
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** OpenSSL's defaults for a version without suites. */
  readonly suites: CipherSuites
  /** Whether changed files are read again. */
  readonly reloads: boolean
  /** The file to be watched instead of the key store; empty without one. */
  readonly watchLocation: string
}

/** A store, as its keys tell. */
export interface StoreKeys {
  readonly location: string
  readonly password: string
  /** Of the private key. */
  readonly keyPassword: string
  /** Empty for the type of the content. */
  readonly type: string
}

/** A version of TLS. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'
/** Whether clients are asked for a certificate. */
export type ClientCertificate = 'none' | 'requested' | 'required'

type Originals = ReadonlyMap<string, Setting>
type Given = Values & { readonly originals: Originals }

const VERSIONS: readonly TlsVersion[] = ['TLSv1.2', 'TLSv1.3']
/** Versions that are recognized and never enabled. */
const OLD_VERSIONS = new Set(['TLSv1.1', 'TLSv1', 'SSLv3', 'SSLv2Hello'])
/** The types of stores, in upper case; empty for the type of the content. */
export const STORE_TYPES: readonly string[] = ['', 'PEM', 'PKCS12', 'JKS']

/** Returns the TLS of a listener. Throws a `ValueFault` for a value that `checkListenerTls` reports. */
export function tlsOfListener(config: Given, { name }: Pick<Listener, 'name'>): ListenerTls {
  const read = readerOf(config, name)
  const suites = cipherSuitesOf(read('ssl.cipher.suites'))
  const enabled = enabledVersions(read('ssl.enabled.protocols'), suites)
  const clientCertificate = clientCertificateOf(config, name)
  return {
    name,
    keyStore: storeOf('keystore', read),
    alias: read('sluice.ssl.keystore.alias'),
    trustStore: clientCertificate === 'none' ? undefined : storeOf('truststore', read),
    clientCertificate,
    minVersion: enabled[0] as TlsVersion,
    maxVersion: enabled.at(-1) as TlsVersion,
    suites,
    reloads: read('ssl.keystore.reload'),
    watchLocation: read('ssl.keystore.watch.location'),
  }
}

/** Whether requests to a listener have to name a host of its certificate. */
export function checksHosts(config: Given, { name, scheme }: Listener): boolean {
  return scheme === 'https' && readerOf(config, name)('sni.host.check.enabled')
}

/** Returns the setting that gives a listener its value of a key; `undefined` for a default. */
export function settingOfListener(
  originals: Originals,
  listener: string,
  key: string,
): Setting | undefined {
  return ownSetting(originals, listener, key) ?? originals.get(key)
}

function ownSetting(originals: Originals, listener: string, key: string): Setting | undefined {
  return originals.get(`listener.name.${listener}.${key}`)
}

/** Adds the faults of the TLS of all listeners. `values` have valid listeners. */
export function checkListenerTls(values: Values, originals: Originals, findings: Findings): void {
  const listeners = allListenersOf(values)
  checkNames(listeners, originals, findings)
  const faultsBefore = findings.faults.length
  checkOwnValues(originals, findings)
  if (findings.faults.length > faultsBefore) return
  const config = { ...values, originals }
  const secure = listeners.filter(({ scheme }) => scheme === 'https')
  for (const listener of secure) checkListener(config, listener, findings)
  if (secure.length === 0) refuseUnusedAuthentication(config, findings)
}

/** A misspelt listener would be without the protection that its keys ask for. */
function checkNames(
  listeners: readonly Listener[],
  originals: Originals,
  findings: Findings,
): void {
  const names = new Set(listeners.map(({ name }) => name))
  for (const setting of originals.values()) {
    const { listener } = parseListenerKey(setting.key) ?? {}
    if (listener === undefined || names.has(listener)) continue
    findings.faults.push({
      key: setting.key,
      expected: `the lower-case name of a listener, of ${[...names].join(', ')}`,
      source: setting.source,
    })
  }
}

function checkOwnValues(originals: Originals, findings: Findings): void {
  for (const setting of originals.values()) {
    const { key = '' } = parseListenerKey(setting.key) ?? {}
    if (isListenerKey(key)) findings.tryRead(setting, (KEYS.get(key) as Key<unknown>).parse)
  }
}

function checkListener(config: Given, { name }: Listener, findings: Findings): void {
  const read = readerOf(config, name)
  const fault = (key: keyof Values & string, expected: string) =>
    findings.faultAt(settingOfListener(config.originals, name, key), key, expected)
  const check = (key: keyof Values & string, attempt: () => unknown) => {
    try {
      attempt()
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error
      fault(key, error.message)
    }
  }
  if (read('ssl.keystore.location') === '') {
    fault('ssl.keystore.location', `a key store, because the listener ${name} is https`)
  }
  if (clientCertificateOf(config, name) !== 'none' && read('ssl.truststore.location') === '') {
    fault(
      'ssl.truststore.location',
      `a trust store, because the listener ${name} asks clients for certificates`,
    )
  }
  for (const key of ['ssl.keystore.type', 'ssl.truststore.type'] as const) {
    if (!STORE_TYPES.includes(read(key).toUpperCase())) fault(key, 'PEM, PKCS12 or JKS')
  }
  let suites: CipherSuites = { tls12: '', tls13: '' }
  check('ssl.cipher.suites', () => {
    suites = cipherSuitesOf(read('ssl.cipher.suites'))
  })
  check('ssl.enabled.protocols', () => enabledVersions(read('ssl.enabled.protocols'), suites))
}

/** Only listeners with TLS ask clients for certificates. */
function refuseUnusedAuthentication({ originals }: Given, findings: Findings): void {
  for (const key of ['ssl.client.authentication', 'ssl.client.auth']) {
    const setting = originals.get(key)
    const isHarmless = ['', 'NONE', 'FALSE'].includes(setting?.text.trim().toUpperCase() ?? '')
    if (setting && !isHarmless) {
      findings.fault(
        setting,
        'NONE, or an https:// listener, because others ask for no certificate',
      )
    }
  }
}

/** Returns a function that reads the value of a key for a listener: its own, or that of all. */
export function readerOf({ originals, ...values }: Given, listener: string) {
  return <Name extends keyof Values & string>(key: Name): Values[Name] => {
    const own = ownSetting(originals, listener, key)
    // The cast is sound: the type Values derives from the rows in KEYS.
    return own ? (KEYS.get(key) as Key<Values[Name]>).parse(own.text) : (values as Values)[key]
  }
}

type Reader = ReturnType<typeof readerOf>

function storeOf(store: 'keystore' | 'truststore', read: Reader): StoreKeys {
  return {
    location: read(`ssl.${store}.location`),
    password: read(`ssl.${store}.password`),
    keyPassword: store === 'keystore' ? read('ssl.key.password') : '',
    type: read(`ssl.${store}.type`).toUpperCase(),
  }
}

function clientCertificateOf(config: Given, listener: string): ClientCertificate {
  const read = readerOf(config, listener)
  const isSet = settingOfListener(config.originals, listener, 'ssl.client.authentication')
  if (!isSet && read('ssl.client.auth')) return 'required'
  return read('ssl.client.authentication').toLowerCase() as ClientCertificate
}

/**
 * The enabled versions, in ascending order. A version without a suite is not enabled. Throws a `ValueFault` if none is.
 */
export function enabledVersions(
  names: readonly string[],
  suites: CipherSuites,
): readonly TlsVersion[] {
  const unknown = names.find((name) => !isVersion(name) && !OLD_VERSIONS.has(name))
  const named = VERSIONS.filter((version) => names.length === 0 || names.includes(version))
  if (unknown !== undefined || named.length === 0) throw new ValueFault('TLSv1.2 or TLSv1.3')
  const hasSuites = suites.tls12 !== '' || suites.tls13 !== ''
  const enabled = named.filter(
    (version) => !hasSuites || (version === 'TLSv1.2' ? suites.tls12 : suites.tls13) !== '',
  )
  if (enabled.length === 0) {
    throw new ValueFault('a version of TLS for which ssl.cipher.suites has a cipher suite')
  }
  return enabled
}

function isVersion(name: string): name is TlsVersion {
  return (VERSIONS as readonly string[]).includes(name)
}
