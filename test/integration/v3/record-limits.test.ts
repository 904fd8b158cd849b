/** Keys that limit streams of records: the size of a record, and the time of a stream. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startSluice } from '../../cluster/sluice.ts'
import { setTheStage } from '../stage.ts'
import { StreamClient } from './stream-client.ts'

const { url, newTopic, witness, kafka } = await setTheStage({
  'api.v3.produce.request.size.limit.max.bytes': '1000',
  'api.v3.produce.batch.maximum.entries': '2',
})

/** A proxy whose streams are too old at once. */
async function brief(graceMs: number): Promise<string> {
  const proxy = await startSluice(kafka.bootstrapServers, {
    'streaming.connection.max.duration.ms': '1',
    'streaming.connection.max.duration.grace.period.ms': String(graceMs),
  })
  after(() => proxy.stop())
  return proxy.url
}

const TOO_OLD = {
  error_code: 408,
  message: 'Streaming connection open for longer than allowed: Connection will be closed.',
}

const pathOf = (topic: string) => `/v3/clusters/c1/topics/${topic}/records`

test('a record above the limit ends its stream behind the answers before it', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await StreamClient.open(url, pathOf(topic))
  client.send(`{"value":{"type":"STRING","data":"${'x'.repeat(900)}"}}`)
  assert.equal((await client.answer()).error_code, 200)
  client.send(`{"value":{"type":"STRING","data":"${'x'.repeat(1000)}"}}{}`)
  assert.deepEqual(await client.rest(), [
    {
      error_code: 400,
      message:
        'Bad Request: Error processing message: Produce request size is larger than allowed threshold',
    },
  ])
  await client.closed()
})

test('records of a stream that is too old are not written, and after a time it ends', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await StreamClient.open(await brief(3000), pathOf(topic))
  await sleep(100)
  client.send('{}{}')
  assert.deepEqual(await client.answer(), TOO_OLD)
  assert.deepEqual(await client.answer(), TOO_OLD)
  client.send('{}')
  assert.deepEqual(await client.rest(), [TOO_OLD])
  assert.ok(client.isComplete)
  await client.closed()
  assert.equal((await witness.consumeAll(topic)).length, 0)
})

test('without a grace period the stream ends with the first record that is too late', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await StreamClient.open(await brief(0), pathOf(topic))
  await sleep(100)
  client.send('{}')
  assert.deepEqual(await client.rest(), [TOO_OLD])
  assert.ok(client.isComplete)
  await client.closed()
})

test('a batch has as many entries as the key allows', async () => {
  const topic = await newTopic({ partitions: 1 })
  const send = async (count: number) => {
    const entries = Array.from({ length: count }, (_, index) => ({ id: `e${index}` }))
    const response = await fetch(`${url}${pathOf(topic)}:batch`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ entries }),
    })
    return response.status
  }
  assert.equal(await send(2), 207)
  assert.equal(await send(3), 422)
})
