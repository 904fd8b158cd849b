/** Avro records in today's build, beside the last build whose event loop encoded and decoded them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { InventedRegistry } from '../../test/hostile/formats/invented-registry.ts'
import { FaultyRegistry } from '../../test/integration/schema-registry/faulty-registry.ts'
import { ORDER_SCHEMA, orders } from '../avro-orders.ts'
import type { Performance } from '../rdkafka-performance.ts'
import { measureReads } from './consume.ts'
import { oldBuild } from './old-build.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { type LoadedPerformance, type SchemaFormat, SchemaLoad } from './schema-loads.ts'
import { type MeteredProxy, startProxy } from './server.ts'
import { measureStreams } from './streams.ts'

const SECTION = 'Schema workers'
const ROUNDS = 5
const SECONDS = 4
/** More than is read in a round. */
const BACKLOG_SECONDS = 15
const STREAMED_RECORDS = 1_000_000
const SETTLE_MS = 10_000
/** So many schemas belong to all of nine workers. */
const SCHEMAS_OF_ALL = 100
const MEGABYTE = 1e6

const ORDERS: SchemaFormat = {
  name: 'avro',
  mediaType: 'application/vnd.kafka.avro.v2+json',
  schema: JSON.stringify(ORDER_SCHEMA),
  values: orders,
}

interface Side {
  readonly bootstrapServers: string
  readonly config: Readonly<Record<string, string>>
  readonly topic: string
}

type Pair<T> = readonly [today: T, old: T]

/** All rows. */
export async function measureSchemaWorkers(stage: Stage): Promise<Row[]> {
  const registry = await FaultyRegistry.start()
  new InventedRegistry(registry)
  const main = oldBuild(stage.besideFolder)
  const ofRegistry = { 'schema.registry.url': registry.url }
  try {
    const kafka = {
      bootstrapServers: stage.bootstrapServers,
      config: ofRegistry,
      topic: await stage.createTopic('schema-workers'),
    }
    const mock = {
      bootstrapServers: '',
      config: { ...ofRegistry, 'sluice.embedded': 'true' },
      topic: 'schema-workers',
    }
    return [
      ...(await besideOld(kafka, 1, main, rowsOfKafka)),
      ...(await besideOld(mock, 2, main, rowsOfMock)),
      ...(await rowsOfStreams(kafka)),
      await rowOfMemory(kafka),
    ]
  } finally {
    await registry.stop()
  }
}

/** Starts both builds, on one Kafka or each with its own. */
async function besideOld(
  side: Side,
  workers: number,
  main: string,
  rowsOf: (side: Side, proxies: Pair<MeteredProxy>) => Promise<Row[]>,
): Promise<Row[]> {
  const { bootstrapServers, config } = side
  const today = await startProxy(bootstrapServers, withWorkers(config, workers))
  const old = await startProxy(bootstrapServers, config, main)
  try {
    return await rowsOf(side, [today, old])
  } finally {
    await today.stop()
    await old.stop()
  }
}

function withWorkers(config: Side['config'], workers: number): Record<string, string> {
  return { ...config, 'sluice.schema.threads': String(workers) }
}

async function rowsOfKafka(side: Side, proxies: Pair<MeteredProxy>): Promise<Row[]> {
  const hundred = new SchemaLoad(ORDERS, 100)
  const one = new SchemaLoad(ORDERS, 1)
  try {
    const produced = await measureInTurns(proxies, (proxy) =>
      hundred.measure(proxy, side.topic, 32, SECONDS),
    )
    await hundred.measure(proxies[0], side.topic, 32, BACKLOG_SECONDS)
    const consumed = await measureInTurns(proxies, (proxy) =>
      measureReads(proxy, side.topic, ORDERS),
    )
    const singles = await measureInTurns(proxies, (proxy) =>
      one.measure(proxy, side.topic, 64, SECONDS),
    )
    return [
      throughputRow('Avro, produce, 100 records a request, 1 worker', produced, 0.9),
      throughputRow('Avro, consume, one instance, backlog, 1 worker', consumed, 0.9),
      latencyRow('Avro, single records, 64 connections, 1 worker', singles, 1.2),
    ]
  } finally {
    hundred.end()
    one.end()
  }
}

/** The mock uses no other process's cores. */
async function rowsOfMock(side: Side, proxies: Pair<MeteredProxy>): Promise<Row[]> {
  const load = new SchemaLoad(ORDERS, 100)
  try {
    const produced = await measureInTurns(proxies, (proxy) =>
      load.measure(proxy, side.topic, 32, SECONDS),
    )
    const what = "Avro, produce, 100 records a request, 2 workers, Kafka's mock"
    return [throughputRow(what, produced), costRow(what, produced, 1.15)]
  } finally {
    load.end()
  }
}

