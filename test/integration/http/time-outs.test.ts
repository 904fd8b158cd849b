/** Connections that make no progress: where they wait decides what becomes of them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'

const IDLE_MS = 3000
const HEAD_MS = 1500

const { url } = await setTheStage({
  'idle.timeout.ms': IDLE_MS,
  'sluice.request.head.timeout.ms': HEAD_MS,
})

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

describe('a connection', { concurrency: true }, () => {
  test('on which nothing happens is closed without a response', async () => {
    for (const request of ['', GET]) {
      const connection = await RawConnection.open(url)
      const started = performance.now()
      if (request !== '') {
        await connection.send(request)
        assert.equal((await connection.response())?.body, '{}')
      }
      assert.equal((await connection.closed()).length, 0)
      assert.ok(performance.now() - started >= IDLE_MS - 100)
    }
  })

  test('whose head does not end gets 408, however steadily its bytes come', async () => {
    const connection = await RawConnection.open(url)
    await connection.send('GET / HTTP/1.1\r\nHost: x\r\nX-A: ')
    const trickle = setInterval(() => connection.socket.write('b'), 200)
    const response = await connection.response().finally(() => clearInterval(trickle))
    assert.equal(response?.status, 408)
    assert.equal(JSON.parse(response?.body ?? '').error_code, 408)
    await connection.closed()
  })

  test('has the whole time for each head', async () => {
    const connection = await RawConnection.open(url)
    for (let turn = 0; turn < 3; turn++) {
      await connection.send(GET.slice(0, 20))
      await sleep(HEAD_MS / 2)
      await connection.send(GET.slice(20))
      assert.equal((await connection.response())?.body, '{}')
    }
    connection.close()
  })
})
