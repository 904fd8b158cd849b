/** Bodies that arrive in pieces: their room, their rate, and which of them goes first. */
import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import type { RestError } from '../../../src/errors.ts'
import { type BodyCollector, type BodyWish, FORGETFUL } from '../../../src/http/body.ts'
import type { Exchange } from '../../../src/http/exchange.ts'
import { UploadPace } from '../../../src/http/upload-pace.ts'
import { Uploads } from '../../../src/http/uploads.ts'

const LIMITS = { idleTimeoutMs: 30_000, uploadTimeoutMs: 600_000, minBytesPerSecond: 240 }

/** An exchange that is over once it was answered, as the real one tells its server. */
class FakeExchange {
  readonly contentLength = '500'
  readonly accepted = undefined
  closeConnection = false
  error: RestError | undefined
  kept = 0
  onOver: () => void = () => {}

  respondWithError(error: RestError): void {
    assert.ok(this.closeConnection)
    this.error = error
    this.onOver()
  }

  keepAlive(): void {
    this.kept++
  }
}

/** Uploads with a clock, and memory of `room` bytes for all of them. */
function setUp({ room = 1000, maxBytes = 900 } = {}) {
  let now = 0
  let used = 0
  let code = 0
  mock.method(performance, 'now', () => now)
  const uploads = new Uploads<unknown>(LIMITS)
  const wish: BodyWish = {
    maxBytes,
    limit: 'a limit',
    collect: () => {
      let size = 0
      return {
        append({ byteLength }) {
          if (code !== 0) return code
          if (used + byteLength > room) return 429
          used += byteLength
          size += byteLength
          return 0
        },
        bytes: () => new ArrayBuffer(size),
        release() {
          used -= size
          size = 0
        },
      } satisfies BodyCollector
    },
  }
  return {
    wait: (ms: number) => {
      now += ms
    },
    fail: (with_: number) => {
      code = with_
    },
    used: () => used,
    uploads,
    wish,
    watch: () => uploads.watch(now),
    begin() {
      const exchange = new FakeExchange()
      const real = exchange as unknown as Exchange
      exchange.onOver = () => uploads.take(real)?.release()
      return {
        exchange,
        real,
        append: (bytes: number) => uploads.append(real, wish, new ArrayBuffer(bytes)),
        take: () => uploads.take(real),
        code: () => exchange.error?.code,
      }
    },
  }
}

describe('bodies for which there is no room', () => {
  test('make the slowest go, and only those that are slower', () => {
    const { begin, wait, used } = setUp()
    const [stalled, slow, fast] = [begin(), begin(), begin()]
    assert.ok(stalled.append(400))
    wait(5000)
    assert.ok(slow.append(300))
    wait(2000)
    assert.ok(fast.append(300))
    assert.ok(fast.append(300))
    assert.equal(stalled.code(), 429)
    assert.match(stalled.exchange.error?.message ?? '', /sluice\.request\.arriving\.max\.bytes/)
    assert.equal(slow.code(), undefined)
    assert.equal(used(), 900)
    assert.ok(fast.append(200))
    assert.equal(slow.code(), 429)
    assert.equal(used(), 800)
    assert.equal(fast.code(), undefined)
  })

  test('are taken when they are small and new, at the expense of a large one that came faster', () => {
    const { begin, wait, used } = setUp()
    const [large, small] = [begin(), begin()]
    assert.ok(large.append(895))
    wait(300)
    assert.ok(small.append(10))
    wait(20)
    assert.ok(small.append(100))
    assert.equal(large.code(), 429)
    assert.equal(small.code(), undefined)
    assert.equal(used(), 110)
  })

  test('are refused themselves when none comes slower', () => {
    const { begin, wait, used } = setUp()
    const [fast, slow] = [begin(), begin()]
    assert.ok(slow.append(100))
    wait(3000)
    assert.ok(fast.append(800))
    assert.equal(slow.append(101), false)
    assert.equal(slow.code(), 429)
    assert.match(slow.exchange.error?.message ?? '', /Nothing of this request was written/)
    assert.equal(fast.code(), undefined)
    assert.equal(used(), 800)
  })

  test('are refused with what the memory says', () => {
    const { begin, fail, used } = setUp()
    const [waiting, refused] = [begin(), begin()]
    assert.ok(waiting.append(100))
    fail(50303)
    assert.equal(refused.append(1), false)
    assert.equal(refused.code(), 50303)
    assert.equal(used(), 100)
  })
})

