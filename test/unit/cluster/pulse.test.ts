/** Pauses of the process. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pulse } from '../../../src/cluster/pulse.ts'

test('a pause beyond the limit is noticed once', () => {
  let now = 0
  const pulse = new Pulse(1000, () => now)
  now = 1000
  assert.equal(pulse.hasPaused(), false)
  now = 2001
  assert.equal(pulse.hasPaused(), true)
  assert.equal(pulse.hasPaused(), false)
})
