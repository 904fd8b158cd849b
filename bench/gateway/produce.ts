/** Producing, beside librdkafka's own benchmark and beside a handler that does nothing. */
import { type Performance, producePerformance } from '../rdkafka-performance.ts'
import { applyLoad, produceLoad } from '../wrk.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { type MeteredServer, startProxy, startScript } from './server.ts'

const ROUNDS = 5
const SECONDS = 5
const BATCH = 100

/** Throughput and cost of produce requests of so many 100-byte records. */
export async function measureRequests(
  server: MeteredServer,
  topic: string,
  connections: number,
  records: number,
  bytes = 100,
  seconds = SECONDS,
  keys = false,
): Promise<Performance> {
  const before = server.meter.cpuSeconds()
  const url = `${server.url}/topics/${topic}`
  const load = produceLoad(url, connections, seconds, records, bytes, keys)
  const { requests, requestsPerSecond } = await applyLoad(load)
  const cpuSeconds = server.meter.cpuSeconds() - before
  return {
    recordsPerSecond: requestsPerSecond * records,
    cpuMicrosPerRecord: (cpuSeconds * 1e6) / (requests * records),
  }
}

/** 100 records a request, 64 connections. */
export async function measureProduce(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('produce')
  const proxy = await startProxy(stage.bootstrapServers)
  await measureRequests(proxy, topic, 64, BATCH, 100, 2)
  const pairs = await inTurns(
    ROUNDS,
    () => measureRequests(proxy, topic, 64, BATCH),
    () => producePerformance(stage.bootstrapServers, topic, 5_000_000, 100),
  )
  await proxy.stop()
  const cpu = pairs.map(([ours, limit]) => ours.cpuMicrosPerRecord / limit.cpuMicrosPerRecord)
  const rate = pairs.map(([ours, limit]) => ours.recordsPerSecond / limit.recordsPerSecond)
  const [ours, limits] = [pairs.map(([our]) => our), pairs.map(([, limit]) => limit)]
  const what = 'Produce, 100 records a request, 64 connections'
  return [
    {
      section: 'Produce',
      what: `${what}: CPU per record ÷ \`rdkafka_performance -P\``,
      value: spread(cpu),
      detail: `${spread(ours.map((each) => each.cpuMicrosPerRecord))} µs ÷ ${spread(limits.map((each) => each.cpuMicrosPerRecord))} µs`,
      target: '≤ 2.0',
      isReached: median(cpu) <= 2,
    },
    {
      section: 'Produce',
      what: `${what}: records/s ÷ \`rdkafka_performance -P\``,
      value: spread(rate),
      detail: `${short(median(ours.map((each) => each.recordsPerSecond)))} ÷ ${short(median(limits.map((each) => each.recordsPerSecond)))}`,
      target: '≥ 0.5',
      isReached: median(rate) >= 0.5,
      chart: {
        group: 'Produce, 100 records a request (records/s)',
        bars: {
          Sluice: median(ours.map((each) => each.recordsPerSecond)),
        },
        limits: {
          'rdkafka_performance -P': median(limits.map((each) => each.recordsPerSecond)),
        },
      },
    },
  ]
}

/** One record a request, 256 connections. */
export async function measureSingleRecords(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('single')
  const proxy = await startProxy(stage.bootstrapServers)
  const bare = await startScript('bare-handler.ts')
  await measureRequests(proxy, topic, 256, 1, 100, 2)
  const pairs = await inTurns(
    ROUNDS,
    () => measureRequests(proxy, topic, 256, 1),
    () => measureRequests(bare, topic, 256, 1),
  )
  await Promise.all([proxy.stop(), bare.stop()])
  const ratios = pairs.map(([ours, limit]) => ours.recordsPerSecond / limit.recordsPerSecond)
  const cpu = pairs.map(([ours, limit]) => ours.cpuMicrosPerRecord / limit.cpuMicrosPerRecord)
  const middle = (side: 0 | 1, figure: keyof Performance) =>
    median(pairs.map((pair) => pair[side][figure]))
  const [ours, limit] = [middle(0, 'recordsPerSecond'), middle(1, 'recordsPerSecond')]
  const what = 'Produce, one record a request, 256 connections'
  return [
    {
      section: 'Produce',
      what: `${what}: requests/s ÷ bare uWebSockets.js handler`,
      value: spread(ratios),
      detail: `${short(ours)} ÷ ${short(limit)}`,
      target: '≥ 0.6',
      isReached: median(ratios) >= 0.6,
      chart: {
        group: 'Produce, one record a request (requests/s)',
        bars: { Sluice: ours },
        limits: { 'bare uWebSockets.js handler': limit },
      },
    },
    {
      section: 'Produce',
      what: `${what}: CPU per request ÷ bare uWebSockets.js handler`,
      value: spread(cpu),
      detail: `${short(middle(0, 'cpuMicrosPerRecord'))} µs ÷ ${short(middle(1, 'cpuMicrosPerRecord'))} µs`,
      target: '≤ 1.7',
      isReached: median(cpu) <= 1.7,
    },
  ]
}
