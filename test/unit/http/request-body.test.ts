/** Bodies that arrive in pieces: their room, their rate, their order, and who frees their memory. */
import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RestError } from '../../../src/errors.ts'
import type { BodyBytes, BodyCollector, ExpectedBody } from '../../../src/http/body.ts'
import { type BodyContext, type BodyExchange, RequestBody } from '../../../src/http/request-body.ts'
import { Rounds } from '../../../src/http/rounds.ts'
import { UploadPace } from '../../../src/http/upload-pace.ts'
import { UploadRoom } from '../../../src/http/upload-room.ts'
import type { Transfer } from '../../../src/http/watchdog.ts'

const LIMITS = { idleTimeoutMs: 30_000, uploadTimeoutMs: 600_000, minBytesPerSecond: 240 }

/** An exchange that is over once it was answered, as the real one tells its body. */
class FakeExchange implements BodyExchange {
  readonly contentLength = '500'
  hasBody = true
  error: RestError | undefined
  isPaused = false
  readWaitMs = 0
  onOver: () => void = () => {}

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  fail(error: RestError): void {
    this.error = error
    this.onOver()
  }

  guard(work: () => void): void {
    work()
  }
}

/** Bodies with a clock, and memory of `room` bytes for all of them. */
function setUp({ room = 1000, maxBytes = 900 } = {}) {
  let now = 0
  let used = 0
  let code = 0
  mock.method(performance, 'now', () => now)
  const transfers = new Set<Transfer>()
  const rounds = new Rounds()
  rounds.isUnlimited = true
  const watchdog = {
    limits: LIMITS,
    add: (transfer: Transfer) => transfers.add(transfer),
    delete: (transfer: Transfer) => transfers.delete(transfer),
  }
  const context = {
    room: new UploadRoom(),
    watchdog: watchdog as unknown as BodyContext['watchdog'],
    rounds,
    createCollector: (): BodyCollector => {
      let text = ''
      return {
        append(piece) {
          if (code !== 0) return code
          if (used + piece.byteLength > room) return 429
          used += piece.byteLength
          text += Buffer.from(piece).toString('latin1')
          return 0
        },
        bytes: () => new Uint8Array(Buffer.from(text, 'latin1')).buffer,
        release() {
          used -= text.length
          text = ''
        },
      }
    },
  }
  /** A new body, which is held. */
  const hold = (kind: 'ignored' | 'bytes' | 'stream' = 'bytes', exchange = new FakeExchange()) => {
    const use: ExpectedBody = { kind, maxBytes, limit: 'a limit' }
    const body = new RequestBody(exchange, use, context)
    exchange.onOver = () => body.onOver()
    const events: string[] = []
    const receive = (piece: ArrayBuffer | string, isLast = false) =>
      body.receive(typeof piece === 'string' ? bytesOf(piece) : piece, isLast)
    return {
      exchange,
      body,
      events,
      receive,
      /** The whole body, as the handler gets it. */
      collect: () => body.collect((whole) => events.push(textOf(whole))),
      read: () =>
        body.read({
          onPiece: (piece) => events.push(textOf(piece)),
          onEnd: () => events.push('end'),
          onAborted: () => events.push('aborted'),
        }),
      /** Returns whether the piece was taken. */
      append: (bytes: number) => {
        receive(new ArrayBuffer(bytes))
        return exchange.error === undefined
      },
      code: () => exchange.error?.code,
    }
  }
  return {
    wait: (ms: number) => {
      now += ms
    },
    fail: (with_: number) => {
      code = with_
    },
    used: () => used,
    check: () => {
      for (const transfer of transfers) transfer.check(now, LIMITS)
    },
    transfers,
    rounds,
    hold,
    /** A new body, which is collected. */
    begin: (kind: 'ignored' | 'bytes' = 'bytes') => {
      const held = hold(kind)
      held.collect()
      return held
    },
  }
}

function bytesOf(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text)).buffer
}

/** The text of a body, whose memory is freed as the server frees it. */
function textOf(body: BodyBytes): string {
  if (body instanceof ArrayBuffer) return Buffer.from(body).toString()
  const text = Buffer.from(body.bytes()).toString()
  body.release()
  return text
}

