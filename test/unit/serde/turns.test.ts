/** Long work beside the event loop. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Busy } from '../../../src/serde/limits/busy.ts'
import { Turns } from '../../../src/serde/limits/turns.ts'

/** Keeps the loop busy for so many milliseconds. */
function spend(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until) {}
}

test('work is done later, and answered', async () => {
  const turns = new Turns(new Busy())
  let isDone = false
  const work = turns.run(() => {
    isDone = true
    return 7
  })
  assert.equal(isDone, false)
  assert.equal(await work, 7)
})

test('what work throws goes to who asked, and to nobody else', async () => {
  const turns = new Turns(new Busy())
  const failing = turns.run(() => {
    throw new Error('no')
  })
  const other = turns.run(() => 'done')
  await assert.rejects(failing, /no/)
  assert.equal(await other, 'done')
})

test('a watcher sees no work when it is over, however it has ended', async () => {
  const busy = new Busy()
  const turns = new Turns(busy)
  let lasted = false
  const failing = turns.run(() => {
    lasted = busy.read().lasts
    throw new Error('no')
  })
  await assert.rejects(failing, /no/)
  assert.deepEqual([lasted, busy.read().lasts], [true, false])
})

test('work is done in the order in which it was asked for', async () => {
  const turns = new Turns(new Busy())
  const done: number[] = []
  await Promise.all([1, 2, 3].map((each) => turns.run(() => done.push(each))))
  assert.deepEqual(done, [1, 2, 3])
})

test('the loop comes round between pieces of long work, and short work is not kept', async () => {
  const turns = new Turns(new Busy())
  let rounds = 0
  const count = setInterval(() => rounds++, 0)
  let pieces = 0
  const long = (async () => {
    while (pieces++ < 20) {
      await turns.run((until) => {
        while (performance.now() < until) {}
      })
    }
  })()
  await turns.run(() => {})
  assert.ok(pieces < 20, 'the short work was done in between')
  await long
  clearInterval(count)
  assert.ok(rounds >= 10, `${rounds} rounds`)
})

test('work that is late leaves the rest of its turn to nobody', async () => {
  const turns = new Turns(new Busy())
  let between = 0
  const first = turns.run(() => spend(10))
  const second = turns.run(() => between)
  setImmediate(() => between++)
  await first
  // A round of the loop was in between: the callback above had been asked for before it.
  assert.equal(await second, 1)
})
