/** Token buckets and cycles: what they give, and when. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { charge, isUnused, rateOf, takeWithin, waitOf } from '../../../src/limits/bucket.ts'
import { BucketTable, TABLE_CELLS } from '../../../src/limits/bucket-table.ts'
import { takeOfCycles } from '../../../src/limits/cycles.ts'

const at = (ms: number) => BigInt(ms) * 1_000_000n
const START = 1_000_000_000

describe('a bucket', () => {
  const rate = rateOf(10, 5)

  test('gives its burst at once, and then at its rate', () => {
    const cells = new BigInt64Array(1)
    const takes = (ms: number) => takeWithin(cells, 0, rate, 1, 0, at(START + ms)) !== undefined
    assert.deepEqual(
      Array.from({ length: 7 }, () => takes(0)),
      [...Array(6).fill(true), false],
    )
    assert.equal(takes(99), false)
    assert.equal(takes(100), true)
    assert.equal(takes(150), false)
    // After a pause there is the burst again, and no more.
    assert.deepEqual(
      Array.from({ length: 7 }, () => takes(60_000)),
      [...Array(6).fill(true), false],
    )
  })

  test('promises tokens within the patience of who asks', () => {
    const cells = new BigInt64Array(1)
    charge(cells, 0, rate, 8, at(START))
    assert.equal(waitOf(cells, 0, at(START)), 300)
    assert.equal(takeWithin(cells, 0, rate, 1, 299, at(START)), undefined)
    assert.equal(takeWithin(cells, 0, rate, 1, 300, at(START)), 300)
    assert.equal(takeWithin(cells, 0, rate, 1, 400, at(START)), 400)
  })

  test('is unused when its debt and its burst are paid', () => {
    const cells = new BigInt64Array(1)
    charge(cells, 0, rate, 1, at(START))
    assert.equal(isUnused(cells, 0, rate.burst, at(START)), false)
    assert.equal(isUnused(cells, 0, rate.burst, at(START + 100)), true)
  })
})

describe('cycles', () => {
  const take = (cells: BigInt64Array, ms: number, patience = 0, permits = 1) =>
    takeOfCycles(cells, 0, 3, permits, patience, at(START + ms))

  test('give their permits in each second, without those of seconds before', () => {
    const cells = new BigInt64Array(1)
    const count = (ms: number) =>
      Array.from({ length: 5 }, () => take(cells, ms)).filter((wait) => wait === 0).length
    assert.equal(count(0), 3)
    assert.equal(count(999), 0)
    assert.equal(count(1000), 3)
    assert.equal(count(9500), 3)
  })

  test('reserve permits of later seconds within the patience of who asks', () => {
    const cells = new BigInt64Array(1)
    assert.equal(take(cells, 400, 0, 3), 0)
    assert.equal(take(cells, 400, 599), undefined)
    assert.equal(take(cells, 400, 600), 600)
    assert.equal(take(cells, 400, 10_000, 3), 1600)
    assert.equal(take(cells, 1400), undefined)
    assert.equal(take(cells, 2400), 0)
  })
})

describe('a table of buckets', () => {
  const rate = rateOf(10, 0)
  const seed = new Uint8Array(32)
  const table = (cells = new BigInt64Array(TABLE_CELLS)) => new BucketTable(cells, seed, rate)

  test('has a bucket for each key, which all event loops share', () => {
    const cells = new BigInt64Array(TABLE_CELLS)
    const [one, other] = [table(cells), table(cells)]
    one.charge('alice', 5, at(START))
    assert.equal(other.waitOf('alice', at(START)), 500)
    assert.ok(other.waitOf('bob', at(START)) <= 0)
  })

  test('keeps every bucket that is in debt, however many keys come', () => {
    const buckets = table()
    const keys = Array.from({ length: 40_000 }, (_, index) => `key ${index}`)
    for (const key of keys) buckets.charge(key, 10, at(START))
    assert.ok(keys.every((key) => buckets.waitOf(key, at(START)) >= 1000))
    // Keys without a place of their own share one, and are paid for in turn.
    assert.ok(buckets.waitOf('late', at(START)) > 1000)
  })

  test('gives the places of unused buckets to other keys', () => {
    const buckets = table()
    const first = Array.from({ length: 40_000 }, (_, index) => `first ${index}`)
    for (const [index, key] of first.entries()) buckets.charge(key, 1, at(START + index))
    const later = at(START + 100_000_000)
    const second = Array.from({ length: 1000 }, (_, index) => `second ${index}`)
    for (const key of second) buckets.charge(key, 1, later)
    assert.ok(second.every((key) => buckets.waitOf(key, later) === 100))
  })
})
