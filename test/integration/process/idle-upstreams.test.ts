/**
 * The idle timeout of nginx's connections to a node: with that of `deploy/` no request meets a node that has stopped serving,
 * with nginx's default of 60 s requests do. Kafka hangs, so that the stopping node stays for seconds.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { documentedSettings, startBalancer } from '../../cluster/balancers.ts'
import { startKafka } from '../../cluster/kafka.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { ConsumerClient } from '../consumer-client.ts'
import { RestClient } from '../rest-client.ts'
import { until } from '../until.ts'

/** Twice as many as nginx keeps, so that each node gets some. */
const AT_ONCE = 64
/** The node closes its consumers for up to ten seconds. */
const LIMIT_MS = 12_000

const kafka = await startKafka()
const [stopping, other] = await Promise.all(
  [0, 1].map(() => startSluice(kafka.bootstrapServers, documentedSettings())),
)
assert.ok(stopping && other)
const urls = [stopping.url, other.url]
const documented = await startBalancer('nginx', urls)
const byDefault = await startBalancer('nginx', urls, [['    keepalive_timeout 6s;\n', '']])
after(async () => {
  for (const broker of kafka.brokers) broker.resume()
  await Promise.all([documented.stop(), byDefault.stop()])
  await Promise.all([stopping.stop(), other.stop()])
  await kafka.stop()
})

/** The statuses of so many requests at once. They need no Kafka. */
function ask(url: string, count: number): Promise<number[]> {
  const one = async () => {
    const answer = await fetch(`${url}/healthy`)
    await answer.arrayBuffer()
    return answer.status
  }
  return Promise.all(Array.from({ length: count }, one))
}

async function isRefused(url: string): Promise<boolean> {
  return ask(url, 1).then(
    () => false,
    () => true,
  )
}

test('nginx fails requests with its idle timeout for upstreams, and none with that of the docs', async () => {
  await kafka.createTopic('idle')
  const rest = new RestClient(stopping.url)
  const consumer = await ConsumerClient.create(rest)
  await consumer.subscribe('idle')
  await consumer.records('timeout=2000')
  rest.close()
  await Promise.all([documented, byDefault].map(({ url }) => ask(url, AT_ONCE)))
  for (const broker of kafka.brokers) broker.pause()

  const stopped = stopping.stop('SIGTERM')
  await until('the node listens no longer', () => isRefused(stopping.url), 20_000)
  const statuses = { documented: new Set<number>(), byDefault: new Set<number>() }
  const end = Date.now() + LIMIT_MS
  while (!statuses.byDefault.has(503) && Date.now() < end) {
    for (const status of await ask(documented.url, 20)) statuses.documented.add(status)
    for (const status of await ask(byDefault.url, 2)) statuses.byDefault.add(status)
    await sleep(100)
  }
  assert.deepEqual([...statuses.documented], [200])
  assert.ok(statuses.byDefault.has(503), [...statuses.byDefault].join())
  for (const broker of kafka.brokers) broker.resume()
  await stopped
})
