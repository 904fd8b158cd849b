/** `/positions`: to offsets, to both ends, to times. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConsumerClient } from '../consumer-client.ts'
import { setTheStage } from '../stage.ts'

const { rest, witness, newTopic, newConsumer } = await setTheStage()

/** A topic with this many records in each partition, a second apart since 2020. */
const T0 = Date.parse('2020-01-01T00:00:00Z')
async function topicOf(count: number, partitions = 1): Promise<string> {
  const topic = await newTopic({ partitions })
  const records = Array.from({ length: count * partitions }, (_, index) => ({
    partition: index % partitions,
    value: Buffer.from(`v${Math.floor(index / partitions)}`),
    timestamp: T0 + 1000 * Math.floor(index / partitions),
  }))
  await witness.produce(topic, records)
  return topic
}

async function assigned(topic: string, ...partitions: number[]): Promise<ConsumerClient> {
  const consumer = await newConsumer({ format: 'string' })
  await consumer.assign(topic, ...partitions)
  return consumer
}

/** Where the next read begins. */
async function nextOffset(consumer: ConsumerClient): Promise<number | undefined> {
  return (await consumer.records('max_bytes=5'))[0]?.offset
}

describe('a seek', { concurrency: true }, () => {
  test('to an offset goes there, backwards and forwards, before and after reads', async () => {
    const topic = await topicOf(5)
    const consumer = await assigned(topic, 0)
    for (const offset of [3, 0, 4, 1]) {
      assert.equal((await consumer.seek(topic, 0, offset)).status, 204)
      assert.equal(await nextOffset(consumer), offset)
    }
  })

  test('drops what was fetched before', async () => {
    const topic = await topicOf(100)
    const consumer = await assigned(topic, 0)
    assert.equal(await nextOffset(consumer), 0)
    await consumer.seek(topic, 0, 50)
    const records = await consumer.recordsUntil(50)
    assert.deepEqual(
      records.map(({ offset }) => offset),
      Array.from({ length: 50 }, (_, index) => 50 + index),
    )
  })

  test('to several partitions at once is one request', async () => {
    const topic = await topicOf(3, 2)
    const consumer = await assigned(topic, 0, 1)
    await consumer.post('positions', {
      offsets: [
        { topic, partition: 0, offset: 2, metadata: 'for nothing' },
        { topic, partition: 1, offset: 1 },
      ],
    })
    const records = await consumer.recordsUntil(3)
    assert.deepEqual(records.map(({ partition, offset }) => `${partition}:${offset}`).sort(), [
      '0:2',
      '1:1',
      '1:2',
    ])
  })

  test('beyond the records goes where auto.offset.reset says', async () => {
    const topic = await topicOf(3)
    const consumer = await assigned(topic, 0)
    await consumer.seek(topic, 0, 99)
    assert.equal(await nextOffset(consumer), 0)
  })

  test('of a group waits for the join, with the partitions of the group', async () => {
    const topic = await topicOf(3)
    const consumer = await newConsumer({ format: 'string' })
    await consumer.subscribe(topic)
    assert.equal((await consumer.seek(topic, 0, 2)).status, 204)
    assert.equal(await nextOffset(consumer), 2)
  })

  test('of a partition that is not assigned is 40903', async () => {
    const topic = await topicOf(1)
    const consumer = await newConsumer()
    const refusal = {
      error_code: 40903,
      message: `Illegal state: No current assignment for partition ${topic}-0`,
    }
    const refused = async (what: string, body: object) => {
      const { status, body: answer } = await consumer.post(what, body)
      assert.equal(status, 409)
      assert.deepEqual(answer, refusal)
    }
    const partitions = [{ topic, partition: 0 }]
    await refused('positions', { offsets: [{ topic, partition: 0, offset: 0 }] })
    await refused('positions', { timestamps: [{ topic, partition: 0, timestamp: 0 }] })
    await refused('positions/beginning', { partitions })
    await refused('positions/end', { partitions })
    await consumer.assign(topic, 1)
    await refused('positions', { offsets: [{ topic, partition: 0, offset: 0 }] })
  })
})

describe('a seek to an end', { concurrency: true }, () => {
  test('goes to the first record, or behind the last', async () => {
    const topic = await topicOf(3)
    const consumer = await assigned(topic, 0)
    const partitions = [{ topic, partition: 0 }]
    assert.equal((await consumer.post('positions/end', { partitions })).status, 204)
    assert.deepEqual(await consumer.records('timeout=300'), [])
    await witness.produce(topic, [{ value: Buffer.from('new') }])
    assert.deepEqual(
      (await consumer.records()).map(({ value }) => value),
      ['new'],
    )
    assert.equal((await consumer.post('positions/beginning', { partitions })).status, 204)
    assert.equal(await nextOffset(consumer), 0)
  })

  test('of no partition is one of all that are assigned', async () => {
    const topic = await topicOf(2, 2)
    const consumer = await assigned(topic, 0, 1)
    await consumer.recordsUntil(4)
    assert.equal((await consumer.post('positions/beginning', { partitions: [] })).status, 204)
    assert.equal((await consumer.recordsUntil(4)).length, 4)
    await consumer.post('positions/beginning', { partitions: [] })
    assert.equal((await consumer.post('positions/end', { partitions: [] })).status, 204)
    assert.deepEqual(await consumer.records('timeout=300'), [])
  })
})

