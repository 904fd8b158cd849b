/** Confirmations of responses that another process has passed on. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Deliveries } from '../../../src/cluster/deliveries.ts'

test('a response is delivered when its process tells so, before it is asked for or after', async () => {
  const deliveries = new Deliveries()
  const awaited = deliveries.await('a')
  deliveries.confirm('a', true)
  assert.equal(await awaited, true)
  deliveries.confirm('b', true)
  assert.equal(await deliveries.await('b'), true)
  deliveries.confirm('c', false)
  assert.equal(await deliveries.await('c'), false)
})

test('whether a client has a response of which its process tells nothing stays unknown', async () => {
  assert.equal(await new Deliveries(1).await('a'), undefined)
})

test('a client that is still taking its response has more time', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const deliveries = new Deliveries(100)
  const awaited = deliveries.await('a')
  deliveries.postpone('unknown')
  for (let count = 0; count < 10; count++) {
    mock.timers.tick(90)
    deliveries.postpone('a')
  }
  deliveries.confirm('a', true)
  mock.timers.reset()
  assert.equal(await awaited, true)
})
