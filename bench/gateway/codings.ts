/** What compressed bodies cost, of requests and of responses, beside bodies as they are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { applyLoad } from '../wrk.ts'
import { RestConsumer } from './rest-consumer.ts'
import { inTurns, median, type Row, type Stage, spread } from './row.ts'
import { type MeteredProxy, startProxy } from './server.ts'

const ROUNDS = 3
const SECONDS = 4
const CONNECTIONS = 16
const RECORDS = 200
const MEGABYTE = 1e6
const MEDIA_TYPE = 'application/vnd.kafka.json.v2+json'

type Compress = (bytes: Buffer) => Buffer

/** zstd is a part of newer Node.js. */
const zstd = (zlib as { zstdCompressSync?: Compress }).zstdCompressSync
const CODINGS: readonly (readonly [name: string, compress: Compress])[] = [
  ['gzip', (bytes) => zlib.gzipSync(bytes)],
  ...(zstd ? [['zstd', zstd] as const] : []),
]

/** Uncompressed bytes of bodies, and CPU time for a megabyte of them. */
interface Figures {
  readonly megabytesPerSecond: number
  readonly cpuMillis: number
}

/** Records of log lines, which shrink to a fifth or less. */
function bodyOf(): Buffer {
  const records = Array.from({ length: RECORDS }, (_, index) => ({
    value: {
      time: `2026-11-30T12:${index % 60}:07.${(index * 7919) % 1000}Z`,
      level: index % 7 === 0 ? 'warn' : 'info',
      message: `request ${index * 104_729} of user ${(index * 7919) % 5000} took ${index % 97} ms`,
      path: '/orders/items',
    },
  }))
  return Buffer.from(JSON.stringify({ records }))
}

/** MB/s and CPU time of bodies with each coding ÷ the same without, of requests and of responses. */
export async function measureCodings(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('codings')
  const proxy = await startProxy(stage.bootstrapServers)
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-codings-'))
  const plain = bodyOf()
  const file = (name: string, bytes: Buffer) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  }
  const into = (path: string, coding?: string) =>
    measureRequests(proxy, topic, { path, coding, bytes: plain.length })
  const rows: Row[] = []
  const plainFile = file('plain', plain)
  await into(plainFile)
  for (const [coding, compress] of CODINGS) {
    const compressed = file(coding, compress(plain))
    const pairs = await inTurns(
      ROUNDS,
      () => into(compressed, coding),
      () => into(plainFile),
    )
    rows.push(rowOf(`Requests in ${coding}`, pairs))
  }
  for (const [coding] of CODINGS) {
    const pairs = await inTurns(
      ROUNDS,
      () => measureResponses(proxy, topic, coding),
      () => measureResponses(proxy, topic),
    )
    rows.push(rowOf(`Responses in ${coding}`, pairs))
  }
  await proxy.stop()
  rmSync(folder, { recursive: true })
  return rows
}

async function measureRequests(
  { url, meter }: MeteredProxy,
  topic: string,
  body: { readonly path: string; readonly coding: string | undefined; readonly bytes: number },
): Promise<Figures> {
  const before = meter.cpuSeconds()
  const { requests, requestsPerSecond } = await applyLoad({
    url: `${url}/topics/${topic}`,
    connections: CONNECTIONS,
    seconds: SECONDS,
    script: 'body.lua',
    environment: { BODY_FILE: body.path, CONTENT_TYPE: MEDIA_TYPE },
    headers: body.coding ? { 'Content-Encoding': body.coding } : {},
  })
  return figures(meter.cpuSeconds() - before, requests, requestsPerSecond * body.bytes, body.bytes)
}

/** One instance reads what the requests before have written, from the beginning. */
async function measureResponses(
  proxy: MeteredProxy,
  topic: string,
  coding?: string,
): Promise<Figures> {
  const consumer = await RestConsumer.create(proxy.url, topic, { format: 'json' })
  await consumer.untilFetched()
  const headers = { Accept: MEDIA_TYPE }
  const sample = await fetch(`${consumer.recordsUrl}?max_bytes=1000000`, { headers })
  const text = await sample.text()
  const bytesOfRecord = Buffer.byteLength(text) / (JSON.parse(text) as unknown[]).length
  const before = { cpu: proxy.meter.cpuSeconds(), records: await consumer.consumedRecords() }
  const start = performance.now()
  await applyLoad({
    url: consumer.recordsUrl,
    connections: 1,
    seconds: SECONDS,
    headers: { ...headers, ...(coding && { 'Accept-Encoding': coding }) },
  })
  const seconds = (performance.now() - start) / 1000
  const records = (await consumer.consumedRecords()) - before.records
  const cpu = proxy.meter.cpuSeconds() - before.cpu
  await consumer.delete()
  return figures(cpu, records, (records * bytesOfRecord) / seconds, bytesOfRecord)
}

function figures(
  cpuSeconds: number,
  count: number,
  bytesPerSecond: number,
  bytesOfOne: number,
): Figures {
  return {
    megabytesPerSecond: bytesPerSecond / MEGABYTE,
    cpuMillis: (cpuSeconds * 1000) / ((count * bytesOfOne) / MEGABYTE),
  }
}

function rowOf(what: string, pairs: [Figures, Figures][]): Row {
  const of = (side: 0 | 1, figure: keyof Figures) => median(pairs.map((pair) => pair[side][figure]))
  return {
    section: 'Security',
    what: `${what}: MB/s of uncompressed bodies ÷ the same without`,
    value: spread(
      pairs.map(([coded, plain]) => coded.megabytesPerSecond / plain.megabytesPerSecond),
    ),
    detail:
      `${of(0, 'megabytesPerSecond').toFixed(0)} ÷ ${of(1, 'megabytesPerSecond').toFixed(0)} MB/s; CPU a MB ` +
      `${of(0, 'cpuMillis').toFixed(2)} and ${of(1, 'cpuMillis').toFixed(2)} ms`,
  }
}
