/** Reads as streams: bytes leave when they are there, at the pace of their reader. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsumerClient, InstanceSettings } from '../consumer-client.ts'
import { gaugeOf } from '../metrics-text.ts'
import { responseTo } from '../rest-client.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const IDLE_TIMEOUT_MS = 6000
/** Progress is looked at every three seconds, so that is how late a cut may be; and some slack. */
const CUT_BY_MS = IDLE_TIMEOUT_MS + 3000 + 3000

const { rest, witness, newTopic, newConsumer } = await setTheStage({
  'idle.timeout.ms': IDLE_TIMEOUT_MS,
})

/** More than sockets hold, so that a reader that stops is felt. */
const LARGE = { count: 240, size: 100_000 }
const large = await newTopic()
await witness.produce(
  large,
  Array.from({ length: LARGE.count }, (_, index) => ({
    value: Buffer.alloc(LARGE.size, index),
  })),
)

async function assigned(topic: string, settings: InstanceSettings = {}): Promise<ConsumerClient> {
  const consumer = await newConsumer({ 'fetch.min.bytes': -1, ...settings })
  await consumer.assign(topic, 0)
  return consumer
}

/** A read of all of the large topic but its last record, for which there is no room. */
const LARGE_READ = `max_bytes=${(LARGE.count - 1) * LARGE.size + 1}`
const largeReader = () => assigned(large, { 'consumer.request.timeout.ms': 60_000 })

interface OpenRead {
  readonly request: ClientRequest
  readonly response: IncomingMessage
  /** Resolves when the connection ends, to whether the response was whole. */
  readonly closed: Promise<boolean>
}

/** Begins a read; resolves when its head is there, before anything of its body is read. */
async function open(consumer: ConsumerClient, query = ''): Promise<OpenRead> {
  const request = rest.begin('GET', consumer.recordsPath(query), {
    ...consumer.accept,
    connection: 'close',
  })
  request.end()
  const response = await responseTo(request)
  response.on('error', () => {})
  const closed = new Promise<boolean>((resolve) => {
    response.once('close', () => resolve(response.complete))
  })
  return { request, response, closed }
}

/** The next piece that is there. */
async function piece(response: IncomingMessage): Promise<string> {
  for (;;) {
    const bytes = response.read()
    if (bytes !== null) return String(bytes)
    await once(response, 'readable')
  }
}

const offsetsIn = (json: string) => JSON.parse(json).map(({ offset }: { offset: number }) => offset)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

test('what clients did not take before they left is free again', async () => {
  for (let i = 0; i < 10; i++) {
    const { request, response } = await open(await largeReader(), LARGE_READ)
    await piece(response)
    // Until the socket is full, and pieces wait.
    await sleep(100)
    request.destroy()
  }
  await until(
    'no response holds memory',
    async () => (await gaugeOf(rest, 'sluice_consume_buffered_bytes')) === 0,
  )
})

