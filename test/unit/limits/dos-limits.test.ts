/** How the DoS filter counts: rings of moments, of each address and of the process. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadConfig } from '../../../src/config/index.ts'
import { cellsOfDosLimits, dosLimitsOf } from '../../../src/limits/dos-limits.ts'
import { RequestRing, RequestRings } from '../../../src/limits/recent-requests.ts'

const START = 10n ** 18n
const after = (ms: number) => START + BigInt(ms) * 1_000_000n
const SEED = new Uint8Array(32)

function ringOf(limit: number) {
  const ring = new RequestRing(limit)
  const cells = new BigInt64Array(ring.cells)
  return { count: (ms: number) => ring.count(cells, 0, after(ms)), cells, ring }
}

describe('a limit of requests per second', () => {
  test('is exceeded when as many requests as it has came within a second before', () => {
    const { count } = ringOf(3)
    assert.deepEqual([0, 0, 0, 0].map(count), [false, false, false, true])
    assert.deepEqual([999, 1000, 1001, 1002].map(count), [true, false, false, true])
  })

  test('counts the requests above it, too', () => {
    const { count } = ringOf(1)
    assert.equal(count(0), false)
    for (const ms of [900, 1800, 2700]) assert.equal(count(ms), true)
    assert.equal(count(3700), false)
  })

  test('counts large numbers in steps, and never fewer than it allows', () => {
    const { count, ring } = ringOf(100_000)
    assert.ok(ring.cells < 1100)
    let served = 0
    while (!count(0)) served++
    assert.ok(served >= 100_000 && served <= 100_100, `${served}`)
    assert.equal(count(1000), false)
  })
})

describe('the limit of each address', () => {
  const rings = (limit: number, cells = new BigInt64Array(RequestRings.cellsFor(limit))) =>
    new RequestRings(limit, cells, SEED)

  test('is its own', () => {
    const own = rings(1)
    assert.equal(own.count('a', START), false)
    assert.equal(own.count('a', START), true)
    assert.equal(own.count('b', START), false)
  })

  test('is not lost to addresses that come later, and ends a second after the last request', () => {
    const own = rings(1)
    own.count('a', START)
    for (let index = 0; index < 50_000; index++) own.count(`other ${index}`, after(500))
    assert.equal(own.count('a', after(999)), true)
    for (let index = 0; index < 50_000; index++) own.count(`later ${index}`, after(2500))
    assert.equal(own.count('a', after(5000)), false)
  })

  test('holds for addresses that find no place of their own', () => {
    const own = rings(1)
    const isAbove = Array.from({ length: 50_000 }, (_, index) => own.count(`${index}`, START))
    assert.ok(isAbove.filter((above) => !above).length <= 8193)
  })

  test('is that of all event loops', () => {
    const cells = new BigInt64Array(RequestRings.cellsFor(2))
    const [first, second] = [rings(2, cells), rings(2, cells)]
    assert.equal(first.count('a', START), false)
    assert.equal(second.count('a', START), false)
    assert.equal(first.count('a', START), true)
  })
})

describe('dos.filter', () => {
  const limitsOf = (...settings: string[]) => {
    const { config, faults } = loadConfig({ sets: ['bootstrap.servers=a:1', ...settings] })
    assert.deepEqual(faults, [])
    return dosLimitsOf(config, new BigInt64Array(cellsOfDosLimits(config)), SEED)
  }
  /** The number of requests at one moment that are below a limit. */
  const below = (limit: ReturnType<typeof limitsOf>[number] | undefined, address: string) => {
    let count = 0
    while (limit?.count(address, START) === false) count++
    return count
  }

  test('has a limit for each address, and one for the process', () => {
    const [ofAddress, ofProcess] = limitsOf(
      'dos.filter.max.requests.per.connection.per.sec=3',
      'dos.filter.max.requests.per.sec=7',
    )
    assert.equal(below(ofAddress, '192.0.2.1'), 3)
    assert.equal(below(ofAddress, '192.0.2.2'), 3)
    assert.equal(below(ofProcess, '192.0.2.1'), 7)
    assert.equal(below(ofProcess, '192.0.2.2'), 0)
  })

  test('takes the first half of an IPv6 address for the client', () => {
    const [ofAddress] = limitsOf('dos.filter.max.requests.per.connection.per.sec=2')
    assert.equal(below(ofAddress, '2001:db8::1'), 2)
    assert.equal(below(ofAddress, '2001:db8::2'), 0)
    assert.equal(below(ofAddress, '2001:db8:0:1::1'), 2)
  })

  test('has passes for requests above each limit', () => {
    for (const { passes } of limitsOf('dos.filter.throttled.requests=2')) {
      assert.deepEqual(
        [1, 2, 3].map(() => passes.tryTake()),
        [true, true, false],
      )
    }
  })
})

for (const setting of [
  'dos.filter.max.requests.per.sec=0',
  'dos.filter.max.requests.per.connection.per.sec=0',
  'dos.filter.delay.ms=-2',
  'dos.filter.throttle.ms=3000000000',
  'dos.filter.ip.whitelist=10.0.0.0/33',
]) {
  test(`${setting} prevents the start`, () => {
    assert.equal(loadConfig({ sets: ['bootstrap.servers=a:1', setting] }).faults.length, 1)
  })
}