describe('bodies for which there is no room', () => {
  test('make the slowest go, and only those that are slower', () => {
    const { begin, wait, used } = setUp()
    const [stalled, slow, fast] = [begin(), begin(), begin()]
    assert.equal(stalled.append(400), true)
    wait(5000)
    assert.equal(slow.append(300), true)
    wait(2000)
    assert.equal(fast.append(300), true)
    assert.equal(fast.append(300), true)
    assert.equal(stalled.code(), 429)
    assert.match(stalled.exchange.error?.message ?? '', /sluice\.request\.arriving\.max\.bytes/)
    assert.equal(slow.code(), undefined)
    assert.equal(used(), 900)
    assert.equal(fast.append(200), true)
    assert.equal(slow.code(), 429)
    assert.equal(used(), 800)
    assert.equal(fast.code(), undefined)
  })

  test('are taken when they are small and new, at the expense of a large one that came faster', () => {
    const { begin, wait, used } = setUp()
    const [large, small] = [begin(), begin()]
    assert.equal(large.append(895), true)
    wait(300)
    assert.equal(small.append(10), true)
    wait(20)
    assert.equal(small.append(100), true)
    assert.equal(large.code(), 429)
    assert.equal(small.code(), undefined)
    assert.equal(used(), 110)
  })

  test('are refused themselves when none comes slower', () => {
    const { begin, wait, used } = setUp()
    const [fast, slow] = [begin(), begin()]
    assert.equal(slow.append(100), true)
    wait(3000)
    assert.equal(fast.append(800), true)
    assert.equal(slow.append(101), false)
    assert.equal(slow.code(), 429)
    assert.match(slow.exchange.error?.message ?? '', /Nothing of this request was written/)
    assert.equal(fast.code(), undefined)
    assert.equal(used(), 800)
  })

  test('are refused with what the memory says', () => {
    const { begin, fail, used } = setUp()
    const [waiting, refused] = [begin(), begin()]
    assert.equal(waiting.append(100), true)
    fail(50303)
    assert.equal(refused.append(1), false)
    assert.equal(refused.code(), 50303)
    assert.equal(used(), 100)
  })
})

test('a body above its limit is refused, and its room is free', () => {
  const { begin, used, transfers } = setUp()
  const upload = begin()
  assert.equal(upload.append(900), true)
  assert.equal(upload.append(1), false)
  assert.equal(upload.code(), 413)
  assert.deepEqual([used(), transfers.size], [0, 0])
  const whole = begin()
  whole.receive(new ArrayBuffer(901), true)
  assert.deepEqual([whole.code(), whole.events], [413, []])
})

test('a body that was handed over is no longer checked', () => {
  const { begin, wait, check, transfers } = setUp()
  const upload = begin()
  upload.receive('abc')
  upload.receive('', true)
  assert.deepEqual(upload.events, ['abc'])
  wait(1_000_000)
  check()
  assert.deepEqual([upload.code(), transfers.size], [undefined, 0])
})

test('bodies that come too slowly are 408, and the others are kept', () => {
  const { begin, wait, check, used } = setUp({ room: 20_000, maxBytes: 20_000 })
  const [crawling, steady] = [begin(), begin()]
  for (let second = 0; second < 40; second += 5) {
    if (crawling.code() === undefined) crawling.append(100)
    steady.append(1200)
    wait(5000)
    check()
  }
  assert.equal(crawling.code(), 408)
  assert.equal(steady.code(), undefined)
  assert.equal(used(), 8 * 1200)
})

test('a body has the time for which its connection waited to be read, and no more', () => {
  const { begin, wait, check } = setUp()
  const upload = begin()
  upload.exchange.readWaitMs = 5_000
  upload.append(100)
  wait(300_000)
  upload.exchange.readWaitMs += 290_000
  check()
  assert.equal(upload.code(), undefined)
  check()
  wait(21_000)
  check()
  assert.equal(upload.code(), 408)
})

test('a body that comes at once after its connection waited is not too slow', () => {
  const { begin, wait, check } = setUp()
  const upload = begin()
  upload.append(100)
  for (let piece = 0; piece < 7; piece++) {
    wait(100_000)
    upload.exchange.readWaitMs += 100_000
    upload.append(100)
    check()
  }
  assert.equal(upload.code(), undefined)
})

