/** Loads of records with schemas: 100 or one a request, into a topic and out of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Performance } from '../rdkafka-performance.ts'
import { applyLoad, type Load, type LoadResult } from '../wrk.ts'
import type { MeteredServer } from './server.ts'

/** A format with schemas, and records of it. */
export interface SchemaFormat {
  /** Of consumer instances. */
  readonly name: string
  readonly mediaType: string
  readonly schema: string
  /** JSON texts of so many values. */
  values(count: number): string[]
}

/** What a load on a proxy has shown. */
export interface LoadedPerformance extends Performance, Pick<LoadResult, 'p50Ms'> {}

/** Produce requests of so many records each, with the id of a schema that the first request registers. `end` it. */
export class SchemaLoad {
  readonly records: number
  readonly #format: SchemaFormat
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-schema-load-'))

  constructor(format: SchemaFormat, records: number) {
    this.#format = format
    this.records = records
  }

  /** Makes the load for a while, and meters the proxy meanwhile. */
  async measure(
    proxy: MeteredServer,
    topic: string,
    connections: number,
    seconds: number,
  ): Promise<LoadedPerformance> {
    const load = await this.#loadOf(proxy, topic)
    const before = proxy.meter.cpuSeconds()
    const result = await applyLoad({ ...load, connections, seconds })
    const cpuSeconds = proxy.meter.cpuSeconds() - before
    return {
      recordsPerSecond: result.requestsPerSecond * this.records,
      cpuMicrosPerRecord: (cpuSeconds * 1e6) / (result.requests * this.records),
      p50Ms: result.p50Ms,
    }
  }

  end(): void {
    rmSync(this.#folder, { recursive: true })
  }

  async #loadOf(
    proxy: MeteredServer,
    topic: string,
  ): Promise<Omit<Load, 'connections' | 'seconds'>> {
    const { mediaType } = this.#format
    const url = `${proxy.url}/topics/${topic}`
    const records = this.#format.values(this.records).map((value) => `{"value":${value}}`)
    const id = await this.schemaId(url, records[0] as string)
    const file = join(this.#folder, 'body.json')
    writeFileSync(file, `{"value_schema_id":${id},"records":[${records}]}`)
    return { url, script: 'body.lua', environment: { BODY_FILE: file, CONTENT_TYPE: mediaType } }
  }

  /** Writes a record with the text of the schema, and returns the id that it has from then on. */
  async schemaId(url: string, record: string): Promise<number> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': this.#format.mediaType },
      body: `{"value_schema":${JSON.stringify(this.#format.schema)},"records":[${record}]}`,
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
    return (JSON.parse(text) as { value_schema_id: number }).value_schema_id
  }
}
