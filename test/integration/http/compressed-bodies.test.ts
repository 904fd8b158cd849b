/** Request bodies in a Content-Encoding: decompressed with all limits, and never half written. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { BINARY } from '../../media-types.ts'
import { RawConnection } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'

const MAX_BYTES = 4 * 2 ** 20

const { url, rest, witness, newTopic } = await setTheStage({
  'sluice.request.max.bytes': MAX_BYTES,
})

const RECORD = Buffer.from('{"records":[{"value":"QUJD"}]}')

async function written(topic: string): Promise<number> {
  return (await witness.watermarks(topic))[0]?.high ?? 0
}

function head(topic: string, coding: string, length: number): string {
  return [
    `POST /topics/${topic} HTTP/1.1`,
    'Host: x',
    `Content-Type: ${BINARY}`,
    `Content-Encoding: ${coding}`,
    `Content-Length: ${length}`,
    '\r\n',
  ].join('\r\n')
}

/** Sends a request in one piece on a connection of its own. */
async function produce(topic: string, coding: string, body: Buffer) {
  const connection = await RawConnection.open(url)
  await connection.send(Buffer.concat([Buffer.from(head(topic, coding, body.length)), body]))
  const response = await connection.response()
  connection.close()
  return response
}

/** A body of as many bytes as cannot be compressed well. */
function largeBody(bytes: number): Buffer {
  const values: string[] = []
  for (let size = 0; size < bytes; size += 1000) {
    values.push(
      `{"value":"${Buffer.from(Array.from({ length: 740 }, () => Math.random() * 256)).toString('base64')}"}`,
    )
  }
  return Buffer.from(`{"records":[${values.join()}]}`)
}

describe('a compressed body', { concurrency: true }, () => {
  for (const [coding, body] of [
    ['gzip', gzipSync(RECORD)],
    ['X-GZIP', gzipSync(RECORD)],
    ['gzip', Buffer.concat([gzipSync(RECORD.subarray(0, 10)), gzipSync(RECORD.subarray(10))])],
    ['deflate', deflateSync(RECORD)],
    ['identity', RECORD],
  ] as const) {
    test(`in ${coding} of ${body.length} bytes is produced`, async () => {
      const topic = await newTopic()
      assert.equal((await produce(topic, coding, body))?.status, 200)
      assert.equal(await written(topic), 1)
    })
  }

  test('is the same in any pieces, and the connection is used again', async () => {
    const topic = await newTopic()
    const body = gzipSync(RECORD)
    const connection = await RawConnection.open(url)
    await connection.send(
      head(topic, 'gzip', body.length),
      ...[...body].map((byte) => Buffer.of(byte)),
    )
    assert.equal((await connection.response())?.status, 200)
    await connection.send(Buffer.concat([Buffer.from(head(topic, 'gzip', body.length)), body]))
    assert.equal((await connection.response())?.status, 200)
    connection.close()
    assert.equal(await written(topic), 2)
  })

  test('of some megabytes is produced as a whole', async () => {
    const topic = await newTopic()
    const body = largeBody(MAX_BYTES - 100_000)
    const answer = await produce(topic, 'gzip', gzipSync(body))
    assert.equal(answer?.status, 200)
    assert.equal(await written(topic), JSON.parse(body.toString()).records.length)
  })

  test('is limited by its decompressed size', async () => {
    const topic = await newTopic()
    const answer = await produce(topic, 'gzip', gzipSync(largeBody(MAX_BYTES + 100_000)))
    assert.equal(answer?.status, 413)
    assert.match(answer?.body ?? '', /sluice\.request\.max\.bytes/)
    assert.equal(await written(topic), 0)
  })

  test('that grows beyond measure is 413 before it is large', async () => {
    const topic = await newTopic()
    const bomb = gzipSync(Buffer.alloc(3_000_000, ' '))
    const answer = await produce(topic, 'gzip', bomb)
    assert.equal(answer?.status, 413)
    assert.match(answer?.body ?? '', /200 times/)
  })

  test('that is cut or damaged is 400, and nothing of it is written', async () => {
    const topic = await newTopic()
    const whole = gzipSync(RECORD)
    const damaged = Buffer.from(whole)
    damaged[damaged.length - 5] = (damaged.at(-5) ?? 0) ^ 1
    for (const body of [
      whole.subarray(0, -1),
      whole.subarray(0, 12),
      damaged,
      RECORD,
      Buffer.of(0),
    ]) {
      const answer = await produce(topic, 'gzip', body)
      assert.equal(answer?.status, 400)
      assert.match(answer?.body ?? '', /not complete and valid gzip/)
    }
    assert.equal(await written(topic), 0)
  })

  test('in another coding is 415, which names those that are known', async () => {
    const topic = await newTopic()
    for (const coding of ['br', 'gzip, gzip', 'compress', 'x']) {
      const answer = await produce(topic, coding, RECORD)
      assert.equal(answer?.status, 415, coding)
      assert.match(answer?.headers['accept-encoding'] ?? '', /^gzip, deflate/)
    }
    assert.equal(await written(topic), 0)
  })

  test('is decompressed for the other endpoints, too', async () => {
    const answer = await fetch(`${url}/consumers/compressed`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kafka.v2+json', 'content-encoding': 'gzip' },
      body: gzipSync('{"format":"binary"}'),
    })
    assert.equal(answer.status, 200)
    const { instance_id } = (await answer.json()) as { instance_id: string }
    await rest.send('DELETE', `/consumers/compressed/instances/${instance_id}`)
  })

  test('whose client leaves in the middle is forgotten', async () => {
    const topic = await newTopic()
    const body = gzipSync(largeBody(500_000))
    const connection = await RawConnection.open(url)
    await connection.send(head(topic, 'gzip', body.length), body.subarray(0, 100_000))
    connection.close()
    assert.equal((await produce(topic, 'gzip', gzipSync(RECORD)))?.status, 200)
    assert.equal(await written(topic), 1)
  })
})
