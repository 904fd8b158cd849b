/** Whether readers that wait slow down producers. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { applyPacedLoad, percentile } from './paced-load.ts'
import { measureRequests } from './produce.ts'
import { RestConsumer } from './rest-consumer.ts'
import { inTurns, median, type Row, type Stage, spread } from './row.ts'
import { type MeteredServer, startProxy, startScript } from './server.ts'

const ROUNDS = 3
const SECONDS = 15
const POLLS = 500
const RECORDS_PER_REQUEST = 100
/** What groups, metadata and connections of so many new instances take to come to rest. */
const SETTLING_MS = 10_000

/**
 * p99 of produce requests at half of what is possible: with 500 waiting reads, without, and beside as
 * many of librdkafka's consumers in another process, which is what such consumers cost anyone.
 */
export async function measureIdlePolls(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('paced')
  const empty = await stage.createTopic('polled')
  const proxy = await startProxy(stage.bootstrapServers, {
    'consumer.request.timeout.ms': '600000',
  })
  await measureRequests(proxy, topic, 64, RECORDS_PER_REQUEST)
  const full = await measureRequests(proxy, topic, 64, RECORDS_PER_REQUEST)
  const rate = full.recordsPerSecond / RECORDS_PER_REQUEST / 2
  const pairs = await inTurns(
    ROUNDS,
    async () => {
      const polls = await openPolls(proxy, empty)
      await sleep(SETTLING_MS)
      const p99 = await p99AtRate(proxy, topic, rate)
      await Promise.all(polls.map((poll) => poll.close()))
      await sleep(SETTLING_MS)
      return p99
    },
    async () => {
      const alone = await p99AtRate(proxy, topic, rate)
      const others = await startScript(
        'idle-consumers.ts',
        ...[stage.bootstrapServers, empty, `${POLLS}`],
      )
      await sleep(SETTLING_MS)
      const p99 = await p99AtRate(proxy, topic, rate)
      await others.stop()
      return { alone, besideOthers: p99 }
    },
  )
  await proxy.stop()
  const alone = pairs.map(([, each]) => each.alone)
  const withPolls = pairs.map(([each]) => each)
  const besideOthers = pairs.map(([, each]) => each.besideOthers)
  const load = `at ${Math.round(rate)} requests/s of ${RECORDS_PER_REQUEST}`
  const over = (p99s: number[]) => p99s.map((p99, round) => p99 / (alone[round] as number))
  const detail = (p99s: number[]) => `${spread(p99s, 1)} ms ÷ ${spread(alone, 1)} ms, ${load}`
  return [
    {
      section: 'Isolation',
      what: `Produce p99 at half load, with ${POLLS} idle long polls ÷ without`,
      value: spread(over(withPolls)),
      detail: detail(withPolls),
      target: '≤ 1.3',
      isReached: median(over(withPolls)) <= 1.3,
    },
    {
      section: 'Isolation',
      what: `Produce p99 at half load, with ${POLLS} idle librdkafka consumers in another process ÷ without`,
      value: spread(over(besideOthers)),
      detail: detail(besideOthers),
    },
  ]
}

async function p99AtRate(
  proxy: MeteredServer,
  topic: string,
  requestsPerSecond: number,
): Promise<number> {
  const times = await applyPacedLoad({
    port: Number(new URL(proxy.url).port),
    topic,
    connections: 64,
    requestsPerSecond,
    recordsPerRequest: RECORDS_PER_REQUEST,
    seconds: SECONDS,
  })
  return percentile(times, 99)
}

/** A read that waits, on an instance of its own. */
class IdlePoll {
  readonly #consumer: RestConsumer
  readonly #socket: Socket

  constructor(consumer: RestConsumer) {
    this.#consumer = consumer
    const { hostname, port, pathname } = new URL(consumer.recordsUrl)
    this.#socket = connect(Number(port), hostname)
    this.#socket.on('error', () => {})
    this.#socket.write(`GET ${pathname} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  }

  async close(): Promise<void> {
    this.#socket.destroy()
    await this.#consumer.delete()
  }
}

async function openPolls(proxy: MeteredServer, topic: string): Promise<IdlePoll[]> {
  const polls: IdlePoll[] = []
  for (let count = 0; count < POLLS; count++) {
    polls.push(new IdlePoll(await RestConsumer.create(proxy.url, topic)))
  }
  return polls
}
