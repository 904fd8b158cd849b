/** The cost of forwarding: reads and small requests at the owner of a consumer instance, and through another process. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../test/cluster/free-ports.ts'
import { producePerformance } from '../rdkafka-performance.ts'
import { applyLoad } from '../wrk.ts'
import { percentile } from './paced-load.ts'
import { RestConsumer } from './rest-consumer.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { type MeteredProxy, startProxy } from './server.ts'

const ROUNDS = 5
const SECONDS = 3
/** More than is read in that time. */
const BACKLOG = 8_000_000
const SMALL_REQUESTS = 2_000
/** Of the topic of descriptions, as Sluice creates it. */
const CLUSTER_PARTITIONS = 128

/** A read of a backlog. */
interface Read {
  readonly recordsPerSecond: number
  /** CPU time of each process, in milliseconds per megabyte of responses. */
  readonly ownerCost: number
  readonly otherCost: number
}

/** Two processes of one cluster. The first owns all instances. */
export async function measureHop(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('hop')
  await producePerformance(stage.bootstrapServers, topic, BACKLOG, 100)
  const [owner, other] = await startPair(stage)
  const read = (through: MeteredProxy) => measureRead(owner, other, topic, through)
  await read(other)
  await read(owner)
  const pairs = await inTurns(
    ROUNDS,
    () => read(other),
    () => read(owner),
  )
  const times = await measureSmall(owner, other, topic)
  await other.stop()
  await owner.stop()
  return [...rowsOfReads(pairs), rowOfSmall(times)]
}

function rowsOfReads(pairs: readonly [Read, Read][]): Row[] {
  const ratios = pairs.map(([hop, direct]) => hop.recordsPerSecond / direct.recordsPerSecond)
  const rate = (index: 0 | 1) => short(median(pairs.map((pair) => pair[index].recordsPerSecond)))
  const cost = (index: 0 | 1) => spread(pairs.map((pair) => pair[index].ownerCost))
  const what = 'Consume through another process of the cluster, binary, one instance, backlog'
  return [
    {
      section: 'Cluster',
      what: `${what}: records/s ÷ at the owner`,
      value: spread(ratios),
      detail: `${rate(0)} ÷ ${rate(1)}; load generator, two processes and Kafka on two cores`,
      target: '≥ 0.7',
      isReached: median(ratios) >= 0.7,
    },
    {
      section: 'Cluster',
      what: `${what}: CPU of the forwarding process per MB of responses`,
      value: `${spread(pairs.map(([hop]) => hop.otherCost))} ms`,
      detail: `the owner uses ${cost(0)} ms, and without the hop ${cost(1)} ms`,
    },
  ]
}

function rowOfSmall([hop, direct]: readonly [number[], number[]]): Row {
  const added = (percent: number) => percentile(hop, percent) - percentile(direct, percent)
  const both = (percent: number) =>
    `${percentile(hop, percent).toFixed(2)} and ${percentile(direct, percent).toFixed(2)} ms`
  return {
    section: 'Cluster',
    what: 'A small request (assignments) through another process of the cluster: added time',
    value: `p50 ${added(50).toFixed(2)} ms, p99 ${added(99).toFixed(2)} ms`,
    detail: `p50 ${both(50)}, p99 ${both(99)}; ${SMALL_REQUESTS} of each in turns, over kept connections`,
  }
}

async function startPair({ bootstrapServers }: Stage): Promise<[MeteredProxy, MeteredProxy]> {
  const ports = await freePorts(2)
  const keys = {
    'sluice.cluster.id': `bench-${randomUUID().slice(0, 8)}`,
    'sluice.peer.secret': 'a secret of the benchmarks',
    'sluice.http.threads': '1',
  }
  const pair = await Promise.all(
    ports.map((port) =>
      startProxy(bootstrapServers, {
        ...keys,
        'sluice.peer.listeners': `http://127.0.0.1:${port}`,
      }),
    ),
  )
  const counts = () => Promise.all(pair.map(partitionsOf))
  // Each has its half, which moves no more.
  while ((await counts()).some((count) => count !== CLUSTER_PARTITIONS / 2)) await sleep(200)
  return pair as [MeteredProxy, MeteredProxy]
}

async function partitionsOf({ url }: MeteredProxy): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^sluice_cluster_partitions (\d+)/m.exec(text)?.[1])
}

async function measureRead(
  owner: MeteredProxy,
  other: MeteredProxy,
  topic: string,
  through: MeteredProxy,
): Promise<Read> {
  const consumer = await RestConsumer.create(owner.url, topic, { format: 'binary' })
  await consumer.untilFetched()
  const cpu = () => [owner.meter.cpuSeconds(), other.meter.cpuSeconds()] as const
  const before = { cpu: cpu(), records: await consumer.consumedRecords() }
  const begin = performance.now()
  const { bytes } = await applyLoad({
    url: `${consumer.urlAt(through.url)}/records`,
    connections: 1,
    seconds: SECONDS,
    headers: { Accept: 'application/vnd.kafka.binary.v2+json' },
  })
  const seconds = (performance.now() - begin) / 1000
  const [ownerCpu, otherCpu] = cpu()
  const records = (await consumer.consumedRecords()) - before.records
  await consumer.delete()
  const cost = (after: number, earlier: number) => ((after - earlier) * 1000) / (bytes / 1e6)
  return {
    recordsPerSecond: records / seconds,
    ownerCost: cost(ownerCpu, before.cpu[0]),
    otherCost: cost(otherCpu, before.cpu[1]),
  }
}

/** Returns the times of requests through the other process and at the owner, in ascending order. */
async function measureSmall(
  owner: MeteredProxy,
  other: MeteredProxy,
  topic: string,
): Promise<[number[], number[]]> {
  const consumer = await RestConsumer.create(owner.url, topic, { format: 'binary' })
  await consumer.untilFetched()
  const agent = new Agent({ keepAlive: true })
  const ask = async (proxy: MeteredProxy) => {
    const begin = performance.now()
    const [response] = await once(
      get(`${consumer.urlAt(proxy.url)}/assignments`, { agent }),
      'response',
    )
    await once((response as IncomingMessage).resume(), 'end')
    return performance.now() - begin
  }
  for (let warm = 0; warm < 200; warm++) await ask(warm % 2 ? owner : other)
  const pairs = await inTurns(
    SMALL_REQUESTS,
    () => ask(other),
    () => ask(owner),
  )
  agent.destroy()
  await consumer.delete()
  const sorted = (index: 0 | 1) => pairs.map((pair) => pair[index]).sort((a, b) => a - b)
  return [sorted(0), sorted(1)]
}