test('a body above its limit is refused, and its room is free', () => {
  const { begin, used } = setUp()
  const upload = begin()
  assert.ok(upload.append(900))
  assert.equal(upload.append(1), false)
  assert.equal(upload.code(), 413)
  assert.equal(used(), 0)
  assert.equal(upload.take(), undefined)
})

test('a body that was taken is no longer watched', () => {
  const { begin, wait, watch } = setUp()
  const upload = begin()
  assert.ok(upload.append(900))
  assert.equal(upload.take()?.bytes().byteLength, 900)
  wait(1_000_000)
  watch()
  assert.equal(upload.code(), undefined)
  assert.equal(upload.exchange.kept, 0)
})

test('bodies that come too slowly are 408, and the others are kept', () => {
  const { begin, wait, watch, used } = setUp({ room: 20_000, maxBytes: 20_000 })
  const [crawling, steady] = [begin(), begin()]
  for (let second = 0; second < 40; second += 5) {
    if (crawling.code() === undefined) crawling.append(100)
    steady.append(1200)
    wait(5000)
    watch()
  }
  assert.equal(crawling.code(), 408)
  assert.equal(steady.code(), undefined)
  assert.equal(steady.exchange.kept, 8)
  assert.equal(used(), 8 * 1200)
})

describe('bodies in very small chunks', () => {
  test('are refused when a round has more than 5000 of them', async () => {
    const { begin, used } = setUp({ room: 1e6, maxBytes: 1e6 })
    const upload = begin()
    for (let count = 0; count < 5000; count++) assert.ok(upload.append(1))
    assert.equal(upload.append(1), false)
    assert.equal(upload.code(), 429)
    assert.equal(used(), 0)
    const small = begin()
    for (let count = 0; count < 500; count++) assert.ok(small.append(1), 'who sent few may go on')
    assert.equal(small.append(1), false)
    await new Promise((resolve) => setImmediate(resolve))
    const later = begin()
    for (let count = 0; count < 2000; count++) assert.ok(later.append(1))
  })

  test('are taken as long as they come, if not all at once', async () => {
    const { begin } = setUp({ room: 1e6, maxBytes: 1e6 })
    const upload = begin()
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 4900; count++) assert.ok(upload.append(1))
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

  test('are no matter of large chunks', () => {
    const { begin } = setUp({ room: 1e9, maxBytes: 1e9 })
    const upload = begin()
    for (let count = 0; count < 30_000; count++) assert.ok(upload.append(128))
  })
})

test('a body that does not end is 408, however fast it comes', () => {
  const { begin, wait, watch } = setUp({ room: 1e9, maxBytes: 1e9 })
  const upload = begin()
  for (let ms = 0; ms <= LIMITS.uploadTimeoutMs; ms += 1000) {
    watch()
    assert.ok(upload.append(10_000))
    wait(1000)
  }
  watch()
  assert.equal(upload.code(), 408)
})

test('bodies that hold no memory are not refused to make room', () => {
  const { begin, wait, uploads, wish } = setUp()
  const unread = begin()
  assert.ok(uploads.append(unread.real, { ...wish, collect: () => FORGETFUL }, new ArrayBuffer(1)))
  wait(5000)
  const fast = begin()
  assert.equal(fast.append(899), true)
  assert.equal(begin().append(102), false)
  assert.deepEqual([unread.code(), fast.code()], [undefined, undefined])
})

describe('the pace of a body', () => {
  const limits = { idleTimeoutMs: 30_000, minBytesPerSecond: 240 }

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
