/** Places that callers share. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Places } from '../../../../src/kafka/direct/places.ts'

/** Takes places until there is none; returns their number. */
function takeAll(places: Places, caller: string): number {
  let taken = 0
  while (places.take(caller)) taken++
  return taken
}

test('each caller gets half of what the others have left', () => {
  const places = new Places(64)
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((caller) => takeAll(places, caller)),
    [32, 16, 8, 4, 2, 1, 1, 0],
  )
})

test('a place that is given back is there for a caller without one', () => {
  const places = new Places(2)
  assert.equal(takeAll(places, 'a'), 1)
  assert.equal(takeAll(places, 'b'), 1)
  assert.equal(places.take('c'), false)
  places.giveBack('a')
  assert.equal(places.take('b'), false)
  assert.equal(places.take('c'), true)
  places.giveBack('b')
  places.giveBack('c')
  assert.equal(takeAll(places, 'b'), 1)
})

test('the last place is for a caller that has none', () => {
  const places = new Places(1)
  assert.equal(takeAll(places, ''), 1)
  assert.equal(takeAll(places, 'a'), 0)
})

test('each place that a caller gives back is free again', () => {
  const places = new Places(8)
  assert.equal(takeAll(places, 'a'), 4)
  for (let given = 0; given < 4; given++) places.giveBack('a')
  assert.equal(takeAll(places, 'b'), 4)
  places.giveBack('b')
  assert.equal(takeAll(places, 'b'), 1)
})
