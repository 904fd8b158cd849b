/** The time of a produce request of one record, beside the time of a record in librdkafka's own benchmark. */
import { recordTimes } from '../rdkafka-performance.ts'
import { applyPacedLoad, percentile } from './paced-load.ts'
import { measureRequests } from './produce.ts'
import { inTurns, median, type Row, type Stage, spread } from './row.ts'
import { startProxy } from './server.ts'

const ROUNDS = 5
const SECONDS = 10
const CONNECTIONS = 256
const BYTES = 100

/** p99 at a tenth of the requests a second that are possible. Both sides have idempotence and linger.ms=1. */
export async function measureLatency(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('latency')
  const proxy = await startProxy(stage.bootstrapServers)
  await measureRequests(proxy, topic, CONNECTIONS, 1, BYTES, 2)
  const full = await measureRequests(proxy, topic, CONNECTIONS, 1)
  const rate = Math.round(full.recordsPerSecond / 10)
  const port = Number(new URL(proxy.url).port)
  const paced = { port, topic, connections: CONNECTIONS, requestsPerSecond: rate }
  const pairs = await inTurns(
    ROUNDS,
    () => applyPacedLoad({ ...paced, recordsPerRequest: 1, seconds: SECONDS, isTimedFrom: 'sent' }),
    () => recordTimes(stage.bootstrapServers, topic, rate, SECONDS, BYTES),
  )
  await proxy.stop()
  const p99s = pairs.map(([ours, limit]) => [percentile(ours, 99), percentile(limit, 99)] as const)
  const middles = pairs.map(([ours, limit]) => [percentile(ours, 50), percentile(limit, 50)])
  const ratios = p99s.map(([ours, limit]) => ours / limit)
  const added = p99s.map(([ours, limit]) => ours - limit)
  const side = (figures: readonly (readonly number[])[], index: 0 | 1) =>
    spread(
      figures.map((each) => each[index] as number),
      1,
    )
  const what = 'Produce, one record a request, a tenth of the capacity: p99'
  const load = `at ${rate} requests/s`
  return [
    {
      section: 'Latency',
      what: `${what} ÷ \`rdkafka_performance -P -l\` at the same rate`,
      value: spread(ratios),
      detail: `${side(p99s, 0)} ms ÷ ${side(p99s, 1)} ms; medians ${side(middles, 0)} and ${side(middles, 1)} ms, ${load}`,
      target: '≤ 1.5',
      isReached: median(ratios) <= 1.5,
    },
    {
      section: 'Latency',
      what: `${what} − \`rdkafka_performance -P -l\` at the same rate`,
      value: `${spread(added, 1)} ms`,
      detail: `the time that HTTP, JSON and the event loop add, ${load}`,
      target: '≤ 2 ms',
      isReached: median(added) <= 2,
    },
  ]
}
