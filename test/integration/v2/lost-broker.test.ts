/** The only broker goes away in the middle of everything, and comes back. One story in order. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { startKafka } from '../../cluster/kafka.ts'
import type { ConsumerClient, ReadRecord } from '../consumer-client.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const kafka = await startKafka()
const { rest, newTopic, newConsumer } = await setTheStage(
  { 'producer.delivery.timeout.ms': 4000 },
  { kafka },
)
const [broker] = kafka.brokers
const topic = await newTopic()
const value = (text: string) => Buffer.from(text).toString('base64')

/** What became of one record. */
async function produce(text: string) {
  const answer = await rest.post(`/topics/${topic}`, { records: [{ value: value(text) }] })
  assert.equal(answer.status, 200)
  return answer.body.offsets[0]
}

let member: ConsumerClient
let reader: ConsumerClient
/** Begun before the broker goes, with time enough to see it come back. */
let patient: Promise<ReadRecord[]>

before(async () => {
  assert.equal((await produce('before')).offset, 0)
  member = await newConsumer()
  reader = await newConsumer()
  await member.subscribe(topic)
  await reader.assign(topic, 0)
  const endless = await newConsumer({ 'consumer.request.timeout.ms': 240_000 })
  await endless.assign(topic, 0)
  for (const consumer of [member, reader, endless]) {
    assert.equal((await consumer.recordsUntil(1))[0]?.offset, 0)
    assert.equal((await consumer.post('offsets')).status, 200)
  }
  patient = endless.records()
  await broker?.stop('SIGKILL')
})

describe('a broker that goes', { concurrency: true }, () => {
  test('is told by a produced record, after the delivery timeout', async () => {
    assert.equal((await produce('lost')).error_code, 50003)
  })

  for (const path of ['/brokers', '/topics', `/topics/${topic}/partitions/0/offsets`]) {
    test(`is told by GET ${path}, after 10 s`, async () => {
      const started = performance.now()
      const { status, body } = await rest.get(path)
      assert.deepEqual([status, body.error_code], [500, 50003])
      assert.ok(performance.now() - started < 15_000)
    })
  }

  test('lets reads end at their timeout, with that error once it was noticed', async () => {
    for (const consumer of [member, reader]) {
      const started = performance.now()
      const { status, body } = await consumer.read('timeout=3000')
      assert.ok(status === 500 ? body.error_code === 50003 : body.length === 0)
      assert.ok(performance.now() - started < 8000)
    }
  })

  test('makes the proxy not ready, but it stays healthy', async () => {
    await until('it is not ready', async () => (await rest.get('/ready')).status === 503)
    assert.equal((await rest.get('/healthy')).status, 200)
  })
})

describe('a broker that comes back', () => {
  before(() => broker?.start())

  test('takes records again', async () => {
    await until(
      'a record is taken',
      async () => (await produce('after')).error_code === null,
      60_000,
    )
  })

  test('makes the proxy ready again', async () => {
    await until('it is ready', async () => (await rest.get('/ready')).status === 200, 60_000)
    assert.equal((await rest.get('/brokers')).text, '{"brokers":[1]}')
  })

  test('is read by instances that were there before, from where they were', async () => {
    for (const consumer of [member, reader]) {
      let found: ReadRecord | undefined
      await until(
        'there are records',
        async () => {
          const { status, body } = await consumer.read('timeout=5000')
          assert.ok(status === 200 || body.error_code === 50003)
          if (status === 200) found = body[0]
          return found !== undefined
        },
        60_000,
      )
      assert.deepEqual([found?.offset, found?.value], [1, value('after')])
      assert.equal((await consumer.post('offsets')).status, 200)
    }
  })

  test('is what a patient read has waited for', async () => {
    assert.equal((await patient)[0]?.offset, 1)
  })
})
