/** Keys of reads and of the HTTP server, each with another value than its default. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { JSON_V2, V2 } from '../../media-types.ts'
import { gaugeOf } from '../metrics-text.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const MAX_READ_BYTES = 250
const PREFETCH_BYTES = 65_536

const { url, rest, witness, newTopic, newConsumer } = await setTheStage({
  'listener.protocol.map': 'INSIDE:http',
  listeners: 'INSIDE://127.0.0.1:0',
  'max.request.header.size': 5000,
  'response.mediatype.preferred': JSON_V2,
  'response.mediatype.default': V2,
  'consumer.request.max.bytes': MAX_READ_BYTES,
  'sluice.consumer.oversized.record': 'return',
  'sluice.consumer.prefetch.max.bytes': PREFETCH_BYTES,
  'consumer.threads': 1,
  'sluice.produce.threads': 3,
})

/** How many threads of this process have a name. */
function threadsNamed(name: string): number {
  return readdirSync('/proc/self/task').filter((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim() === name
    } catch {
      return false // It has ended meanwhile.
    }
  }).length
}

test('a read never has more than consumer.request.max.bytes, whatever max_bytes asks for', async () => {
  const topic = await newTopic()
  await witness.produce(
    topic,
    Array.from({ length: 10 }, () => ({ value: Buffer.alloc(100) })),
  )
  const consumer = await newConsumer()
  await consumer.assign(topic, 0)
  const sizes: number[] = []
  while (sizes.reduce((sum, size) => sum + size, 0) < 10) {
    const records = await consumer.records('max_bytes=1000000')
    assert.ok(records.length > 0)
    sizes.push(records.length)
  }
  assert.ok(Math.max(...sizes) * 100 <= MAX_READ_BYTES, `reads of ${sizes} records`)
})

test('a record that is larger than a read may be is returned alone', async () => {
  const topic = await newTopic()
  const large = Buffer.alloc(4 * MAX_READ_BYTES, 'l')
  await witness.produce(topic, [
    { value: large },
    { value: Buffer.from('small') },
    { value: large },
  ])
  const consumer = await newConsumer({ format: 'string' })
  await consumer.assign(topic, 0)
  const values = (await consumer.recordsUntil(3)).map(({ value }) => value)
  assert.deepEqual(values, [large.toString(), 'small', large.toString()])
})

test('no more is fetched ahead than twice sluice.consumer.prefetch.max.bytes', async () => {
  const topic = await newTopic()
  for (let batch = 0; batch < 60; batch++) {
    await witness.produce(topic, [{ value: Buffer.alloc(10_000) }])
  }
  const consumer = await newConsumer()
  await consumer.assign(topic, 0)
  const prefetched = () => gaugeOf(rest, 'sluice_consume_prefetched_bytes')
  await until('some is fetched ahead', async () => (await prefetched()) > 0)
  assert.ok((await prefetched()) <= 2 * PREFETCH_BYTES, `${await prefetched()} bytes`)
  await consumer.delete()
})

test('the body of a 415 has the preferred type that is accepted, else the default', async () => {
  const post = (accept: string) =>
    fetch(`${url}/consumers/g`, {
      method: 'POST',
      body: 'a,b',
      headers: { 'content-type': 'text/csv', accept },
    })
  const typeOf = async (accept: string) => (await post(accept)).headers.get('content-type')
  assert.equal(await typeOf(JSON_V2), JSON_V2)
  assert.equal(await typeOf('text/html'), V2)
})

test('headers above max.request.header.size are refused, below it they are read', async () => {
  const ask = (bytes: number) => rest.get('/healthy', { 'x-padding': 'p'.repeat(bytes) })
  assert.equal((await ask(4500)).status, 200)
  const refused = await ask(6000)
  assert.deepEqual([refused.status, refused.body.error_code], [431, 431])
  assert.match(refused.body.message, /max\.request\.header\.size is 5000/)
})

test('consumer.threads and sluice.produce.threads set the number of threads', async () => {
  assert.ok(availableParallelism() > 1, 'with one core the defaults would be the same')
  assert.deepEqual([threadsNamed('sluice-consumer'), threadsNamed('sluice-parse')], [1, 3])
})
