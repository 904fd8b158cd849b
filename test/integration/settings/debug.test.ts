/** Keys for what clients are told of defects, and defaults of reads that a client may replace. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AVRO } from '../../media-types.ts'
import { FakeRegistry } from '../../unit/serde/fake-schemas.ts'
import { setTheStage } from '../stage.ts'

/** A registry with a bug. */
const BROKEN = new FakeRegistry()
BROKEN.lookUp = () => Promise.reject(new Error('the bug of the test'))

const { rest, witness, newTopic, newConsumer } = await setTheStage(
  { debug: 'true', 'consumer.request.timeout.ms': 1_000_000, 'fetch.min.bytes': 0 },
  { schemas: { source: BROKEN } },
)

test('with debug the answer to a defect has its cause', async () => {
  const topic = await newTopic()
  const body = { value_schema: '"int"', records: [{ value: 1 }] }
  const answer = await rest.post(`/topics/${topic}`, body, { 'content-type': AVRO })
  assert.equal(answer.status, 500)
  assert.match(answer.body.message, /the bug of the test/)
})

test('a read of an instance without a timeout of its own waits for the configured one', async () => {
  const topic = await newTopic()
  const consumer = await newConsumer({ 'consumer.request.timeout.ms': undefined })
  await consumer.assign(topic, 0)
  const read = consumer.records()
  // The default of one second has passed when the record comes.
  await sleep(2500)
  await witness.produce(topic, [{ value: Buffer.from('v') }])
  assert.equal((await read).length, 1)
})

test('a read of an instance without fetch.min.bytes of its own has the configured one', async () => {
  const topic = await newTopic()
  await witness.produce(topic, [{ value: Buffer.from('v') }])
  const consumer = await newConsumer({
    'fetch.min.bytes': undefined,
    'consumer.request.timeout.ms': undefined,
  })
  await consumer.assign(topic, 0)
  // With the default of -1 it would end with its timeout, long after that of the test.
  assert.equal((await consumer.records()).length, 1)
})
