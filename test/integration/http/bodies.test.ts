/** Bodies on their way: slow ones, stalled ones, and those that nobody asked for. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection, rawExchange } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'

const IDLE_TIMEOUT_MS = 6000

const UPLOAD_TIMEOUT_MS = 24_000

const { url, witness, newTopic } = await setTheStage({
  'idle.timeout.ms': IDLE_TIMEOUT_MS,
  'sluice.request.upload.timeout.ms': UPLOAD_TIMEOUT_MS,
  'sluice.request.upload.min.bytes.per.second': 0,
})

const RECORD = '{"records":[{"value":null}]}'

async function written(topic: string): Promise<number> {
  return (await witness.watermarks(topic))[0]?.high ?? 0
}

describe('an upload', { concurrency: true }, () => {
  for (const framing of ['Content-Length', 'Transfer-Encoding']) {
    test(`by ${framing} of a byte every two seconds is taken, after 16 seconds`, async () => {
      const topic = await newTopic()
      const connection = await RawConnection.open(url)
      const value = framing === 'Content-Length' ? RECORD.length + 8 : 'chunked'
      const piece = (text: string) =>
        framing === 'Content-Length' ? text : `${text.length.toString(16)}\r\n${text}\r\n`
      await connection.send(
        `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\n${framing}: ${value}\r\n\r\n`,
      )
      for (let i = 0; i < 8; i++) {
        await connection.send(piece(' '))
        await sleep(2000)
        assert.ok(!connection.isClosed, `closed after ${2 * (i + 1)} s`)
      }
      await connection.send(piece(RECORD))
      if (framing === 'Transfer-Encoding') await connection.send('0\r\n\r\n')
      assert.equal((await connection.response())?.status, 200)
      assert.equal(await written(topic), 1)
      connection.close()
    })
  }

  test('that begins and then brings nothing is 408, and the connection is closed', async () => {
    const topic = await newTopic()
    const connection = await RawConnection.open(url)
    const started = performance.now()
    await connection.send(
      `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n`,
      RECORD,
    )
    const response = await connection.response()
    assert.equal(response?.status, 408)
    assert.match(response?.body ?? '', /"error_code":408/)
    assert.ok(performance.now() - started >= IDLE_TIMEOUT_MS)
    await connection.closed()
    assert.equal(await written(topic), 0)
  })

  test('that does not come to an end is 408, however steadily it comes', async () => {
    const topic = await newTopic()
    const connection = await RawConnection.open(url)
    const started = performance.now()
    await connection.send(
      `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n`,
    )
    const trickle = setInterval(() => connection.socket.write(' '), 1000)
    const response = await connection.response().finally(() => clearInterval(trickle))
    assert.equal(response?.status, 408)
    assert.ok(performance.now() - started >= UPLOAD_TIMEOUT_MS)
    await connection.closed()
  })

  test('that does not even begin is 408', async () => {
    const connection = await RawConnection.open(url)
    await connection.send('POST /topics/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n')
    const response = await connection.response()
    assert.equal(response?.status, 408)
    await connection.closed()
  })

  test('that is broken off is not written', async () => {
    const topic = await newTopic()
    const connection = await RawConnection.open(url)
    await connection.send(
      `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: ${RECORD.length + 1}\r\n\r\n`,
      RECORD,
    )
    await sleep(300)
    connection.close()
    await sleep(1000)
    assert.equal(await written(topic), 0)
  })

  test('in several chunks, some of them empty writes apart, is one body', async () => {
    const topic = await newTopic()
    const head = `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`
    const chunks = [...RECORD].map((character) => `1\r\n${character}\r\n`)
    const response = await rawExchange(url, head, ...chunks, '0\r\n\r\n')
    assert.equal(response?.status, 200)
    assert.equal(await written(topic), 1)
  })
})

describe('a body that nobody asked for', { concurrency: true }, () => {
  const rows: [request: string, status: number][] = [
    ['GET /', 200],
    ['GET /no/such/path', 404],
    ['POST /brokers', 405],
    ['OPTIONS /', 200],
    ['HEAD /', 200],
    ['DELETE /consumers/nobody/instances/nothing', 404],
  ]
  for (const [request, status] of rows) {
    for (const framing of [`Content-Length: ${RECORD.length}`, 'Transfer-Encoding: chunked']) {
      test(`with ${request} and ${framing} does not harm the next request`, async () => {
        const connection = await RawConnection.open(url)
        const body = framing.endsWith('chunked')
          ? `${RECORD.length.toString(16)}\r\n${RECORD}\r\n0\r\n\r\n`
          : RECORD
        await connection.send(`${request} HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n${body}`)
        const response = await connection.response(request.startsWith('HEAD'))
        assert.equal(response?.status, status)
        await connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        const next = await connection.response()
        assert.deepEqual([next?.status, next?.body], [200, '{}'])
        connection.close()
      })
    }
  }
})
