/**
 * Bodies that wait for the admission of their request, or for their reader, on the real server. The routes
 * are those of the test.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RestError } from '../../../src/errors.ts'
import type { BodyBytes, BodyReader } from '../../../src/http/body.ts'
import { Dispatcher } from '../../../src/http/dispatch.ts'
import { ok, routesFor } from '../../../src/http/route.ts'
import { native } from '../../../src/kafka/native.ts'
import { PLAIN_DIALECT, PLAIN_ROUTE } from '../../unit/http/plain-dialect.ts'
import { RawConnection } from '../raw-connection.ts'
import { until } from '../until.ts'
import { startServer } from './real-server.ts'

/** uWebSockets.js closes a connection after 10 s by itself, give or take 4 s. */
const LONGER_THAN_ITS_TIMER_MS = 16_000
const LARGE_BYTES = 20_000_000
const PAUSE_MS = 20

/** Settle the admissions of the requests that wait. */
const waiting: { admit: () => void; refuse: (error: RestError) => void }[] = []
const ran: string[] = []
const aborted: boolean[] = []

const route = routesFor<undefined>()

function sizeOf(body: BodyBytes): number {
  return (body instanceof ArrayBuffer ? body : body.bytes()).byteLength
}

const dispatcher = new Dispatcher<undefined>({
  apis: [
    {
      dialect: PLAIN_DIALECT,
      admit: ({ path }) =>
        path === '/stream'
          ? undefined
          : new Promise((resolve, reject) => {
              waiting.push({ admit: () => resolve(undefined), refuse: reject })
            }),
      routes: [
        route({
          ...PLAIN_ROUTE,
          operationId: 'size',
          method: 'POST',
          path: '/size',
          body: 'bytes',
          handler({ body }) {
            ran.push('size')
            return ok(sizeOf(body))
          },
        }),
        route({
          ...PLAIN_ROUTE,
          operationId: 'read',
          method: 'GET',
          path: '/read',
          handler: () => ({
            status: 200,
            endsWithClient: true,
            stream: () => {
              ran.push('read')
            },
          }),
        }),
        route({
          ...PLAIN_ROUTE,
          operationId: 'slow',
          method: 'POST',
          path: '/slow',
          body: 'bytes',
          async handler({ body }) {
            const size = sizeOf(body)
            await sleep(LONGER_THAN_ITS_TIMER_MS)
            return ok(size)
          },
        }),
        route({
          ...PLAIN_ROUTE,
          operationId: 'stream',
          method: 'POST',
          path: '/stream',
          body: 'stream',
          handler: ({ body }) =>
            new Promise((resolve) => {
              let size = 0
              let pauses = 0
              const reader: BodyReader = {
                onPiece({ byteLength }) {
                  size += byteLength
                  if (size < (pauses + 1) * (LARGE_BYTES / 10)) return
                  pauses++
                  body.pause()
                  setTimeout(() => body.resume(), PAUSE_MS)
                },
                onEnd: () => resolve(ok({ size, pauses })),
                onAborted: () => ran.push('aborted'),
              }
              body.read(reader)
            }),
        }),
      ],
    },
  ],
  basePath: '',
  maxBodyBytes: LARGE_BYTES,
  maxHeaderBytes: 8192,
  observer: {
    onOver: (_exchange, isAborted) => aborted.push(isAborted),
    onDefect: (_exchange, error) => {
      ran.push(`defect: ${error}`)
      return new RestError('INTERNAL')
    },
  },
})

const url = await startServer(dispatcher)
afterEach(() => {
  waiting.length = 0
  ran.length = 0
  aborted.length = 0
})

const arriving = () => native.readGauges().arrivingBytes
const isWaiting = () => until('a request waits for its admission', () => waiting.length > 0)

