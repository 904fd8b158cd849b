/** Acknowledged is readable, once, whatever happens to the brokers; and order is kept. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Kafka, startKafka } from '../cluster/kafka.ts'
import { type Sluice, startSluice } from '../cluster/sluice.ts'
import { Witness } from '../cluster/witness.ts'
import { placeOf, RestApi } from './rest.ts'

suite('three brokers', { concurrency: false }, () => {
  let kafka: Kafka
  let sluice: Sluice
  let witness: Witness
  let api: RestApi

  before(async () => {
    kafka = await startKafka({ brokers: 3, config: { 'min.insync.replicas': '2' } })
    sluice = await startSluice(kafka.bootstrapServers)
    witness = new Witness(kafka.bootstrapServers)
    api = new RestApi(sluice.url)
  })

  after(async () => {
    await witness?.close()
    await sluice?.stop()
    await kafka?.stop()
  })

  /** Produces numbers from many clients until `isDone`; the place of each acknowledged one. */
  async function produceUntil(
    topic: string,
    clients: number,
    isDone: () => boolean,
  ): Promise<Map<string, number>> {
    const acknowledged = new Map<string, number>()
    let next = 0
    const client = async () => {
      while (!isDone()) {
        const values = Array.from({ length: 20 }, () => next++)
        const deliveries = await api.produce(
          topic,
          values.map((value) => ({ key: String(value % 7), value })),
        )
        deliveries.forEach((delivery, index) => {
          if (delivery.error_code !== null) return
          const place = placeOf(delivery)
          assert.ok(!acknowledged.has(place), `${place} was acknowledged twice`)
          acknowledged.set(place, values[index] as number)
        })
      }
    }
    await Promise.all(Array.from({ length: clients }, client))
    return acknowledged
  }

  test('each acknowledged record is readable at its place, across restarts of every broker', async () => {
    const topic = 'acknowledged'
    await kafka.createTopic(topic, { partitions: 6, replicationFactor: 3 })
    let isDone = false
    const producing = produceUntil(topic, 8, () => isDone)
    for (const broker of kafka.brokers) {
      await sleep(1000)
      await broker.stop('SIGKILL')
      await sleep(1500)
      await broker.start()
    }
    await sleep(1000)
    isDone = true
    const acknowledged = await producing
    const records = await witness.consumeAll(topic, { timeoutMs: 60_000 })
    const stored = new Map(
      records.map((record) => [placeOf({ ...record, error_code: null }), Number(record.value)]),
    )
    assert.ok(acknowledged.size > 100, `only ${acknowledged.size} records were acknowledged`)
    for (const [place, value] of acknowledged) assert.equal(stored.get(place), value)
    const values = records.map((record) => Number(record.value))
    assert.equal(new Set(values).size, values.length, 'a record was written twice')
  })

  test('records of a key stay in the order of their requests, across a change of leaders', async () => {
    const topic = 'ordered'
    await kafka.createTopic(topic, { partitions: 3, replicationFactor: 3 })
    let isDone = false
    // One client a key, and one request at a time: so there is an order to be kept.
    const client = async (key: string) => {
      for (let value = 0; !isDone; value += 10) {
        const batch = Array.from({ length: 10 }, (_, index) => ({ key, value: value + index }))
        const deliveries = await api.produce(topic, batch)
        assert.ok(deliveries.every(({ error_code }) => error_code === null))
      }
    }
    const producing = Promise.all(['a', 'b', 'c', 'd', 'e'].map(client))
    await sleep(1000)
    await kafka.brokers[0]?.stop('SIGKILL')
    await sleep(2000)
    await kafka.brokers[0]?.start()
    await sleep(1000)
    isDone = true
    await producing
    const last = new Map<string, number>()
    for (const { key, value } of await witness.consumeAll(topic, { timeoutMs: 60_000 })) {
      const expected = (last.get(String(key)) ?? -1) + 1
      assert.equal(Number(value), expected, `key ${key}`)
      last.set(String(key), expected)
    }
    assert.equal(last.size, 5)
  })
})
