/** Responses are compressed for clients that ask for it, and a waiting reader has the records at once. */
import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { describe, test } from 'node:test'
import { createGunzip, gunzipSync } from 'node:zlib'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const { url, rest, newTopic, newConsumer } = await setTheStage()

/** Asks without a client that decodes by itself. */
function ask(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { method, headers }, resolve).on('error', reject).end()
  })
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of message) pieces.push(piece)
  return Buffer.concat(pieces)
}

const GZIP = { 'accept-encoding': 'gzip' }

describe('a complete response', () => {
  test('is compressed from a size on, and says so', async () => {
    const message = await ask('/metrics', GZIP)
    assert.equal(message.headers['content-encoding'], 'gzip')
    assert.match(String(message.headers.vary), /Accept-Encoding/)
    const bytes = await bytesOf(message)
    assert.match(gunzipSync(bytes).toString(), /^# HELP[\s\S]*sluice_build_info/)
    assert.ok(bytes.length < gunzipSync(bytes).length / 2)
  })

  test('is what it was for a client that does not ask, and when it is small', async () => {
    const plain = await ask('/metrics', {})
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.match(String(plain.headers.vary), /Accept-Encoding/)
    assert.match((await bytesOf(plain)).toString(), /^# HELP/)
    const small = await ask('/healthy', GZIP)
    assert.equal(small.headers['content-encoding'], undefined)
    assert.equal((await bytesOf(small)).toString(), '{"status":"healthy"}')
  })

  test('has no body for HEAD, and one form if it has an entity tag', async () => {
    const head = await ask('/metrics', GZIP, 'HEAD')
    assert.equal(head.headers['content-encoding'], undefined)
    assert.equal((await bytesOf(head)).length, 0)
    const tagged = await ask('/openapi.json', GZIP)
    assert.ok(tagged.headers.etag)
    assert.equal(tagged.headers['content-encoding'], undefined)
    assert.match((await bytesOf(tagged)).toString(), /^\{\s*"openapi"/)
  })
})

describe('a read', () => {
  test('gives all records, also to a client that stops for a while', async () => {
    const topic = await newTopic()
    const records = Array.from({ length: 100 }, () => ({
      value: Buffer.from(Array.from({ length: 3000 }, () => Math.random() * 256)).toString(
        'base64',
      ),
    }))
    for (let batch = 0; batch < 20; batch++) await rest.post(`/topics/${topic}`, { records })
    const consumer = await newConsumer({
      'fetch.min.bytes': 10_000_000,
      'consumer.request.timeout.ms': 8000,
    })
    await consumer.assign(topic, 0)
    const message = await ask(consumer.recordsPath(), GZIP)
    assert.equal(message.headers['content-encoding'], 'gzip')
    message.pause()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const read = JSON.parse(gunzipSync(await bytesOf(message)).toString())
    assert.deepEqual(
      read.map(({ offset }: { offset: number }) => offset),
      Array.from({ length: 2000 }, (_, index) => index),
    )
    assert.equal(read[1999].value, records[99]?.value)
  })

  test('has each piece at once, before the next records come', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({
      'fetch.min.bytes': 10_000_000,
      'consumer.request.timeout.ms': 60_000,
    })
    await consumer.assign(topic, 0)
    const value = Buffer.alloc(200_000, 'x').toString('base64')
    await rest.post(`/topics/${topic}`, { records: [{ value }, { value }] })
    const message = await ask(consumer.recordsPath(), GZIP)
    let text = ''
    message.pipe(createGunzip()).on('data', (piece) => {
      text += piece
    })
    await until('the first record is there', async () => text.includes('"offset":0'))
    assert.ok(!message.complete)
    message.destroy()
  })

  test('is an error as ever, when it is one', async () => {
    const message = await ask('/consumers/g/instances/none/records', GZIP)
    assert.equal(message.statusCode, 404)
    assert.equal(JSON.parse((await bytesOf(message)).toString()).error_code, 40403)
  })
})