const headOf = (path: string, size: number) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`

/** Sends a head together with the beginning of its body. */
async function post(path: string, size: number, text: string): Promise<RawConnection> {
  const connection = await RawConnection.open(url)
  await connection.send(headOf(path, size) + text)
  return connection
}

describe('a request that waits for its admission', () => {
  test('reads little of its body meanwhile, and all of it afterwards', async () => {
    const connection = await post('/size', LARGE_BYTES, 'x'.repeat(LARGE_BYTES))
    await until('a part of the body is held', () => arriving() > 0)
    await sleep(200)
    // uWebSockets.js hands on what it has read when it is paused: 512 KiB.
    assert.ok(arriving() <= 1_100_000, `${arriving()} bytes are held`)
    await isWaiting()
    waiting[0]?.admit()
    assert.equal((await connection.response())?.body, String(LARGE_BYTES))
    assert.equal(arriving(), 0)
    connection.close()
  })

  test('is refused with the error, before the rest of its body came', async () => {
    const connection = await post('/size', 100, 'abc')
    await isWaiting()
    waiting[0]?.refuse(new RestError('KAFKA_AUTHORIZATION'))
    assert.equal((await connection.response())?.status, 403)
    await connection.closed()
    assert.deepEqual([ran, arriving()], [[], 0])
  })

  test('and is refused behind its body keeps its connection', async () => {
    const connection = await post('/size', 3, 'abc')
    await isWaiting()
    waiting[0]?.refuse(new RestError('KAFKA_AUTHORIZATION'))
    assert.equal((await connection.response())?.status, 403)
    await connection.send(headOf('/stream', 1), 'x')
    assert.equal((await connection.response())?.body, '{"size":1,"pauses":0}')
    connection.close()
  })

  test('leaves nothing behind when its client leaves, and its handler does not run', async () => {
    for (const end of ['admit', 'refuse'] as const) {
      const connection = await post('/size', 100, 'abc')
      await isWaiting()
      connection.close()
      await sleep(100)
      // The connection is paused: uWebSockets.js notices when it is read again.
      if (end === 'admit') waiting[0]?.admit()
      else waiting[0]?.refuse(new RestError('KAFKA_AUTHORIZATION'))
      await until('the request is over', () => dispatcher.inFlight === 0)
      assert.deepEqual([ran, arriving()], [[], 0])
      waiting.length = 0
    }
  })

  test('reads nothing for a client that has sent its FIN meanwhile', async () => {
    const connection = await RawConnection.open(url)
    await connection.send('GET /read HTTP/1.1\r\nHost: x\r\n\r\n')
    await isWaiting()
    connection.socket.end()
    await once(connection.socket, 'finish')
    // A request that comes behind the FIN.
    const other = await RawConnection.open(url)
    await other.send('GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.equal((await other.response())?.status, 404)
    other.close()
    waiting[0]?.admit()
    await until('the request is over', () => aborted.includes(true))
    assert.deepEqual(ran, [])
  })

  test('may wait longer than uWebSockets.js has patience, and be answered as late', async () => {
    const [whole, inPieces] = [await post('/slow', 3, 'abc'), await post('/slow', 6, 'abc')]
    await until('both wait', () => waiting.length === 2)
    await sleep(LONGER_THAN_ITS_TIMER_MS)
    for (const { admit } of waiting) admit()
    await inPieces.send('def')
    assert.equal((await whole.response())?.body, '3')
    assert.equal((await inPieces.response())?.body, '6')
    whole.close()
    inPieces.close()
  })
})

describe('a body that is streamed', () => {
  test('comes whole to a reader that pauses', async () => {
    const connection = await post('/stream', LARGE_BYTES, 'x'.repeat(LARGE_BYTES))
    const { size, pauses } = JSON.parse((await connection.response())?.body ?? '{}')
    assert.equal(size, LARGE_BYTES)
    assert.ok(pauses >= 5, `${pauses} pauses`)
    assert.equal(arriving(), 0)
    connection.close()
  })

  test('tells its reader that the client left', async () => {
    const connection = await post('/stream', 100, 'abc')
    await sleep(50)
    connection.close()
    await until('the reader is told', () => ran.length > 0)
    assert.deepEqual([ran, arriving()], [['aborted'], 0])
  })
})
