/** Commits in a rebalance: what is answered 200 does not come again, and what comes again is not 200. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsumerClient, ReadRecord } from '../consumer-client.ts'
import type { RestResponse } from '../rest-client.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

/** Longer than any of these tests: none of them may depend on the end of the wait. */
const COMMIT_WAIT_MS = 60_000
const DEFAULT_COMMIT_WAIT_MS = 15_000

const { witness, newTopic, newConsumer } = await setTheStage({
  'sluice.consumer.commit.wait.ms': COMMIT_WAIT_MS,
  'consumer.heartbeat.interval.ms': 200,
})

const PARTITIONS = 2
const RECORDS = 20

async function write(topic: string, count: number): Promise<void> {
  await witness.produce(
    topic,
    Array.from({ length: count * PARTITIONS }, (_, index) => ({
      partition: index % PARTITIONS,
      value: Buffer.from('v'),
    })),
  )
}

async function newMember(topic: string, group?: string): Promise<ConsumerClient> {
  const member = await newConsumer({}, group)
  await member.subscribe(topic)
  return member
}

/** A member that has been given all records of a topic, and another that is about to join. */
async function newRebalance() {
  const topic = await newTopic({ partitions: PARTITIONS })
  await write(topic, RECORDS)
  const first = await newMember(topic)
  const records = await first.recordsUntil(RECORDS * PARTITIONS)
  const second = await newMember(topic, first.group)
  return { topic, first, second, records }
}

async function partitionsOf(member: ConsumerClient): Promise<number[]> {
  const { partitions } = (await member.get('assignments')).body
  return partitions.map(({ partition }: { partition: number }) => partition)
}

async function untilShared(...members: ConsumerClient[]): Promise<void> {
  await until('each member has a partition', async () => {
    const counts = await Promise.all(members.map(async (each) => (await partitionsOf(each)).length))
    return counts.every((count) => count === 1)
  })
}

/** The body of a commit of these records. */
function offsetsOf(records: readonly ReadRecord[]): object {
  return { offsets: records.map(({ topic, partition, offset }) => ({ topic, partition, offset })) }
}

function assertLate({ status, body }: RestResponse): void {
  assert.deepEqual([status, body.error_code], [500, 50002])
  assert.match(body.message, /^Offset commit cannot be completed since partition .* was taken from/)
}

/** The offsets that both members are given next, when one more record is in each partition. */
async function nextOffsets(topic: string, members: readonly ConsumerClient[]): Promise<number[]> {
  await write(topic, 1)
  const offsets = await Promise.all(
    members.map(async (member) => (await member.recordsUntil(1))[0]?.offset ?? -1),
  )
  return offsets
}

