/** CPU time of the process by format and number of records. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRegistry } from '../../test/cluster/registry.ts'
import { ORDER_SCHEMA, orders } from '../avro-orders.ts'
import { measureReads } from '../gateway/consume.ts'
import { median, type Stage } from '../gateway/row.ts'
import { applyLoad } from '../wrk.ts'
import { type MeasuredProxy, startMeasured } from './proxy.ts'

const ROUNDS = 3
const SECONDS = 2
const SIZES = [1, 10, 100, 1000]
const BACKLOG_SECONDS = 8

const FORMATS = ['binary', 'json', 'avro'] as const
type Format = (typeof FORMATS)[number]

/** CPU time in µs. */
export interface CpuFigures {
  readonly produce: readonly {
    readonly format: Format
    readonly records: number
    readonly perRequest: number
  }[]
  readonly consume: readonly { readonly format: Format; readonly perRecord: number }[]
}

/** Measures all figures, which takes five minutes. */
export async function measureCpu(stage: Stage): Promise<CpuFigures> {
  const registry = await startRegistry()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-capacity-'))
  const proxy = await startMeasured(stage.bootstrapServers, { 'schema.registry.url': registry.url })
  try {
    const produced: CpuFigures['produce'][number][] = []
    const consumed: CpuFigures['consume'][number][] = []
    for (const format of FORMATS) {
      const topic = await stage.createTopic(format)
      for (const records of SIZES) {
        const perRequest = await ofRequests(proxy, topic, format, records, folder)
        produced.push({ format, records, perRequest })
      }
      await load(proxy, topic, format, 100, folder, BACKLOG_SECONDS)
      const mediaType = mediaTypeOf(format)
      const reads: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const read = await measureReads(proxy, topic, { name: format, mediaType })
        reads.push(read.cpuMicrosPerRecord)
      }
      consumed.push({ format, perRecord: median(reads) })
    }
    return { produce: produced, consume: consumed }
  } finally {
    await proxy.stop()
    await registry.stop()
    rmSync(folder, { recursive: true })
  }
}

function mediaTypeOf(format: Format): string {
  return `application/vnd.kafka.${format}.v2+json`
}

async function ofRequests(
  proxy: MeasuredProxy,
  topic: string,
  format: Format,
  records: number,
  folder: string,
): Promise<number> {
  await load(proxy, topic, format, records, folder, 1)
  const figures: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = proxy.meter.cpuSeconds()
    const { requests } = await load(proxy, topic, format, records, folder, SECONDS)
    figures.push(((proxy.meter.cpuSeconds() - before) * 1e6) / requests)
  }
  return median(figures)
}

async function load(
  proxy: MeasuredProxy,
  topic: string,
  format: Format,
  records: number,
  folder: string,
  seconds: number,
) {
  const url = `${proxy.url}/topics/${topic}`
  const file = join(folder, 'body.json')
  writeFileSync(file, await bodyOf(url, format, records))
  const environment = { BODY_FILE: file, CONTENT_TYPE: mediaTypeOf(format) }
  const connections = records >= 1000 ? 8 : 64
  return applyLoad({ url, connections, seconds, script: 'body.lua', environment })
}

/** Records of 100 bytes; those of Avro have ten fields, and their schema's id. */
async function bodyOf(url: string, format: Format, count: number): Promise<string> {
  if (format !== 'avro') {
    const value =
      format === 'binary'
        ? JSON.stringify(Buffer.alloc(100, 'x').toString('base64'))
        : JSON.stringify({ id: 4711, name: 'x'.repeat(80) })
    return `{"records":[${Array.from({ length: count }, () => `{"value":${value}}`)}]}`
  }
  const records = orders(count).map((value) => `{"value":${value}}`)
  const schema = JSON.stringify(JSON.stringify(ORDER_SCHEMA))
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': mediaTypeOf(format) },
    body: `{"value_schema":${schema},"records":[${records[0]}]}`,
  })
  const { value_schema_id: id } = (await response.json()) as { value_schema_id: number }
  return `{"value_schema_id":${id},"records":[${records}]}`
}
