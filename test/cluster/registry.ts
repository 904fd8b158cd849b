/** A real schema registry for tests: Apicurio's, which speaks Confluent's API. In memory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.ts'
import { ChildServer } from './child-server.ts'
import { freePorts } from './free-ports.ts'
import { registryJar } from './registry-app.ts'

const WARM_UP_SCHEMAS = {
  AVRO: '"string"',
  JSON: '{"$schema":"http://json-schema.org/draft-07/schema#","type":"string"}',
  PROTOBUF: 'syntax = "proto3"; message WarmUp { string text = 1; }',
} as const

/** A running registry. */
export interface Registry {
  /** Of Confluent's API, as `schema.registry.url` takes it. */
  readonly url: string
  /** Ends the process; what was registered is lost. */
  stop(): Promise<void>
}

/**
 * Starts a registry on a free port of the loopback interface, which takes some ten seconds. It ends
 * with this process at the latest. Throws, with the end of its log, when it does not come up.
 */
export async function startRegistry(): Promise<Registry> {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const folder = mkdtempSync(join(tmpdir(), 'sluice-registry-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  const cancelRemoval = atExit(removeFolder)
  const server = new ChildServer({
    name: 'Apicurio Registry',
    command: 'java',
    args: [
      ...['-Xmx256m', '-XX:-UsePerfData', '-XX:TieredStopAtLevel=1'],
      ...['-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`],
      ...['-jar', registryJar()],
    ],
    logFile: join(folder, 'registry.log'),
    isReady: () => answers(`${url}/subjects`),
  })

  async function stop(): Promise<void> {
    await server.stop('SIGKILL')
    cancelRemoval()
    removeFolder()
  }

  try {
    await server.start()
    await warmUp(url)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}

/**
 * The registry at `SCHEMA_REGISTRY_URL`, which scripts/test.mjs sets; without that one started for
 * the caller. Its `stop` ends it only in that case. Take subjects that no other file has.
 */
export async function sharedRegistry(): Promise<Registry> {
  const url = process.env['SCHEMA_REGISTRY_URL']
  return url ? { url, stop: async () => {} } : startRegistry()
}

/** The first question of each kind loads classes, which takes seconds while other tests use the cores. */
async function warmUp(url: string): Promise<void> {
  for (const [schemaType, schema] of Object.entries(WARM_UP_SCHEMAS)) {
    const subject = `${url}/subjects/warm-up-${schemaType}`
    const question = {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schemaType, schema }),
    }
    for (const asked of [`${subject}/versions`, subject]) {
      const response = await fetch(asked, question)
      if (!response.ok) throw new Error(`${asked}: ${response.status} ${await response.text()}`)
    }
    await fetch(`${subject}/versions/latest`)
    await fetch(subject, { method: 'DELETE' })
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}