describe('records that were delivered before a rebalance', { concurrency: true }, () => {
  test('are committed without a body, and do not come again', async () => {
    const { topic, first, second } = await newRebalance()
    // The rebalance is under way, and waits.
    assert.deepEqual(await second.records('timeout=500'), [])
    assert.deepEqual(await partitionsOf(second), [])
    const { status, text } = await first.post('offsets')
    assert.deepEqual([status, text], [200, '[]'])
    assert.deepEqual(await witness.committed(first.group, topic), [
      { partition: 0, offset: RECORDS },
      { partition: 1, offset: RECORDS },
    ])
    await untilShared(first, second)
    assert.deepEqual(await nextOffsets(topic, [first, second]), [RECORDS, RECORDS])
  })

  test('are committed one by one, and do not come again', async () => {
    const { topic, first, second, records } = await newRebalance()
    assert.deepEqual(await second.records('timeout=500'), [])
    for (let index = 0; index < records.length; index += 10) {
      const answer = await first.post('offsets', offsetsOf(records.slice(index, index + 10)))
      assert.deepEqual([answer.status, answer.text], [200, '[]'])
    }
    await untilShared(first, second)
    assert.deepEqual(await nextOffsets(topic, [first, second]), [RECORDS, RECORDS])
  })

  test('are committed late, because sluice.consumer.commit.wait.ms is long', async () => {
    const { topic, first, second } = await newRebalance()
    await sleep(DEFAULT_COMMIT_WAIT_MS + 2000)
    assert.deepEqual(await partitionsOf(second), [])
    assert.equal((await first.post('offsets')).status, 200)
    await untilShared(first, second)
    assert.deepEqual(await nextOffsets(topic, [first, second]), [RECORDS, RECORDS])
  })

  test('are not committed after the next read, which lets the rebalance go on', async () => {
    const { first, second, records } = await newRebalance()
    await until('the rebalance is over', async () => {
      await first.read('timeout=100')
      const counts = [(await partitionsOf(first)).length, (await partitionsOf(second)).length]
      return counts.every((count) => count === 1)
    })
    const [kept = -1] = await partitionsOf(first)
    const [gone = -1] = await partitionsOf(second)
    const of = (partition: number) => records.filter((record) => record.partition === partition)
    assertLate(await first.post('offsets', offsetsOf(of(gone))))
    assert.equal((await second.recordsUntil(RECORDS)).length, RECORDS, 'they come again')
    assert.deepEqual((await second.post('offsets')).status, 200)
    assertLate(await first.post('offsets', offsetsOf(of(gone))))
    // Of its own partition the records come again too, and then they can be committed.
    if ((await first.records('timeout=500')).length < RECORDS) return
    assert.equal((await first.post('offsets', offsetsOf(of(kept)))).status, 200)
  })

  test('are an error of each commit without a body until the next read', async () => {
    const { first, second } = await newRebalance()
    await until('the rebalance is over', async () => {
      await first.read('timeout=100&max_bytes=2')
      return (await partitionsOf(second)).length === 1
    })
    assertLate(await first.post('offsets'))
    assertLate(await first.post('offsets'))
    await first.records('timeout=100')
    assert.equal((await first.post('offsets')).status, 200)
  })

  test('hold up nobody when they are committed already', async () => {
    const topic = await newTopic({ partitions: PARTITIONS })
    await write(topic, RECORDS)
    const first = await newMember(topic)
    await first.recordsUntil(RECORDS * PARTITIONS)
    assert.equal((await first.post('offsets')).status, 200)
    const second = await newMember(topic, first.group)
    await untilShared(first, second)
  })

  test('hold up nobody when their client has ended the subscription', async () => {
    const { first, second } = await newRebalance()
    assert.deepEqual(await second.records('timeout=500'), [])
    await first.unsubscribe()
    await until('the other has all', async () => (await partitionsOf(second)).length === PARTITIONS)
    assertLate(await first.post('offsets'))
  })
})

test('a commit of offsets that a member does not have is refused, not stored', async () => {
  const topic = await newTopic({ partitions: PARTITIONS })
  await write(topic, RECORDS)
  const first = await newMember(topic)
  const second = await newMember(topic, first.group)
  await untilShared(first, second)
  const [foreign = -1] = await partitionsOf(second)
  assertLate(await first.post('offsets', { offsets: [{ topic, partition: foreign, offset: 3 }] }))
  assert.deepEqual(await witness.committed(first.group, topic), [])
})

test('a commit of offsets right after the subscription waits for the assignment', async () => {
  const topic = await newTopic({ partitions: PARTITIONS })
  await write(topic, RECORDS)
  const member = await newMember(topic)
  const { status } = await member.post('offsets', { offsets: [{ topic, partition: 1, offset: 3 }] })
  assert.equal(status, 200)
  assert.deepEqual(await witness.committed(member.group, topic), [{ partition: 1, offset: 4 }])
})

test('records of partitions that were assigned before are an error of a commit', async () => {
  const topic = await newTopic({ partitions: PARTITIONS })
  await write(topic, 1)
  const consumer = await newConsumer()
  await consumer.assign(topic, 0)
  await consumer.recordsUntil(1)
  await consumer.assign(topic, 1)
  assertLate(await consumer.post('offsets'))
  await consumer.recordsUntil(1)
  assert.equal((await consumer.post('offsets')).status, 200)
  assert.deepEqual(await witness.committed(consumer.group, topic), [{ partition: 1, offset: 1 }])
})
