/** A Kafka that refuses our password, until it learns it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startKafka } from '../../cluster/kafka.ts'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const kafka = await startKafka()
const { rest, newConsumer, newTopic } = await setTheStage(
  {
    'bootstrap.servers': kafka.saslServers,
    'client.security.protocol': 'SASL_PLAINTEXT',
    'client.sasl.mechanism': 'SCRAM-SHA-256',
    'client.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p";',
  },
  { kafka },
)
const topic = await newTopic()
const patient = { 'consumer.request.timeout.ms': 30_000 }

/** Long before Kafka's clients would give up: within their pauses between two tries to connect. */
const SOON_MS = 5000

async function soon<T>(work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await work()
  const took = performance.now() - started
  assert.ok(took < SOON_MS, `It took ${took} ms.`)
  return result
}

describe('credentials that Kafka refuses', { concurrency: true }, () => {
  const own = `/topics/${topic}`
  for (const path of [
    ...['/brokers', '/topics', own],
    ...[`${own}/partitions`, `${own}/partitions/0`, `${own}/partitions/0/offsets`],
  ]) {
    test(`are 40101 to GET ${path.replace(topic, 't')}, each time and soon`, async () => {
      for (let i = 0; i < 3; i++) {
        const { status, body } = await soon(() => rest.get(path))
        assert.deepEqual([status, body.error_code], [401, 40101])
      }
    })
  }

  test('are 40101 per record, in a 401, each time and soon', async () => {
    for (let i = 0; i < 3; i++) {
      const { status, headers, body } = await soon(() =>
        rest.post(`/topics/${topic}`, { records: [{}, {}] }),
      )
      assert.deepEqual([status, headers['x-failed-records']], [401, '2'])
      for (const { error_code } of body.offsets) assert.equal(error_code, 40101)
    }
  })

  for (const kind of ['assigned', 'subscribed']) {
    test(`are 40101 to reads of what is ${kind}, each time and soon`, async () => {
      const consumer = await newConsumer(patient)
      if (kind === 'assigned') await consumer.assign(topic, 0)
      else await consumer.subscribe(topic)
      for (let i = 0; i < 3; i++) {
        const { status, body } = await soon(() => consumer.read())
        assert.deepEqual([status, body.error_code], [401, 40101])
      }
    })
  }

  test('are 40101 to commits, questions for offsets and seeks to timestamps', async () => {
    const consumer = await newConsumer()
    await consumer.assign(topic, 0)
    const offsets = [{ topic, partition: 0, offset: 0 }]
    const commit = await soon(() => consumer.post('offsets', { offsets }))
    assert.deepEqual([commit.status, commit.body.error_code], [401, 40101])
    const question = await soon(() => consumer.committed(topic, 0))
    assert.deepEqual([question.status, question.body.error_code], [401, 40101])
    const timestamps = [{ topic, partition: 0, timestamp: '0' }]
    const seek = await soon(() => consumer.post('positions', { timestamps }))
    assert.deepEqual([seek.status, seek.body.error_code], [401, 40101])
  })
})

test('credentials that Kafka takes again work again', async () => {
  const consumer = await newConsumer(patient)
  await consumer.subscribe(topic)
  assert.equal((await consumer.read()).status, 401)
  await runKafkaTool('kafka.admin.ConfigCommand', [
    ...['--bootstrap-server', kafka.bootstrapServers, '--alter'],
    ...['--entity-type', 'users', '--entity-name', 'u'],
    ...['--add-config', 'SCRAM-SHA-256=[iterations=4096,password=p]'],
  ])
  await until('the topic is listed', async () => (await rest.get('/topics')).status === 200)
  await until('a record is written', async () => {
    const { status } = await rest.post(`/topics/${topic}`, { records: [{ value: 'AA==' }] })
    return status === 200
  })
  await until('it is read', async () => {
    const { status, body } = await consumer.read()
    return status === 200 && body.length === 1
  })
  // Nothing of the refusal is left.
  for (let i = 0; i < 10; i++) {
    assert.equal((await rest.get('/brokers')).status, 200)
    assert.equal((await rest.post(`/topics/${topic}`, { records: [{}] })).status, 200)
  }
})
