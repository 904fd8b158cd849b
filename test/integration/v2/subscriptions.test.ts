/** `/subscription`: by topics, and by a pattern. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addPartitions } from '../../cluster/topics.ts'
import type { ConsumerClient } from '../consumer-client.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const { kafka, rest, witness, newTopic, newConsumer } = await setTheStage()

const EXCLUSIVE = {
  error_code: 40903,
  message: 'Illegal state: Subscription to topics, partitions and pattern are mutually exclusive',
}

async function write(topic: string, ...values: string[]): Promise<void> {
  await witness.produce(
    topic,
    values.map((value) => ({ value: Buffer.from(value) })),
  )
}

/** The values of the next `count` records, which are in format string. */
async function values(consumer: ConsumerClient, count: number): Promise<unknown[]> {
  return (await consumer.recordsUntil(count)).map(({ value }) => value)
}

const newReader = (group?: string) => newConsumer({ format: 'string' }, group)

describe('a subscription to topics', { concurrency: true }, () => {
  test('is told, also before and after it is there', async () => {
    const [first, second] = await Promise.all([newTopic(), newTopic()])
    const consumer = await newReader()
    assert.deepEqual((await consumer.get('subscription')).body, { topics: [] })
    assert.equal((await consumer.subscribe(first, second, first)).status, 204)
    const { topics } = (await consumer.get('subscription')).body
    assert.deepEqual(topics.sort(), [first, second].sort())
    assert.equal((await consumer.unsubscribe()).status, 204)
    assert.deepEqual((await consumer.get('subscription')).body, { topics: [] })
    assert.equal((await consumer.unsubscribe()).status, 204, 'nothing to end is fine')
  })

  test('gives the records of all topics with the first read', async () => {
    const topics = await Promise.all([newTopic(), newTopic({ partitions: 3 })])
    for (const topic of topics) await write(topic, topic)
    const consumer = await newReader()
    await consumer.subscribe(...topics)
    const first = await consumer.records()
    assert.ok(first.length > 0, 'the first read has data')
    const rest = first.length < 2 ? await consumer.recordsUntil(2 - first.length) : []
    const found = [...first, ...rest]
    assert.deepEqual(found.map(({ topic }) => topic).sort(), [...topics].sort())
    assert.deepEqual(found.map(({ value }) => value).sort(), [...topics].sort())
  })

  test('reads a topic that comes later', async () => {
    const [there, later] = [await newTopic(), uniqueName('later')]
    await write(there, 'a')
    const consumer = await newReader()
    await consumer.subscribe(there, later)
    assert.deepEqual(await values(consumer, 1), ['a'])
    // Else it comes again when the group has rebalanced for the new topic.
    assert.equal((await consumer.post('offsets')).status, 200)
    await kafka.createTopic(later)
    await write(later, 'b')
    const found: unknown[] = []
    await until(
      'the topic is read',
      async () => {
        found.push(...(await consumer.records('timeout=1000')).map(({ value }) => value))
        return found.length > 0
      },
      60_000,
    )
    assert.deepEqual(found, ['b'])
  })

  test('reads the partitions that a topic is given later', async () => {
    const topic = await newTopic()
    const consumer = await newReader()
    await consumer.subscribe(topic)
    // Not by the witness, which would know the topic with one partition from then on.
    await rest.post(`/topics/${topic}`, { records: [{ value: btoa('a') }] })
    assert.deepEqual(await values(consumer, 1), ['a'])
    // Else it comes again when the group has rebalanced for the new partitions.
    assert.equal((await consumer.post('offsets')).status, 200)
    await addPartitions(kafka.bootstrapServers, topic, 3)
    await witness.produce(topic, [{ partition: 2, value: Buffer.from('b') }])
    const found: unknown[] = []
    await until(
      'the new partition is read',
      async () => {
        found.push(...(await consumer.records('timeout=1000')).map(({ value }) => value))
        return found.length > 0
      },
      60_000,
    )
    assert.deepEqual(found, ['b'])
    const { partitions } = (await consumer.get('assignments')).body
    assert.equal(partitions.length, 3)
  })

  test('is replaced by the next one, and what was fetched for the old one is dropped', async () => {
    const [first, second] = await Promise.all([newTopic(), newTopic()])
    await write(first, 'a', 'b', 'c')
    await write(second, 'x')
    const consumer = await newReader()
    await consumer.subscribe(first)
    assert.deepEqual(
      (await consumer.records('max_bytes=2')).map(({ value }) => value),
      ['a'],
    )
    assert.equal((await consumer.subscribe(second)).status, 204)
    assert.deepEqual(await values(consumer, 1), ['x'])
    assert.deepEqual((await consumer.get('subscription')).body, { topics: [second] })
  })

  test('ends with an empty list', async () => {
    const topic = await newTopic()
    const consumer = await newReader()
    await consumer.subscribe(topic)
    assert.equal((await consumer.subscribe()).status, 204)
    assert.deepEqual((await consumer.get('subscription')).body, { topics: [] })
    const { status, body } = await consumer.read()
    assert.deepEqual([status, body.error_code], [409, 40903])
    assert.equal((await consumer.assign(topic, 0)).status, 204, 'another kind is free to take')
  })

  test('may name topics that do not exist; they are read once they do', async () => {
    const topic = uniqueName('later')
    const consumer = await newConsumer({ format: 'string', 'consumer.request.timeout.ms': 20_000 })
    assert.equal((await consumer.subscribe(topic)).status, 204)
    assert.deepEqual(await consumer.records('timeout=300'), [])
    assert.equal((await rest.get(`/topics/${topic}`)).status, 404, 'it was not made by asking')
    await kafka.createTopic(topic)
    await write(topic, 'here')
    assert.deepEqual(await values(consumer, 1), ['here'])
  })

  test('of several members divides the partitions among them', async () => {
    const topic = await newTopic({ partitions: 4 })
    const first = await newReader()
    const second = await newReader(first.group)
    await Promise.all([first.subscribe(topic), second.subscribe(topic)])
    const partitions = () =>
      Promise.all(
        [first, second].map(async (member) => {
          const { body } = await member.get('assignments')
          return body.partitions.map(({ partition }: { partition: number }) => partition)
        }),
      )
    // Both poll by themselves: no read is needed.
    await until('the group has settled', async () =>
      (await partitions()).every((own) => own.length === 2),
    )
    assert.deepEqual((await partitions()).flat().sort(), [0, 1, 2, 3])
  })
})

