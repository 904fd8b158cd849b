/**
 * Our own bugs: whatever a handler throws, and whenever, the client gets an answer and the process
 * goes on. On the real server, with routes that are wrong on purpose (U2, U3, U14).
 */
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from 'typebox'
import { RestError } from '../../../src/errors.ts'
import { Dispatcher } from '../../../src/http/dispatch.ts'
import type { ResponseStream } from '../../../src/http/response-stream.ts'
import { type Reply, routesFor, type StreamReply } from '../../../src/http/route.ts'
import { PLAIN_DIALECT, PLAIN_ROUTE } from '../../unit/http/plain-dialect.ts'
import { RawConnection, type RawResponse, rawExchange } from '../raw-connection.ts'
import { until } from '../until.ts'
import { startServer } from './real-server.ts'

type Answer = Reply | StreamReply | Promise<Reply | StreamReply>

const handlers: Record<string, () => Answer> = {
  throws() {
    throw new Error('secret')
  },
  'throws-nothing'() {
    throw undefined
  },
  async rejects() {
    await sleep(5)
    throw new Error('secret')
  },
  'throws-in-stream': () => ({
    status: 200,
    stream() {
      throw new Error('secret')
    },
  }),
  async 'throws-in-stream-later'() {
    await sleep(5)
    return {
      status: 200,
      stream() {
        throw new Error('secret')
      },
    }
  },
  'fails-after-a-piece': () => ({
    status: 200,
    stream(response) {
      response.send(Buffer.from('[1'), () => response.fail(new RestError('KAFKA_ERROR')))
    },
  }),
  'fails-before-a-piece': () => ({
    status: 200,
    stream: (response) => response.fail(new RestError('KAFKA_RETRIABLE_ERROR')),
  }),
  'ends-and-goes-on': () => ({
    status: 200,
    stream(response: ResponseStream) {
      response.finish(Buffer.from('[]'), () => {})
      response.send(Buffer.from('x'), () => {})
      response.fail(new RestError('KAFKA_ERROR'))
      response.close()
    },
  }),
  'odd-status': () => ({ status: 599, body: '{}' }),
}

const defects: unknown[] = []
const aborted: boolean[] = []

const route = routesFor<undefined>()
const routes = Object.entries(handlers).flatMap(([name, handler]) => [
  route({ ...PLAIN_ROUTE, operationId: name, method: 'GET', path: `/${name}`, handler }),
  route({
    ...PLAIN_ROUTE,
    operationId: name,
    method: 'POST',
    path: `/${name}`,
    body: 'bytes',
    handler,
  }),
])

const dispatcher = new Dispatcher<undefined>({
  apis: [
    {
      routes: [
        ...routes,
        route({
          ...PLAIN_ROUTE,
          operationId: 'json',
          method: 'POST',
          path: '/json',
          body: Type.Object({}),
          handler: () => ({ status: 200, body: '{}' }),
        }),
      ],
      dialect: PLAIN_DIALECT,
      admit: () => undefined,
    },
  ],
  basePath: '',
  maxBodyBytes: 1_000_000,
  maxHeaderBytes: 32_768,
  observer: {
    onOver: (_exchange, isAborted) => aborted.push(isAborted),
    onDefect(_exchange, error) {
      defects.push(error)
      return new RestError('INTERNAL')
    },
  },
})

const url = await startServer(dispatcher)

const INTERNAL = '{"error_code":500,"message":"Internal Server Error"}'

beforeEach(() => {
  defects.length = 0
  aborted.length = 0
})

/** The same by GET, by POST, and by POST in pieces. */
async function inEachWay(path: string): Promise<(RawResponse | undefined)[]> {
  const get = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
  const post = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n`
  return [
    await rawExchange(url, get),
    await rawExchange(url, `${post}body`),
    await rawExchange(url, post, 'bo', 'dy'),
  ]
}

describe('a handler that', () => {
  for (const name of [
    'throws',
    'throws-nothing',
    'rejects',
    'throws-in-stream',
    'throws-in-stream-later',
  ]) {
    test(`${name} is a 500 that says nothing of the cause, and is reported once`, async () => {
      for (const response of await inEachWay(`/${name}`)) {
        assert.deepEqual([response?.status, response?.body], [500, INTERNAL])
        assert.equal(response?.headers['content-type'], 'application/json')
      }
      assert.equal(defects.length, 3)
      assert.deepEqual(aborted, [false, false, false])
      assert.equal(dispatcher.inFlight, 0)
    })
  }

  test('fails after some of its answer closes the connection, so that nobody takes it for whole', async () => {
    for (const response of await inEachWay('/fails-after-a-piece')) {
      assert.equal(response, undefined)
    }
    assert.deepEqual(aborted, [true, true, true])
    assert.equal(dispatcher.inFlight, 0)
  })

  test('fails before any of its answer gives that error', async () => {
    for (const response of await inEachWay('/fails-before-a-piece')) {
      assert.equal(response?.status, 500)
      assert.match(response?.body ?? '', /"error_code":50003/)
    }
    assert.deepEqual(defects, [])
  })

  test('goes on after the end is not heard', async () => {
    for (const response of await inEachWay('/ends-and-goes-on')) {
      assert.deepEqual([response?.status, response?.body], [200, '[]'])
    }
    assert.deepEqual(aborted, [false, false, false])
  })

  test('answers with an unheard-of status is answered with it', async () => {
    assert.equal(
      (await rawExchange(url, 'GET /odd-status HTTP/1.1\r\nHost: x\r\n\r\n'))?.status,
      599,
    )
  })
})

test('a client that is gone before a handler throws is not missed', async () => {
  const connection = await RawConnection.open(url)
  await connection.send('GET /rejects HTTP/1.1\r\nHost: x\r\n\r\n')
  connection.close()
  await until('it has thrown', () => defects.length > 0)
  assert.equal(dispatcher.inFlight, 0)
})

test('bytes that are no UTF-8, in several pieces, are the fault of the request', async () => {
  const head = 'POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n'
  const response = await rawExchange(url, head, Buffer.from('{}'), Buffer.from([0xff, 0xfe]))
  assert.deepEqual(
    [response?.status, response?.body],
    [400, '{"error_code":400,"message":"The body is not UTF-8."}'],
  )
  assert.deepEqual(defects, [])
})
