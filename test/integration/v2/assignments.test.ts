/** `/assignments`: partitions without a group's help. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addPartitions } from '../../cluster/topics.ts'
import type { ReadRecord } from '../consumer-client.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const { kafka, witness, newTopic, newConsumer } = await setTheStage()

const value = Buffer.from('v')

describe('an assignment', { concurrency: true }, () => {
  test('is told, and replaced by the next one', async () => {
    const topic = await newTopic({ partitions: 3 })
    const consumer = await newConsumer()
    const partitions = async () => (await consumer.get('assignments')).body.partitions
    assert.deepEqual(await partitions(), [])
    assert.equal((await consumer.assign(topic, 0, 1)).status, 204)
    assert.deepEqual(await partitions(), [
      { topic, partition: 0 },
      { topic, partition: 1 },
    ])
    assert.equal((await consumer.assign(topic, 2)).status, 204)
    assert.deepEqual(await partitions(), [{ topic, partition: 2 }])
    assert.equal((await consumer.assign(topic)).status, 204)
    assert.deepEqual(await partitions(), [])
  })

  test('gives the records of its partitions only', async () => {
    const topic = await newTopic({ partitions: 3 })
    await witness.produce(
      topic,
      [0, 1, 2].map((partition) => ({ partition, value })),
    )
    const consumer = await newConsumer()
    await consumer.assign(topic, 0, 2)
    const records = await consumer.recordsUntil(2)
    assert.deepEqual(records.map(({ partition }) => partition).sort(), [0, 2])
    assert.deepEqual(await consumer.records('timeout=200'), [])
  })

  test('of a partition that the topic is given later is read when it is there', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 1000 })
    await consumer.assign(topic, 0, 1)
    await until('it is told that one is missing', async () => {
      const { status, body } = await consumer.read()
      return status === 404 && body.error_code === 40402
    })
    await addPartitions(kafka.bootstrapServers, topic, 2)
    await witness.produce(
      topic,
      [0, 1].map((partition) => ({ partition, value })),
    )
    const found: number[] = []
    await until(
      'both are read',
      async () => {
        const { status, body } = await consumer.read()
        if (status === 200) found.push(...body.map((record: ReadRecord) => record.partition))
        return found.length >= 2
      },
      60_000,
    )
    assert.deepEqual(found.sort(), [0, 1])
  })

  test('drops what was fetched of a partition that goes', async () => {
    const topic = await newTopic({ partitions: 2 })
    await witness.produce(topic, [
      { partition: 0, value },
      { partition: 0, value },
    ])
    const consumer = await newConsumer()
    await consumer.assign(topic, 0)
    assert.equal((await consumer.records('max_bytes=2')).length, 1)
    await consumer.assign(topic, 1)
    assert.deepEqual(await consumer.records('timeout=300'), [])
  })

  test('keeps the positions of partitions that stay', async () => {
    const topic = await newTopic({ partitions: 2 })
    await witness.produce(topic, [
      { partition: 0, value },
      { partition: 0, value },
      { partition: 1, value },
    ])
    const consumer = await newConsumer()
    await consumer.assign(topic, 0)
    assert.equal((await consumer.records('max_bytes=2')).length, 1)
    await consumer.assign(topic, 0, 1)
    const records = await consumer.recordsUntil(2, 'timeout=2000')
    assert.deepEqual(records.map(({ partition, offset }) => [partition, offset]).sort(), [
      [0, 1],
      [1, 0],
    ])
  })

  test('that is repeated is as good as once', async () => {
    const topic = await newTopic()
    await witness.produce(topic, [{ value }])
    const consumer = await newConsumer()
    for (let i = 0; i < 3; i++) await consumer.assign(topic, 0)
    // The first read of a fresh cluster may wait in vain for the group's coordinator.
    await until('the record comes', async () => {
      return (await consumer.records('timeout=2000')).length === 1
    })
  })

  test('starts at what the group has committed', async () => {
    const topic = await newTopic()
    await witness.produce(topic, [{ value }, { value }, { value }])
    const first = await newConsumer()
    await first.assign(topic, 0)
    await first.post('offsets', { offsets: [{ topic, partition: 0, offset: 1 }] })
    const second = await newConsumer({}, first.group)
    await second.assign(topic, 0)
    assert.deepEqual(
      (await second.recordsUntil(1)).map(({ offset }) => offset),
      [2],
    )
  })

  test('of two instances in a group may be the same', async () => {
    const topic = await newTopic()
    await witness.produce(topic, [{ value }])
    const first = await newConsumer()
    const second = await newConsumer({}, first.group)
    for (const consumer of [first, second]) {
      await consumer.assign(topic, 0)
      assert.equal((await consumer.recordsUntil(1)).length, 1)
    }
  })

  test('after a group has given partitions takes effect at once', async () => {
    const topic = await newTopic({ partitions: 2 })
    await witness.produce(topic, [{ partition: 0, value }])
    const consumer = await newConsumer()
    await consumer.subscribe(topic)
    await consumer.recordsUntil(1)
    await consumer.unsubscribe()
    assert.equal((await consumer.assign(topic, 1)).status, 204)
    await witness.produce(topic, [
      { partition: 0, value },
      { partition: 1, value },
    ])
    const records = await consumer.recordsUntil(1)
    assert.deepEqual(
      records.map(({ partition, offset }) => [partition, offset]),
      [[1, 0]],
    )
  })
})

describe('an assignment of what does not exist', { concurrency: true }, () => {
  test('is told by the read: a partition as 40402', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer()
    assert.equal((await consumer.assign(topic, 5)).status, 204)
    const { status, body } = await consumer.read('timeout=3000')
    assert.deepEqual([status, body.error_code], [404, 40402])
    assert.match(body.message, new RegExp(`${topic}-5`))
  })

  test('is told by the read: a topic as 40403', async () => {
    const topic = uniqueName('nobody')
    const consumer = await newConsumer()
    assert.equal((await consumer.assign(topic, 0)).status, 204)
    const { status, body } = await consumer.read('timeout=3000')
    assert.deepEqual([status, body.error_code], [404, 40403])
  })

  test('does not keep the others from being read', async () => {
    const topic = await newTopic()
    await witness.produce(topic, [{ value }])
    const consumer = await newConsumer()
    await consumer.assign(topic, 0, 5)
    assert.equal((await consumer.recordsUntil(1, 'timeout=5000')).length, 1)
  })
})
