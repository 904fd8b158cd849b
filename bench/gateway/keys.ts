/** What a produced record costs by its key and by the partitions of its topic, beside librdkafka's own benchmark. */
import { type Performance, producePerformance } from '../rdkafka-performance.ts'
import { measureRequests } from './produce.ts'
import { inTurns, median, type Row, type Stage, spread } from './row.ts'
import { type MeteredServer, startProxy } from './server.ts'

const ROUNDS = 5
const SECONDS = 4
const CONNECTIONS = 64
const RECORDS = 100
const BYTES = 100
const PARTITIONS = [4, 64]
const LIMIT_RECORDS = 3_000_000

/** 100 records a request. */
export async function measureKeys(stage: Stage): Promise<Row[]> {
  const rows: Row[] = []
  const proxy = await startProxy(stage.bootstrapServers)
  for (const partitions of PARTITIONS) {
    const topic = await stage.createTopic(`keys-${partitions}`, partitions)
    for (const keys of [true, false]) {
      await measure(proxy, topic, keys, 2)
      const pairs = await inTurns(
        ROUNDS,
        () => measure(proxy, topic, keys, SECONDS),
        () => producePerformance(stage.bootstrapServers, topic, LIMIT_RECORDS, BYTES),
      )
      rows.push(
        rowOf(
          `${keys ? 'each with its own key' : 'without keys'}, ${partitions} partitions`,
          keys ? 1.9 : 1.5,
          pairs,
        ),
      )
    }
  }
  await proxy.stop()
  return rows
}

function measure(proxy: MeteredServer, topic: string, keys: boolean, seconds: number) {
  return measureRequests(proxy, topic, CONNECTIONS, RECORDS, BYTES, seconds, keys)
}

function rowOf(records: string, target: number, pairs: readonly [Performance, Performance][]): Row {
  const ratios = pairs.map(([ours, limit]) => ours.cpuMicrosPerRecord / limit.cpuMicrosPerRecord)
  const costs = [0, 1].map((side) =>
    spread(pairs.map((pair) => pair[side]?.cpuMicrosPerRecord ?? 0)),
  )
  return {
    section: 'Produce',
    what: `Produce, 100 records a request, ${records}: CPU per record ÷ \`rdkafka_performance -P\``,
    value: spread(ratios),
    detail: `${costs[0]} µs ÷ ${costs[1]} µs`,
    target: `≤ ${target}`,
    isReached: median(ratios) <= target,
  }
}
