/** Avro records of ten fields in both directions, beside avsc alone in a process that does nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import avsc from 'avsc'
import { startRegistry } from '../../test/cluster/registry.ts'
import { ORDER_SCHEMA, orders } from '../avro-orders.ts'
import type { Performance } from '../rdkafka-performance.ts'
import { applyLoad, type Load } from '../wrk.ts'
import { measureReads } from './consume.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { type LoopDelays, type MeteredProxy, startProxy } from './server.ts'

const ROUNDS = 5
const SECONDS = 4
const RECORDS_PER_REQUEST = 100
const CONNECTIONS = 32
/** More than is read in a round. */
const BACKLOG_SECONDS = 15

const AVRO = { name: 'avro', mediaType: 'application/vnd.kafka.avro.v2+json' }
const TARGET = 150_000
const TARGET_MS = 10

interface Round extends Performance {
  readonly loop: LoopDelays
}

/** Produce requests of 100 records, and one instance that reads a backlog. */
export async function measureAvro(stage: Stage): Promise<Row[]> {
  const registry = await startRegistry()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-avro-'))
  try {
    const topic = await stage.createTopic('avro')
    const proxy = await startProxy(stage.bootstrapServers, { 'schema.registry.url': registry.url })
    const load = await produceLoad(proxy, topic, folder)
    await measureProduce(proxy, { ...load, seconds: BACKLOG_SECONDS })
    const produced = await inTurns(
      ROUNDS,
      () => measureProduce(proxy, load),
      async () => recordsPerSecond(encodeWithAvsc),
    )
    await measureReads(proxy, topic, AVRO)
    await proxy.loopDelays()
    const consumed = await inTurns(
      ROUNDS,
      async () => ({ ...(await measureReads(proxy, topic, AVRO)), loop: await proxy.loopDelays() }),
      async () => recordsPerSecond(decodeWithAvsc),
    )
    await proxy.stop()
    return [
      ...rows(
        'Produce',
        `${RECORDS_PER_REQUEST} records a request, ${CONNECTIONS} connections`,
        produced,
      ),
      ...rows('Consume', 'one instance, backlog', consumed),
    ]
  } finally {
    rmSync(folder, { recursive: true })
    await registry.stop()
  }
}

/** Requests with the id of the schema, which the first request has registered. */
async function produceLoad(proxy: MeteredProxy, topic: string, folder: string): Promise<Load> {
  const url = `${proxy.url}/topics/${topic}`
  const records = orders(RECORDS_PER_REQUEST).map((value) => `{"value":${value}}`)
  const schema = JSON.stringify(JSON.stringify(ORDER_SCHEMA))
  const first = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': AVRO.mediaType },
    body: `{"value_schema":${schema},"records":[${records}]}`,
  })
  const { value_schema_id: id } = (await first.json()) as { value_schema_id: number }
  const file = join(folder, 'body.json')
  writeFileSync(file, `{"value_schema_id":${id},"records":[${records}]}`)
  const environment = { BODY_FILE: file, CONTENT_TYPE: AVRO.mediaType }
  return { url, connections: CONNECTIONS, seconds: SECONDS, script: 'body.lua', environment }
}

async function measureProduce(proxy: MeteredProxy, load: Load): Promise<Round> {
  await proxy.loopDelays()
  const before = proxy.meter.cpuSeconds()
  const { requests, requestsPerSecond } = await applyLoad(load)
  const cpuSeconds = proxy.meter.cpuSeconds() - before
  return {
    recordsPerSecond: requestsPerSecond * RECORDS_PER_REQUEST,
    cpuMicrosPerRecord: (cpuSeconds * 1e6) / (requests * RECORDS_PER_REQUEST),
    loop: await proxy.loopDelays(),
  }
}

const type = avsc.Type.forSchema(ORDER_SCHEMA as Parameters<typeof avsc.Type.forSchema>[0])
const jsons = orders(RECORDS_PER_REQUEST)
const payloads = jsons.map((json) => type.toBuffer(type.fromString(json)))

function encodeWithAvsc(): void {
  for (const json of jsons) type.toBuffer(type.fromString(json))
}

function decodeWithAvsc(): void {
  for (const payload of payloads) type.toString(type.fromBuffer(payload))
}

/** Of work on all the records, done again and again for a second. */
function recordsPerSecond(work: () => void): number {
  const start = performance.now()
  let rounds = 0
  for (; performance.now() - start < 1000; rounds++) work()
  return (rounds * RECORDS_PER_REQUEST * 1000) / (performance.now() - start)
}

function rows(
  section: string,
  how: string,
  pairs: readonly (readonly [ours: Round, avsc: number])[],
): Row[] {
  const what = `${section}, Avro records of ten fields, ${how}`
  const [ours, theirs] = [pairs.map(([our]) => our), pairs.map(([, their]) => their)]
  const rates = ours.map((each) => each.recordsPerSecond)
  const p99s = ours.map(({ loop }) => loop.p99)
  const [rate, limit] = [median(rates), median(theirs)]
  return [
    {
      section,
      what: `${what}: records/s`,
      value: short(rate),
      detail: `${spread(
        rates.map((each) => each / 1000),
        0,
      )} k, ${spread(ours.map((each) => each.cpuMicrosPerRecord))} µs of CPU a record; avsc alone, from JSON to bytes or back: ${short(limit)}`,
      target: `≥ ${short(TARGET)}`,
      isReached: rate >= TARGET,
      chart: {
        group: `${section}, Avro (records/s)`,
        // Not a limit: the codec of Sluice is another one, which makes no JavaScript values.
        bars: { Sluice: rate, 'avsc alone': limit },
      },
    },
    {
      section,
      what: `${what}: p99 of the event loop's delay meanwhile`,
      value: `${spread(p99s, 1)} ms`,
      detail: `middle ${spread(
        ours.map(({ loop }) => loop.p50),
        1,
      )} ms, greatest ${Math.max(...ours.map(({ loop }) => loop.max)).toFixed(0)} ms`,
      target: `≤ ${TARGET_MS} ms`,
      isReached: median(p99s) <= TARGET_MS,
    },
  ]
}
