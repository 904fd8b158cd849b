/**
 * A streamed response on a socket that takes what the test lets it take. A piece's memory may be reused when
 * the piece is taken. The last piece is taken, and its records count as delivered, when the kernel has the
 * whole response.
 */
import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { RestError } from '../../../src/errors.ts'
import type { Encoder } from '../../../src/http/content-encoding.ts'
import { ResponseStream } from '../../../src/http/response-stream.ts'
import { FakeResponse } from './fake-response.ts'

function streamOn(res: FakeResponse, encoder?: Encoder) {
  const told: string[] = []
  const stream = new ResponseStream(res, {
    openEncoder: () => encoder,
    writeHead: () => told.push('head'),
    isLast: false,
    onWritten: () => told.push('written'),
    onEnd: () => told.push('end'),
    onCut: () => told.push('cut'),
    respondWithError: (error) => told.push(`error ${error.code}`),
  })
  stream.onAborted = () => told.push('gone')
  return { stream, told }
}

const bytes = (size: number, letter = 'x') => Buffer.alloc(size, letter)

test('pieces go out in order, and the response ends behind the last one', () => {
  const res = new FakeResponse()
  const { stream, told } = streamOn(res)
  stream.send(Buffer.from('[1'), () => told.push('taken 1'))
  stream.send(Buffer.from(',2'), () => told.push('taken 2'))
  stream.finish(Buffer.from(']'), () => told.push('taken 3'))
  assert.equal(res.received, '[1,2]')
  assert.ok(res.isEnded)
  assert.deepEqual(told, ['head', 'taken 1', 'taken 2', 'written', 'taken 3', 'end'])
})

test('a piece is taken when the socket has it, and the next one waits for the socket', () => {
  const res = new FakeResponse()
  const { stream, told } = streamOn(res)
  res.room = 10
  stream.send(bytes(20_000, 'a'), () => told.push('taken a'))
  stream.send(bytes(20_000, 'b'), () => told.push('taken b'))
  assert.deepEqual(told, ['head'])
  assert.equal(res.buffered, '', 'nothing is copied')
  res.read(19_990)
  assert.deepEqual(told, ['head', 'taken a'])
  res.read(20_000)
  assert.deepEqual(told, ['head', 'taken a', 'taken b'])
})

test('the bytes of a streamed response are counted as they go out', () => {
  const res = new FakeResponse()
  const { stream } = streamOn(res)
  assert.equal(stream.bytes, 0)
  stream.send(bytes(100), () => {})
  assert.equal(stream.bytes, 100)
  res.room = 1000
  stream.finish(bytes(20_000), () => {})
  assert.equal(stream.bytes, 100 + 1000)
  while (!res.isEnded) res.read(700)
  assert.equal(stream.bytes, 100 + 20_000)

  const whole = streamOn(new FakeResponse()).stream
  whole.finish(bytes(1000), () => {})
  assert.equal(whole.bytes, 1000)
})

test('the last piece is not taken at hand-over, but when the kernel has all of the response', () => {
  for (const size of [0, 10, 10_000, 50_000]) {
    const res = new FakeResponse()
    const { stream, told } = streamOn(res)
    stream.send(Buffer.from('['), () => {})
    res.room = 0
    stream.finish(bytes(size), () => told.push('delivered'))
    for (let read = 0; read < 100 && res.received.length < 1 + size; read++) {
      assert.ok(!told.includes('delivered') || size === 0)
      res.read(700)
    }
    assert.ok(res.isEnded)
    assert.deepEqual(told, ['head', 'written', 'delivered', 'end'])
  }
})

test('a connection that is closed behind the end of a response, before it is sent, is a cut', () => {
  const res = new FakeResponse()
  const { stream, told } = streamOn(res)
  res.room = 5
  stream.finish(bytes(1000), () => told.push('delivered'))
  assert.deepEqual(told, ['head', 'written'])
  res.abort()
  assert.deepEqual(told, ['head', 'written', 'gone', 'cut'])
})

