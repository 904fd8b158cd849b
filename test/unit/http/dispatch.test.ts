/** Requests through the dispatcher and the exchange, on sockets and with handlers of the test's. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Type } from 'typebox'
import { RestError } from '../../../src/errors.ts'
import type { Dialect } from '../../../src/http/dialect.ts'
import {
  type Api,
  Dispatcher,
  type DispatchOptions,
  type OptionsPolicy,
} from '../../../src/http/dispatch.ts'
import { Exchange } from '../../../src/http/exchange.ts'
import { errorOfRefusal } from '../../../src/http/refusal.ts'
import { NO_CONTENT, ok, type Reply, routesFor, type StreamReply } from '../../../src/http/route.ts'
import { fakeOwner } from './fake-owner.ts'
import { type FakeHead, FakeResponse, fakeRequest } from './fake-response.ts'
import { PLAIN_DIALECT } from './plain-dialect.ts'

type Admit = Api<Handler>['admit']
type Handler = () => Reply | StreamReply | Promise<Reply | StreamReply>

const JSON_TYPE = 'application/json'
const route = routesFor<Handler>()
const shared = {
  query: {},
  consumes: [JSON_TYPE],
  produces: [{ type: JSON_TYPE, quality: 1 }],
  responses: {},
  errors: [],
}

const ask = route({
  ...shared,
  operationId: 'ask',
  method: 'GET',
  path: '/things/{thing}',
  summary: 'Asks.',
  handler: (_request, handler) => handler(),
})

const tell = route({
  ...shared,
  operationId: 'tell',
  method: 'POST',
  path: '/things',
  summary: 'Tells.',
  body: Type.Object({ thing: Type.String() }),
  handler: (_request, handler) => handler(),
})

const tellShortly = route({
  ...shared,
  operationId: 'tellShortly',
  method: 'PUT',
  path: '/things',
  summary: 'Tells little.',
  body: Type.Object({ thing: Type.String() }),
  maxBodyBytes: 1000,
  handler: (_request, handler) => handler(),
})

const keep = route({
  ...shared,
  operationId: 'keep',
  method: 'PATCH',
  path: '/things',
  summary: 'Keeps bytes.',
  body: 'bytes',
  maxBodyBytes: 1000,
  handler: (_request, handler) => handler(),
})

interface WorldOptions extends Pick<DispatchOptions<Handler>, 'authenticate' | 'filter'> {
  maxBodyBytes?: number
  admit?: Admit
  optionsPolicy?: OptionsPolicy
}

/** A dispatcher whose routes all have the same handler. */
function world(
  handler: Handler,
  {
    maxBodyBytes = 100,
    admit = () => handler,
    optionsPolicy = { isRefused: false, isAdmitted: false },
    ...own
  }: WorldOptions = {},
) {
  const over: [status: number, aborted: boolean][] = []
  const defects: unknown[] = []
  const dispatcher = new Dispatcher<Handler>({
    apis: [{ routes: [ask, tell, tellShortly, keep], dialect: PLAIN_DIALECT, admit }],
    basePath: '',
    optionsPolicy,
    ...own,
    maxBodyBytes,
    maxHeaderBytes: 200,
    observer: {
      onOver: ({ status }, aborted) => over.push([status, aborted]),
      onDefect: (_exchange, error) => {
        defects.push(error)
        return new RestError('INTERNAL')
      },
    },
  })
  const { owner } = fakeOwner<Handler>({
    onError: (exchange, error) => dispatcher.onError(exchange, error),
    onOver: (exchange, aborted) => dispatcher.onOver(exchange, aborted),
  })
  /** The head of a request, accepted or answered. */
  const begin = (head: FakeHead = {}) => {
    const res = new FakeResponse()
    const exchange = new Exchange<Handler>(res, fakeRequest(head), owner)
    const use = dispatcher.accept(exchange)
    if (use.kind === 'unread') exchange.guard(use.answer)
    return { res, exchange, use }
  }
  /** Sends a request; when its head was accepted, it is admitted and run. */
  const request = (head: FakeHead = {}, body = '') => {
    const { res, exchange, use } = begin(head)
    if (use.kind !== 'unread') {
      const admission = dispatcher.admit(exchange)
      assert.equal(admission, undefined)
      dispatcher.run(exchange, new TextEncoder().encode(body).buffer as ArrayBuffer)
    }
    return { res, exchange, use }
  }
  return { dispatcher, owner, over, defects, begin, request }
}

