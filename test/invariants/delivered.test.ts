/** Nothing is lost on its way to a reader, and nothing is twice in one response. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Kafka, startKafka } from '../cluster/kafka.ts'
import { type Sluice, startSluice } from '../cluster/sluice.ts'
import { until } from '../integration/until.ts'
import { Account, RestApi } from './rest.ts'

suite('three brokers', { concurrency: false }, () => {
  let kafka: Kafka
  let sluice: Sluice
  let api: RestApi

  before(async () => {
    kafka = await startKafka({ brokers: 3, config: { 'min.insync.replicas': '2' } })
    // What is there to be read may take as long to write as restarted brokers need.
    sluice = await startSluice(kafka.bootstrapServers, { 'producer.delivery.timeout.ms': '120000' })
    api = new RestApi(sluice.url)
  })

  after(async () => {
    await sluice?.stop()
    await kafka?.stop()
  })

  async function fill(topic: string, count: number, key = 'key'): Promise<void> {
    await kafka.createTopic(topic, { partitions: 6, replicationFactor: 3 })
    for (let value = 0; value < count; value += 1000) {
      const batch = Array.from({ length: 1000 }, (_, index) => ({
        key: `${key}${index % 50}`,
        value: value + index,
      }))
      const deliveries = await api.produce(topic, batch)
      const refused = deliveries.filter(({ error_code }) => error_code !== null)
      assert.deepEqual(refused, [])
    }
  }

  test('a group whose members come and go reads everything', async () => {
    const count = 20_000
    await fill('rebalanced', count)
    const account = new Account()
    let isDone = false
    const member = async (lifeMs: number) => {
      while (!isDone) {
        const instance = await api.subscribe('rebalanced', 'rebalanced')
        const end = Date.now() + lifeMs
        while (!isDone && Date.now() < end) {
          account.add(await api.read(instance, 'timeout=300&max_bytes=2000'))
        }
        await api.close(instance)
      }
    }
    const members = Promise.all([member(60_000), member(2000), member(1300)])
    await until('everything is read', async () => account.missing(count).length === 0, 90_000)
    isDone = true
    await members
  })

  test('a reader gets everything across restarts of every broker', async () => {
    const count = 20_000
    await fill('restarted', count)
    const account = new Account()
    const instance = await api.subscribe('restarted', 'restarted')
    let isDone = false
    const reading = until(
      'everything is read after the restarts',
      async () => {
        // A read without a broker says so; the next one is as good as if that had not been.
        account.add(await api.read(instance, 'timeout=300&max_bytes=2000').catch(() => []))
        return isDone && account.missing(count).length === 0
      },
      120_000,
    )
    for (const broker of kafka.brokers) {
      await sleep(500)
      await broker.stop('SIGKILL')
      await sleep(1500)
      await broker.start()
    }
    isDone = true
    await reading
    await api.close(instance)
  })

  test('what a client did not get because it hung up is delivered again', async () => {
    // Only a response that the socket has all of counts as delivered, and it takes some megabytes
    // without its client reading: so there must be more than that to come.
    const count = 4000
    const key = 'x'.repeat(10_000)
    const socketBytes = 16_000_000
    await fill('abandoned', count, key)
    const account = new Account()
    const instance = await api.subscribe('abandoned', 'abandoned')
    await until(
      'everything is delivered',
      async () => {
        const bytesLeft = account.missing(count).length * key.length
        if (bytesLeft > socketBytes) {
          await api.readAndLeave(instance, Math.floor(Math.random() * 1_000_000))
        }
        account.add(await api.read(instance, 'max_bytes=1000000'))
        return account.missing(count).length === 0
      },
      120_000,
    )
    assert.ok([...account.values.values()].every((times) => times === 1))
    await api.close(instance)
  })

  test('after SIGTERM in the middle of reading and producing the next process goes on', async () => {
    const count = 10_000
    await fill('stopped', count)
    const account = new Account()
    const acknowledged: number[] = []
    for (let round = 0; round < 4; round++) {
      const process = await startSluice(kafka.bootstrapServers)
      const theirs = new RestApi(process.url)
      const instance = await theirs.subscribe('stopped', 'stopped')
      let isStopping = false
      /** What the API answers; undefined once the process is being stopped. */
      const unlessStopping = <T>(answer: Promise<T>): Promise<T | undefined> =>
        answer.catch((error) => {
          if (isStopping) return undefined
          throw error
        })
      const reading = until(
        'the reading ends with the process',
        async () => {
          const records = await unlessStopping(theirs.read(instance, 'timeout=200&max_bytes=1000'))
          if (records) account.add(records)
          return records === undefined
        },
        60_000,
      )
      let value = count + round * 1_000_000
      const producing = until(
        'the producing ends with the process',
        async () => {
          value++
          const deliveries = await unlessStopping(theirs.produce('stopped', [{ value }]))
          if (deliveries?.[0]?.error_code === null) acknowledged.push(value)
          return deliveries === undefined
        },
        60_000,
      )
      await sleep(1500)
      isStopping = true
      const ending = await process.stop('SIGTERM')
      assert.deepEqual(ending, { code: 0, signal: null })
      await Promise.all([reading, producing])
    }
    const instance = await api.subscribe('stopped', 'stopped')
    await until(
      'what was there before is read',
      async () => {
        account.add(await api.read(instance, 'timeout=500'))
        return account.missing(count).length === 0
      },
      60_000,
    )
    await until(
      'what was acknowledged is read',
      async () => {
        account.add(await api.read(instance, 'timeout=500'))
        return acknowledged.every((value) => account.values.has(value))
      },
      30_000,
    )
    await api.close(instance)
  })
})
