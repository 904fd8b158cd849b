/** Whether readers that wait slow down producers. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { applyPacedLoad, percentile } from './paced-load.ts'
import { measureRequests } from './produce.ts'
import { RestConsumer } from './rest-consumer.ts'
import { median, type Row, type Stage } from './row.ts'
import { type MeteredServer, startProxy } from './server.ts'

const ROUNDS = 3
const POLLS = 500
const RECORDS_PER_REQUEST = 100

/** p99 of produce requests at half of what is possible, without and with 500 waiting reads. */
export async function measureIdlePolls(stage: Stage): Promise<Row[]> {
  const topic = await stage.createTopic('paced')
  const empty = await stage.createTopic('polled')
  const proxy = await startProxy(stage.bootstrapServers, {
    'consumer.request.timeout.ms': '600000',
  })
  const full = await measureRequests(proxy, topic, 64, RECORDS_PER_REQUEST)
  const rate = full.recordsPerSecond / RECORDS_PER_REQUEST / 2
  const without = await p99s(proxy, topic, rate)
  const polls = await openPolls(proxy, empty)
  await sleep(10_000)
  const withPolls = await p99s(proxy, topic, rate)
  for (const poll of polls) poll.destroy()
  await proxy.stop()
  const ratio = median(withPolls) / median(without)
  const text = (figures: readonly number[]) => figures.map((ms) => ms.toFixed(1)).join(', ')
  return [
    {
      section: 'Isolation',
      what: `Produce p99 at half load, with ${POLLS} idle long polls ÷ without`,
      value: ratio.toFixed(2),
      detail: `${text(withPolls)} ms ÷ ${text(without)} ms, at ${Math.round(rate)} requests/s of ${RECORDS_PER_REQUEST}`,
      target: '≤ 1.3',
      isReached: ratio <= 1.3,
    },
  ]
}

async function p99s(
  proxy: MeteredServer,
  topic: string,
  requestsPerSecond: number,
): Promise<number[]> {
  const figures: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const times = await applyPacedLoad({
      port: Number(new URL(proxy.url).port),
      topic,
      connections: 64,
      requestsPerSecond,
      recordsPerRequest: RECORDS_PER_REQUEST,
      seconds: 10,
    })
    figures.push(percentile(times, 99))
  }
  return figures
}

async function openPolls(proxy: MeteredServer, topic: string): Promise<Socket[]> {
  const { port } = new URL(proxy.url)
  const polls: Socket[] = []
  for (let count = 0; count < POLLS; count++) {
    const consumer = await RestConsumer.create(proxy.url, topic)
    const { pathname } = new URL(consumer.recordsUrl)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    socket.on('error', () => {})
    polls.push(socket)
  }
  return polls
}
