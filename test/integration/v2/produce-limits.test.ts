/** How much a produce request may bring, and how much may wait: 413 and 429. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gaugeOf } from '../metrics-text.ts'
import { RawConnection } from '../raw-connection.ts'
import { responseTo } from '../rest-client.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const REQUEST_MAX = 1_000_000
const INFLIGHT_MAX = 1_500_000
const ARRIVING_MAX = 1_500_000

const { url, rest, witness, newTopic } = await setTheStage({
  'sluice.request.max.bytes': REQUEST_MAX,
  'sluice.produce.inflight.max.bytes': INFLIGHT_MAX,
  'sluice.request.arriving.max.bytes': ARRIVING_MAX,
})

/** A body of this many bytes with one record. */
function bodyOf(size: number): string {
  const frame = '{"records":[{"value":""}]}'
  const body = frame.replace('""', `"${'A'.repeat(4 * Math.floor((size - frame.length) / 4))}"`)
  return body.padEnd(size)
}

async function written(topic: string): Promise<number> {
  const [partition] = await witness.watermarks(topic)
  return partition?.high ?? 0
}

const arrivingBytes = () => gaugeOf(rest, 'sluice_http_arriving_bytes')
const inflightBytes = () => gaugeOf(rest, 'sluice_produce_inflight_bytes')
const untilNothingWaits = () =>
  until('nothing arrives or waits for Kafka any more', async () => {
    return (await arrivingBytes()) + (await inflightBytes()) === 0
  })

test('a body of exactly the limit is taken', async () => {
  const topic = await newTopic({ config: { 'max.message.bytes': String(REQUEST_MAX) } })
  const { status, body } = await rest.post(`/topics/${topic}`, bodyOf(REQUEST_MAX))
  assert.deepEqual([status, body.offsets[0].offset], [200, 0])
})

test('a larger one is 413 by its Content-Length, before any of it was sent', async () => {
  const topic = await newTopic()
  const connection = await RawConnection.open(url)
  await connection.send(
    `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: ${REQUEST_MAX + 1}\r\n\r\n`,
  )
  const response = await connection.response()
  assert.equal(response?.status, 413)
  assert.match(
    response?.body ?? '',
    /"error_code":413,"message":"The body has 1000001 bytes or more; the limit is sluice\.request\.max\.bytes=1000000\./,
  )
  // The body would follow, and nobody knows where it ends for the client.
  await connection.closed()
  assert.equal(await written(topic), 0)
})