describe('bodies in very small chunks', () => {
  test('are refused when a round has more than 5000 of them', async () => {
    const { begin, used } = setUp({ room: 1e6, maxBytes: 1e6 })
    const upload = begin()
    for (let count = 0; count < 5000; count++) assert.equal(upload.append(1), true)
    assert.equal(upload.append(1), false)
    assert.equal(upload.code(), 429)
    assert.equal(used(), 0)
    const small = begin()
    for (let count = 0; count < 500; count++) assert.ok(small.append(1), 'who sent few may go on')
    assert.equal(small.append(1), false)
    await nextTurn()
    const later = begin()
    for (let count = 0; count < 2000; count++) assert.equal(later.append(1), true)
  })

  test('are taken as long as they come, if not all at once', async () => {
    const { begin } = setUp({ room: 1e6, maxBytes: 1e6 })
    const upload = begin()
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 4900; count++) assert.equal(upload.append(1), true)
      await nextTurn()
    }
  })

  test('are no matter of large chunks', () => {
    const { begin } = setUp({ room: 1e9, maxBytes: 1e9 })
    const upload = begin()
    for (let count = 0; count < 30_000; count++) assert.equal(upload.append(128), true)
  })
})

test('a body that does not end is 408, however fast it comes', () => {
  const { begin, wait, check } = setUp({ room: 1e9, maxBytes: 1e9 })
  const upload = begin()
  for (let ms = 0; ms <= LIMITS.uploadTimeoutMs; ms += 1000) {
    check()
    assert.equal(upload.append(10_000), true)
    wait(1000)
  }
  check()
  assert.equal(upload.code(), 408)
})

test('bodies that hold no memory are not refused to make room', () => {
  const { begin, wait } = setUp()
  const ignored = begin('ignored')
  assert.equal(ignored.append(1), true)
  wait(5000)
  const fast = begin()
  assert.equal(fast.append(899), true)
  assert.equal(begin().append(102), false)
  assert.deepEqual([ignored.code(), fast.code()], [undefined, undefined])
})

describe('a body in one piece', () => {
  test('is handed over where it lies', () => {
    const { hold, used } = setUp()
    const { body, receive } = hold()
    const whole = bytesOf('abc')
    body.collect((bytes) => assert.equal(bytes, whole))
    receive(whole, true)
    assert.deepEqual([body.hasEnded, used()], [true, 0])
  })

  test('is collected when its round has no time, and handed over in a later one', async () => {
    const { begin, rounds, wait, used, transfers } = setUp()
    rounds.isUnlimited = false
    rounds.run(() => wait(20))
    const { events, receive } = begin()
    receive('abc', true)
    assert.deepEqual([events, used(), transfers.size], [[], 3, 1])
    await nextTurn()
    assert.deepEqual([events, used(), transfers.size], [['abc'], 0, 0])
  })
})

describe('a body that is held', () => {
  test('pauses its connection until it is admitted, and loses nothing', () => {
    const { hold, used, transfers } = setUp()
    const { exchange, receive, collect, events } = hold()
    receive('ab')
    assert.ok(exchange.isPaused)
    receive('cd')
    assert.deepEqual([events, used()], [[], 4])
    collect()
    assert.equal(exchange.isPaused, false)
    receive('e', true)
    assert.deepEqual([events, used()], [['abcde'], 0])
    assert.equal(transfers.size, 0)
  })

  test('is not paused when it came as a whole, and handed over when it is admitted', () => {
    const { hold, used, transfers } = setUp()
    const { exchange, receive, collect, events } = hold()
    receive('abc', true)
    assert.deepEqual([exchange.isPaused, events, used()], [false, [], 3])
    collect()
    assert.deepEqual([events, used(), transfers.size], [['abc'], 0, 0])
  })

  test('is not too slow: the time does not count', () => {
    const { hold, wait, check } = setUp()
    const { receive, collect, code } = hold()
    receive('abc')
    wait(1_000_000)
    check()
    assert.equal(code(), undefined)
    collect()
    check()
    assert.equal(code(), undefined)
    wait(30_001)
    check()
    assert.equal(code(), 408)
  })

  test('is freed when the client leaves, and never handed over', () => {
    const { hold, used, transfers } = setUp()
    const { exchange, receive, collect, events } = hold()
    receive('abc')
    exchange.onOver()
    exchange.onOver()
    assert.deepEqual([used(), transfers.size], [0, 0])
    collect()
    receive('d', true)
    assert.deepEqual([events, used()], [[], 0])
  })
})

