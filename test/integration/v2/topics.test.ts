/** `GET /topics` and `GET /topics/{topic}`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTheStage, uniqueName } from '../stage.ts'

const { rest, newTopic, newConsumer, kafka } = await setTheStage()

test("topics are listed by name, those with underscores too, Kafka's own not", async () => {
  const topic = await newTopic()
  const underscored = uniqueName('_topic')
  await kafka.createTopic(underscored)
  const consumer = await newConsumer()
  await consumer.subscribe(topic)
  await consumer.committed(topic, 0) // By now the broker has its __consumer_offsets.

  const { status, body } = await rest.get('/topics')

  assert.equal(status, 200)
  assert.ok(body.includes(topic))
  assert.ok(body.includes(underscored))
  assert.equal(new Set(body).size, body.length)
  assert.ok(!body.includes('__consumer_offsets'))
})

test('a topic is described with its configs and partitions', async () => {
  const topic = await newTopic({ partitions: 2, config: { 'retention.ms': '12345' } })

  const { status, body } = await rest.get(`/topics/${topic}`)

  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body), ['name', 'configs', 'partitions'])
  assert.equal(body.name, topic)
  assert.equal(body.configs['retention.ms'], '12345')
  assert.equal(body.configs['cleanup.policy'], 'delete', 'defaults are there too')
  const replicas = [{ broker: 1, leader: true, in_sync: true }]
  assert.deepEqual(body.partitions, [
    { partition: 0, leader: 1, replicas },
    { partition: 1, leader: 1, replicas },
  ])
})

test('an unknown topic is 40403, and is not created by asking', async () => {
  const name = uniqueName('nobody')
  for (let i = 0; i < 2; i++) {
    const { status, body } = await rest.get(`/topics/${name}`)
    assert.equal(status, 404)
    assert.deepEqual(body, {
      error_code: 40403,
      message: 'This server does not host this topic-partition.',
    })
  }
})

test('an illegal name is 40002', async () => {
  const { status, body } = await rest.get('/topics/a%20b')
  assert.deepEqual([status, body.error_code], [400, 40002])
})

test('names are case-sensitive', async () => {
  const topic = await newTopic()
  assert.equal((await rest.get(`/topics/${topic.toUpperCase()}`)).status, 404)
})
