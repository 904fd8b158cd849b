/** The server with a dispatcher, on connections that the test makes: each request from its head to its end. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { Type } from 'typebox'
import { RestError } from '../../../src/errors.ts'
import type { BodyBytes, BodyCollector, BodyStream } from '../../../src/http/body.ts'
import { ConnectionTotals } from '../../../src/http/connection-totals.ts'
import { type Api, Dispatcher } from '../../../src/http/dispatch.ts'
import type { ResponseStream } from '../../../src/http/response-stream.ts'
import { ok, type Reply, routesFor, type StreamReply } from '../../../src/http/route.ts'
import { Server } from '../../../src/http/server.ts'
import type { FakeHead, FakeResponse } from './fake-response.ts'
import { type FakeConnection, FakeWebSockets } from './fake-websockets.ts'
import { PLAIN_DIALECT, PLAIN_ROUTE } from './plain-dialect.ts'

/** Answers the requests of all routes. */
type Service = (body: unknown, name: string) => Reply | StreamReply | Promise<Reply | StreamReply>

const route = routesFor<Service>()
const ROUTES = [
  route({
    ...PLAIN_ROUTE,
    operationId: 'get',
    method: 'GET',
    path: '/things/{name}',
    handler: ({ params }, service) => service(undefined, params.name),
  }),
  route({
    ...PLAIN_ROUTE,
    operationId: 'bytes',
    method: 'POST',
    path: '/bytes',
    body: 'bytes',
    handler: ({ body }, service) => service(textOf(body), ''),
  }),
  route({
    ...PLAIN_ROUTE,
    operationId: 'json',
    method: 'POST',
    path: '/json',
    body: Type.Object({}),
    handler: ({ body }, service) => service(body, ''),
  }),
  route({
    ...PLAIN_ROUTE,
    operationId: 'ignored',
    method: 'POST',
    path: '/ignored',
    handler: ({ body }, service) => service(body, ''),
  }),
  route({
    ...PLAIN_ROUTE,
    operationId: 'stream',
    method: 'POST',
    path: '/stream',
    body: 'stream',
    handler: ({ body }, service) => service(body, ''),
  }),
]

function textOf(body: BodyBytes): string {
  return Buffer.from(body instanceof ArrayBuffer ? body : body.bytes()).toString()
}

const GET: FakeHead = { path: '/things/a' }
const post = (path: string, length = 6): FakeHead => ({
  method: 'post',
  path,
  headers: [['content-length', String(length)]],
})

/** The clock stands still: a busy machine must not use up the time of a round. */
let now = 0
beforeEach(() => {
  now = 0
  mock.method(performance, 'now', () => now)
})
afterEach(() => mock.restoreAll())

interface Stage {
  readonly service?: Service
  readonly admit?: Api<Service>['admit']
}

/** A server with one listener, and a client that is connected to it. */
function setUp(t: TestContext, { service = (body) => ok(body ?? null), admit }: Stage = {}) {
  const uws = new FakeWebSockets()
  const over: string[] = []
  const defects: unknown[] = []
  let used = 0
  const createCollector = (): BodyCollector => {
    const pieces: Buffer[] = []
    return {
      append(piece) {
        pieces.push(Buffer.from(new Uint8Array(piece)))
        used += piece.byteLength
        return 0
      },
      bytes: () => new Uint8Array(Buffer.concat(pieces)).buffer,
      release: () => {
        for (const { length } of pieces.splice(0)) used -= length
      },
    }
  }
  const dispatcher = new Dispatcher<Service>({
    apis: [{ routes: ROUTES, dialect: PLAIN_DIALECT, admit: admit ?? (() => service) }],
    basePath: '',
    maxBodyBytes: 100,
    maxHeaderBytes: 1000,
    observer: {
      onOver: ({ method, status }, aborted) => {
        over.push(`${method} ${aborted ? 'aborted' : status}`)
      },
      onDefect: (_exchange, error) => {
        defects.push(error)
        return new RestError('INTERNAL')
      },
    },
  })
  const options = {
    addresses: [{ scheme: 'http' as const, host: 'h', port: 1 }],
    maxHeaderBytes: 1000,
    idleTimeoutMs: 10_000,
    headTimeoutMs: 5000,
    uploadTimeoutMs: 60_000,
    minBytesPerSecond: 0,
    keepsAddresses: false,
    trustedProxies: undefined,
    connections: { max: 0, maxPerListener: 0, maxPerAddress: 0 },
    totals: new ConnectionTotals(1),
    sharesPorts: false,
    system: uws,
    createCollector,
    log: pino({ level: 'silent' }),
  }
  const server = new Server<Service>(uws, options, dispatcher)
  t.after(() => server.close())
  server.listen()
  const [app] = uws.apps
  assert.ok(app)
  const client = app.connect()
  return { server, dispatcher, app, client, over, defects, used: () => used }
}

