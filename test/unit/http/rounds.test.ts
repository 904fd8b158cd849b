/** What requests may take of a round of the event loop, with a clock of the test's own. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { Rounds } from '../../../src/http/rounds.ts'

let now = 0
/** What runs when the loop comes round. */
let scheduled: (() => void)[] = []

beforeEach(() => {
  now = 1000
  scheduled = []
  mock.method(performance, 'now', () => now)
  mock.method(globalThis, 'setImmediate', (callback: () => void) => scheduled.push(callback))
})
afterEach(() => mock.restoreAll())

function comeRound(): void {
  const due = scheduled
  scheduled = []
  for (const callback of due) callback()
}

/** A request that takes so long. Returns whether it was served at once. */
function serve(rounds: Rounds, ms: number, onServed: () => void = () => {}): boolean {
  const work = () => {
    now += ms
    onServed()
  }
  let isServed = false
  rounds.run(() => {
    work()
    isServed = true
  })
  return isServed
}

test('requests are served until a round has taken 20 ms, and again in the next', () => {
  const rounds = new Rounds()
  const served = [8, 8, 8, 1].map((ms) => serve(rounds, ms))
  assert.deepEqual(served, [true, true, true, false])
  comeRound()
  assert.equal(now, 1025)
  assert.ok(serve(rounds, 1))
})

test('those that wait are served in order, 20 ms of them a round, and before later ones', () => {
  const rounds = new Rounds()
  const order: number[] = []
  serve(rounds, 20)
  for (const id of [1, 2, 3]) assert.ok(!serve(rounds, 15, () => order.push(id)))
  comeRound()
  assert.deepEqual(order, [1, 2])
  assert.ok(!serve(rounds, 1, () => order.push(4)))
  comeRound()
  assert.deepEqual(order, [1, 2, 3, 4])
})

test('one that takes longer than a round is served all the same', () => {
  const rounds = new Rounds()
  const order: number[] = []
  serve(rounds, 20)
  for (const id of [1, 2]) serve(rounds, 50, () => order.push(id))
  comeRound()
  assert.deepEqual(order, [1])
  comeRound()
  assert.deepEqual(order, [1, 2])
})

test('a loop without requests has nothing to do for them', () => {
  const rounds = new Rounds()
  assert.ok(rounds.hasTime)
  comeRound()
  assert.equal(scheduled.length, 0)
})