describe('a body that is streamed', () => {
  test('comes piece by piece, and holds no memory', () => {
    const { hold, used } = setUp()
    const { receive, read, events } = hold('stream')
    read()
    receive('ab')
    receive('c', true)
    assert.deepEqual([events, used()], [['ab', 'c', 'end'], 0])
  })

  test('waits for its reader, and while it is paused', () => {
    const { hold, used } = setUp()
    const { body, exchange, receive, read, events } = hold('stream')
    receive('ab')
    assert.deepEqual([exchange.isPaused, used()], [true, 2])
    read()
    assert.deepEqual([events, used(), exchange.isPaused], [['ab'], 0, false])
    body.pause()
    assert.ok(exchange.isPaused)
    receive('cd')
    receive('e', true)
    assert.deepEqual([events, used()], [['ab'], 3])
    body.resume()
    assert.deepEqual([events, used()], [['ab', 'cde', 'end'], 0])
    body.resume()
    assert.equal(events.length, 3)
  })

  test('that is paused by its reader in the last piece ends after the pause', () => {
    const { hold } = setUp()
    const { body, receive, events, exchange } = hold('stream')
    receive('ab', true)
    body.read({
      onPiece: () => body.pause(),
      onEnd: () => events.push('end'),
      onAborted: () => events.push('aborted'),
    })
    assert.deepEqual([events, exchange.isPaused], [[], false])
    body.resume()
    assert.deepEqual(events, ['end'])
  })

  test('ends at once when the request has no body', () => {
    const exchange = new FakeExchange()
    exchange.hasBody = false
    const { read, events } = setUp().hold('stream', exchange)
    read()
    assert.deepEqual(events, ['end'])
  })

  test('tells its reader once that it broke off: refused, too slow, or left by its client', () => {
    for (const end of ['refused', 'slow', 'left'] as const) {
      const { hold, wait, check } = setUp()
      const { exchange, receive, read, events } = hold('stream')
      read()
      receive('ab')
      if (end === 'refused') receive(new ArrayBuffer(900))
      if (end === 'slow') wait(30_001)
      check()
      exchange.onOver()
      assert.deepEqual(events, ['ab', 'aborted'], end)
    }
  })
})

describe('the pace of a body', () => {
  const limits = { ...LIMITS, uploadTimeoutMs: Number.POSITIVE_INFINITY }

  /** After how many seconds a body is too slow that brings so many bytes every so many seconds. */
  function secondsOf(bytes: number, everySeconds: number, first = 0): number {
    const pace = new UploadPace(0, limits)
    pace.add(first, 0)
    for (let second = 1; second < 1000; second++) {
      if (second % everySeconds === 0) pace.add(bytes, second * 1000)
      if (pace.isTooSlow(second * 1000)) return second
    }
    return Number.POSITIVE_INFINITY
  }

  test('is too slow when nothing comes for the idle time', () => {
    assert.equal(secondsOf(0, 1), 31)
    assert.equal(secondsOf(1_000_000, 100), 31)
  })

  test('is too slow below the least rate, though something comes all the time', () => {
    assert.equal(secondsOf(1, 1), 31)
    assert.ok(secondsOf(200, 1) < 200)
  })

  test('is good at the least rate, in small pieces or in large ones', () => {
    assert.equal(secondsOf(240, 1), Number.POSITIVE_INFINITY)
    assert.equal(secondsOf(7200, 30), Number.POSITIVE_INFINITY)
  })

  test('is not excused by a fast beginning', () => {
    assert.equal(secondsOf(1, 5, 64 * 1024 * 1024), 31)
  })

  test('does not matter without a least rate, as long as something comes', () => {
    const pace = new UploadPace(0, { ...limits, minBytesPerSecond: 0 })
    for (let second = 0; second < 1000; second += 29) {
      assert.ok(!pace.isTooSlow(second * 1000))
      pace.add(1, second * 1000)
    }
    assert.ok(pace.isTooSlow(1_100_000))
    pace.add(0, 1_200_000)
    assert.ok(pace.isTooSlow(1_200_000), 'an empty piece is nothing')
  })

  test('may pause for all of the idle time after any piece, without a least rate', () => {
    const pace = new UploadPace(0, { ...limits, minBytesPerSecond: 0 })
    pace.add(1, 20_000)
    assert.ok(!pace.isTooSlow(50_000))
    assert.ok(pace.isTooSlow(50_001))
  })

  test('is the rate of the last seconds', () => {
    const pace = new UploadPace(0, limits)
    for (let ms = 0; ms < 10_000; ms += 10) pace.add(1000, ms)
    assert.ok(Math.abs(pace.rate(10_000) - 100) < 2)
    assert.ok(Math.abs(pace.rate(11_000) - 50) < 1)
    assert.ok(pace.rate(30_000) < 0.001)
  })
})
