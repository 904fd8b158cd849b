/** `rate.limit.…` and `sluice.limits` over sockets, and over several event loops. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, describe, test } from 'node:test'
import { startSluice } from '../../cluster/sluice.ts'
import { JSON_V2 } from '../../media-types.ts'
import { RawConnection } from '../raw-connection.ts'
import { RestClient } from '../rest-client.ts'

const EMBEDDED = { 'sluice.embedded': 'true' }

async function start(settings: Record<string, string>): Promise<string> {
  const sluice = await startSluice('', { ...EMBEDDED, ...settings })
  after(() => sluice.stop())
  return sluice.url
}

function clientOf(url: string): RestClient {
  const rest = new RestClient(url)
  after(() => rest.close())
  return rest
}

/** A GET from an address of this machine. */
async function get(url: string, from: string, path: string) {
  const connection = await RawConnection.open(url, from)
  await connection.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const response = await connection.response()
  connection.close()
  return response
}

test('rate.limit refuses requests above the permits of the process with 429', async () => {
  const rest = clientOf(
    await start({
      'rate.limit.enable': 'true',
      'rate.limit.permits.per.sec': '1',
      // The first request is paid for afterwards, by more time than the test has.
      'rate.limit.costs': 'api.v2.brokers.list=100000,api.v2.root.*=0',
    }),
  )
  assert.equal((await rest.get('/brokers')).status, 200)
  const { status, headers, body } = await rest.get('/topics')
  assert.deepEqual([status, headers['retry-after']], [429, '1'])
  assert.deepEqual(body, {
    error_code: 429,
    message:
      'Request rate limit exceeded: The rate limit of requests per second has been exceeded.',
  })
  // An endpoint without a cost, and those of operators.
  for (const path of ['/', '/healthy', '/metrics']) {
    assert.equal((await rest.get(path)).status, 200, path)
  }
})

describe('sluice.limits', async () => {
  const url = await start({
    // A bucket that is used up stays so for the time of the test.
    'sluice.limits':
      'address:127.0.0.7 1 requests/s burst 3, topic:full 1 bytes/s, topic:once 1 bytes/s burst 70000, ' +
      'topic:announced 1 bytes/s burst 10000',
    'sluice.http.threads': '2',
  })
  const rest = clientOf(url)
  const records = { records: [{ value: 'x'.repeat(50_000) }] }
  const produce = (topic: string) =>
    rest.post(`/topics/${topic}`, records, { 'content-type': JSON_V2 })

  test('refuse a topic whose bytes are not paid for, and no other', async () => {
    assert.equal((await produce('full')).status, 200)
    const { status, headers, body } = await produce('full')
    assert.equal(status, 429)
    assert.ok(Number(headers['retry-after']) > 40_000)
    assert.match(body.message, /sluice\.limits allows this topic 1 bytes per second/)
    assert.equal((await rest.get('/topics/full')).status, 429)
    assert.equal((await produce('once')).status, 200)
    assert.equal((await produce('other')).status, 200)
  })

  test('count no byte that a stream of records announces and does not send', async () => {
    const { data } = (await rest.get('/v3/clusters')).body
    const connection = await RawConnection.open(url)
    await connection.send(
      `POST /v3/clusters/${data[0].cluster_id}/topics/announced/records HTTP/1.1\r\nHost: x\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000000000000000\r\n\r\n' +
        '{"value":{"type":"JSON","data":1}}',
    )
    await once(connection.socket, 'data')
    connection.close()
    assert.equal((await produce('announced')).status, 200)
  })

  test('count the bytes of a body without a length, and of a response', async () => {
    const chunk = JSON.stringify(records)
    const connection = await RawConnection.open(url)
    const post = async (topic: string) => {
      const head = `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Type: ${JSON_V2}\r\n`
      const size = chunk.length.toString(16)
      await connection.send(
        `${head}Transfer-Encoding: chunked\r\n\r\n${size}\r\n${chunk}\r\n0\r\n\r\n`,
      )
      return (await connection.response())?.status
    }
    assert.equal(await post('chunked'), 200)
    // "once" has a part of its burst left, and then nothing.
    assert.equal(await post('once'), 200)
    assert.equal(await post('once'), 429)
    connection.close()
  })

  test('are those of the process, on all event loops', async () => {
    const statuses: (number | undefined)[] = []
    // Each request has a connection of its own, so that both event loops get some.
    for (let index = 0; index < 40; index++) {
      statuses.push((await get(url, '127.0.0.7', '/'))?.status)
    }
    const served = statuses.filter((status) => status === 200).length
    assert.equal(statuses.length, served + statuses.filter((status) => status === 429).length)
    assert.ok(served >= 3 && served < 40, `${served} requests were served`)
    assert.equal((await get(url, '127.0.0.8', '/'))?.status, 200)
  })
})