async function rowsOfStreams(side: Side): Promise<Row[]> {
  const proxy = await startProxy(side.bootstrapServers, withWorkers(side.config, 1))
  const load = new SchemaLoad(ORDERS, 1)
  try {
    const [order = ''] = orders(1)
    const url = `${proxy.url}/topics/${side.topic}`
    const id = await load.schemaId(url, `{"value":${order}}`)
    const record = `{"value":{"schema_id":${id},"data":${order}}}`
    const rates: number[] = []
    await measureStreams(proxy, side.topic, 4, STREAMED_RECORDS / 10, record)
    for (let round = 0; round < ROUNDS; round++) {
      const { recordsPerSecond } = await measureStreams(
        proxy,
        side.topic,
        4,
        STREAMED_RECORDS,
        record,
      )
      rates.push(recordsPerSecond)
    }
    return [
      {
        section: SECTION,
        what: 'Avro, streams of v3, 4 connections, 1 worker: records/s',
        value: short(median(rates)),
        detail: `${spread(
          rates.map((each) => each / 1000),
          0,
        )} k`,
        target: '≥ 200 k',
        isReached: median(rates) >= 200_000,
      },
    ]
  } finally {
    load.end()
    await proxy.stop()
  }
}

async function rowOfMemory(side: Side): Promise<Row> {
  const few = await residentWith(side, 1)
  const many = await residentWith(side, 9)
  const each = (many - few) / 8 / MEGABYTE
  return {
    section: SECTION,
    what: 'Memory of an idle worker',
    value: `${each.toFixed(1)} MB`,
    detail: `${(few / MEGABYTE).toFixed(0)} MB with 1 worker, ${(many / MEGABYTE).toFixed(0)} MB with 9`,
    target: '≤ 25 MB',
    isReached: each <= 25,
  }
}

/** Once all workers have started: each has schemas of its own. */
async function residentWith(side: Side, workers: number): Promise<number> {
  const proxy = await startProxy(side.bootstrapServers, withWorkers(side.config, workers))
  for (let index = 0; index < SCHEMAS_OF_ALL; index++) {
    const schema = JSON.stringify({ ...ORDER_SCHEMA, name: `Order${index}` })
    const load = new SchemaLoad({ ...ORDERS, schema }, 1)
    await load.schemaId(`${proxy.url}/topics/${side.topic}`, `{"value":${orders(1)}}`)
    load.end()
  }
  await sleep(SETTLE_MS)
  const bytes = proxy.meter.rssBytes()
  await proxy.stop()
  return bytes
}

async function measureInTurns<T>(
  [today, old]: Pair<MeteredProxy>,
  measure: (proxy: MeteredProxy) => Promise<T>,
): Promise<Pair<T>[]> {
  await measure(today)
  await measure(old)
  return inTurns(
    ROUNDS,
    () => measure(today),
    () => measure(old),
  )
}

function throughputRow(what: string, pairs: readonly Pair<Performance>[], target?: number): Row {
  const ratios = pairs.map(([today, old]) => today.recordsPerSecond / old.recordsPerSecond)
  const rateOf = (index: 0 | 1) => short(median(pairs.map((pair) => pair[index].recordsPerSecond)))
  return {
    section: SECTION,
    what: `${what}: records/s ÷ the old build's`,
    value: spread(ratios),
    detail: `${rateOf(0)} ÷ ${rateOf(1)}; ${costsOf(pairs)}`,
    ...(target !== undefined && { target: `≥ ${target}`, isReached: median(ratios) >= target }),
  }
}

function costRow(what: string, pairs: readonly Pair<Performance>[], target: number): Row {
  const ratios = pairs.map(([today, old]) => today.cpuMicrosPerRecord / old.cpuMicrosPerRecord)
  return {
    section: SECTION,
    what: `${what}: CPU per record ÷ the old build's`,
    value: spread(ratios),
    detail: costsOf(pairs),
    target: `≤ ${target}`,
    isReached: median(ratios) <= target,
  }
}

function costsOf(pairs: readonly Pair<Performance>[]): string {
  const costOf = (index: 0 | 1) => spread(pairs.map((pair) => pair[index].cpuMicrosPerRecord))
  return `${costOf(0)} µs ÷ ${costOf(1)} µs of CPU a record`
}

function latencyRow(what: string, pairs: readonly Pair<LoadedPerformance>[], target: number): Row {
  const ratios = pairs.map(([today, old]) => today.p50Ms / old.p50Ms)
  const timeOf = (index: 0 | 1) => spread(pairs.map((pair) => pair[index].p50Ms))
  return {
    section: SECTION,
    what: `${what}: p50 ÷ the old build's`,
    value: spread(ratios),
    detail: `${timeOf(0)} ms ÷ ${timeOf(1)} ms`,
    target: `≤ ${target}`,
    isReached: median(ratios) <= target,
  }
}
