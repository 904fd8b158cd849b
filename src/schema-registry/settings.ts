/** The registry client's settings, from the configuration. */
import type { ConnectionOptions } from 'node:tls'
import { type Config, type Fault, Findings, registryLoginsOf } from '../config/index.ts'
import type { ClientGrant } from './client-token.ts'
import { endpointsOf, grantOf } from './credentials.ts'
import type { Endpoint } from './endpoints.ts'
import { tlsOptions } from './tls.ts'

/** The settings of a `RegistryClient`. Times are in ms. */
export interface RegistrySettings {
  /** At least one. Endpoints may contain credentials and must not be printed. */
  readonly endpoints: readonly Endpoint[]
  /** How the client gets tokens; undefined without any. Must not be printed. */
  readonly grant: ClientGrant | undefined
  /** Whether each caller is known to the registry by its own login, and nobody without one may ask. */
  readonly needsLogins: boolean
  readonly tls: ConnectionOptions
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
  /** The time limit of a call with its fail-over and retries. */
  readonly timeoutMs: number
  /** The number of retries over all URLs. */
  readonly maxRetries: number
  readonly retryWaitMs: number
  readonly retryMaxWaitMs: number
  /** The time for which the latest version of a subject is cached; may be `Infinity`. */
  readonly latestTtlMs: number
  /** The time for which a failure is cached. */
  readonly failureTtlMs: number
  readonly cacheMaxBytes: number
  /** The limit for a schema with its references, in bytes of UTF-8. */
  readonly maxSchemaBytes: number
  /** Whether the registry normalizes schemas before it compares and registers them. */
  readonly normalizes: boolean
}

/** The settings, with the warnings and faults of their keys. */
export interface LoadedRegistrySettings {
  /** Undefined when `schema.registry.url` is empty. */
  readonly settings: RegistrySettings | undefined
  readonly warnings: readonly string[]
  /** Any fault prevents the start of the process. */
  readonly faults: readonly Fault[]
}

/** Loads the settings from `config`. Reads key and trust stores, and reports their errors as faults. */
export function loadRegistrySettings(config: Config): LoadedRegistrySettings {
  const findings = new Findings()
  const settings =
    config['schema.registry.url'].length > 0 ? settingsOf(config, findings) : undefined
  return { settings, warnings: findings.warnings, faults: findings.faults }
}

function settingsOf(config: Config, findings: Findings): RegistrySettings {
  const latestTtl = config['schema.registry.latest.cache.ttl.sec']
  return {
    endpoints: endpointsOf(config, findings),
    grant: grantOf(config, findings),
    needsLogins: registryLoginsOf(config) !== undefined,
    tls: tlsOptions(config, findings),
    connectTimeoutMs: config['schema.registry.http.connect.timeout.ms'],
    readTimeoutMs: config['schema.registry.http.read.timeout.ms'],
    timeoutMs: config['sluice.schema.registry.timeout.ms'],
    maxRetries: config['schema.registry.max.retries'],
    retryWaitMs: config['schema.registry.retries.wait.ms'],
    retryMaxWaitMs: config['schema.registry.retries.max.wait.ms'],
    latestTtlMs: latestTtl < 0 ? Infinity : latestTtl * 1000,
    failureTtlMs: config['sluice.schema.registry.missing.ttl.ms'],
    cacheMaxBytes: config['sluice.schema.registry.cache.max.bytes'],
    maxSchemaBytes: config['sluice.schema.max.bytes'],
    normalizes: config['schema.registry.normalize.schemas'],
  }
}
