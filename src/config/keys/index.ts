/** The table of all keys, and its look-ups. */

import { type ConfigOf, type InertKey, type Row, refused } from '../define.ts'
import type { Setting } from '../findings.ts'
import { apiKeys } from './api.ts'
import { browserKeys } from './browsers.ts'
import { clusterKeys } from './cluster.ts'
import { consumerKeys } from './consumer.ts'
import { kafkaKeys } from './kafka.ts'
import { logKeys } from './logs.ts'
import { type ForwardedPrefix, PREFIXES } from './prefixes.ts'
import { produceKeys } from './produce.ts'
import { rateLimitKeys } from './rate-limits.ts'
import { otherNamesOf, schemaRegistryKeys } from './schema-registry.ts'
import { securityKeys } from './security.ts'
import { serverKeys } from './server.ts'
import { streamKeys } from './streams.ts'

export { PREFIXES } from './prefixes.ts'

/** All keys by subject, in the order of the documents. */
export const SUBJECTS: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  'Kafka cluster': kafkaKeys,
  'HTTP server': serverKeys,
  API: apiKeys,
  'Producing records': produceKeys,
  'Streams of records': streamKeys,
  'Consuming records': consumerKeys,
  'Cluster of processes': clusterKeys,
  'Schema registry': schemaRegistryKeys,
  Security: securityKeys,
  'Browsers and response headers': browserKeys,
  'Rate limits': rateLimitKeys,
  'Logs and metrics': logKeys,
}

/** All keys by name. */
export const KEYS: ReadonlyMap<string, Row> = new Map(
  Object.values(SUBJECTS).flatMap((keys) => Object.entries(keys)),
)

/** The names of each key. Most keys have one; of several given names the last one wins. */
const NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  [...KEYS.keys()].map((key) => [key, [...confluentNamesOf(key), key, ...otherNamesOf(key)]]),
)

/** Names of keys in Confluent's commercial plug-ins, which give way to Sluice's. */
function confluentNamesOf(key: string): readonly string[] {
  return key === 'auth.ssl.principal.mapping.rules' ? [`confluent.rest.${key}`] : []
}

/** The key behind each name. */
const BY_NAME: ReadonlyMap<string, string> = new Map(
  [...NAMES].flatMap(([key, names]) => names.map((name) => [name, key] as const)),
)

/** Returns the key of a name; `undefined` for an unknown name. */
export function findKey(name: string): string | undefined {
  return BY_NAME.get(name)
}

/** Returns the settings of a key under all its names. The last one counts. */
export function settingsOf(
  key: string,
  originals: ReadonlyMap<string, Setting>,
): readonly Setting[] {
  const settings = (NAMES.get(key) ?? [key]).map((name) => originals.get(name))
  return settings.filter((setting) => setting !== undefined)
}

/** Returns the effective setting of a key, under any of its names. */
export function findSetting(
  key: string,
  originals: ReadonlyMap<string, Setting>,
): Setting | undefined {
  return settingsOf(key, originals).at(-1)
}

/** The value of every supported key. */
export type Values = ConfigOf<typeof kafkaKeys> &
  ConfigOf<typeof serverKeys> &
  ConfigOf<typeof apiKeys> &
  ConfigOf<typeof produceKeys> &
  ConfigOf<typeof streamKeys> &
  ConfigOf<typeof consumerKeys> &
  ConfigOf<typeof clusterKeys> &
  ConfigOf<typeof schemaRegistryKeys> &
  ConfigOf<typeof securityKeys> &
  ConfigOf<typeof browserKeys> &
  ConfigOf<typeof rateLimitKeys> &
  ConfigOf<typeof logKeys>

/** A key of a single listener: `listener.name.<name>.<key>`. */
export interface ListenerKey {
  /** The name of the listener. */
  readonly listener: string
  /** The key, without the prefix. */
  readonly key: string
}

/** Splits a key of a single listener; `undefined` for other keys. */
export function parseListenerKey(name: string): ListenerKey | undefined {
  const [, listener, key] = /^listener\.name\.([^.]+)\.(.+)$/.exec(name) ?? []
  return listener === undefined || key === undefined ? undefined : { listener, key }
}

/** Whether a listener may have its own value of a key. */
export function isListenerKey(key: string): boolean {
  return (
    /^(?:ssl|authentication|proxy\.protocol|sni\.host\.check|sluice\.ssl)\./.test(key) &&
    KEYS.get(key)?.support === 'supported'
  )
}

/**
 * Returns the row of a key under any of its names, else the row of its prefix. The key of a single listener has the row
 * of that key, if listeners have own values of it or if it is refused.
 */
export function findRow(key: string): Row | ForwardedPrefix | undefined {
  return KEYS.get(findKey(key) ?? '') ?? findRowOfListener(key) ?? findPrefix(key)
}

/** Protections that all listeners have, or none. */
const OF_ALL_LISTENERS: ReadonlySet<string> = new Set([
  'api.endpoints.allowlist',
  'api.endpoints.blocklist',
  'csrf.prevention.enable',
  'dos.filter.enabled',
  'hsts.header.enable',
  'nosniff.prevention.enable',
  'rate.limit.enable',
  'sluice.access.rules',
  'sluice.limits',
])

function findRowOfListener(name: string): Row | undefined {
  const { key = '' } = parseListenerKey(name) ?? {}
  if (OF_ALL_LISTENERS.has(key)) {
    return refused(`${key} is a key of all listeners`, /\.enabled?$/.test(key) ? ['false'] : [''])
  }
  const row = KEYS.get(key)
  return isListenerKey(key) || row?.support === 'refused' ? row : undefined
}

function findPrefix(key: string): ForwardedPrefix | InertKey | undefined {
  const prefix = Object.keys(PREFIXES).find((start) => key.startsWith(start))
  return prefix === undefined ? undefined : PREFIXES[prefix]
}
