/** `dos.filter.…` over sockets, and over several event loops. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startSluice } from '../../cluster/sluice.ts'
import { BINARY, V2 } from '../../media-types.ts'
import { RawConnection, type RawResponse } from '../raw-connection.ts'
import { until } from '../until.ts'

async function start(settings: Record<string, string>): Promise<string> {
  const given = { 'sluice.embedded': 'true', 'dos.filter.enabled': 'true', ...settings }
  const sluice = await startSluice('', given)
  after(() => sluice.stop())
  return sluice.url
}

/** A request on a connection of its own, so that each event loop gets some. */
async function send(url: string, from: string, method: string, path: string, body = '', type = V2) {
  const connection = await RawConnection.open(url, from)
  const length = body === '' ? '' : `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n`
  await connection.send(`${method} ${path} HTTP/1.1\r\nHost: x\r\n${length}\r\n${body}`)
  const response = await connection.response()
  connection.close()
  assert.ok(response)
  return response
}

/** Two requests within a second are above a limit of one; a slow machine needs some attempts. */
async function untilRefused(url: string, nextAddress: () => string): Promise<RawResponse> {
  let refused: RawResponse | undefined
  await until('a request is refused', async () => {
    const response = await send(url, nextAddress(), 'GET', '/topics')
    if (response.status !== 200) refused = response
    return refused !== undefined
  })
  return refused as RawResponse
}

test('an address above its limit gets 429, others do not, on all event loops', async () => {
  const url = await start({
    'sluice.http.threads': '2',
    'dos.filter.max.requests.per.connection.per.sec': '1',
    'dos.filter.max.requests.per.sec': '100000',
    'dos.filter.delay.ms': '-1',
    'dos.filter.ip.whitelist': '127.0.0.9/32',
  })
  const refused = await untilRefused(url, () => '127.0.0.7')
  assert.deepEqual(
    [refused.status, refused.headers['dosfilter'], refused.headers['retry-after']],
    [429, 'unavailable', '1'],
  )
  assert.match(refused.body, /dos\.filter\.max\.requests\.per\.connection\.per\.sec allows 1 requ/)
  assert.equal((await send(url, '127.0.0.8', 'GET', '/topics')).status, 200)
  // Paths without an endpoint, and OPTIONS, count as well.
  await until('an unknown path is refused', async () => {
    const [unknown, options] = [
      await send(url, '127.0.0.7', 'GET', '/nowhere'),
      await send(url, '127.0.0.7', 'OPTIONS', '/topics'),
    ]
    return unknown.status === 429 && options.status === 429
  })
  const exempt = await Promise.all(
    Array.from({ length: 20 }, () => send(url, '127.0.0.9', 'GET', '/topics')),
  )
  assert.ok(exempt.every(({ status }) => status === 200))
  const probes = await Promise.all(
    Array.from({ length: 20 }, () => send(url, '127.0.0.7', 'GET', '/healthy')),
  )
  assert.ok(probes.every(({ status }) => status === 200))
})

test('a process above its limit delays requests, and gives few of them a pass', async () => {
  const url = await start({
    'dos.filter.max.requests.per.sec': '1',
    'dos.filter.delay.ms': '1',
    'dos.filter.max.wait.ms': '1',
    'dos.filter.throttle.ms': '1',
    'dos.filter.throttled.requests': '0',
  })
  let last = 20
  const refused = await untilRefused(url, () => `127.0.0.${++last % 250}`)
  assert.equal(refused.status, 503)
  assert.match(refused.body, /dos\.filter\.max\.requests\.per\.sec allows 1 requests per second/)
})

test('a request above a limit is served after its delay, with its body', async () => {
  const url = await start({
    'dos.filter.max.requests.per.connection.per.sec': '1',
    'dos.filter.delay.ms': '1',
  })
  await until('a request is delayed', async () => {
    const body = '{"format":"binary"}'
    const created = await send(url, '127.0.0.1', 'POST', '/consumers/g', body)
    assert.equal(created.status, 200)
    return created.headers['dosfilter'] === 'delayed'
  })
})

test('a request that takes too long gets 503, and the next one the records that come then', async () => {
  const url = await start({
    'dos.filter.max.requests.ms': '500',
    'consumer.request.timeout.ms': '600000',
  })
  const instance = '{"name":"a","auto.offset.reset":"earliest"}'
  const created = await send(url, '127.0.0.1', 'POST', '/consumers/slow', instance)
  assert.equal(created.status, 200)
  const topics = '{"topics":["t"]}'
  const path = '/consumers/slow/instances/a'
  assert.equal((await send(url, '127.0.0.1', 'POST', `${path}/subscription`, topics)).status, 204)
  const read = await send(url, '127.0.0.1', 'GET', `${path}/records?timeout=600000`)
  assert.equal(read.status, 503)
  assert.match(read.body, /longer than dos\.filter\.max\.requests\.ms=500/)
  await until('a record is written', async () => {
    const records = '{"records":[{"value":"YQ=="}]}'
    const written = await send(url, '127.0.0.1', 'POST', '/topics/t', records, BINARY)
    return written.status === 200
  })
  await until('the record is read', async () => {
    const next = await send(url, '127.0.0.1', 'GET', `${path}/records?timeout=100`)
    return next.status === 200 && next.body.includes('YQ==')
  })
})
