/** Records that come to a process while it stops, and still accepts connections. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startSluice } from '../../cluster/sluice.ts'
import { RawConnection } from '../raw-connection.ts'
import { RestClient } from '../rest-client.ts'
import { until } from '../until.ts'

/** The time for the test's requests on a slow machine. */
const DELAY_MS = 10_000

test('a request with its records is served while a stopping process accepts connections', async () => {
  const sluice = await startSluice('', {
    'sluice.embedded': 'true',
    'sluice.http.threads': '2',
    'sluice.shutdown.delay.ms': String(DELAY_MS),
  })
  after(() => sluice.stop())
  const rest = new RestClient(sluice.url)
  after(() => rest.close())
  const clusterId = (await rest.get('/v3/clusters')).body.data[0].cluster_id
  const record = '{"value":{"type":"JSON","data":1}}'
  const size = record.length
  const stopped = sluice.stop('SIGTERM')
  await until('the process stops', async () => (await rest.get('/ready')).status === 503)
  for (const [framing, body] of [
    [`Content-Length: ${size}`, record],
    ['Transfer-Encoding: chunked', `${size.toString(16)}\r\n${record}\r\n0\r\n\r\n`],
  ]) {
    const connection = await RawConnection.open(sluice.url)
    await connection.send(
      `POST /v3/clusters/${clusterId}/topics/t/records HTTP/1.1\r\nHost: x\r\n` +
        `Content-Type: application/json\r\n${framing}\r\n\r\n${body}`,
    )
    const response = await connection.response()
    assert.equal(JSON.parse(response?.body ?? '').error_code, 200)
  }
  assert.equal((await stopped)?.code, 0)
})
