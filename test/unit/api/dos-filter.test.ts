/** What the DoS filter does with requests above a limit. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DosFilter } from '../../../src/api/dos-filter.ts'
import { isHealthy, isReady } from '../../../src/api/operations.ts'
import { listTopics } from '../../../src/api/v2/topics.ts'
import { loadConfig } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'
import type { DosLimit } from '../../../src/limits/dos-limits.ts'
import { PASS_CELLS, Passes } from '../../../src/limits/passes.ts'

/** A limit that every request exceeds, or none. */
function limit(isExceeded: boolean, passes = 1): DosLimit & { counted: number } {
  const cells = new BigInt64Array(PASS_CELLS)
  return {
    key: 'dos.filter.max.requests.per.sec',
    perSecond: 25,
    passes: new Passes(passes, cells),
    counted: 0,
    count() {
      this.counted++
      return isExceeded
    },
  }
}

function filterOf(settings: Record<string, string | number>, ...limits: DosLimit[]): DosFilter {
  const sets = Object.entries(settings).map(([key, value]) => `dos.filter.${key}=${value}`)
  const { config, faults } = loadConfig({ sets: ['bootstrap.servers=a:1', ...sets] })
  assert.deepEqual(faults, [])
  return new DosFilter(config, limits)
}

class Request {
  readonly clientAddress = '192.0.2.1'
  readonly route: unknown
  addedLines = ''
  isOver = false
  failure: unknown
  #onFail: () => void = () => {}
  readonly failed = new Promise<void>((resolve) => {
    this.#onFail = resolve
  })

  constructor(route: unknown = listTopics) {
    this.route = route
  }

  guard(work: () => void): void {
    work()
  }

  fail(error: unknown): void {
    this.failure = error
    this.#onFail()
  }

  /** What the response tells. */
  get told(): string[] {
    return this.addedLines.split('\r\n').filter((line) => line !== '')
  }
}

async function refusalOf(filter: DosFilter, request: Request): Promise<RestError> {
  try {
    await filter.admit(request)
  } catch (error) {
    assert.ok(error instanceof RestError)
    filter.onOver(request)
    return error
  }
  throw new Error('the request was admitted')
}

describe('a request above a limit', () => {
  test('gets 429 with dos.filter.delay.ms=-1, and does not count for the next limit', async () => {
    const [first, second] = [limit(true), limit(false)]
    const request = new Request()
    const error = await refusalOf(filterOf({ 'delay.ms': -1 }, first, second), request)
    assert.deepEqual([error.status, error.retryAfterSeconds], [429, 1])
    assert.match(
      error.message,
      /dos\.filter\.max\.requests\.per\.sec allows 25 requests per second/,
    )
    assert.deepEqual(request.told, ['DoSFilter: unavailable'])
    assert.deepEqual([first.counted, second.counted], [1, 0])
  })

  test('is delayed, takes a pass, and gives it back when it is over', async () => {
    const above = limit(true)
    const filter = filterOf({ 'delay.ms': 1 }, above)
    const request = new Request()
    await filter.admit(request)
    assert.deepEqual(request.told, ['DoSFilter: delayed'])
    assert.equal(above.passes.tryTake(), false)
    filter.onOver(request)
    filter.onOver(request)
    assert.equal(above.passes.tryTake(), true)
    assert.equal(above.passes.tryTake(), false)
  })

  test('takes a pass at once without a delay', async () => {
    const request = new Request()
    const filter = filterOf({ 'delay.ms': 0, 'max.wait.ms': 0, 'throttle.ms': 0 }, limit(true))
    await filter.admit(request)
    assert.deepEqual(request.told, [])
    filter.onOver(request)
  })

  test('waits for a pass, and is told so', async () => {
    const above = limit(true)
    const filter = filterOf({ 'delay.ms': 0, 'max.wait.ms': 1, 'throttle.ms': 600_000 }, above)
    const [first, second] = [new Request(), new Request()]
    await filter.admit(first)
    const waiting = filter.admit(second)
    while (second.told.length === 0) await new Promise(setImmediate)
    filter.onOver(first)
    await waiting
    assert.deepEqual(second.told, ['DoSFilter: throttled'])
    filter.onOver(second)
  })

  test('gets 503 when it finds no pass in time', async () => {
    for (const [throttleMs, told] of [
      [0, []],
      [1, ['DoSFilter: throttled']],
    ] as const) {
      const settings = { 'delay.ms': 0, 'max.wait.ms': 1, 'throttle.ms': throttleMs }
      const request = new Request()
      const error = await refusalOf(filterOf(settings, limit(true, 0)), request)
      assert.deepEqual([error.status, error.retryAfterSeconds], [503, 1])
      assert.deepEqual(request.told, [...told, 'DoSFilter: unavailable'])
    }
  })

  test('may have no header that tells of it', async () => {
    const request = new Request()
    const settings = { 'delay.ms': -1, 'insert.headers': 'false' }
    await refusalOf(filterOf(settings, limit(true)), request)
    assert.deepEqual(request.told, [])
  })

  test('takes a pass of each limit', async () => {
    const limits = [limit(true), limit(true)]
    const filter = filterOf({ 'delay.ms': 1 }, ...limits)
    const request = new Request()
    await filter.admit(request)
    assert.deepEqual(request.told, ['DoSFilter: delayed', 'DoSFilter: delayed'])
    assert.deepEqual(
      limits.map(({ passes }) => passes.tryTake()),
      [false, false],
    )
    filter.onOver(request)
    assert.deepEqual(
      limits.map(({ passes }) => passes.tryTake()),
      [true, true],
    )
  })

  test('leaves its pass to others when its client left while it waited', async () => {
    const above = limit(true)
    const filter = filterOf({ 'delay.ms': 1 }, above)
    const request = new Request()
    const waiting = filter.admit(request)
    request.isOver = true
    filter.onOver(request)
    await waiting
    assert.equal(above.passes.tryTake(), true)
  })
})

describe('the filter', () => {
  test('holds nothing for a client that left before its request was looked at', async () => {
    const above = limit(true)
    const request = new Request()
    request.isOver = true
    await filterOf({ 'delay.ms': 0 }, above).admit(request)
    assert.equal(above.counted, 0)
    assert.equal(above.passes.tryTake(), true)
  })

  test('leaves probes alone, and addresses of dos.filter.ip.whitelist', async () => {
    const above = limit(true, 0)
    for (const probe of [isHealthy, isReady]) {
      assert.equal(filterOf({ 'delay.ms': -1 }, above).admit(new Request(probe)), undefined)
    }
    const listed = filterOf({ 'delay.ms': -1, 'ip.whitelist': '192.0.2.0/24' }, above)
    assert.equal(listed.admit(new Request()), undefined)
    assert.equal(above.counted, 0)
  })

  test('ends a request that takes longer than dos.filter.max.requests.ms', async () => {
    const filter = filterOf({ 'max.requests.ms': 1 }, limit(false))
    const request = new Request()
    assert.equal(filter.admit(request), undefined)
    await request.failed
    assert.ok(request.failure instanceof RestError)
    assert.deepEqual([request.failure.status, request.told], [503, []])
    assert.match(request.failure.message, /longer than dos\.filter\.max\.requests\.ms=1/)
    filter.onOver(request)
  })
})
