/** Our configuration as the registry's client needs it. */
import type { ConnectionOptions } from 'node:tls'
import { type Config, type Fault, Findings } from '../config/index.ts'
import { endpointsOf } from './credentials.ts'
import type { Endpoint } from './endpoints.ts'
import { tlsOptions } from './tls.ts'

/** What a `RegistryClient` is made of. Times are in ms. */
export interface RegistrySettings {
  /** At least one. May hold credentials: not to be printed. */
  readonly endpoints: readonly Endpoint[]
  readonly tls: ConnectionOptions
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
  /** For a question with all its addresses and retries. */
  readonly timeoutMs: number
  /** How often all addresses are tried again. */
  readonly maxRetries: number
  readonly retryWaitMs: number
  readonly retryMaxWaitMs: number
  /** How long the latest version of a subject is taken for the latest; may be `Infinity`. */
  readonly latestTtlMs: number
  /** How long a failure is the answer to the same question. */
  readonly failureTtlMs: number
  readonly cacheMaxBytes: number
  /** Of a schema with all that it refers to, in UTF-8. */
  readonly maxSchemaBytes: number
  /** Whether schemas are compared and registered in their normal form. */
  readonly normalizes: boolean
}

/** The settings, and what there is to say about them. */
export interface LoadedRegistrySettings {
  /** Absent when `schema.registry.url` is empty. */
  readonly settings: RegistrySettings | undefined
  readonly warnings: readonly string[]
  /** Where there is any, the process must not start. */
  readonly faults: readonly Fault[]
}

/** The settings in `config`. Reads the stores of keys and certificates. Never throws for them. */
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
