/** `/offsets`: what a group has committed, by us and for others. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import { V2 } from '../../media-types.ts'
import type { ConsumerClient } from '../consumer-client.ts'
import { setTheStage, uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const { kafka, rest, witness, newTopic, newConsumer } = await setTheStage()

async function topicOf(count: number, partitions = 1): Promise<string> {
  const topic = await newTopic({ partitions })
  await witness.produce(
    topic,
    Array.from({ length: count * partitions }, (_, index) => ({
      partition: index % partitions,
      value: Buffer.from('v'),
    })),
  )
  return topic
}

async function assigned(topic: string, ...partitions: number[]): Promise<ConsumerClient> {
  const consumer = await newConsumer()
  await consumer.assign(topic, ...partitions)
  return consumer
}

describe('a commit of offsets', { concurrency: true }, () => {
  test('stores the next ones, for another client to see', async () => {
    const topic = await topicOf(3, 2)
    const consumer = await assigned(topic, 0, 1)
    const { status, headers, text } = await consumer.post('offsets', {
      offsets: [
        { topic, partition: 0, offset: 1, metadata: 'mé' },
        { topic, partition: 1, offset: -1 },
      ],
    })
    assert.deepEqual([status, headers['content-type'], text], [200, V2, '[]'])
    assert.deepEqual(await witness.committed(consumer.group, topic), [
      { partition: 0, offset: 2 },
      { partition: 1, offset: 0 },
    ])
  })

  test('is told as Kafka stores it, one more than was posted, with its metadata', async () => {
    const topic = await topicOf(3, 3)
    const consumer = await assigned(topic, 0)
    await consumer.post('offsets', {
      offsets: [
        { topic, partition: 0, offset: 1, metadata: 'mé "quoted"' },
        { topic, partition: 1, offset: 2 },
      ],
    })
    const { status, text } = await consumer.committed(topic, 0, 1, 2)
    assert.equal(status, 200)
    assert.equal(
      text,
      `{"offsets":[{"topic":"${topic}","partition":0,"offset":2,"metadata":"mé \\"quoted\\""},` +
        `{"topic":"${topic}","partition":1,"offset":3,"metadata":""}]}`,
    )
  })

  test('does not move the position of the instance', async () => {
    const topic = await topicOf(4)
    const consumer = await assigned(topic, 0)
    assert.equal((await consumer.records('max_bytes=2')).length, 1)
    await consumer.post('offsets', { offsets: [{ topic, partition: 0, offset: 2 }] })
    assert.equal((await consumer.recordsUntil(3))[0]?.offset, 1)
  })

  test('of a partition that does not exist is 40403, in bounded time', async () => {
    const topic = await topicOf(1)
    const consumer = await assigned(topic, 0)
    for (const offset of [
      { topic, partition: 9, offset: 0 },
      { topic: uniqueName('nobody'), partition: 0, offset: 0 },
    ]) {
      const { status, body } = await consumer.post('offsets', { offsets: [offset] })
      assert.deepEqual([status, body.error_code], [404, 40403])
    }
  })

  test('with more metadata than the broker takes is 50002', async () => {
    const topic = await topicOf(1)
    const consumer = await assigned(topic, 0)
    for (const size of [5000, 32_767]) {
      const metadata = 'm'.repeat(size)
      const { status, body } = await consumer.post('offsets', {
        offsets: [{ topic, partition: 0, offset: 0, metadata }],
      })
      assert.deepEqual([status, body.error_code], [500, 50002])
    }
  })

  test('with more metadata than a request to Kafka can carry is 422', async () => {
    const topic = await topicOf(1)
    const consumer = await assigned(topic, 0)
    const { status, body } = await consumer.post('offsets', {
      offsets: [{ topic, partition: 0, offset: 0, metadata: 'm'.repeat(32_768) }],
    })
    assert.deepEqual([status, body.error_code], [422, 422])
    assert.match(body.message, /metadata has 32768 bytes; it may have at most 32767/)
  })

  test('that names a partition twice commits the last', async () => {
    const topic = await topicOf(1)
    const consumer = await assigned(topic, 0)
    const at = { topic, partition: 0 }
    // The first commit of an instance takes another way than those after it.
    for (const [first, last] of [
      [7, 3],
      [3, 5],
    ] as const) {
      const answer = await consumer.post('offsets', {
        offsets: [
          { ...at, offset: first },
          { ...at, offset: last },
        ],
      })
      assert.deepEqual([answer.status, answer.text], [200, '[]'])
      const { body } = await consumer.committed(topic, 0, 0)
      assert.deepEqual(body.offsets, [{ ...at, offset: last + 1, metadata: '' }])
    }
  })
})

describe('a commit without a body', { concurrency: true }, () => {
  test('stores what was delivered, not what was fetched', async () => {
    const topic = await topicOf(10, 2)
    const consumer = await assigned(topic, 0, 1)
    const records = [
      ...(await consumer.records('max_bytes=4')),
      ...(await consumer.records('max_bytes=4')),
    ]
    assert.equal(records.length, 6)
    for (const body of [undefined, '', 'null']) {
      const { status, text } = await rest.post(`${consumer.path}/offsets`, body)
      assert.deepEqual([status, text], [200, '[]'])
    }
    const delivered = [0, 1]
      .map((partition) => ({
        partition,
        offset: records.filter((record) => record.partition === partition).length,
      }))
      .filter(({ offset }) => offset > 0)
    assert.deepEqual(await witness.committed(consumer.group, topic), delivered)
  })

  test('before anything was delivered stores nothing', async () => {
    const topic = await topicOf(1)
    const consumer = await assigned(topic, 0)
    assert.equal((await consumer.post('offsets')).text, '[]')
    assert.deepEqual(await witness.committed(consumer.group, topic), [])
  })

  test('after a seek stores the position that was sought', async () => {
    const topic = await topicOf(5)
    const consumer = await assigned(topic, 0)
    await consumer.recordsUntil(5)
    await consumer.seek(topic, 0, 2)
    await consumer.post('offsets')
    assert.deepEqual(await witness.committed(consumer.group, topic), [{ partition: 0, offset: 2 }])
  })

  test('lets another member go on behind it', async () => {
    const topic = await topicOf(4)
    const first = await newConsumer()
    await first.subscribe(topic)
    assert.equal((await first.records('max_bytes=3')).length, 2)
    await first.post('offsets')
    await first.delete()
    const second = await newConsumer({}, first.group)
    await second.subscribe(topic)
    assert.deepEqual(
      (await second.recordsUntil(2)).map(({ offset }) => offset),
      [2, 3],
    )
  })
})

describe('an automatic commit', { concurrency: true }, () => {
  test('comes by itself, and covers what was delivered', async () => {
    const topic = await topicOf(4)
    const consumer = await newConsumer({ 'auto.commit.enable': true })
    await consumer.assign(topic, 0)
    assert.equal((await consumer.records('max_bytes=3')).length, 2)
    const committed = async () => (await consumer.committed(topic, 0)).body.offsets[0]?.offset
    // auto.commit.interval.ms is 5000.
    await until('something was committed', async () => (await committed()) !== undefined)
    assert.equal(await committed(), 2)
  })

  test('does not come when it is off', async () => {
    const topic = await topicOf(2)
    const consumer = await assigned(topic, 0)
    await consumer.recordsUntil(2)
    await consumer.delete()
    assert.deepEqual(await witness.committed(consumer.group, topic), [])
  })
})

describe('committed offsets', { concurrency: true }, () => {
  test('of no partitions are none', async () => {
    const topic = await topicOf(1)
    const consumer = await assigned(topic, 0)
    const { status, text } = await consumer.committed(topic)
    assert.deepEqual([status, text], [200, '{"offsets":[]}'])
  })

  test('without a body are 40402, whatever the instance', async () => {
    for (const path of [(await newConsumer()).path, '/consumers/nobody/instances/nothing']) {
      for (const body of [undefined, '', 'null']) {
        const { status, body: answer } = await rest.send('GET', `${path}/offsets`, body)
        assert.equal(status, 404)
        assert.deepEqual(answer, { error_code: 40402, message: 'Partition not found.' })
      }
    }
  })

  test('without a list are 422', async () => {
    const { path } = await newConsumer()
    const { status, body } = await rest.send('GET', `${path}/offsets`, '{}')
    assert.deepEqual([status, body.error_code], [422, 422])
  })

  test('for a body that is no JSON are 400', async () => {
    const { path } = await newConsumer()
    const { status, body } = await rest.send('GET', `${path}/offsets`, '{"partitions":[')
    assert.deepEqual([status, body.error_code], [400, 400])
  })

  test('may be those of another client', async () => {
    const topic = await topicOf(3)
    const group = uniqueName('group')
    await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
      ...['--bootstrap-server', kafka.bootstrapServers, '--group', group],
      ...['--topic', topic, '--reset-offsets', '--to-offset', '2', '--execute'],
    ])
    const consumer = await newConsumer({}, group)
    const { body } = await consumer.committed(topic, 0)
    assert.deepEqual(body.offsets, [{ topic, partition: 0, offset: 2, metadata: '' }])
    await consumer.subscribe(topic)
    assert.equal((await consumer.recordsUntil(1))[0]?.offset, 2)
  })

  test('of the path with a slash at its end are the same', async () => {
    const topic = await topicOf(1)
    const consumer = await assigned(topic, 0)
    const body = { offsets: [{ topic, partition: 0, offset: 0 }] }
    assert.equal((await rest.post(`${consumer.path}/offsets/`, body)).status, 200)
    const asked = { partitions: [{ topic, partition: 0 }] }
    const answer = await rest.send('GET', `${consumer.path}/offsets/`, asked)
    assert.equal(answer.body.offsets[0].offset, 1)
  })
})
