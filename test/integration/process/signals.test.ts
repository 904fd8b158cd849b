/** SIGTERM and SIGINT: the process ends in its time, with 0, and loses nothing it acknowledged. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { Witness } from '../../cluster/witness.ts'
import { ConsumerClient } from '../consumer-client.ts'
import { RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'

const GRACE_MS = 3000
/** The grace, the time for consumers to leave and for the producer to flush, and some slack. */
const STOPPED_BY_MS = GRACE_MS + 15_000

const kafka = await sharedKafka()
const witness = new Witness(kafka.bootstrapServers)
after(async () => {
  await witness.close()
  await kafka.stop()
})

const start = (): Promise<Sluice> =>
  startSluice(kafka.bootstrapServers, { 'shutdown.graceful.ms': String(GRACE_MS) })

/** Produces one record after the other, until there is nobody left; returns what was acknowledged. */
async function produceUntilGone(rest: RestClient, topic: string, name: string): Promise<string[]> {
  const acknowledged: string[] = []
  for (let index = 0; ; index++) {
    const text = `${name}-${index}`
    const value = Buffer.from(text).toString('base64')
    try {
      const { status, body } = await rest.post(`/topics/${topic}`, { records: [{ value }] })
      if (status === 200 && body.offsets[0].error_code === null) acknowledged.push(text)
    } catch {
      return acknowledged
    }
  }
}

/** Produces one record; what came instead of an acknowledgement, if anything did. */
async function failureOfOne(rest: RestClient, topic: string): Promise<unknown> {
  const body = { records: [{ value: 'QQ==' }] }
  const answer = await rest.post(`/topics/${topic}`, body).catch((error) => error)
  return answer.body?.offsets?.[0].error_code === null ? undefined : answer
}

describe('a signal', { concurrency: true }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} under load ends it with 0, and nothing acknowledged is lost`, async () => {
      const topic = uniqueName('load')
      await kafka.createTopic(topic, { partitions: 2 })
      const sluice = await start()
      const rest = new RestClient(sluice.url)
      const consumer = await ConsumerClient.create(rest, { 'consumer.request.timeout.ms': 120_000 })
      await consumer.assign(topic, 0)
      const reading = consumer.read('max_bytes=60000000').catch(() => undefined)
      const producing = Array.from({ length: 16 }, (_, index) =>
        produceUntilGone(rest, topic, `client-${index}`),
      )
      await sleep(1500)

      const started = performance.now()
      const ending = await sluice.stop(signal)

      assert.deepEqual(ending, { code: 0, signal: null }, sluice.log())
      assert.ok(performance.now() - started < STOPPED_BY_MS)
      const acknowledged = (await Promise.all(producing)).flat()
      await reading
      rest.close()
      assert.ok(acknowledged.length >= 16, `${acknowledged.length}`)
      const stored = new Set((await witness.consumeAll(topic)).map(({ value }) => String(value)))
      assert.deepEqual(
        acknowledged.filter((text) => !stored.has(text)),
        [],
      )
    })
  }

  test('fails no request of a load balancer that asks for /ready', async () => {
    const topic = uniqueName('rollout')
    await kafka.createTopic(topic)
    const delay = { 'sluice.shutdown.delay.ms': '2000' }
    const servers = await Promise.all([1, 2].map(() => startSluice(kafka.bootstrapServers, delay)))
    const all = servers.map(({ url }) => ({ rest: new RestClient(url), isReady: true, served: 0 }))
    let isOver = false
    const probing = all.map(async (each) => {
      while (!isOver) {
        const answer = await each.rest.get('/ready').catch(() => undefined)
        each.isReady = answer?.status === 200
        await sleep(200)
      }
    })
    const failures: unknown[] = []
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let turn = client; !isOver; turn++) {
        const ready = all.filter(({ isReady }) => isReady)
        const target = ready[turn % ready.length] as (typeof all)[number]
        const failure = await failureOfOne(target.rest, topic)
        if (failure === undefined) target.served++
        else failures.push(failure)
      }
    })
    await sleep(1000)
    assert.deepEqual(await servers[0]?.stop('SIGTERM'), { code: 0, signal: null })
    await sleep(500)
    isOver = true
    await Promise.all([...probing, ...clients])
    for (const { rest } of all) rest.close()
    await servers[1]?.stop()
    assert.deepEqual(failures, [])
    assert.ok(all.every(({ served }) => served > 0))
  })

  test('that comes a second time is not waited for', async () => {
    const sluice = await start()
    const rest = new RestClient(sluice.url)
    const consumer = await ConsumerClient.create(rest, { 'consumer.request.timeout.ms': 120_000 })
    await consumer.assign(uniqueName('nobody'), 0)
    const reading = consumer.read().catch(() => undefined)
    await sleep(300)
    const stopping = sluice.stop('SIGTERM')
    await sleep(300)
    process.kill(sluice.pid ?? 0, 'SIGTERM')
    assert.deepEqual(await stopping, { code: 1, signal: null })
    await reading
    rest.close()
  })
})
