/** The proxy under test: in this process and on a port of its own, or the one at `PROXY_URL`. */

import { loadConfig } from '../../src/config/index.ts'
import { createLog } from '../../src/log.ts'
import { App } from '../../src/process/app.ts'
import type { SchemaWorkerParts } from '../../src/process/schema-workers.ts'
import { SharedSource } from '../../src/serde/registry-sources.ts'
import type { SchemaSource } from '../../src/serde/schema-source.ts'
import { registerSettings } from '../cluster/secrets.ts'

/** A schema registry and compilers of the test's own. */
export interface TestSchemas extends Pick<SchemaWorkerParts, 'compilers'> {
  readonly source: SchemaSource
}

/** A running proxy. */
export interface Proxy {
  /** Such as `http://127.0.0.1:20000`. */
  readonly url: string
  stop(): Promise<void>
}

/** Keys of the configuration, and their values as they stand in a properties file. */
export type Settings = Readonly<Record<string, string | number>>

/**
 * Starts a proxy for a cluster. The engine below it is the process's, so that a test file starts
 * one, once. A proxy at `PROXY_URL`, which must serve the same cluster, is taken instead by the
 * tests that need no settings and no schemas of their own. `SLUICE_TEST_LOG=debug` shows what it
 * logs.
 */
export async function startProxy(
  bootstrapServers: string,
  settings: Settings = {},
  schemas?: TestSchemas,
): Promise<Proxy> {
  const external = process.env['PROXY_URL']
  if (external && Object.keys(settings).length === 0 && !schemas) {
    return { url: external.replace(/\/$/, ''), stop: async () => {} }
  }
  const given = {
    'bootstrap.servers': bootstrapServers,
    listeners: 'http://127.0.0.1:0',
    ...settings,
  }
  const sets = Object.entries(given).map(([key, value]) => `${key}=${value}`)
  const { config, faults, warnings } = loadConfig({ sets })
  const objections = [...faults.map(({ key, expected }) => `${key}: ${expected}`), ...warnings]
  if (objections.length > 0) throw new Error(`Settings of a test: ${objections.join('; ')}`)
  registerSettings(given)
  const level = process.env['SLUICE_TEST_LOG'] ?? 'silent'
  const parts = schemas && { ...schemas, sources: new SharedSource(schemas.source) }
  const app = new App(config, createLog({ level, format: 'pretty' }), undefined, parts)
  const [port] = await app.start()
  return { url: `http://127.0.0.1:${port}`, stop: () => app.stop() }
}
