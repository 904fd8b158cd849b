/** Producing and reading, against a small proxy on node-rdkafka's JavaScript API. */
import { producePerformance } from '../rdkafka-performance.ts'
import { applyLoad } from '../wrk.ts'
import { BACKLOG, measureReads } from './consume.ts'
import { measureRequests } from './produce.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { type MeteredServer, startProxy, startScript } from './server.ts'

const ROUNDS = 3
const TARGET = 7
/** What the baseline answers at most with one read. */
const RECORDS_PER_READ = 10_000

/** Both directions. */
export async function measureBaseline(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('baseline')
  const backlog = await stage.createTopic('baseline-backlog')
  await producePerformance(stage.bootstrapServers, backlog, BACKLOG, 100)
  const proxy = await startProxy(stage.bootstrapServers)
  const baseline = await startScript('javascript-proxy.ts', stage.bootstrapServers, backlog)
  await measureRequests(proxy, topic, 64, 100, 100, 2)
  const produced = await inTurns(
    ROUNDS,
    async () => (await measureRequests(proxy, topic, 64, 100)).recordsPerSecond,
    async () => (await measureRequests(baseline, topic, 64, 100)).recordsPerSecond,
  )
  await readBaseline(baseline)
  const consumed = await inTurns(
    ROUNDS,
    async () => (await measureReads(proxy, backlog)).recordsPerSecond,
    () => readBaseline(baseline),
  )
  await Promise.all([proxy.stop(), baseline.stop()])
  return [row('produce', produced), row('consume', consumed)]
}

async function readBaseline({ url }: MeteredServer): Promise<number> {
  const { requestsPerSecond } = await applyLoad({
    url: `${url}/records`,
    connections: 1,
    seconds: 3,
  })
  return requestsPerSecond * RECORDS_PER_READ
}

function row(direction: string, pairs: readonly (readonly [number, number])[]): Row {
  const ratios = pairs.map(([ours, theirs]) => ours / theirs)
  const ours = median(pairs.map(([our]) => our))
  const theirs = median(pairs.map(([, their]) => their))
  return {
    section: 'Against node-rdkafka in JavaScript',
    what: `${direction}, records/s ÷ a small proxy on node-rdkafka's JavaScript API`,
    value: spread(ratios, 1),
    detail: `${short(ours)} ÷ ${short(theirs)}`,
    target: `≥ ${TARGET}`,
    isReached: median(ratios) >= TARGET,
    chart: {
      group:
        direction === 'produce'
          ? 'Produce, 100 records a request (records/s)'
          : 'Consume, one instance (records/s)',
      bars: { 'node-rdkafka': theirs },
    },
  }
}
