/** What consumers, connections and produce requests add to the memory of the process. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from '../../test/cluster/kafka.ts'
import { openConnections } from '../gateway/memory.ts'
import { RestConsumer } from '../gateway/rest-consumer.ts'
import type { Stage } from '../gateway/row.ts'
import { producePerformance } from '../rdkafka-performance.ts'
import { ALLOCATOR, type MeasuredProxy, perThing, type Resources, startMeasured } from './proxy.ts'

const SETTLE_MS = 15_000
const FEW = 100
const MANY = 1000
const CONNECTIONS = 2000
const REQUESTS = 200
const RECORDS = 100
const BUSY_MS = 15_000
/** After a peak: the time in which memory goes back. */
const PEAK_OVER_MS = 60_000

/** Figures of memory: of the process, and of one thing more. */
export interface MemoryFigures {
  /** Just started, with a producer. */
  readonly process: Resources
  /** The part of it that is JavaScript's heap. */
  readonly heapBytes: number
  /** Of `count` instances without records, and what each has added. */
  readonly idle: readonly { readonly count: number; readonly each: Resources }[]
  /** An instance that reads a backlog without pause. */
  readonly busy: Resources
  /** An instance whose client does not receive its response. */
  readonly slow: Resources
  readonly connection: Resources
  /** A produce request of 100 records of 100 bytes that Kafka does not acknowledge. */
  readonly inFlight: Resources
  /** The same, as the limit of memory counts it. */
  readonly inFlightCharged: number
  /** Resident memory a minute after the end of 100 busy instances, with the image's variables and without. */
  readonly afterPeak: { readonly image: number; readonly plain: number }
}

/** Measures all figures, which takes ten minutes. */
export async function measureMemory(stage: Stage, kafka: Kafka): Promise<MemoryFigures> {
  const empty = await stage.createTopic('empty')
  const written = await stage.createTopic('written')
  const full = await stage.createTopic('full')
  await producePerformance(stage.bootstrapServers, full, 2_000_000, 100)
  const start = async (allocator = ALLOCATOR) => {
    const proxy = await startMeasured(stage.bootstrapServers, {}, allocator)
    await produce(proxy, written, 1)
    const consumer = await RestConsumer.create(proxy.url, full)
    await consumer.untilFetched()
    await consumer.delete()
    await sleep(2000)
    return proxy
  }

  const first = await start()
  const process = first.resources()
  const heapBytes = await first.metric('nodejs_heap_size_total_bytes')
  const connection = await ofConnections(first)
  const inFlight = await ofRequests(first, written, kafka)
  await first.stop()

  const idle = await ofIdleConsumers(await start(), empty)
  const slow = await ofSlowConsumers(await start(), full)
  const busy = await ofBusyConsumers(await start(), full)
  const plain = await ofBusyConsumers(await start({} as typeof ALLOCATOR), full)
  return {
    process,
    heapBytes,
    idle,
    busy: busy.each,
    slow,
    connection,
    ...inFlight,
    afterPeak: { image: busy.after, plain: plain.after },
  }
}

async function ofConnections(proxy: MeasuredProxy): Promise<Resources> {
  const before = proxy.resources()
  const sockets = await openConnections(Number(new URL(proxy.url).port), CONNECTIONS)
  const each = perThing(before, proxy.resources(), CONNECTIONS)
  for (const socket of sockets) socket.destroy()
  return each
}

/** Kafka stops; requests wait for it. */
async function ofRequests(proxy: MeasuredProxy, topic: string, kafka: Kafka) {
  await produce(proxy, topic, RECORDS)
  await sleep(1000)
  for (const broker of kafka.brokers) broker.pause()
  const before = proxy.resources()
  const answers = Array.from({ length: REQUESTS }, () => produce(proxy, topic, RECORDS))
  await sleep(5000)
  const inFlight = perThing(before, proxy.resources(), REQUESTS)
  const inFlightCharged = (await proxy.metric('sluice_produce_inflight_bytes')) / REQUESTS
  for (const broker of kafka.brokers) broker.resume()
  await Promise.all(answers)
  return { inFlight, inFlightCharged }
}

async function produce(proxy: MeasuredProxy, topic: string, records: number): Promise<void> {
  const value = Buffer.alloc(100, 'x').toString('base64')
  const response = await fetch(`${proxy.url}/topics/${topic}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/vnd.kafka.binary.v2+json' },
    body: JSON.stringify({ records: Array.from({ length: records }, () => ({ value })) }),
  })
  if (!response.ok) throw new Error(await response.text())
  await response.arrayBuffer()
}

async function create(proxy: MeasuredProxy, topic: string, count: number): Promise<RestConsumer[]> {
  const consumers: RestConsumer[] = []
  for (let index = 0; index < count; index++) {
    consumers.push(await RestConsumer.create(proxy.url, topic))
  }
  await sleep(SETTLE_MS)
  return consumers
}

async function ofIdleConsumers(proxy: MeasuredProxy, topic: string) {
  const before = proxy.resources()
  await create(proxy, topic, FEW)
  const few = perThing(before, proxy.resources(), FEW)
  await create(proxy, topic, MANY - FEW)
  const many = perThing(before, proxy.resources(), MANY)
  await proxy.stop()
  return [
    { count: FEW, each: few },
    { count: MANY, each: many },
  ]
}

/** Instances with a response that the client does not read. */
async function ofSlowConsumers(proxy: MeasuredProxy, topic: string): Promise<Resources> {
  const before = proxy.resources()
  const consumers = await create(proxy, topic, FEW)
  const sockets = consumers.map(({ recordsUrl }) => {
    const { port, pathname } = new URL(recordsUrl)
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => {}).pause()
    socket.write(`GET ${pathname}?timeout=60000 HTTP/1.1\r\nHost: h\r\n\r\n`)
    return socket
  })
  await sleep(SETTLE_MS)
  const each = perThing(before, proxy.resources(), FEW)
  for (const socket of sockets) socket.destroy()
  await proxy.stop()
  return each
}

/** All read at once. The figure is the greatest. */
async function ofBusyConsumers(proxy: MeasuredProxy, topic: string) {
  const before = proxy.resources()
  const consumers = await create(proxy, topic, FEW)
  const end = performance.now() + BUSY_MS
  let most = proxy.resources()
  const reads = consumers.map(async ({ recordsUrl }) => {
    while (performance.now() < end) {
      await (await fetch(`${recordsUrl}?max_bytes=1000000&timeout=500`)).arrayBuffer()
      const now = proxy.resources()
      if (now.bytes > most.bytes) most = now
    }
  })
  await Promise.all(reads)
  await Promise.all(consumers.map((consumer) => consumer.delete()))
  await sleep(PEAK_OVER_MS)
  const after = proxy.resources().bytes
  await proxy.stop()
  return { each: perThing(before, most, FEW), after }
}