const NO_ANSWER: Handler = () => NO_CONTENT
const ASK: FakeHead = { path: '/things/a' }

test('what a handler returns is the response, and the request is over once', () => {
  const { request, over, dispatcher } = world(() => ok({ a: 1 }))
  const { res } = request(ASK)
  assert.deepEqual([res.status, res.received], ['200 OK', '{"a":1}'])
  assert.equal(res.headers.get('content-type'), JSON_TYPE)
  assert.deepEqual(over, [[200, false]])
  assert.equal(dispatcher.inFlight, 0)
  res.abort()
  assert.equal(over.length, 1)
})

test('an answer that comes late is written when it comes', async () => {
  let answer: (reply: Reply) => void = () => {}
  const { request, dispatcher } = world(() => new Promise((resolve) => (answer = resolve)))
  const { res } = request(ASK)
  assert.equal(res.isEnded, false)
  assert.equal(dispatcher.inFlight, 1)
  answer(NO_CONTENT)
  await nextTurn()
  assert.deepEqual([res.status, res.received, res.isEnded], ['204 No Content', '', true])
  assert.equal(dispatcher.inFlight, 0)
})

test('an answer for a client that has left is dropped', async () => {
  let answer: (reply: Reply) => void = () => {}
  const { request, over } = world(() => new Promise((resolve) => (answer = resolve)))
  const { res } = request(ASK)
  res.abort()
  answer(ok({}))
  await nextTurn()
  assert.deepEqual([res.status, res.isEnded], ['', false])
  assert.deepEqual(over, [[0, true]])
})

test('a RestError is answered with its status and code, thrown or rejected', async () => {
  for (const handler of [
    () => {
      throw new RestError('ILLEGAL_STATE')
    },
    () => Promise.reject(new RestError('ILLEGAL_STATE')),
  ]) {
    const { request, defects } = world(handler)
    const { res, exchange } = request(ASK)
    await nextTurn()
    assert.equal(res.status, '409 Conflict')
    assert.equal(JSON.parse(res.received).error_code, 40903)
    assert.equal(exchange.errorCode, 40903)
    assert.deepEqual(defects, [])
  }
})

test('anything else that is thrown is a defect, which the client is not told', async () => {
  for (const handler of [
    () => {
      throw new Error('secret')
    },
    () => Promise.reject(new Error('secret')),
  ]) {
    const { request, defects } = world(handler)
    const { res } = request(ASK)
    await nextTurn()
    assert.equal(res.status, '500 Internal Server Error')
    assert.doesNotMatch(res.received, /secret/)
    assert.equal(defects.length, 1)
  }
})

test('a stream that fails before its first byte has the status of the error', async () => {
  const { request } = world(() => ({
    status: 200,
    stream: (response) => response.fail(new RestError('OVERSIZED_RECORD', 'too large')),
  }))
  const { res } = request(ASK)
  await nextTurn()
  assert.equal(res.status, '413 Payload Too Large')
  assert.equal(JSON.parse(res.received).error_code, 41301)
})

test('a stream that fails behind its first byte ends the connection', () => {
  const { request } = world(() => ({
    status: 200,
    stream: (response) => {
      response.send(Buffer.from('['), () => {})
      response.fail(new RestError('INTERNAL'))
    },
  }))
  const { res } = request(ASK)
  assert.deepEqual([res.status, res.received, res.isClosed], ['200 OK', '[', true])
})

test('an unknown path is 404, another method of a known one 405 with Allow', () => {
  const { request } = world(() => ok({}))
  assert.equal(request({ path: '/nothing' }).res.status, '404 Not Found')
  const { res } = request({ method: 'post', path: '/things/a' })
  assert.equal(res.status, '405 Method Not Allowed')
  assert.match(res.headers.get('allow') ?? '', /GET/)
})

