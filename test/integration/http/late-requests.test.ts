/** What comes while a stop is closing what requests need: nothing of it is done, and it says so. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gaugeOf } from '../metrics-text.ts'
import { startProxy } from '../proxy.ts'
import { RawConnection } from '../raw-connection.ts'
import { RestClient } from '../rest-client.ts'
import { until } from '../until.ts'

/** Of the requests that run, and again of the producer. */
const GRACE_MS = 2000

// No broker: what is produced is stuck until the producer gives up.
const { url, stop } = await startProxy('127.0.0.1:1', { 'shutdown.graceful.ms': GRACE_MS })

const BODY = '{"records":[{"value":null}]}'
const PRODUCE = `POST /topics/t HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY.length}\r\n\r\n`
const CREATE = 'POST /consumers/g HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}'

test('a request that comes after the grace of a stop is 503, and can be sent again', async () => {
  const connections = await Promise.all(Array.from({ length: 4 }, () => RawConnection.open(url)))
  after(() => connections.map((connection) => connection.close()))
  const [stuck, late, uploading, creating] = connections as [
    RawConnection,
    RawConnection,
    RawConnection,
    RawConnection,
  ]
  await stuck.send(PRODUCE + BODY)
  await uploading.send(PRODUCE, BODY.slice(0, 5))
  const rest = new RestClient(url)
  // The third asks.
  await until('they run', async () => (await gaugeOf(rest, 'sluice_http_requests_in_flight')) === 3)
  rest.close()
  const stopping = stop()
  after(() => stopping)
  await sleep(1.5 * GRACE_MS)
  await late.send(PRODUCE + BODY)
  await uploading.send(BODY.slice(5))
  await creating.send(CREATE)
  for (const connection of [late, uploading, creating]) {
    const answer = await connection.response()
    assert.equal(answer?.status, 503)
    assert.equal(answer?.headers['retry-after'], '1')
    assert.equal(answer?.headers['connection'], 'close')
    assert.equal(JSON.parse(answer?.body ?? '').error_code, 503)
  }
})
