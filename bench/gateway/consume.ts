/** Reading a backlog, beside librdkafka's own benchmark. */
import { consumePerformance, type Performance, producePerformance } from '../rdkafka-performance.ts'
import { applyLoad } from '../wrk.ts'
import { RestConsumer } from './rest-consumer.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { type MeteredServer, startProxy } from './server.ts'

const ROUNDS = 5
const SECONDS = 2
/** More than is read in that time. */
export const BACKLOG = 8_000_000

/** How records are read. */
export interface ReadFormat {
  readonly name: string
  readonly mediaType: string
}

const BINARY: ReadFormat = { name: 'binary', mediaType: 'application/vnd.kafka.binary.v2+json' }

/** Throughput and cost of one instance that reads from the beginning, in large reads. */
export async function measureReads(
  proxy: MeteredServer,
  topic: string,
  { name: format, mediaType }: ReadFormat = BINARY,
): Promise<Performance> {
  const consumer = await RestConsumer.create(proxy.url, topic, { format })
  await consumer.untilFetched()
  const before = { cpu: proxy.meter.cpuSeconds(), records: await consumer.consumedRecords() }
  const start = performance.now()
  const headers = { Accept: mediaType }
  await applyLoad({ url: consumer.recordsUrl, connections: 1, seconds: SECONDS, headers })
  const seconds = (performance.now() - start) / 1000
  const cpu = proxy.meter.cpuSeconds() - before.cpu
  const records = (await consumer.consumedRecords()) - before.records
  await consumer.delete()
  return { recordsPerSecond: records / seconds, cpuMicrosPerRecord: (cpu * 1e6) / records }
}

/** One instance, a backlog of 100-byte records, reads as large as they may be. */
export async function measureConsume(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('backlog')
  await producePerformance(stage.bootstrapServers, topic, BACKLOG, 100)
  const proxy = await startProxy(stage.bootstrapServers)
  await measureReads(proxy, topic)
  const pairs = await inTurns(
    ROUNDS,
    () => measureReads(proxy, topic),
    () => consumePerformance(stage.bootstrapServers, topic, BACKLOG / 2),
  )
  await proxy.stop()
  const cpu = pairs.map(([ours, limit]) => ours.cpuMicrosPerRecord / limit.cpuMicrosPerRecord)
  const rate = pairs.map(([ours, limit]) => ours.recordsPerSecond / limit.recordsPerSecond)
  const [ours, limits] = [pairs.map(([our]) => our), pairs.map(([, limit]) => limit)]
  const what = 'Consume, binary, one instance, backlog'
  return [
    {
      section: 'Consume',
      what: `${what}: CPU per record ÷ \`rdkafka_performance -G\``,
      value: spread(cpu),
      detail: `${spread(ours.map((each) => each.cpuMicrosPerRecord))} µs ÷ ${spread(limits.map((each) => each.cpuMicrosPerRecord))} µs`,
      target: '≤ 1.3',
      isReached: median(cpu) <= 1.3,
    },
    {
      section: 'Consume',
      what: `${what}: records/s ÷ \`rdkafka_performance -G\``,
      value: spread(rate),
      detail: `${short(median(ours.map((each) => each.recordsPerSecond)))} ÷ ${short(median(limits.map((each) => each.recordsPerSecond)))}`,
      target: '≥ 0.75',
      isReached: median(rate) >= 0.75,
      chart: {
        group: 'Consume, one instance (records/s)',
        bars: {
          Sluice: median(ours.map((each) => each.recordsPerSecond)),
        },
        limits: {
          'rdkafka_performance -G': median(limits.map((each) => each.recordsPerSecond)),
        },
      },
    },
  ]
}