test('OPTIONS waits for its admission where it needs one, and is refused with its error', async () => {
  const refusal = new RestError('UNKNOWN_CERTIFICATE')
  const refused = () => {
    throw refusal
  }
  const head = { method: 'options', path: '/things/a' }
  for (const admit of [refused, () => Promise.reject(refusal)]) {
    const of = (isAdmitted: boolean) =>
      world(NO_ANSWER, { admit, optionsPolicy: { isRefused: false, isAdmitted } })
    const { res } = of(true).request(head)
    await nextTurn()
    assert.equal(res.status, '401 Unauthorized')
    assert.equal(of(false).request(head).res.status, '200 OK')
  }
})

test('OPTIONS is refused with 403 where it is not wanted', () => {
  const { request } = world(NO_ANSWER, { optionsPolicy: { isRefused: true, isAdmitted: true } })
  assert.equal(request({ method: 'options', path: '/things' }).res.status, '403 Forbidden')
})

test('a body of another type is 415, in the type that the dialect says', () => {
  const { request } = world(() => ok({}))
  const headers = [['content-type', 'text/csv']] as const
  const { res } = request({ method: 'post', path: '/things', headers })
  assert.equal(res.status, '415 Unsupported Media Type')
  assert.equal(res.headers.get('content-type'), 'application/json')
})

test('a client that accepts nothing of what there is gets 406, and no handler runs', () => {
  let runs = 0
  const { request } = world(() => {
    runs++
    return ok({})
  })
  const { res, use } = request({ ...ASK, headers: [['accept', 'text/html']] })
  assert.deepEqual([res.status, use.kind, runs], ['406 Not Acceptable', 'unread', 0])
})

test('a body that is announced as too large is refused by its head, and ends the connection', () => {
  const { request } = world(() => ok({}), { maxBodyBytes: 100 })
  const length = (bytes: number): FakeHead => ({
    method: 'post',
    path: '/things',
    headers: [['content-length', String(bytes)]],
  })
  const refused = request(length(101)).res
  assert.deepEqual([refused.status, refused.endsConnection], ['413 Payload Too Large', true])
  assert.match(refused.received, /sluice\.request\.max\.bytes=100/)
  assert.equal(request(length(100), '{"thing":"a"}').use.kind, 'json')
})

test('a refused head is answered in the dialect of the first API, with the limit, and ends the connection', () => {
  const { dispatcher, owner } = world(() => ok({}))
  for (const [status, expected] of [
    [400, '400 Bad Request'],
    [431, '431 Request Header Fields Too Large'],
    [505, '505 HTTP Version Not Supported'],
  ] as const) {
    const res = new FakeResponse()
    dispatcher.refuse(new Exchange(res, fakeRequest(), owner), errorOfRefusal(status, 'A reason'))
    assert.deepEqual([res.status, res.endsConnection], [expected, true])
    const limit =
      ' max.request.header.size is 200 bytes, and a request has at most 100 header fields.'
    assert.deepEqual(JSON.parse(res.received), {
      error_code: status,
      message: `A reason.${status === 431 ? limit : ''}`,
    })
  }
  assert.equal(dispatcher.inFlight, 0)
})

test('a closed dispatcher answers 503 and ends the connection, also behind a body', async () => {
  let runs = 0
  const { request, dispatcher } = world(() => {
    runs++
    return ok({})
  })
  dispatcher.close()
  const { res } = request(ASK)
  await nextTurn()
  assert.deepEqual([res.status, res.endsConnection, runs], ['503 Service Unavailable', true, 0])
})

test('drain resolves when the last request is over, at once when there is none', async () => {
  let answer: (reply: Reply) => void = () => {}
  const { request, dispatcher } = world(() => new Promise((resolve) => (answer = resolve)))
  await dispatcher.drain()
  request(ASK)
  let isDrained = false
  const drained = dispatcher.drain().then(() => (isDrained = true))
  await nextTurn()
  assert.equal(isDrained, false)
  answer(ok({}))
  await drained
})