test('a larger one in chunks is 413 when the count passes the limit', async () => {
  const topic = await newTopic()
  const connection = await RawConnection.open(url)
  await connection.send(
    `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
  )
  const piece = Buffer.from(`186a0\r\n${'A'.repeat(100_000)}\r\n`)
  for (let sent = 0; sent <= REQUEST_MAX && !connection.isClosed; sent += 100_000) {
    await connection.send(piece)
  }
  const response = await connection.response()
  assert.equal(response?.status, 413)
  assert.match(response?.body ?? '', /sluice\.request\.max\.bytes=1000000/)
  await connection.closed()
  assert.equal(await written(topic), 0)
})

test('a larger body of another endpoint is 413 as well', async () => {
  const { status, body } = await rest.post('/consumers/any', ' '.repeat(REQUEST_MAX + 1))
  assert.deepEqual([status, body.error_code], [413, 413])
})

test('a larger body for a partition is 413 as well', async () => {
  const topic = await newTopic()
  const path = `/topics/${topic}/partitions/0`
  const { status, body } = await rest.post(path, bodyOf(REQUEST_MAX + 4))
  assert.deepEqual([status, body.error_code], [413, 413])
  assert.equal(await written(topic), 0)
})

test('a body in many chunks is taken as one', async () => {
  const topic = await newTopic()
  const outgoing = rest.begin('POST', `/topics/${topic}`)
  const records = Array.from({ length: 2000 }, (_, index) => ({
    value: Buffer.from(String(index)).toString('base64'),
  }))
  const body = JSON.stringify({ records })
  for (let at = 0; at < body.length; at += 7000) outgoing.write(body.slice(at, at + 7000))
  outgoing.end()
  const answer = await rest.judged('POST', `/topics/${topic}`, await responseTo(outgoing))
  assert.equal(answer.status, 200)
  assert.equal(answer.body.offsets.length, 2000)
  const found = await witness.consumeAll(topic)
  assert.deepEqual(
    found.map(({ value }) => Number(value)),
    records.map((_, index) => index),
  )
})

const UPLOAD = bodyOf(999_999)

/** An upload that lacks its last byte. */
function beginUpload(path: string) {
  const request = rest.begin('POST', path, { 'content-length': UPLOAD.length })
  const answer = responseTo(request)
  answer.catch(() => {})
  request.write(UPLOAD.slice(0, -1))
  return { request, answer }
}

const untilItArrived = () =>
  until('most of it has arrived', async () => (await arrivingBytes()) === UPLOAD.length - 1)

test('an unfinished upload costs those that come whole no room', async () => {
  const topic = await newTopic({ config: { 'max.message.bytes': String(REQUEST_MAX) } })
  await untilNothingWaits()
  const { request, answer } = beginUpload(`/topics/${topic}`)
  await untilItArrived()
  assert.equal(await inflightBytes(), 0)
  for (const size of [100, 100_000, 450_000]) {
    for (let i = 0; i < 4; i++) {
      const { status } = await rest.post(`/topics/${topic}`, bodyOf(size))
      assert.equal(status, 200)
    }
  }
  request.end(UPLOAD.slice(-1))
  const { status } = await rest.judged('POST', `/topics/${topic}`, await answer)
  assert.equal(status, 200)
  await untilNothingWaits()
})

test('of uploads for which there is no room the stalled one is 429, with nothing written', async () => {
  const topic = await newTopic({ config: { 'max.message.bytes': String(REQUEST_MAX) } })
  await untilNothingWaits()
  const partition = `/topics/${topic}/partitions/0`
  const stalled = beginUpload(partition)
  await untilItArrived()
  // Until it is slower than what is about to come.
  await sleep(5000)
  const second = beginUpload(`/topics/${topic}`)
  const refused = await rest.judged('POST', partition, await stalled.answer)
  assert.deepEqual([refused.status, refused.body.error_code], [429, 429])
  assert.match(refused.body.message, /Nothing of it was written; try again later/)
  assert.equal(refused.headers['retry-after'], '1')
  await untilItArrived()
  second.request.end(UPLOAD.slice(-1))
  const { status, body } = await rest.judged('POST', `/topics/${topic}`, await second.answer)
  assert.deepEqual([status, body.offsets[0].offset], [200, 0])
  await untilNothingWaits()
})

test('of many large bodies at once some are 429, and the others are written', async () => {
  const topic = await newTopic({ config: { 'max.message.bytes': String(REQUEST_MAX) } })
  await untilNothingWaits()
  const requests = Array.from({ length: 12 }, () =>
    rest.post(`/topics/${topic}`, bodyOf(700_000)).catch((error: NodeJS.ErrnoException) => {
      // A client that still writes may lose an answer that ends its connection.
      assert.match(error.code ?? '', /ECONNRESET|EPIPE/)
    }),
  )
  const answers = (await Promise.all(requests)).filter((answer) => answer !== undefined)
  const taken = answers.filter(({ status }) => status === 200)
  for (const { status, body, headers } of answers.filter(({ status }) => status !== 200)) {
    assert.deepEqual([status, body.error_code, headers['retry-after']], [429, 429, '1'])
    assert.match(body.message, /Nothing of (this request|it) was written; try again later/)
  }
  assert.ok(taken.length > 0)
  await untilNothingWaits()
  assert.equal(await written(topic), taken.length)
})

test('what would find room is taken again after a client left in the middle', async () => {
  const topic = await newTopic()
  await untilNothingWaits()
  const connection = await RawConnection.open(url)
  await connection.send(
    `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n`,
    bodyOf(900_000).slice(0, 700_000),
  )
  await until('most of it has arrived', async () => (await arrivingBytes()) >= 700_000)
  connection.close()
  await untilNothingWaits()
  assert.equal(await written(topic), 0)
})

test('a body that is refused after it came gives its room back at once', async () => {
  await untilNothingWaits()
  const topic = await newTopic()
  for (const path of [`/topics/${topic}/partitions/-1`, `/topics/${topic}/partitions/x`]) {
    for (let i = 0; i < 3; i++) {
      const { status } = await rest.post(path, bodyOf(900_000))
      assert.ok(status === 422 || status === 404, `${status}`)
      assert.equal(await inflightBytes(), 0)
      assert.equal(await arrivingBytes(), 0)
    }
  }
})

test('bodies that nobody reads need no room', async () => {
  await untilNothingWaits()
  const topic = await newTopic()
  const { request, answer } = beginUpload(`/topics/${topic}`)
  await untilItArrived()
  const ignored = await rest.send('GET', '/topics', ' '.repeat(900_000))
  assert.equal(ignored.status, 200)
  assert.ok((await arrivingBytes()) < 1_100_000)
  request.destroy()
  await assert.rejects(answer)
  await untilNothingWaits()
})

test('more records than the memory for their acknowledgements holds are 413', async () => {
  const topic = await newTopic()
  const records = (count: number) => `{"records":[${Array(count).fill('{}').join()}]}`
  const tooMany = await rest.post(`/topics/${topic}`, records(5_860))
  assert.deepEqual([tooMany.status, tooMany.body.error_code], [413, 413])
  assert.match(tooMany.body.message, /sluice\.produce\.inflight\.max\.bytes|found more than 5859/)
  const farTooMany = await rest.post(`/topics/${topic}`, records(100_000))
  assert.deepEqual([farTooMany.status, farTooMany.body.error_code], [413, 413])
  assert.equal(await written(topic), 0)
  assert.equal((await rest.post(`/topics/${topic}`, records(5_000))).status, 200)
})