/** A promise that the test settles. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle
    reject = fail
  })
  return { promise, resolve, reject }
}

describe('a request', () => {
  test('is routed by its path, and its parameter is decoded', (t) => {
    const { client, over } = setUp(t, { service: (_body, name) => ok(name) })
    assert.equal(client.request({ path: '/things/a%20b' }).received, '"a b"')
    assert.equal(client.request({ path: '/nothing' }).status, '404 Not Found')
    assert.equal(client.request({ path: '/things/%' }).status, '400 Bad Request')
    assert.deepEqual(over, ['GET 200', 'GET 404', 'GET 400'])
  })

  test('with HEAD has the length of the response to GET, and no body', (t) => {
    const { client } = setUp(t, { service: () => ok('abc') })
    const response = client.request({ ...GET, method: 'head' })
    assert.deepEqual(
      [response.status, response.received, response.headers.get('content-length')],
      ['200 OK', '', '5'],
    )
  })

  test('with OPTIONS is told the methods, and so is one with another method', (t) => {
    const { client } = setUp(t, { service: () => assert.fail('a handler ran') })
    const options = client.request({ ...GET, method: 'options' })
    assert.deepEqual(
      [options.status, options.headers.get('allow')],
      ['200 OK', 'GET, HEAD, OPTIONS'],
    )
    const other = client.request({ ...GET, method: 'delete' })
    assert.deepEqual(
      [other.status, other.headers.get('allow')],
      ['405 Method Not Allowed', 'GET, HEAD, OPTIONS'],
    )
  })

  test('whose handling throws is a 500, and the others go on', (t) => {
    const { client, defects } = setUp(t, {
      service: () => {
        throw new Error('a bug')
      },
      admit:
        ({ method }) =>
        () => {
          if (method === 'GET') throw new Error('a bug')
          return ok({})
        },
    })
    assert.equal(client.request(GET).status, '500 Internal Server Error')
    assert.equal(client.request({ ...GET, method: 'head' }).status, '200 OK')
    assert.equal(defects.length, 1)
  })

  test('above the time of a round waits, answered from its head or by its handler', async (t) => {
    const { client } = setUp(t)
    const first = client.request(GET)
    now = 20
    const late = [client.request(GET), client.request({ path: '/nothing' })]
    const body = client.request(post('/bytes', 3))
    body.send('abc', true)
    const statuses = () => [first, ...late, body].map(({ status }) => status)
    assert.deepEqual(statuses(), ['200 OK', '', '', ''])
    await nextTurn()
    assert.deepEqual(statuses(), ['200 OK', '200 OK', '404 Not Found', '200 OK'])
    assert.equal(body.received, '"abc"')
  })
})

describe('a body', () => {
  test('is what its route makes of it', (t) => {
    const { client, used } = setUp(t)
    for (const [path, received] of [
      ['/bytes', '"{\\"a\\":1}"'],
      ['/json', '{"a":1}'],
      ['/ignored', 'null'],
    ] as const) {
      for (const pieces of [['{"a":1}'], ['{"a"', ':1}']]) {
        const response = client.request(post(path, 7))
        for (const [at, piece] of pieces.entries()) response.send(piece, at === pieces.length - 1)
        assert.equal(response.received, received, path)
        assert.equal(response.endsConnection, false)
      }
    }
    assert.equal(used(), 0)
  })

  test('that is streamed comes to its handler piece by piece, at the handler’s pace', async (t) => {
    const pieces: string[] = []
    let stream: BodyStream | undefined
    const { client, used } = setUp(t, {
      service: (body) =>
        new Promise((resolve) => {
          stream = body as BodyStream
          stream.read({
            onPiece: (piece) => pieces.push(textOf(piece)),
            onEnd: () => resolve(ok(pieces)),
            onAborted: () => assert.fail('it was not broken off'),
          })
        }),
    })
    const response = client.request(post('/stream'))
    response.send('ab', false)
    assert.deepEqual(pieces, ['ab'])
    stream?.pause()
    assert.ok(response.isPaused)
    response.send('cd', false)
    assert.deepEqual(pieces, ['ab'])
    stream?.resume()
    response.send('ef', true)
    await nextTurn()
    assert.deepEqual([response.received, response.isPaused], ['["ab","cd","ef"]', false])
    assert.deepEqual([response.endsConnection, used()], [false, 0])
  })

  test('that is streamed and answered early ends its connection, and holds nothing', (t) => {
    const told: string[] = []
    const { client, used } = setUp(t, {
      service(body) {
        const reader = {
          onPiece: () => told.push('piece'),
          onEnd: () => told.push('end'),
          onAborted: () => told.push('aborted'),
        }
        const stream = body as BodyStream
        stream.read(reader)
        stream.pause()
        return ok({})
      },
    })
    const response = client.request(post('/stream'))
    assert.deepEqual([response.status, response.endsConnection], ['200 OK', true])
    response.send('ab', false)
    assert.deepEqual([told, used()], [['aborted'], 0])
  })

  test('whose reader throws is a 500', (t) => {
    const { client, defects } = setUp(t, {
      service(body) {
        const onPiece = () => {
          throw new Error('a bug')
        }
        ;(body as BodyStream).read({ onPiece, onEnd: () => {}, onAborted: () => {} })
        return new Promise(() => {})
      },
    })
    const response = client.request(post('/stream'))
    response.send('ab', false)
    assert.deepEqual(
      [response.status, response.endsConnection],
      ['500 Internal Server Error', true],
    )
    assert.equal(defects.length, 1)
  })

  test('that is broken off leaves nothing behind, and no handler runs', (t) => {
    const { client, over, used, dispatcher } = setUp(t, {
      service: () => assert.fail('a handler ran'),
    })
    const response = client.request(post('/bytes'))
    response.send('abc', false)
    assert.equal(used(), 3)
    client.close()
    assert.deepEqual([used(), over, dispatcher.inFlight], [0, ['POST aborted'], 0])
  })

  test('above its limit is refused by its length, or by its count', (t) => {
    const { client, used } = setUp(t, { service: () => assert.fail('a handler ran') })
    assert.equal(client.request(post('/bytes', 101)).status, '413 Payload Too Large')
    const chunked = client.request({
      method: 'post',
      path: '/bytes',
      headers: [['transfer-encoding', 'chunked']],
    })
    chunked.send('x'.repeat(60), false)
    chunked.send('x'.repeat(60), false)
    assert.deepEqual([chunked.status, chunked.endsConnection], ['413 Payload Too Large', true])
    assert.equal(used(), 0)
  })
})

describe('admission', () => {
  const waiting = () => {
    const admission = deferred<Service>()
    return { admission, admit: () => admission.promise }
  }

  test('makes the body wait, which is then handed over as a whole', async (t) => {
    const { admission, admit } = waiting()
    const { client, used } = setUp(t, { admit })
    const response = client.request(post('/bytes'))
    response.send('abc', false)
    assert.deepEqual([response.isPaused, used()], [true, 3])
    admission.resolve((body) => ok(body))
    await nextTurn()
    assert.equal(response.isPaused, false)
    response.send('def', true)
    assert.deepEqual([response.received, used()], ['"abcdef"', 0])
  })

  test('makes a body wait that came as a whole, and a request without one', async (t) => {
    const { admission, admit } = waiting()
    const { client, used } = setUp(t, { admit })
    const [body, none] = [client.request(post('/bytes')), client.request(GET)]
    body.send('abcdef', true)
    assert.deepEqual([body.isPaused, used(), body.status, none.status], [false, 6, '', ''])
    admission.resolve((whole) => ok(whole ?? null))
    await nextTurn()
    assert.deepEqual([body.received, none.received, used()], ['"abcdef"', 'null', 0])
  })

  test('comes before the client is invited to send its body', async (t) => {
    const { admission, admit } = waiting()
    const { client } = setUp(t, { admit })
    const response = client.request({
      ...post('/bytes'),
      headers: [
        ['content-length', '3'],
        ['expect', '100-Continue'],
      ],
    })
    assert.equal(response.invitations, 0)
    admission.resolve(() => ok({}))
    await nextTurn()
    assert.equal(response.invitations, 1)
  })

  test('that is refused answers with the error; an unfinished body ends its connection', async (t) => {
    for (const isLast of [false, true]) {
      const { admission, admit } = waiting()
      const { client, used, defects } = setUp(t, { admit })
      const response = client.request(post('/bytes'))
      response.send('abcdef', isLast)
      admission.reject(new RestError('KAFKA_AUTHENTICATION'))
      await nextTurn()
      assert.equal(response.status, '401 Unauthorized')
      assert.deepEqual([response.endsConnection, response.isPaused], [!isLast, false])
      assert.deepEqual([used(), defects], [0, []])
    }
  })

  test('that throws at once is answered like one that rejects', (t) => {
    const { client } = setUp(t, {
      admit: () => {
        throw new RestError('KAFKA_AUTHORIZATION')
      },
    })
    assert.equal(client.request(GET).status, '403 Forbidden')
  })

  const refused = new RestError('KAFKA_AUTHORIZATION')
  /** Requests: without a body, with an unfinished one, and with a whole one. */
  const requests: [what: string, send: (client: FakeConnection) => FakeResponse][] = [
    ['no body', (client) => client.request(GET)],
    ['an unfinished body', (client) => sent(client, false)],
    ['a whole body', (client) => sent(client, true)],
  ]
  for (const [what, send] of requests) {
    test(`of a client with ${what} that leaves meanwhile leaves nothing, and no handler runs`, async (t) => {
      for (const settle of [
        (admission: Admission) => admission.resolve(() => assert.fail('a handler ran')),
        (admission: Admission) => admission.reject(refused),
      ]) {
        const { admission, admit } = waiting()
        const { client, used, over, dispatcher, defects } = setUp(t, { admit })
        const response = send(client)
        client.close()
        assert.deepEqual([used(), over.length, dispatcher.inFlight], [0, 1, 0])
        assert.match(over[0] ?? '', /aborted/)
        settle(admission)
        await nextTurn()
        assert.deepEqual([response.status, used(), defects], ['', 0, []])
      }
    })
  }
})

