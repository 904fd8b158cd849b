/** No broker is there: every endpoint says so, in bounded time. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { freePorts } from '../../cluster/free-ports.ts'
import { setTheStage } from '../stage.ts'

const DELIVERY_TIMEOUT_MS = 3000
/** Of questions to the cluster, and to a group. */
const ADMIN_TIMEOUT_MS = 10_000
const SLACK_MS = 5000

const [port] = await freePorts(1)
const nowhere = {
  bootstrapServers: `127.0.0.1:${port}`,
  createTopic: async () => {},
  stop: async () => {},
}
const { rest, newConsumer } = await setTheStage(
  { 'producer.delivery.timeout.ms': DELIVERY_TIMEOUT_MS },
  { kafka: nowhere },
)

/** Resolves to what `work` does, and refuses it to take longer than documented. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await work
  const ms = performance.now() - started
  assert.ok(ms < limitMs + SLACK_MS, `${ms} ms`)
  return result
}

const at = { topic: 't', partition: 0 }

describe('without brokers', { concurrency: true }, () => {
  for (const path of [
    '/brokers',
    '/topics',
    '/topics/t',
    '/topics/t/partitions',
    '/topics/t/partitions/0',
    '/topics/t/partitions/0/offsets',
  ]) {
    test(`GET ${path} is 50003 after 10 s`, async () => {
      const { status, body } = await within(ADMIN_TIMEOUT_MS, rest.get(path))
      assert.deepEqual([status, body.error_code], [500, 50003])
    })
  }

  test('produced records are 50003 each, after the delivery timeout', async () => {
    const producing = rest.post('/topics/t', { records: [{}, { partition: 0 }] })
    const { status, headers, body } = await within(DELIVERY_TIMEOUT_MS, producing)
    assert.equal(status, 200)
    assert.equal(headers['x-failed-records'], '2')
    for (const offset of body.offsets) {
      assert.deepEqual([offset.partition, offset.offset, offset.error_code], [null, null, 50003])
      assert.match(offset.error, /\w/)
    }
  })

  test('an instance is made, subscribed and ended at once', async () => {
    const consumer = await within(0, newConsumer())
    assert.equal((await within(0, consumer.subscribe('t'))).status, 204)
    assert.deepEqual((await consumer.get('subscription')).body, { topics: ['t'] })
    assert.deepEqual((await consumer.get('assignments')).body, { partitions: [] })
    assert.equal((await within(0, consumer.delete())).status, 204)
  })

  for (const kind of ['subscribed', 'assigned']) {
    test(`a read of one that is ${kind} is 50003 after its timeout`, async () => {
      const consumer = await newConsumer({ 'consumer.request.timeout.ms': 2000 })
      if (kind === 'subscribed') await consumer.subscribe('t')
      else await consumer.assign('t', 0)
      for (let i = 0; i < 2; i++) {
        const started = performance.now()
        const { status, body } = await within(2000, consumer.read())
        assert.deepEqual([status, body.error_code], [500, 50003])
        assert.ok(performance.now() - started >= 1990)
      }
      assert.equal((await within(0, consumer.delete())).status, 204)
    })
  }

  test('a subscription by a pattern is 50003 after 10 s', async () => {
    const consumer = await newConsumer()
    const subscribing = consumer.post('subscription', { topic_pattern: '.*' })
    const { status, body } = await within(ADMIN_TIMEOUT_MS, subscribing)
    assert.deepEqual([status, body.error_code], [500, 50003])
  })

  test('a seek of one that joins its group is 40903 after 5 s', async () => {
    const consumer = await newConsumer()
    await consumer.subscribe('t')
    const { status, body } = await within(5000, consumer.seek('t', 0, 0))
    assert.deepEqual([status, body.error_code], [409, 40903])
  })

  test('a seek to an offset needs no broker', async () => {
    const consumer = await newConsumer()
    await consumer.assign('t', 0)
    assert.equal((await within(0, consumer.seek('t', 0, 7))).status, 204)
  })

  const asks: [what: string, ask: (path: string) => ReturnType<typeof rest.get>][] = [
    [
      'a seek to a time',
      (path) => rest.post(`${path}/positions`, { timestamps: [{ ...at, timestamp: 0 }] }),
    ],
    ['a commit', (path) => rest.post(`${path}/offsets`, { offsets: [{ ...at, offset: 0 }] })],
    [
      'a question for what is committed',
      (path) => rest.send('GET', `${path}/offsets`, { partitions: [at] }),
    ],
  ]
  for (const [what, ask] of asks) {
    test(`${what} is 50003 after 10 s`, async () => {
      const consumer = await newConsumer()
      await consumer.assign('t', 0)
      const { status, body } = await within(ADMIN_TIMEOUT_MS, ask(consumer.path))
      assert.deepEqual([status, body.error_code], [500, 50003], body.message)
    })
  }

  test('the process is healthy, but not ready', async () => {
    assert.equal((await within(0, rest.get('/healthy'))).status, 200)
    assert.equal((await within(0, rest.get('/'))).status, 200)
    assert.equal((await within(0, rest.get('/metrics'))).status, 200)
    const { status, text } = await within(2000, rest.get('/ready'))
    assert.deepEqual([status, text], [503, '{"status":"not ready"}'])
  })
})