describe('a seek to a time', { concurrency: true }, () => {
  const rows: [timestamp: string | number, offset: number][] = [
    ['2020-01-01T00:00:02Z', 2],
    ['2020-01-01T00:00:02.5Z', 3],
    ['2020-01-01T02:00:01+02:00', 1],
    ['2020-01-01T00:00Z', 0],
    [T0 / 1000 + 3, 3],
    [T0 / 1000 + 2.5, 3],
    [String(T0 / 1000 + 1), 1],
    [0, 0],
  ]
  for (const [timestamp, offset] of rows) {
    test(`${timestamp} goes to the first record then or later, before the first read`, async () => {
      const topic = await topicOf(5)
      const consumer = await assigned(topic, 0)
      const timestamps = [{ topic, partition: 0, timestamp }]
      assert.equal((await consumer.post('positions', { timestamps })).status, 204)
      assert.equal(await nextOffset(consumer), offset)
    })
  }

  test('after all records goes behind them', async () => {
    const topic = await topicOf(2)
    const consumer = await assigned(topic, 0)
    const timestamps = [{ topic, partition: 0, timestamp: '2038-01-01T00:00:00Z' }]
    assert.equal((await consumer.post('positions', { timestamps })).status, 204)
    assert.deepEqual(await consumer.records('timeout=300'), [])
    await witness.produce(topic, [{ value: Buffer.from('new') }])
    assert.equal(await nextOffset(consumer), 2)
  })

  test('comes after the offsets of the same request', async () => {
    const topic = await topicOf(4, 2)
    const consumer = await assigned(topic, 0, 1)
    await consumer.post('positions', {
      timestamps: [{ topic, partition: 0, timestamp: '2020-01-01T00:00:03Z' }],
      offsets: [
        { topic, partition: 0, offset: 0 },
        { topic, partition: 1, offset: 2 },
      ],
    })
    const records = await consumer.recordsUntil(3)
    assert.deepEqual(records.map(({ partition, offset }) => `${partition}:${offset}`).sort(), [
      '0:3',
      '1:2',
      '1:3',
    ])
  })

  test('of a partition that does not exist is an error, in bounded time', async () => {
    const topic = await topicOf(1)
    const consumer = await assigned(topic, 0, 9)
    const timestamps = [{ topic, partition: 9, timestamp: 0 }]
    const { status, body } = await consumer.post('positions', { timestamps })
    assert.deepEqual([status, body.error_code], [404, 40402], body.message)
  })

  test('of all partitions after another subscription moves those of the new one', async () => {
    const [before, after] = [await topicOf(3), await topicOf(3)]
    const consumer = await newConsumer({ format: 'string' })
    await consumer.subscribe(before)
    await consumer.recordsUntil(3)
    assert.equal((await consumer.subscribe(after)).status, 204)
    assert.equal((await consumer.post('positions/end', { partitions: [] })).status, 204)
    await witness.produce(after, [{ value: Buffer.from('new') }])
    assert.equal(await nextOffset(consumer), 3)
  })

  test('of all partitions is 409 as long as the group has given none', async () => {
    const consumer = await newConsumer()
    await consumer.subscribe('topic-that-does-not-come')
    for (const end of ['beginning', 'end']) {
      const { status, body } = await consumer.post(`positions/${end}`, { partitions: [] })
      assert.deepEqual([status, body.error_code], [409, 40903], body.message)
    }
  })
})

describe('lists of partitions', () => {
  for (const [method, path, list] of [
    ['POST', '/offsets', 'offsets'],
    ['POST', '/positions', 'offsets'],
    ['POST', '/positions', 'timestamps'],
    ['POST', '/positions/beginning', 'partitions'],
    ['POST', '/positions/end', 'partitions'],
    ['GET', '/offsets', 'partitions'],
  ] as const) {
    test(`${method} ${path} takes 1000 ${list} at most`, async () => {
      const consumer = await newConsumer()
      const entry = { topic: 'none', partition: 0, offset: 0, timestamp: '1' }
      const body = JSON.stringify({ [list]: new Array(1001).fill(entry) })
      const answer = await rest.send(method, `${consumer.path}${path}`, body)
      assert.deepEqual([answer.status, answer.body.error_code], [422, 422])
      await consumer.delete()
    })
  }
})
