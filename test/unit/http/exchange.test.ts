/** One request and its response, on a socket of the test's. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { Exchange } from '../../../src/http/exchange.ts'
import { ok } from '../../../src/http/route.ts'
import { fakeOwner } from './fake-owner.ts'
import { type FakeHead, FakeResponse, fakeRequest } from './fake-response.ts'

const LIMITS = { idleTimeoutMs: 1000, uploadTimeoutMs: 1000, minBytesPerSecond: 0 }
const TYPE = 'application/vnd.test+json'

function exchangeOf(head: FakeHead = {}, isClosing = false) {
  const res = new FakeResponse()
  const told: string[] = []
  const { owner, transfers } = fakeOwner({
    isClosing,
    onOver: (_exchange, aborted) => told.push(aborted ? 'aborted' : 'over'),
    onError: (_exchange, error) => told.push(`${error}`),
  })
  const exchange = new Exchange(res, fakeRequest(head), owner)
  exchange.accepted = { type: TYPE, quality: 1 }
  return { res, exchange, told, transfers }
}

const withHeaders = (...headers: [string, string][]) => exchangeOf({ headers })

test('a client that wants the connection closed gets its last response', () => {
  for (const value of ['close', 'Close', 'keep-alive, close']) {
    const { res, exchange } = withHeaders(['connection', value])
    exchange.respond(ok({}))
    assert.equal(res.endsConnection, true, value)
  }
  const { res, exchange } = withHeaders(['connection', 'keep-alive'])
  exchange.respond(ok({}))
  assert.equal(res.endsConnection, false)
})

test('a stream that is the last response says so', () => {
  for (const [isClosing, expected] of [
    [true, 'close'],
    [false, undefined],
  ] as const) {
    const { res, exchange } = exchangeOf({}, isClosing)
    exchange.openStream({ status: 200 })?.finish(Buffer.from('[]'), () => {})
    assert.equal(res.headers.get('connection'), expected)
  }
})

test('the time for which a connection waited is asked for where its listener limits reads, until the response', () => {
  const waitOf = (limitsReads: boolean) => {
    const res = new FakeResponse()
    res.readWaitMs = 7
    const { owner } = fakeOwner()
    return new Exchange(res, fakeRequest({}), owner, { scheme: 'http', limitsReads })
  }
  assert.equal(waitOf(false).readWaitMs, 0)
  const exchange = waitOf(true)
  assert.equal(exchange.readWaitMs, 7)
  exchange.respond(ok({}))
  assert.equal(exchange.readWaitMs, 0)
})

describe('the id of a request', () => {
  const idOf = (id: string) => {
    const { res, exchange } = withHeaders(['x-request-id', id])
    exchange.respond(ok({}))
    return res.headers.get('x-request-id') ?? ''
  }

  test("is the client's", () => {
    assert.equal(idOf('a-b:1/2'), 'a-b:1/2')
    assert.equal(idOf('x'.repeat(128)), 'x'.repeat(128))
  })

  test('is one of ours where that could do harm, another for each request', () => {
    const ids = ['', 'x'.repeat(129), 'a b', 'a\r\nb: c', 'é'].map(idOf)
    for (const id of ids) assert.match(id, /^[a-z0-9]+-[a-z0-9]+$/)
    assert.equal(new Set(ids).size, ids.length)
  })
})

describe('an error', () => {
  test('has its code in the body and for the log, and says when to try again', () => {
    const { res, exchange } = exchangeOf()
    const error = new RestError('TOO_MANY_REQUESTS')
    exchange.respondWithError(error, [['Allow', 'GET']])
    assert.equal(res.status, '429 Too Many Requests')
    assert.equal(JSON.parse(res.received).error_code, 429)
    assert.equal(exchange.errorCode, 429)
    assert.ok(error.retryAfterSeconds)
    assert.equal(res.headers.get('retry-after'), String(error.retryAfterSeconds))
    assert.equal(res.headers.get('allow'), 'GET')
  })

  test('of a stream without a byte has the type that was negotiated', () => {
    const { res, exchange } = exchangeOf()
    exchange.openStream({ status: 200 })?.fail(new RestError('ILLEGAL_STATE'))
    assert.deepEqual([res.status, res.headers.get('content-type')], ['409 Conflict', TYPE])
  })
})

test('204 has no type, and headers of a reply are written', () => {
  const { res, exchange } = exchangeOf()
  exchange.respond({ status: 204, body: null, headers: [['X-A', 'b']], logged: { records: 1 } })
  assert.deepEqual([res.headers.has('content-type'), res.headers.get('x-a')], [false, 'b'])
  assert.deepEqual([exchange.status, exchange.logged], [204, { records: 1 }])
})

test('a response to HEAD has no body, however large it is', () => {
  for (const size of [10, 100_000]) {
    const { res, exchange, told } = exchangeOf({ method: 'head' })
    exchange.respond({ status: 200, body: 'x'.repeat(size) })
    assert.deepEqual([res.received, res.headers.get('content-length')], ['', String(size)])
    assert.deepEqual(told, ['over'])
  }
})

test('the bytes of a response are counted, sent at once or as a stream', () => {
  const small = exchangeOf()
  small.exchange.respond({ status: 200, body: 'é' })
  assert.equal(small.exchange.bytes, 2)
  const large = exchangeOf()
  large.exchange.respond({ status: 200, body: Buffer.alloc(100_000) })
  assert.deepEqual([large.exchange.bytes, large.told], [100_000, ['over']])
  const stream = exchangeOf()
  stream.exchange.openStream({ status: 200 })?.send(Buffer.alloc(1000), () => {})
  stream.res.abort()
  assert.deepEqual([stream.exchange.bytes, stream.told], [1000, ['aborted']])
})

test('a client that leaves is told to the stream, once and after the exchange is over', () => {
  const { res, exchange, told } = exchangeOf()
  const stream = exchange.openStream({ status: 200 })
  if (!stream) throw new Error('no stream')
  stream.onAborted = () => told.push(exchange.isOver ? 'gone' : 'gone too early')
  res.abort()
  res.abort()
  assert.deepEqual(told, ['aborted', 'gone'])
})

test('a client that leaves before the socket has the last piece is told once', () => {
  const { res, exchange, told } = exchangeOf()
  const stream = exchange.openStream({ status: 200 })
  if (!stream) throw new Error('no stream')
  stream.onAborted = () => told.push('gone')
  res.room = 0
  stream.finish(Buffer.alloc(20_000), () => told.push('taken'))
  res.abort()
  assert.deepEqual(told, ['aborted', 'gone'])
})

test('an exchange is answered once', () => {
  const { res, exchange, told } = exchangeOf()
  exchange.openStream({ status: 200 })
  exchange.respond(ok({}))
  assert.equal(res.status, '', 'the stream is the answer')
  exchange.stream?.finish(Buffer.from('[]'), () => {})
  exchange.respond(ok({}))
  assert.deepEqual([res.received, told], ['[]', ['over']])
  assert.equal(exchange.openStream({ status: 200 }), undefined)
})

describe('a body', () => {
  const hasBody = (...headers: [string, string][]) => withHeaders(...headers).exchange.hasBody

  test('is there when a length or a coding says so', () => {
    assert.equal(hasBody(), false)
    assert.equal(hasBody(['content-length', '0']), false)
    assert.equal(hasBody(['content-length', '1']), true)
    assert.equal(hasBody(['transfer-encoding', 'chunked']), true)
  })

  test('is invited when the client waits for that, and not when nobody waits, or after the answer', () => {
    const headers: [string, string][] = [['expect', '100-Continue']]
    for (const [head, invitations] of [
      [{ headers }, 1],
      [{}, 0],
    ] as const) {
      const { exchange, res } = exchangeOf(head)
      exchange.inviteBody()
      exchange.respond(ok({}))
      exchange.inviteBody()
      assert.equal(res.invitations, invitations)
    }
  })
})

test('the reader of a streamed response is checked until the response is over', () => {
  const { exchange, res, transfers } = exchangeOf()
  const stream = exchange.openStream({ status: 200 })
  assert.deepEqual([...transfers], [stream])
  res.room = 0
  stream?.send(Buffer.alloc(20_000), () => {})
  for (const transfer of transfers) transfer.check(performance.now() + 2000, LIMITS)
  assert.equal(res.isClosed, true)
  res.read(40_000)
  stream?.finish(Buffer.from(']'), () => {})
  assert.equal(transfers.size, 0)
})

test('a stream that ends with its client is not opened for one that has left before', () => {
  const { exchange, res, told, transfers } = exchangeOf()
  res.onPeerEnd = (handler) => handler()
  res.close = () => res.abort()
  assert.equal(exchange.openStream({ status: 200, endsWithClient: true }), undefined)
  assert.deepEqual([told, transfers.size], [['aborted'], 0])
})

test('the sender of a stream is told of an error from elsewhere', () => {
  const { exchange, res, told, transfers } = exchangeOf()
  const stream = exchange.openStream({ status: 200 })
  if (stream) stream.onAborted = () => told.push('abandoned')
  exchange.fail(new RestError('OUT_OF_TIME'))
  assert.equal(res.status, '503 Service Unavailable')
  assert.deepEqual([told, transfers.size], [['over', 'abandoned'], 0])
})

test('a stream that an error response replaces is not checked any more', () => {
  const { exchange, told, transfers } = exchangeOf()
  exchange.openStream({ status: 200 })?.fail(new RestError('ILLEGAL_STATE'))
  assert.deepEqual([told, transfers.size], [['over'], 0])
})

describe('a paused connection', () => {
  test('is read again when its request is answered', () => {
    const { exchange, res } = exchangeOf()
    exchange.pause()
    exchange.respond(ok({}))
    assert.deepEqual([res.isPaused, res.isEnded], [false, true])
  })
})

test('a response before the end of the body ends the connection', () => {
  for (const hasEnded of [false, true]) {
    const { exchange, res, told } = exchangeOf()
    exchange.receiveBody({
      hasEnded,
      receivedBytes: 0,
      receive: () => {},
      refuse: () => {},
      onOver: () => told.push('freed'),
    })
    exchange.respond(ok({}))
    assert.equal(res.endsConnection, !hasEnded)
    assert.ok(told.includes('freed'))
  }
})

test('an exception while a body is received is reported', () => {
  const { exchange, res, told } = exchangeOf()
  const receive = () => {
    throw new Error('a bug')
  }
  exchange.receiveBody({
    hasEnded: false,
    receivedBytes: 0,
    receive,
    refuse: () => {},
    onOver: () => {},
  })
  res.send('x', false)
  assert.deepEqual(told, ['Error: a bug'])
})

test('a client that sends its FIN ends a stream that ends with it, and no other response', () => {
  for (const endsWithClient of [true, false]) {
    const { exchange, res } = exchangeOf()
    exchange.openStream({ status: 200, endsWithClient })?.send(Buffer.from('['), () => {})
    res.halfClose()
    assert.equal(res.isClosed, endsWithClient)
  }
})

test('a malformed body is refused with the status and the reason of the parser', () => {
  const { exchange, res } = exchangeOf()
  let refused: RestError | undefined
  const refuse = (error: RestError) => {
    refused = error
  }
  exchange.receiveBody({
    hasEnded: false,
    receivedBytes: 0,
    receive: () => {},
    refuse,
    onOver: () => {},
  })
  res.refuseBody(400, 'Malformed chunk')
  assert.deepEqual([refused?.name, refused?.message], ['BAD_REQUEST', 'Malformed chunk.'])
})

test('a status without a text has none', () => {
  const { exchange, res } = exchangeOf()
  exchange.respond({ status: 599, body: '' })
  assert.equal(res.status, '599')
})

test('an origin has the scheme of the listener and the host of the request', () => {
  const { owner } = fakeOwner()
  const request = fakeRequest({ headers: [['host', 'h:1']] })
  assert.equal(new Exchange(new FakeResponse(), request, owner).origin, 'http://h:1')
  assert.equal(
    new Exchange(new FakeResponse(), request, owner, { scheme: 'https' }).origin,
    'https://h:1',
  )
  assert.equal(exchangeOf().exchange.origin, '')
})