describe('a stream', { concurrency: true }, () => {
  describe('a read', () => {
    test('sends records as they arrive, and ends at its timeout', async () => {
      const topic = await newTopic()
      const consumer = await assigned(topic, { 'consumer.request.timeout.ms': 5000 })
      const reading = open(consumer)
      await witness.produce(topic, [{ value: Buffer.from('1') }])
      const { response } = await reading
      const first = await piece(response)
      assert.deepEqual(offsetsIn(`${first}]`), [0])
      await witness.produce(topic, [{ value: Buffer.from('2') }])
      const second = await piece(response)
      assert.deepEqual(offsetsIn(`${first}${second}]`), [0, 1])
      assert.deepEqual(offsetsIn(first + second + (await piece(response))), [0, 1])
    })

    test('is not cut when pieces are longer apart than 12 seconds', async () => {
      const topic = await newTopic()
      const consumer = await assigned(topic, { 'consumer.request.timeout.ms': 60_000 })
      const reading = open(consumer, 'max_bytes=3')
      // Nothing for 13 s, one record, nothing for 13 s, one more; the third does not fit.
      for (let i = 0; i < 2; i++) {
        await sleep(13_000)
        await witness.produce(topic, [{ value: Buffer.from('v') }])
      }
      await witness.produce(topic, [{ value: Buffer.from('v') }])
      const { response } = await reading
      let body = ''
      for await (const bytes of response) body += bytes
      assert.deepEqual(offsetsIn(body), [0, 1])
    })

    test('of a record that is larger than a piece is whole', async () => {
      const topic = await newTopic()
      const value = Buffer.alloc(900_000, 'x')
      await witness.produce(topic, [{ value }, { value: Buffer.from('y') }])
      const consumer = await assigned(topic, { 'fetch.min.bytes': 0, format: 'string' })
      const records = await consumer.recordsUntil(2)
      assert.deepEqual(
        records.map((record) => record.value),
        [String(value), 'y'],
      )
    })

    test('ends early, as valid JSON, when its instance seeks', async () => {
      const topic = await newTopic()
      await witness.produce(topic, [{ value: Buffer.from('v') }])
      const consumer = await assigned(topic, { 'consumer.request.timeout.ms': 60_000 })
      const { response } = await open(consumer)
      const first = await piece(response)
      assert.equal((await consumer.seek(topic, 0, 0)).status, 204)
      assert.deepEqual(offsetsIn(first + (await piece(response))), [0])
      assert.deepEqual(
        (await consumer.records('max_bytes=2&timeout=5000')).map(({ offset }) => offset),
        [0],
      )
    })

    test('ends early, as valid JSON, when its instance is deleted', async () => {
      const topic = await newTopic()
      await witness.produce(topic, [{ value: Buffer.from('v') }])
      const consumer = await assigned(topic, { 'consumer.request.timeout.ms': 60_000 })
      const { response, closed } = await open(consumer)
      const first = await piece(response)
      assert.equal((await consumer.delete()).status, 204)
      assert.deepEqual(offsetsIn(first + (await piece(response))), [0])
      response.resume()
      assert.equal(await closed, true)
    })
  })

  describe('a client that leaves', () => {
    test('in the middle of a response leaves its records to the next read', async () => {
      const consumer = await largeReader()
      const before = await gaugeOf(rest, 'sluice_consume_reads_returned_total')
      const { request, response } = await open(consumer, LARGE_READ)
      await piece(response)
      request.destroy()
      assert.deepEqual(offsetsIn((await consumer.read(LARGE_READ)).text), upTo(LARGE.count - 1))
      assert.ok((await gaugeOf(rest, 'sluice_consume_reads_returned_total')) > before)
    })

    test('is not committed for', async () => {
      const consumer = await largeReader()
      assert.equal((await consumer.records('max_bytes=100001')).length, 1)
      const { request, response } = await open(consumer, LARGE_READ)
      await piece(response)
      request.destroy()
      // Until the server has seen it.
      assert.equal((await consumer.records('max_bytes=100001'))[0]?.offset, 1)
      await consumer.post('offsets')
      assert.deepEqual(await witness.committed(consumer.group, large), [
        { partition: 0, offset: 2 },
      ])
    })

    test('while it waits lets the next read begin', async () => {
      const topic = await newTopic()
      const consumer = await assigned(topic, { 'consumer.request.timeout.ms': 60_000 })
      const request = rest.begin('GET', consumer.recordsPath(), consumer.accept)
      request.on('error', () => {})
      request.end()
      await sleep(500)
      request.destroy()
      await witness.produce(topic, [{ value: Buffer.from('v') }])
      assert.deepEqual(
        (await consumer.records('timeout=3000')).map(({ offset }) => offset),
        [0],
      )
    })
  })

  describe('a reader', () => {
    test('that is slow is not cut while it goes on', async () => {
      const { response, closed } = await open(await largeReader(), LARGE_READ)
      const started = performance.now()
      let body = ''
      for (let due = 0; !response.readableEnded; due++) {
        // A megabyte and a half a second: twenty seconds for 32 MB.
        await sleep(Math.max(0, started + 40 * due - performance.now()))
        body += response.read() ?? ''
      }
      assert.deepEqual(offsetsIn(body), upTo(LARGE.count - 1))
      assert.equal(await closed, true)
      assert.ok(performance.now() - started > 12_000, 'longer than uWebSockets.js gives')
    })

    test('that pauses for less than idle.timeout.ms is not cut', async () => {
      const { response, closed } = await open(await largeReader(), LARGE_READ)
      let body = await piece(response)
      await sleep(IDLE_TIMEOUT_MS - 2000)
      for await (const bytes of response) body += bytes
      assert.deepEqual(offsetsIn(body), upTo(LARGE.count - 1))
      assert.equal(await closed, true)
    })

    test('that stalls is cut after idle.timeout.ms, and holds little memory until then', async () => {
      const consumer = await largeReader()
      const { response, closed } = await open(consumer, LARGE_READ)
      const started = performance.now()
      await sleep(2000)
      // Two pieces at the most for each of the readers of this file.
      assert.ok((await gaugeOf(rest, 'sluice_consume_buffered_bytes')) <= 8 * 2 * 262_144)
      // By when it was cut the client learns only by reading on.
      await sleep(Math.max(0, started + CUT_BY_MS - performance.now()))
      response.resume()
      assert.equal(await closed, false)
      assert.equal((await consumer.records('max_bytes=100001&timeout=5000'))[0]?.offset, 0)
    })
  })
})
