/** Clients for the tests of schema registries, made from settings as an operator writes them. */
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describeFault, loadConfig } from '../../../src/config/index.ts'
import { RegistryClient } from '../../../src/schema-registry/client.ts'
import type { RegistryError } from '../../../src/schema-registry/registry-error.ts'
import {
  loadRegistrySettings,
  type RegistrySettings,
} from '../../../src/schema-registry/settings.ts'

/** Settings of a test: keys without `schema.registry.` in front, and ours with `sluice.`. */
export type RegistryKeys = Readonly<Record<string, string | number>>

/** Without retries that take long, and without answers that a test doesn't expect to be old. */
const DEFAULTS: RegistryKeys = {
  'max.retries': 0,
  'retries.wait.ms': 1,
  'latest.cache.ttl.sec': 0,
  'sluice.schema.registry.missing.ttl.ms': 0,
}

/** The settings for an address, or several with commas between. */
export function registrySettings(url: string, keys: RegistryKeys = {}): RegistrySettings {
  const sets = Object.entries({ ...DEFAULTS, url, ...keys }).map(([key, value]) =>
    /^(?:sluice|client|producer|consumer|bootstrap|authentication|public)\./.test(key)
      ? `${key}=${value}`
      : `schema.registry.${key}=${value}`,
  )
  const { config, faults } = loadConfig({ sets: ['sluice.embedded=true', ...sets] })
  const loaded = loadRegistrySettings(config)
  assert.deepEqual([...faults, ...loaded.faults].map(describeFault), [])
  assert.ok(loaded.settings)
  return loaded.settings
}

/** What a test may bring along. */
export interface ClientOptions {
  /** Gets what is logged, a line each. */
  readonly log?: string[]
  /** The clock of what is cached, in ms. */
  now?(): number
}

/** A client for an address, or several with commas between. */
export function newClient(
  url: string,
  keys: RegistryKeys = {},
  { log = [], now }: ClientOptions = {},
): RegistryClient {
  const lines = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk))
      done()
    },
  })
  return new RegistryClient(registrySettings(url, keys), pino(lines), now)
}

/** What a call fails with; throws when it doesn't, or with something else. */
export async function errorOf(call: Promise<unknown>): Promise<RegistryError> {
  const error = await call.then(
    () => assert.fail('It succeeded.'),
    (reason) => reason,
  )
  assert.equal(error.name, 'RegistryError', error.stack)
  return error
}

/** For assert.rejects: refused by the registry, with this code. */
export function refused(errorCode: number): (error: RegistryError) => boolean {
  return (error) => {
    assert.equal(error.failure, 'refused', error.message)
    assert.equal(error.errorCode, errorCode)
    assert.ok(error.message.endsWith(`error code: ${errorCode}`), error.message)
    return true
  }
}