describe('a subscription by a pattern', { concurrency: true }, () => {
  test('takes the topics whose whole name matches, and tells them', async () => {
    const prefix = uniqueName('pattern')
    const names = [`${prefix}-a`, `${prefix}-b`, `${prefix}-ab`, `x${prefix}-a`]
    for (const name of names) {
      await kafka.createTopic(name)
      await write(name, name)
    }
    const consumer = await newReader()
    const { status } = await consumer.post('subscription', { topic_pattern: `${prefix}-[ab]` })
    assert.equal(status, 204)
    const wanted = [`${prefix}-a`, `${prefix}-b`]
    assert.deepEqual((await consumer.get('subscription')).body.topics.sort(), wanted)
    assert.deepEqual((await values(consumer, 2)).sort(), wanted)
  })

  test("never takes Kafka's own topics", async () => {
    await newTopic()
    const consumer = await newReader()
    await consumer.post('subscription', { topic_pattern: '.*' })
    const { topics } = (await consumer.get('subscription')).body
    assert.ok(topics.length > 0)
    assert.ok(!topics.includes('__consumer_offsets'))
  })

  test('may match nothing yet', async () => {
    const consumer = await newReader()
    const { status } = await consumer.post('subscription', { topic_pattern: uniqueName('none') })
    assert.equal(status, 204)
    assert.deepEqual((await consumer.get('subscription')).body, { topics: [] })
    assert.deepEqual(await consumer.records('timeout=100'), [])
  })

  test('beside topics is ignored, be it a pattern or not', async () => {
    const topic = await newTopic()
    const consumer = await newReader()
    const body = { topics: [topic], topic_pattern: '(' }
    assert.equal((await consumer.post('subscription', body)).status, 204)
    assert.deepEqual((await consumer.get('subscription')).body, { topics: [topic] })
  })
})

describe('kinds exclude one another', () => {
  const topics = { topics: ['t'] }
  const pattern = { topic_pattern: 'nothing-like-it' }
  const partitions = { partitions: [{ topic: 't', partition: 0 }] }
  const kinds: [name: string, what: string, body: object][] = [
    ['topics', 'subscription', topics],
    ['pattern', 'subscription', pattern],
    ['partitions', 'assignments', partitions],
  ]
  for (const [first, firstPath, firstBody] of kinds) {
    for (const [second, secondPath, secondBody] of kinds) {
      if (first === second) continue
      test(`${first}, then ${second}, is 40903 until the first was ended`, async () => {
        const consumer = await newReader()
        assert.equal((await consumer.post(firstPath, firstBody)).status, 204)
        const refused = await consumer.post(secondPath, secondBody)
        assert.equal(refused.status, 409)
        assert.deepEqual(refused.body, EXCLUSIVE)
        assert.equal((await consumer.unsubscribe()).status, 204)
        assert.equal((await consumer.post(secondPath, secondBody)).status, 204)
      })
    }
  }
})