for (const last of [0, 1, 2, 5000]) {
  for (const room of [0, 1, 100, 15_000, 16_000, 40_000, 299_900, 299_999, 320_000]) {
    test(`a reader with ${room} bytes of room loses none before a last piece of ${last}`, async () => {
      const res = new FakeResponse()
      const { stream } = streamOn(res)
      const sizes = [300_000, 10, 20_000, last]
      const whole = sizes.map((size, index) => 'abcd'.charAt(index).repeat(size)).join('')
      let receivedAtDelivery = -1
      const send = (index: number) => {
        const piece = bytes(sizes[index] ?? 0, 'abcd'.charAt(index))
        if (index === sizes.length - 1) {
          stream.finish(piece, () => (receivedAtDelivery = res.received.length))
          return
        }
        stream.send(piece, () => {
          piece.fill('!') // The memory is used again.
          void setImmediate().then(() => send(index + 1))
        })
      }
      res.room = room
      send(0)
      for (let read = 0; read < 10_000 && receivedAtDelivery < 0; read++) {
        if (read % 10 === 0) await setImmediate()
        res.read(700)
      }
      assert.ok(res.received === whole, `${res.received.length} bytes of ${whole.length}`)
      assert.equal(receivedAtDelivery, whole.length)
    })
  }
}

test('a response of one piece is offered again where the socket stopped', () => {
  const res = new FakeResponse()
  const { stream, told } = streamOn(res)
  res.room = 300
  stream.finish(bytes(20_000), () => told.push('delivered'))
  assert.deepEqual(told, ['head'])
  assert.equal(res.buffered, '', 'nothing is copied')
  res.read(300)
  assert.deepEqual(told, ['head'])
  res.read(20_000)
  assert.equal(res.received.length, 20_000)
  assert.deepEqual(told, ['head', 'written', 'delivered', 'end'])
})

test('a client that leaves is told of once, and its last piece is never taken', () => {
  const res = new FakeResponse()
  const { stream, told } = streamOn(res)
  res.room = 0
  stream.send(bytes(10), () => {})
  stream.finish(bytes(20_000), () => told.push('delivered'))
  stream.abort()
  stream.abort()
  stream.send(bytes(10), () => told.push('sent'))
  stream.fail(new RestError('INTERNAL'))
  assert.deepEqual(told, ['head', 'gone'])
})

test('an error before the first byte is an ordinary response; behind it the connection ends', () => {
  const early = new FakeResponse()
  const first = streamOn(early)
  first.stream.fail(new RestError('ILLEGAL_STATE'))
  assert.deepEqual(first.told, ['error 40903'])
  const late = new FakeResponse()
  const second = streamOn(late)
  second.stream.send(Buffer.from('['), () => {})
  second.stream.fail(new RestError('ILLEGAL_STATE'))
  assert.deepEqual([second.told, late.isClosed, late.isEnded], [['head'], true, false])
})

test('a sender is told once of an error that it does not know of, also before its first piece', () => {
  const { stream, told } = streamOn(new FakeResponse())
  stream.cut(new RestError('OUT_OF_TIME'))
  stream.cut(new RestError('OUT_OF_TIME'))
  stream.abort()
  assert.deepEqual(told, ['error 503', 'gone'])
  const late = new FakeResponse()
  const second = streamOn(late)
  second.stream.send(Buffer.from('['), () => {})
  second.stream.cut(new RestError('OUT_OF_TIME'))
  assert.deepEqual([second.told, late.isClosed], [['head'], true])
  second.stream.abort()
  assert.deepEqual(second.told, ['head', 'gone'])
})

