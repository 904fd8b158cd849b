/** Limits of connections, on real sockets: who waits, who is closed, and who is served again. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { metricsOn } from '../metrics-text.ts'
import { startProxy } from '../proxy.ts'
import { RawConnection } from '../raw-connection.ts'
import { until } from '../until.ts'

// No broker: these requests need none.
const NO_BROKER = '127.0.0.1:1'
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

async function start(config: Record<string, string>): Promise<Sluice> {
  const sluice = await startSluice(NO_BROKER, config)
  after(() => sluice.stop())
  return sluice
}

/** As many connections, each of which has sent a request. */
async function connect(url: string, count: number, from?: string): Promise<RawConnection[]> {
  const connections = await Promise.all(
    Array.from({ length: count }, () => RawConnection.open(url, from)),
  )
  after(() => {
    for (const connection of connections) connection.close()
  })
  await Promise.all(connections.map((connection) => connection.send(GET)))
  return connections
}

async function areServed(connections: readonly RawConnection[]): Promise<boolean> {
  const responses = await Promise.all(connections.map((connection) => connection.response()))
  return responses.every((response) => response?.body === '{}')
}

test('above server.connection.limit connections wait, and are served when others end', async () => {
  const { url, log } = await start({ 'server.connection.limit': '3' })
  // The probe that waited for the start keeps its connection for a moment.
  await until('connections can be made', async () => (await connectionsAt(url)) === 1)
  const first = await connect(url, 3)
  assert.ok(await areServed(first))
  const waiting = await connect(url, 2)
  const [asking, ...others] = first
  assert.ok(asking)
  for (let i = 0; i < 3; i++) {
    assert.equal((await metricsOn(asking)).get('sluice_http_connections{loop="0"}'), 3)
  }
  const metrics = await metricsOn(asking)
  assert.equal(metrics.get('sluice_http_connections_refused_total'), 0)
  assert.ok((metrics.get('sluice_http_accept_pauses_total') ?? 0) >= 1)
  for (const connection of others) connection.close()
  assert.ok(await areServed(waiting))
  await until('the log says so', () => /as many as server\.connection\.limit=3 allows/.test(log()))
})

/** Asks on a connection of its own. */
async function connectionsAt(url: string): Promise<number | undefined> {
  const connection = await RawConnection.open(url)
  const metrics = await metricsOn(connection)
  connection.close()
  return metrics.get('sluice_http_connections{loop="0"}')
}

test('above connector.connection.limit connections wait at that listener only', async () => {
  const ports = await freePorts(2)
  const [first = '', second = ''] = ports.map((port) => `http://127.0.0.1:${port}`)
  const proxy = await startProxy(NO_BROKER, {
    listeners: `${first},${second}`,
    'connector.connection.limit': 2,
  })
  after(() => proxy.stop())
  const full = await connect(first, 2)
  assert.ok(await areServed(full))
  const waiting = await connect(first, 1)
  assert.ok(await areServed(await connect(second, 1)))
  const [asking, other] = full
  assert.ok(asking && other)
  for (let i = 0; i < 3; i++) {
    assert.equal((await metricsOn(asking)).get('sluice_http_connections{loop="0"}'), 3)
  }
  other.close()
  assert.ok(await areServed(waiting))
})

test('above sluice.connections.per.address.max connections of the address are closed', async () => {
  const { url, log } = await start({ 'sluice.connections.per.address.max': '3' })
  await until('connections can be made', async () => (await connectionsAt(url)) === 1)
  const own = await connect(url, 3)
  assert.ok(await areServed(own))
  const [refused] = await connect(url, 1)
  assert.equal((await refused?.closed())?.length, 0)
  assert.ok(await areServed(await connect(url, 3, '127.0.0.2')))
  const [asking, other] = own
  assert.ok(asking && other)
  assert.ok(((await metricsOn(asking)).get('sluice_http_connections_refused_total') ?? 0) >= 1)
  other.close()
  await until('there is room', async () => {
    const [connection] = await connect(url, 1)
    return (await connection?.response())?.body === '{}'
  })
  await until('the log says so', () => /127\.0\.0\.1 has reached/.test(log()))
})
