/** What the engine is told of a consumer: partitions, positions and offsets, a column for each field. */
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { BEGINNING, Consumer } from '../../../src/kafka/consumer.ts'
import { fakeEngine, TICKET } from './fake-engine.ts'

const ID = 7
const consumer = new Consumer(ID)

afterEach(() => mock.restoreAll())

test('a subscription by a pattern has its version and its text', async () => {
  const engine = fakeEngine(['subscribe', 'subscribePattern'])
  await consumer.subscribe(['a', 'b'])
  await consumer.subscribePattern({ version: 3, pattern: 'a.*' }, ['a'])
  assert.deepEqual(engine.told, [
    ['subscribe', ID, ['a', 'b'], TICKET],
    ['subscribePattern', ID, 3, 'a.*', ['a'], TICKET],
  ])
})

test('a seek has offsets first and then timestamps, and says where these begin', async () => {
  const engine = fakeEngine(['seek', 'seekAll'])
  const offset = { topic: 'a', partition: 1, offset: 5 }
  const timestamp = { topic: 'b', partition: 2, timestamp: 2 ** 40 }
  await consumer.seek([offset], [timestamp])
  await consumer.seekAll(BEGINNING)
  assert.deepEqual(engine.told, [
    ['seek', ID, ['a', 'b'], Int32Array.of(1, 2), Float64Array.of(5, 2 ** 40), 1, TICKET],
    ['seekAll', ID, -2, TICKET],
  ])
})

test('a commit names each partition once, with its last offset and metadata', async () => {
  const engine = fakeEngine(['commit', 'commitDelivered'])
  await consumer.commit([
    { topic: 'a', partition: 0, offset: 1, metadata: 'old' },
    { topic: 'b', partition: 0, offset: 2, metadata: 'b' },
    { topic: 'a', partition: 0, offset: 3, metadata: 'new' },
  ])
  await consumer.commit()
  assert.deepEqual(engine.told, [
    ['commit', ID, ['a', 'b'], Int32Array.of(0, 0), Float64Array.of(3, 2), ['new', 'b'], TICKET],
    ['commitDelivered', ID, TICKET],
  ])
})

test('committed offsets are asked for each partition once, and not of none', async () => {
  const engine = fakeEngine(['committed'], '[["a",1,5,"m"]]')
  const partition = { topic: 'a', partition: 1 }
  assert.deepEqual(await consumer.committed([partition, partition]), [
    { ...partition, offset: 5, metadata: 'm' },
  ])
  assert.deepEqual(await consumer.committed([]), [])
  assert.deepEqual(engine.told, [['committed', ID, ['a'], Int32Array.of(1), TICKET]])
})

test('an assignment goes to the engine and comes back by topic and partition', async () => {
  const engine = fakeEngine(['assign', 'assignment'], '[["a",1]]')
  const partition = { topic: 'a', partition: 1 }
  await consumer.assign([partition])
  assert.deepEqual(await consumer.assignment(), [partition])
  assert.deepEqual(engine.told, [
    ['assign', ID, ['a'], Int32Array.of(1), TICKET],
    ['assignment', ID, TICKET],
  ])
})

test('the rest of what a consumer is asked has the consumer and a ticket', async () => {
  const names = ['unsubscribe', 'subscription', 'closeConsumer'] as const
  const engine = fakeEngine(names, '["a"]')
  await consumer.unsubscribe()
  assert.deepEqual(await consumer.subscription(), ['a'])
  await consumer.close()
  assert.deepEqual(
    engine.told,
    names.map((name) => [name, ID, TICKET]),
  )
})