test('a reader is stalled that takes nothing for as long as the limit, and only then', () => {
  const res = new FakeResponse()
  const { stream, told } = streamOn(res)
  const limits = { idleTimeoutMs: 1000, uploadTimeoutMs: 0, minBytesPerSecond: 0 }
  const now = performance.now()
  stream.check(now + 1e6, limits)
  assert.deepEqual(told, [], 'nothing waits for the reader')
  res.room = 0
  stream.send(bytes(20_000), () => {})
  stream.check(now, limits)
  assert.deepEqual([told, res.isClosed], [['head'], false])
  assert.equal(stream.isStalled(now + 1e6, 1000), true)
  res.read(100_000)
  stream.send(bytes(20_000), () => {})
  stream.check(now + 1e6, limits)
  assert.equal(res.isClosed, false)
  res.room = 0
  stream.send(bytes(20_000), () => {})
  stream.check(now + 1e6, limits)
  assert.equal(res.isClosed, true)
})

test('a reader has the whole limit from when it stopped, and again from when it went on', (t) => {
  let now = 0
  t.after(() => mock.restoreAll())
  mock.method(performance, 'now', () => now)
  const res = new FakeResponse()
  const { stream } = streamOn(res)
  now = 5000
  res.room = 10
  stream.send(bytes(40_000), () => {})
  assert.equal(stream.isStalled(5900, 1000), false)
  now = 5900
  res.read(10)
  assert.equal(stream.isStalled(6800, 1000), false)
  assert.equal(stream.isStalled(6901, 1000), true)
})

test('a small piece behind one that waits waits, too', () => {
  const res = new FakeResponse()
  const { stream, told } = streamOn(res)
  res.room = 0
  stream.send(bytes(10), () => told.push('taken a'))
  stream.send(bytes(600), () => told.push('taken b'))
  stream.send(bytes(10), () => told.push('taken c'))
  assert.deepEqual(told, ['head', 'taken a'])
  res.read(1000)
  assert.deepEqual(told, ['head', 'taken a', 'taken b', 'taken c'])
})

/** Makes two letters of each piece, in a later turn. */
class FakeEncoder {
  readonly coding = 'gzip'
  isClosed = false

  encode(piece: Uint8Array, isLast: boolean, done: (encoded: Uint8Array) => void): void {
    const encoded = Buffer.from(`${String.fromCharCode(piece[0] ?? 0)}${isLast ? '.' : ','}`)
    void setImmediate().then(() => this.isClosed || done(encoded))
  }

  close(): void {
    this.isClosed = true
  }
}

describe('a compressed response', () => {
  function compressed() {
    const res = new FakeResponse()
    const encoder = new FakeEncoder()
    return { res, encoder, ...streamOn(res, encoder as unknown as Encoder) }
  }

  test('has its pieces in order, each taken when the socket has it', async () => {
    const { res, stream, told } = compressed()
    stream.send(bytes(1000, 'a'), () => told.push('taken 1'))
    stream.send(bytes(1000, 'b'), () => told.push('taken 2'))
    stream.finish(bytes(1000, 'c'), () => told.push('taken 3'))
    assert.deepEqual(told, [])
    await setImmediate()
    await setImmediate()
    assert.equal(res.received, 'a,b,c.')
    assert.deepEqual(told, ['head', 'taken 1', 'taken 2', 'written', 'taken 3', 'end'])
    assert.equal(stream.bytes, 6)
  })

  test('is an error while nothing of it was sent, and its pieces are given up', async () => {
    const { res, encoder, stream, told } = compressed()
    stream.send(bytes(1000), () => told.push('taken'))
    stream.fail(new RestError('BAD_REQUEST'))
    await setImmediate()
    assert.deepEqual([told, res.received, encoder.isClosed], [['error 400', 'gone'], '', true])
  })

  test('goes to nobody when its client leaves meanwhile', async () => {
    const { res, encoder, stream, told } = compressed()
    stream.send(bytes(1000), () => told.push('taken'))
    stream.abort()
    await setImmediate()
    assert.deepEqual([told, res.received, encoder.isClosed], [['gone'], '', true])
  })
})

test('the bytes of a response are counted also if the kernel takes all at once', () => {
  const res = new FakeResponse()
  const { stream, told } = streamOn(res)
  let counted = 0
  stream.finish(bytes(50_000), () => {
    counted = stream.bytes
  })
  assert.equal(counted, 50_000)
  assert.deepEqual(told, ['head', 'written', 'end'])
})