type Admission = ReturnType<typeof deferred<Service>>

function sent(client: FakeConnection, isLast: boolean): FakeResponse {
  const response = client.request(post('/bytes'))
  response.send('abcdef', isLast)
  return response
}

describe('a late answer', () => {
  test('for a client that has left is dropped, whole or as a stream', async (t) => {
    const streamed: StreamReply = { status: 200, stream: () => assert.fail('it was streamed') }
    for (const reply of [ok({}), streamed]) {
      const answer = deferred<Reply | StreamReply>()
      const { client, over, defects } = setUp(t, { service: () => answer.promise })
      const response = client.request(GET)
      client.close()
      answer.resolve(reply)
      await nextTurn()
      assert.deepEqual([response.status, over, defects], ['', ['GET aborted'], []])
    }
  })

  test('that is an error of a client that has left is dropped', async (t) => {
    const answer = deferred<Reply>()
    const { client, over } = setUp(t, { service: () => answer.promise })
    const response = client.request(GET)
    client.close()
    answer.reject(new RestError('KAFKA_ERROR'))
    await nextTurn()
    assert.deepEqual([response.status, over], ['', ['GET aborted']])
  })
})

describe('every three seconds', () => {
  test('an unfinished body is kept, or 408 when nothing of it came for the idle time', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const { client, used } = setUp(t, { service: () => assert.fail('a handler ran') })
    const response = client.request(post('/bytes'))
    response.send('abc', false)
    for (now = 3000; now <= 9000; now += 3000) t.mock.timers.tick(3000)
    assert.deepEqual([response.isPaused, response.status], [false, ''])
    t.mock.timers.tick(3000)
    assert.deepEqual([response.status, response.endsConnection], ['408 Request Timeout', true])
    assert.equal(used(), 0)
  })

  test('a reader of a stream is kept, or its connection closed when it takes nothing', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const streams: ResponseStream[] = []
    const { client } = setUp(t, {
      service: () => ({
        status: 200,
        stream: (stream) => {
          streams.push(stream)
        },
      }),
    })
    const [reading, stalled] = [client.request(GET), client.request(GET)]
    stalled.room = 0
    for (const stream of streams) stream.send(Buffer.alloc(50_000, 'x'), () => {})
    for (now = 3000; now <= 9000; now += 3000) t.mock.timers.tick(3000)
    assert.deepEqual([reading.isClosed, stalled.isClosed], [false, false])
    t.mock.timers.tick(3000)
    assert.deepEqual([reading.isClosed, stalled.isClosed], [false, true])
  })
})

