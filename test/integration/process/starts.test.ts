/** Starts and stops under load, with one event loop and with several. `npm run starts` has more of them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { live } from '../../starts/life.ts'

describe('a process that is ended under load exits with 0', { concurrency: true }, () => {
  for (const loops of [1, 2, 4]) {
    test(`with ${loops} event loops`, async () => {
      for (const loadMs of [0, 100, 700]) {
        const { fault } = await live(loops, loadMs)
        assert.equal(fault, undefined)
      }
    })
  }
})
