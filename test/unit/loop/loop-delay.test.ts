/** The delay of the event loop, as it is sampled. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { LoopDelay } from '../../../src/loop/loop-delay.ts'

test('a timer that is on time is no delay, a late one counts without its pause', (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  const clock = mock.method(performance, 'now', () => 1000)
  t.after(() => {
    mock.timers.reset()
    mock.restoreAll()
  })
  const seen: number[] = []
  const delay = new LoopDelay((seconds) => seen.push(seconds))
  delay.start()
  for (const now of [1020, 1043, 1062.5]) {
    clock.mock.mockImplementation(() => now)
    mock.timers.tick(20)
  }
  assert.deepEqual(seen, [0, 0.003, 0])
  delay.stop()
  mock.timers.tick(100)
  assert.equal(seen.length, 3)
})
