/** What a second event loop costs: the same load on a proxy with one and on a proxy with two. */
import { measureRequests } from './produce.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { startProxy } from './server.ts'

const ROUNDS = 5

/** CPU per request and per record with two event loops, in proportion to one. */
export async function measureEventLoops(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('event-loops')
  const one = await startProxy(stage.bootstrapServers, { 'sluice.http.threads': '1' })
  const two = await startProxy(stage.bootstrapServers, { 'sluice.http.threads': '2' })
  const rows: Row[] = []
  for (const [what, connections, records] of [
    ['CPU per request of one record', 256, 1],
    ['CPU per record, 100 a request', 64, 100],
  ] as const) {
    const measure = (proxy: typeof one) => measureRequests(proxy, topic, connections, records)
    await measureRequests(one, topic, connections, records, 100, 2)
    await measureRequests(two, topic, connections, records, 100, 2)
    const pairs = await inTurns(
      ROUNDS,
      () => measure(two),
      () => measure(one),
    )
    const ratios = pairs.map(
      ([both, single]) => both.cpuMicrosPerRecord / single.cpuMicrosPerRecord,
    )
    const cost = (index: 0 | 1) => median(pairs.map((pair) => pair[index].cpuMicrosPerRecord))
    const rate = (index: 0 | 1) => median(pairs.map((pair) => pair[index].recordsPerSecond))
    rows.push({
      section: 'Event loops',
      what: `${what}: two event loops ÷ one`,
      value: spread(ratios),
      detail:
        `${cost(0).toFixed(2)} and ${cost(1).toFixed(2)} µs; ` +
        `${short(rate(0))} and ${short(rate(1))} records/s on a machine of two cores`,
      target: '≤ 1.1',
      isReached: median(ratios) <= 1.1,
    })
  }
  await one.stop()
  await two.stop()
  return rows
}