describe('a stop', () => {
  test('lets requests in flight end, and each response end its connection', async (t) => {
    const answer = deferred<Reply>()
    const { server, dispatcher, client, over } = setUp(t, { service: () => answer.promise })
    const response = client.request(GET)
    server.closeAfterResponses()
    let isDrained = false
    const drained = dispatcher.drain().then(() => {
      isDrained = true
    })
    await nextTurn()
    assert.equal(isDrained, false)
    answer.resolve(ok({}))
    await drained
    assert.deepEqual([response.status, response.endsConnection], ['200 OK', true])
    assert.deepEqual(over, ['GET 200'])
  })

  test('keeps a connection whose response had begun without an announcement of its end', (t) => {
    const streams: ResponseStream[] = []
    const { server, client } = setUp(t, {
      service: () => ({
        status: 200,
        stream: (stream) => {
          streams.push(stream)
        },
      }),
    })
    const [begun, later] = [client.request(GET), client.request(GET)]
    streams[0]?.send(Buffer.from('a'), () => {})
    server.closeAfterResponses()
    for (const stream of streams) stream.finish(Buffer.from('b'), () => {})
    assert.deepEqual([begun.isEnded, begun.endsConnection], [true, false])
    assert.deepEqual([later.isEnded, later.endsConnection], [true, true])
  })

  test('aborts what is left: held bodies, bodies that arrive, and requests that run', async (t) => {
    const { server, client, used, over, dispatcher } = setUp(t, {
      service: () => new Promise(() => {}),
      admit: ({ path }) => (path === '/json' ? new Promise(() => {}) : () => new Promise(() => {})),
    })
    client.request(GET)
    client.request(post('/bytes')).send('abc', false)
    client.request(post('/json')).send('abc', false)
    assert.deepEqual([used(), dispatcher.inFlight], [6, 3])
    await server.close()
    assert.deepEqual([used(), dispatcher.inFlight], [0, 0])
    assert.deepEqual(over, ['GET aborted', 'POST aborted', 'POST aborted'])
  })

  test('answers 503 to requests that come after its grace, and ends their connections', async (t) => {
    const { dispatcher, client } = setUp(t, { service: () => assert.fail('a handler ran') })
    dispatcher.close()
    const response = client.request(GET)
    await nextTurn()
    assert.deepEqual([response.status, response.endsConnection], ['503 Service Unavailable', true])
  })

  test('makes the last requests wait for no round', (t) => {
    const { server, client } = setUp(t)
    client.request(GET)
    now = 20
    server.closeAfterResponses()
    assert.equal(client.request(GET).status, '200 OK')
  })
})