test('a response to HEAD has the length of the body, and none of it', () => {
  const { request } = world(() => ok({ a: 1 }))
  const { res } = request({ ...ASK, method: 'head' })
  assert.deepEqual([res.status, res.received], ['200 OK', ''])
  assert.equal(res.headers.get('content-length'), '7')
})

test('while the server sends clients away each response ends its connection', () => {
  for (const reply of [ok({ a: 1 }), NO_CONTENT]) {
    const { request, owner } = world(() => reply)
    owner.isClosing = true
    assert.equal(request(ASK).res.endsConnection, true)
  }
})

test('a large body goes out at the pace of its reader', () => {
  const large = 'x'.repeat(100_000)
  const { dispatcher, begin } = world(() => ok(large))
  const { res, exchange } = begin(ASK)
  res.room = 1000
  void dispatcher.admit(exchange)
  dispatcher.run(exchange, new ArrayBuffer(0))
  assert.deepEqual([res.received.length, res.isEnded], [1000, false])
  assert.equal(res.buffered, '')
  res.read(200_000)
  assert.equal(res.received.length, 100_002)
})

test('a request whose body came while the dispatcher was closed is 503, and no handler runs', () => {
  let runs = 0
  const { dispatcher, begin } = world(() => {
    runs++
    return ok({})
  })
  const { res, exchange, use } = begin(ASK)
  assert.equal(use.kind, 'ignored')
  void dispatcher.admit(exchange)
  dispatcher.close()
  dispatcher.run(exchange, new ArrayBuffer(0))
  assert.deepEqual([res.status, runs], ['503 Service Unavailable', 0])
})

test('drain waits for all requests', async () => {
  const answers: ((reply: Reply) => void)[] = []
  const { request, dispatcher } = world(() => new Promise((resolve) => answers.push(resolve)))
  request(ASK)
  request(ASK)
  let isDrained = false
  const drained = dispatcher.drain().then(() => (isDrained = true))
  answers[0]?.(NO_CONTENT)
  await nextTurn()
  assert.equal(isDrained, false)
  answers[1]?.(NO_CONTENT)
  await drained
})

test('a stream whose promise rejects is answered, or ended, with the error', async () => {
  for (const [sent, status] of [
    ['', '409 Conflict'],
    ['[', '200 OK'],
  ] as const) {
    const { request } = world(() => ({
      status: 200,
      stream: async (response) => {
        if (sent !== '') response.send(Buffer.from(sent), () => {})
        throw new RestError('ILLEGAL_STATE')
      },
    }))
    const { res } = request(ASK)
    await nextTurn()
    assert.deepEqual([res.status, res.isClosed], [status, sent !== ''])
  }
})

test('OPTIONS is answered with the methods of the path', () => {
  const { request } = world(() => ok({}))
  const { res } = request({ ...ASK, method: 'options' })
  assert.deepEqual([res.status, res.received], ['200 OK', ''])
  assert.deepEqual(res.headers.get('allow')?.split(', '), ['GET', 'HEAD', 'OPTIONS'])
})

test('headers that are malformed are 400, and no handler runs', () => {
  for (const header of [
    ['accept', 'a/b;q=x'],
    ['accept', 'a b'],
    ['content-type', 'json'],
  ] as const) {
    const { request } = world(() => assert.fail('it ran'))
    const { res } = request({ ...ASK, headers: [header] })
    assert.equal(res.status, '400 Bad Request', header.join(': '))
  }
})

test('JSON has a limit of its own, and a body that no route reads is ignored', () => {
  const { begin } = world(() => ok({}), { maxBodyBytes: 2 ** 24 })
  const post = { method: 'post', path: '/things' }
  const { use } = begin(post)
  assert.deepEqual([use.kind, use.kind === 'json' && use.maxBytes], ['json', 2 ** 20])
  const { use: ignored } = begin(ASK)
  assert.deepEqual(
    [ignored.kind, ignored.kind === 'ignored' && ignored.maxBytes],
    ['ignored', 2 ** 24],
  )
  const { use: small } = world(() => ok({}), { maxBodyBytes: 100 }).begin(post)
  assert.equal(small.kind === 'json' && small.maxBytes, 100)
})

