/** How long a piece of work has taken. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WorkTimer } from '../../../src/process/work-timer.ts'

const mark = { high: 1, low: 2 }

/** A look at a thread: the number of its work, and the times that it has used, in ms. */
function look(timer: WorkTimer, number: number, processorMs: number, now = processorMs): boolean {
  const work = { number, lasts: (number & 1) === 1, mark, job: 1 }
  return timer.isTooLong({ work, processorMicros: processorMs * 1000, now })
}

test('work is too long when it has used more processor time than the limit since it was first seen', () => {
  const timer = new WorkTimer(1000)
  assert.equal(look(timer, 1, 5000), false)
  assert.equal(look(timer, 1, 6000), false)
  assert.equal(look(timer, 1, 6001), true)
})

test('another piece of work has its own time', () => {
  const timer = new WorkTimer(1000)
  look(timer, 1, 0)
  assert.equal(look(timer, 3, 5000), false)
  assert.equal(look(timer, 3, 5900), false)
  assert.equal(look(timer, 3, 6100), true)
})

test('a thread without work is never too long at it', () => {
  const timer = new WorkTimer(1000)
  look(timer, 2, 0)
  assert.equal(look(timer, 2, 60_000), false)
})

test('work that waits for a processor is not too long, until nothing can be hoped for', () => {
  const timer = new WorkTimer(1000)
  look(timer, 1, 0, 0)
  assert.equal(look(timer, 1, 10, 15_000), false)
  assert.equal(look(timer, 1, 10, 20_001), true)
})
