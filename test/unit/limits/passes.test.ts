/** Passes that event loops share, and who waits for them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PASS_CELLS, Passes } from '../../../src/limits/passes.ts'

const cells = () => new BigInt64Array(new SharedArrayBuffer(PASS_CELLS * 8))
const LONG_MS = 600_000

test('a pass that comes back goes to who has waited longest', async () => {
  const passes = new Passes(1, cells())
  const order: string[] = []
  assert.equal(await passes.take(0), true)
  assert.equal(passes.tryTake(), false)
  const waiting = ['first', 'second'].map(async (name) => {
    assert.equal(await passes.take(LONG_MS), true)
    order.push(name)
    // Who comes later does not overtake those who wait.
    if (name === 'first') assert.equal(passes.tryTake(), false)
    passes.release()
  })
  passes.release()
  await Promise.all(waiting)
  assert.deepEqual(order, ['first', 'second'])
  assert.equal(passes.tryTake(), true)
})

test('who finds none in time gets none, and keeps none from others', async () => {
  const passes = new Passes(1, cells())
  passes.tryTake()
  assert.equal(await passes.take(1), false)
  passes.release()
  assert.equal(passes.tryTake(), true)
})

test('there may be none at all', async () => {
  const passes = new Passes(0, cells())
  assert.deepEqual(
    [passes.tryTake(), await passes.take(0), await passes.take(1)],
    [false, false, false],
  )
})

test('event loops share the passes, and hear of those that others give back', async () => {
  const shared = cells()
  const [here, there] = [new Passes(1, shared), new Passes(1, shared)]
  assert.equal(there.tryTake(), true)
  assert.equal(here.tryTake(), false)
  const waiting = here.take(LONG_MS)
  there.release()
  assert.equal(await waiting, true)
  assert.equal(there.tryTake(), false)
})