test('a route that needs little has a limit of its own, unless that of the process is lower', () => {
  for (const [method, kind] of [
    ['put', 'json'],
    ['patch', 'bytes'],
  ] as const) {
    const limitOf = (maxBodyBytes: number) => {
      const { use } = world(() => ok({}), { maxBodyBytes }).begin({ method, path: '/things' })
      assert.equal(use.kind, kind)
      return use.kind === kind && [use.maxBytes, use.limit]
    }
    assert.deepEqual(limitOf(2 ** 24), [1000, '1000 for the body of this endpoint'])
    assert.deepEqual(limitOf(100), [100, 'sluice.request.max.bytes=100'])
  }
})

describe('admission', () => {
  test('gives a handler the services of its own request', () => {
    const hosts: string[] = []
    const { request } = world(() => assert.fail('the services of no request'), {
      admit:
        ({ host }) =>
        () => {
          hosts.push(host)
          return ok({})
        },
    })
    for (const host of ['a', 'b']) request({ ...ASK, headers: [['host', host]] })
    assert.deepEqual(hosts, ['a', 'b'])
  })

  test('may be asynchronous, and name the client', async () => {
    const { dispatcher, begin } = world(() => ok({}), {
      admit: async (exchange) => {
        exchange.principal = 'alice'
        return NO_ANSWER
      },
    })
    const { exchange, res } = begin(ASK)
    const admission = dispatcher.admit(exchange)
    assert.ok(admission instanceof Promise)
    await admission
    assert.equal(exchange.principal, 'alice')
    dispatcher.run(exchange, new ArrayBuffer(0))
    assert.equal(res.status, '204 No Content')
  })

  test('that fails is told to its caller, who answers with the error', async () => {
    const { dispatcher, begin, defects } = world(() => ok({}), {
      admit: () => Promise.reject(new RestError('ILLEGAL_STATE')),
    })
    const { exchange, res } = begin(ASK)
    const admission = dispatcher.admit(exchange)
    assert.ok(admission instanceof Promise)
    await admission.catch((error) => dispatcher.onError(exchange, error))
    assert.deepEqual([res.status, defects], ['409 Conflict', []])
  })
})

test('a client that leaves while the filter delays its request is not authenticated', async () => {
  let authenticated = 0
  let endDelay = () => {}
  const delay = new Promise<void>((resolve) => {
    endDelay = resolve
  })
  const { dispatcher, begin } = world(() => ok({}), {
    filter: { admit: () => delay, onOver: () => {} },
    authenticate: () => {
      authenticated++
    },
    admit: () => assert.fail('it has left'),
  })
  const { exchange, res } = begin(ASK)
  const admission = dispatcher.admit(exchange)
  const unknown = begin({ path: '/nothing' })
  for (const each of [res, unknown.res]) each.abort()
  endDelay()
  await admission
  await nextTurn()
  assert.equal(authenticated, 0)
})

test('an API is served in its dialect, and what is in none in that of the first', () => {
  const dialect = (name: string): Dialect => ({ ...PLAIN_DIALECT, encodeError: () => name })
  const observer = { onOver: () => {}, onDefect: () => new RestError('INTERNAL') }
  const admit = () => NO_ANSWER
  const dispatcher = new Dispatcher<Handler>({
    apis: [
      { routes: [ask], dialect: dialect('first'), admit },
      { routes: [tell], dialect: dialect('second'), admit },
    ],
    basePath: '',
    maxBodyBytes: 100,
    maxHeaderBytes: 200,
    observer,
  })
  const { owner } = fakeOwner<Handler>({ dialect: dispatcher.dialect })
  const answerTo = (head: FakeHead) => {
    const res = new FakeResponse()
    const use = dispatcher.accept(new Exchange<Handler>(res, fakeRequest(head), owner))
    if (use.kind === 'unread') use.answer()
    return res.received
  }
  const unacceptable = { headers: [['accept', 'text/html']] } as const
  assert.equal(answerTo({ ...ASK, ...unacceptable }), 'first')
  assert.equal(answerTo({ method: 'post', path: '/things', ...unacceptable }), 'second')
  assert.equal(answerTo({ path: '/nothing' }), 'first')
})
