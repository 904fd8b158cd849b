/** Topics that are written in transactions: positions go on behind what no reader is given. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TransactionalProducer } from '../../cluster/transactional-producer.ts'
import type { ConsumerClient } from '../consumer-client.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const { kafka, witness, newTopic, newConsumer } = await setTheStage({
  'consumer.isolation.level': 'read_committed',
})

type Ending = 'commit' | 'abort'

/** Writes a transaction with `count` records for each ending. */
async function write(topic: string, endings: readonly Ending[], count = 1): Promise<void> {
  const producer = await TransactionalProducer.open(kafka.bootstrapServers)
  try {
    for (const ending of endings) await producer.write(topic, count, ending)
  } finally {
    await producer.close()
  }
}

async function endOf(topic: string): Promise<number> {
  return (await witness.watermarks(topic))[0]?.high ?? -1
}

async function committed(consumer: ConsumerClient, topic: string): Promise<number | undefined> {
  return (await consumer.committed(topic, 0)).body.offsets[0]?.offset
}

/** Commits without a body; then the lag. */
async function lagAfterCommit(consumer: ConsumerClient, topic: string): Promise<number> {
  assert.equal((await consumer.post('offsets')).status, 200)
  return (await endOf(topic)) - ((await committed(consumer, topic)) ?? 0)
}

describe('a commit without a body', { concurrency: true }, () => {
  test('covers the control records behind what was delivered', async () => {
    const topic = await newTopic()
    await write(topic, ['commit', 'commit', 'commit'])
    assert.equal(await endOf(topic), 6)
    const consumer = await newConsumer()
    await consumer.assign(topic, 0)
    assert.deepEqual(
      (await consumer.recordsUntil(3)).map(({ offset }) => offset),
      [0, 2, 4],
    )
    await until('there is no lag', async () => (await lagAfterCommit(consumer, topic)) === 0)
  })

  test('covers them right after the read that has passed them', async () => {
    const topic = await newTopic()
    await write(topic, ['commit', 'commit', 'commit'], 10)
    const consumer = await newConsumer()
    await consumer.assign(topic, 0)
    await consumer.recordsUntil(30)
    assert.equal(await lagAfterCommit(consumer, topic), 0)
  })

  test('does not cover what was fetched and not delivered', async () => {
    const topic = await newTopic()
    await write(topic, ['commit', 'commit', 'commit'])
    const consumer = await newConsumer()
    await consumer.assign(topic, 0)
    assert.equal((await consumer.records('max_bytes=3')).length, 1)
    assert.ok((await lagAfterCommit(consumer, topic)) >= 4)
    assert.deepEqual(
      (await consumer.recordsUntil(2)).map(({ offset }) => offset),
      [2, 4],
    )
  })

  test('covers records that were passed because they were aborted', async () => {
    const topic = await newTopic()
    await write(topic, ['commit', 'abort'], 5)
    await assertNoLag(topic)
  })

  test('covers a topic with nothing but aborted records', async () => {
    const topic = await newTopic()
    await write(topic, ['abort', 'abort'], 5)
    await assertNoLag(topic)
  })
})

/** Of one who reads committed records only, in a group, until nothing comes any more. */
async function assertNoLag(topic: string): Promise<void> {
  const consumer = await newConsumer({ 'consumer.request.timeout.ms': 2000 })
  await consumer.subscribe(topic)
  await until('there is no lag', async () => {
    // A read of a member that still joins is empty.
    while ((await consumer.records()).length > 0);
    return (await lagAfterCommit(consumer, topic)) === 0
  })
}

test('an automatic commit covers control records, too', async () => {
  const topic = await newTopic()
  await write(topic, ['commit', 'commit'])
  const consumer = await newConsumer({
    'auto.commit.enable': true,
    'consumer.request.timeout.ms': 2000,
  })
  await consumer.subscribe(topic)
  await consumer.recordsUntil(2)
  await consumer.delete()
  const next = await newConsumer({}, consumer.group)
  await until(
    'there is no lag',
    async () => (await committed(next, topic)) === (await endOf(topic)),
  )
})
