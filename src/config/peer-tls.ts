/** The TLS between the processes of a cluster, from the keys that define it. */

import { type CipherSuites, cipherSuitesOf } from './cipher-suites.ts'
import { clusterOf } from './cluster.ts'
import { ValueFault } from './define.ts'
import type { Findings, Setting } from './findings.ts'
import { clusterKeys } from './keys/cluster.ts'
import type { Values } from './keys/index.ts'
import { enabledVersions, STORE_TYPES, type StoreKeys, type TlsVersion } from './listener-tls.ts'

/** The TLS of a process towards the others, in both directions. Stores are not read yet. */
export interface PeerTls {
  /** Its key and certificate, as a server and as a client. */
  readonly keyStore: StoreKeys
  /** The only authorities whose certificates other processes may have. */
  readonly trustStore: StoreKeys
  /** The host at which the others reach this process, IPv6 without brackets. Its certificate has to be for it. */
  readonly host: string
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** OpenSSL's defaults for a version without suites. */
  readonly suites: CipherSuites
}

type Originals = ReadonlyMap<string, Setting>

/** The beginning of the keys of both stores. */
export const PEER_PREFIX = 'sluice.peer.'

const OWN_KEYS = Object.keys(clusterKeys).filter((key) => key.startsWith(`${PEER_PREFIX}ssl.`))

/** Returns the TLS; undefined without a cluster, and for plain listeners. Throws a `ValueFault` for a value that `checkPeerTls` reports. */
export function peerTlsOf(config: Values): PeerTls | undefined {
  const cluster = clusterOf(config)
  if (!cluster?.url.startsWith('https:')) return undefined
  const suites = cipherSuitesOf(config['ssl.cipher.suites'])
  const enabled = enabledVersions(config['ssl.enabled.protocols'], suites)
  return {
    keyStore: {
      location: config['sluice.peer.ssl.keystore.location'],
      password: config['sluice.peer.ssl.keystore.password'],
      keyPassword: config['sluice.peer.ssl.key.password'],
      type: config['sluice.peer.ssl.keystore.type'].toUpperCase(),
    },
    trustStore: {
      location: config['sluice.peer.ssl.truststore.location'],
      password: config['sluice.peer.ssl.truststore.password'],
      keyPassword: '',
      type: config['sluice.peer.ssl.truststore.type'].toUpperCase(),
    },
    host: new URL(cluster.url).hostname.replace(/^\[(.*)\]$/, '$1'),
    minVersion: enabled[0] as TlsVersion,
    maxVersion: enabled.at(-1) as TlsVersion,
    suites,
  }
}

/** Adds the faults of the keys. `values` have a valid cluster, or none. */
export function checkPeerTls(values: Values, originals: Originals, findings: Findings): void {
  const cluster = clusterOf(values)
  if (!cluster) return
  if (!cluster.url.startsWith('https:')) {
    refuseUnusedKeys(originals, findings)
    return
  }
  const fault = (key: string, expected: string) =>
    findings.faultAt(originals.get(key), key, expected)
  for (const [store, what] of [
    ['keystore', 'key store'],
    ['truststore', 'trust store with the authorities of the other processes'],
  ] as const) {
    const location = `sluice.peer.ssl.${store}.location` as const
    if (values[location] === '') {
      fault(location, `a ${what}, because sluice.peer.listeners are https`)
    }
    const type = `sluice.peer.ssl.${store}.type` as const
    if (!STORE_TYPES.includes(values[type].toUpperCase())) fault(type, 'PEM, PKCS12 or JKS')
  }
  checkCiphers(values, fault)
}

/** The values are also those of listeners for clients, which may have own ones. */
function checkCiphers(values: Values, fault: (key: string, expected: string) => void): void {
  const attempt = <T>(key: string, read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error
      fault(key, error.message)
      return undefined
    }
  }
  const suites = attempt('ssl.cipher.suites', () => cipherSuitesOf(values['ssl.cipher.suites']))
  if (!suites) return
  attempt('ssl.enabled.protocols', () => enabledVersions(values['ssl.enabled.protocols'], suites))
}

/** Plain listeners would be without the protection that the keys ask for. */
function refuseUnusedKeys(originals: Originals, findings: Findings): void {
  for (const key of OWN_KEYS) {
    const setting = originals.get(key)
    if (setting && setting.text.trim() !== '') {
      findings.fault(setting, 'no value, or https:// in sluice.peer.listeners, which are http')
    }
  }
}
