/** `rate.limit.…`, as a configuration has it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadConfig } from '../../../src/config/index.ts'
import { REQUEST_RATE_CELLS, RequestRate } from '../../../src/limits/request-rate.ts'

const START = 10n ** 18n
const after = (ms: number) => START + BigInt(ms) * 1_000_000n

function rate(settings: Record<string, string | number> = {}): RequestRate {
  const given = { 'bootstrap.servers': 'a:1', 'rate.limit.enable': 'true', ...settings }
  const sets = Object.entries(given).map(([key, value]) => `${key}=${value}`)
  const { config, faults, warnings } = loadConfig({ sets })
  assert.deepEqual([faults, warnings], [[], []])
  const cells = new BigInt64Array(REQUEST_RATE_CELLS)
  // Guava begins at the moment of its creation; the test has moments of its own.
  const made = new RequestRate(config, cells, new Uint8Array(32))
  cells[0] = config['rate.limit.backend'] === 'guava' ? START : 0n
  return made
}

/** The waits of requests of one permit each. */
const takes = (limited: RequestRate, count: number, ms = 0) =>
  Array.from({ length: count }, () => limited.take(1, undefined, after(ms)))

describe('rate.limit', () => {
  test('spreads permits, and keeps those of a second, as Guava does', () => {
    const limited = rate({ 'rate.limit.permits.per.sec': 4 })
    assert.deepEqual(takes(limited, 2), [0, undefined])
    assert.deepEqual(takes(limited, 2, 250), [0, undefined])
    assert.deepEqual(takes(limited, 6, 60_000), [0, 0, 0, 0, 0, undefined])
  })

  test('gives the permits of a second at its beginning, as resilience4j does', () => {
    const settings = { 'rate.limit.backend': 'Resilience4J', 'rate.limit.permits.per.sec': 4 }
    const limited = rate(settings)
    assert.deepEqual(takes(limited, 5), [0, 0, 0, 0, undefined])
    assert.deepEqual(takes(limited, 1, 999), [undefined])
    assert.deepEqual(takes(limited, 5, 60_000), [0, 0, 0, 0, undefined])
  })

  for (const backend of ['guava', 'resilience4j']) {
    test(`each cluster id has permits of its own, and shares those of the process (${backend})`, () => {
      const limited = rate({
        'rate.limit.backend': backend,
        'rate.limit.permits.per.sec': 4,
        'rate.limit.per.cluster.permits.per.sec': 2,
      })
      const take = (cluster: string | undefined, ms: number) => limited.take(1, cluster, after(ms))
      take('one', 0)
      take('two', 0)
      const later = 60_000
      const each = (cluster: string | undefined) => [1, 2, 3].map(() => take(cluster, later))
      assert.deepEqual(each('one').slice(0, 2), [0, 0])
      assert.equal(take('one', later), undefined, 'of the cluster')
      assert.deepEqual([take('two', later), take('two', later)], [0, 0])
      assert.equal(take('two', later), undefined)
    })
  }

  test('has requests wait for their permits', () => {
    const settings = { 'rate.limit.permits.per.sec': 10, 'rate.limit.timeout.ms': 200 }
    assert.deepEqual(takes(rate(settings), 4), [0, 100, 200, undefined])
  })

  test('has costs by endpoint, by class, and a default', () => {
    const limited = rate({
      'rate.limit.default.cost': 7,
      'rate.limit.costs': 'api.v2.topics.*=3, api.v2.topics.get = 0',
    })
    assert.equal(limited.costOf('api.v2.topics.get', 'api.v2.topics.*'), 0)
    assert.equal(limited.costOf('api.v2.topics.list', 'api.v2.topics.*'), 3)
    assert.equal(limited.costOf('api.v2.root.get', 'api.v2.root.*'), 7)
    assert.equal(rate().costOf('api.v2.root.get', 'api.v2.root.*'), 1)
  })
})

for (const setting of [
  'rate.limit.backend=bucket4j',
  'rate.limit.costs=api.v2.topics.*',
  'rate.limit.costs=api.v2.topics.*=-1',
  'rate.limit.default.cost=-1',
  'rate.limit.permits.per.sec=0',
  'sluice.limits=everybody 1 requests/s',
]) {
  test(`${setting} prevents the start`, () => {
    const { faults } = loadConfig({ sets: ['bootstrap.servers=a:1', setting] })
    assert.equal(faults.length, 1)
  })
}
