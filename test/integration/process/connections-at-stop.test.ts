/**
 * A stop under clients that connect all the time: a connection that the kernel has accepted is
 * answered. `STOPS=50` stops as many processes.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startSluice } from '../../cluster/sluice.ts'
import { keepConnecting } from './connecting-clients.ts'

const STOPS = Number(process.env['STOPS'] ?? 3)
const CLIENTS = 32

// No broker: these requests need none.
const NO_BROKER = '127.0.0.1:1'

for (let stop = 1; stop <= STOPS; stop++) {
  test(`stop ${stop} of ${STOPS} resets no connection that was made`, async () => {
    const sluice = await startSluice(NO_BROKER)
    const clients = keepConnecting(Number(new URL(sluice.url).port), CLIENTS)
    await sleep(300)
    const ending = await sluice.stop('SIGTERM')
    const fates = await clients.end()
    assert.deepEqual(ending, { code: 0, signal: null }, sluice.log())
    assert.equal(fates.lost, 0, JSON.stringify(fates))
    assert.ok(fates.answered > 0 && fates.refused > 0, JSON.stringify(fates))
  })
}
