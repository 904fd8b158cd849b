/** How many connections there may be, and what becomes of those above. */
import assert from 'node:assert/strict'
import { beforeEach, describe, mock, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { ConnectionTotals } from '../../../src/http/connection-totals.ts'
import { type ConnectionLimits, Connections } from '../../../src/http/connections.ts'
import { Listener } from '../../../src/http/listeners.ts'
import { ProxyHeaders } from '../../../src/http/proxy-headers.ts'
import { FakeWebSockets } from './fake-websockets.ts'

const NONE: ConnectionLimits = { max: 0, maxPerListener: 0, maxPerAddress: 0 }

let now = 0
beforeEach(() => {
  now = 0
  mock.method(performance, 'now', () => now)
})

/** Two listeners, at ports 1 and 2. @param totals of a process with several event loops */
function setUp(
  limits: Partial<ConnectionLimits>,
  settings: Partial<FakeWebSockets> = {},
  totals = new ConnectionTotals(2),
  proxyHeaders?: ProxyHeaders,
) {
  const uws = Object.assign(new FakeWebSockets(), settings)
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line) => lines.push(JSON.parse(line).msg) })
  const listeners = [1, 2].map((port) => {
    const app = uws.App()
    const listener = new Listener(app, uws)
    const onChange: Parameters<typeof app.filter>[0] = (res, change, descriptor) => {
      if (change === 1) connections.onOpen(listener, res, descriptor, proxyHeaders)
      else if (change < 0) connections.onClose(listener, descriptor)
      else connections.onProxyHeader(res, descriptor, proxyHeaders)
    }
    app.filter(onChange)
    listener.open({ host: 'h', port }, uws.kernelSocket)
    return listener
  })
  const connections = new Connections(
    { ...NONE, ...limits },
    uws,
    uws.createPeers(),
    totals,
    listeners,
    log,
  )
  connections.stop() // The tests count themselves.
  connections.countDescriptors()
  const [first, second] = uws.apps
  assert.ok(first && second)
  return { uws, lines, connections, first, second }
}

describe('at the limit of all connections', () => {
  test('others wait at each listener, and are accepted one for one', async () => {
    const { connections, first, second, lines } = setUp({ max: 3 })
    const [one, two] = [first.connect(), second.connect()]
    first.connect()
    assert.equal(connections.open, 3)
    first.connect()
    second.connect()
    assert.deepEqual([connections.open, first.waiting(), second.waiting()], [3, 1, 1])
    assert.equal(connections.pauses, 2)
    one.close()
    await nextTurn()
    assert.equal(connections.open, 3)
    two.close()
    await nextTurn()
    assert.deepEqual([connections.open, first.waiting(), second.waiting()], [3, 0, 0])
    assert.equal(connections.refused, 0)
    assert.match(lines[0] ?? '', /3 are open, as many as server\.connection\.limit=3 allows/)
  })

  test('a queue that is longer than the room is not accepted beyond it', async () => {
    const { connections, first } = setUp({ max: 2 })
    const open = [first.connect(), first.connect()]
    for (let i = 0; i < 10; i++) first.connect()
    for (const connection of open) connection.close()
    await nextTurn()
    assert.deepEqual([connections.open, first.waiting()], [2, 8])
  })

  test('connections of other event loops count, and leave room when they are closed', (t) => {
    mock.timers.enable({ apis: ['setInterval'] })
    t.after(() => mock.timers.reset())
    const totals = new ConnectionTotals(2)
    const other = new ConnectionTotals(2, totals.memory)
    const { connections, first } = setUp({ max: 2 }, {}, totals)
    other.add(1, 1)
    first.connect()
    first.connect()
    assert.deepEqual([connections.open, first.waiting()], [1, 1])
    other.add(1, -1)
    mock.timers.tick(50)
    return nextTurn().then(() => assert.deepEqual([connections.open, first.waiting()], [2, 0]))
  })

  test('the log says so once a minute', () => {
    const { first, lines } = setUp({ max: 1 })
    for (let i = 0; i < 5; i++) first.connect().close()
    assert.equal(lines.length, 1)
    now += 60_000
    first.connect()
    assert.equal(lines.length, 2)
  })
})

test('at the limit of one listener the other one accepts', () => {
  const { connections, first, second, lines } = setUp({ maxPerListener: 2 })
  for (let i = 0; i < 3; i++) first.connect()
  assert.deepEqual([connections.open, first.waiting()], [2, 1])
  second.connect()
  assert.deepEqual([connections.open, second.isPaused], [3, false])
  assert.match(lines[0] ?? '', /2 of them at port 1, as many as connector\.connection\.limit=2/)
})

describe('an address that has as many as it may', () => {
  test('has others closed, while those of other addresses are accepted', () => {
    const { connections, first, second, lines } = setUp({ maxPerAddress: 2 })
    const open = [first.connect('10.0.0.1'), second.connect('10.0.0.1')]
    const refused = first.connect('10.0.0.1')
    assert.ok(!refused.isOpen && open.every(({ isOpen }) => isOpen))
    assert.ok(first.connect('10.0.0.2').isOpen)
    assert.deepEqual([connections.open, connections.refused, connections.pauses], [3, 1, 0])
    assert.match(lines[0] ?? '', /10\.0\.0\.1 has reached sluice\.connections\.per\.address\.max=2/)
    open[0]?.close()
    assert.ok(first.connect('10.0.0.1').isOpen)
  })

  test('does not take the room of others', () => {
    const { connections, first } = setUp({ max: 2, maxPerAddress: 1 })
    first.connect('10.0.0.1')
    for (let i = 0; i < 5; i++) assert.ok(!first.connect('10.0.0.1').isOpen)
    assert.ok(first.connect('10.0.0.2').isOpen)
    assert.deepEqual([connections.open, first.isPaused], [2, true])
  })
})

describe('descriptors', () => {
  test('are left to Kafka: a quarter of all', () => {
    const { connections, first, lines } = setUp({}, { limit: 256, others: 92 })
    for (let i = 0; i < 200; i++) first.connect()
    assert.equal(connections.open, 100)
    assert.match(
      lines[0] ?? '',
      /100 are open, and 92 other descriptors\. The process may have 256/,
    )
    assert.match(lines[0] ?? '', /of which 64 are kept for Kafka/)
  })

  test('are left to Kafka: no more than 1024', () => {
    const { connections, first } = setUp({}, { limit: 10_000, others: 976 })
    for (let i = 0; i < 9000; i++) first.connect()
    assert.equal(connections.open, 8000)
  })

  test('hold a limit that is set higher', () => {
    const { connections, first } = setUp({ max: 500 }, { limit: 256, others: 92 })
    for (let i = 0; i < 200; i++) first.connect()
    assert.equal(connections.open, 100)
  })

  test('that Kafka takes and gives back change how many connections there may be', async () => {
    const { connections, first, uws } = setUp({}, { limit: 256, others: 92 })
    const open = Array.from({ length: 90 }, () => first.connect())
    uws.others = 150
    connections.countDescriptors()
    assert.deepEqual([first.isPaused, first.connect().isOpen, first.waiting()], [true, true, 1])
    for (const connection of open.slice(0, 48)) connection.close()
    await nextTurn()
    assert.deepEqual([connections.open, first.waiting()], [42, 1])
    uws.others = 92
    connections.countDescriptors()
    await nextTurn()
    assert.deepEqual([connections.open, first.isPaused], [43, false])
  })

  test('that are not known limit nothing', () => {
    const { connections, first } = setUp({}, { limit: 0 })
    for (let i = 0; i < 5000; i++) first.connect()
    assert.equal(connections.open, 5000)
  })
})

describe('behind a proxy that speaks the PROXY protocol', () => {
  const behindProxy = () =>
    setUp({ maxPerAddress: 1 }, {}, new ConnectionTotals(2), new ProxyHeaders(['10.0.0.1/32']))

  test('the connections of each client count, and not those of the proxy', () => {
    const { connections, first, lines } = behindProxy()
    const clients = Array.from({ length: 3 }, () => first.connect('10.0.0.1'))
    clients.forEach((connection, index) => {
      connection.beginWithHeader(`192.0.2.${index}`)
    })
    assert.equal(connections.open, 3)
    const another = first.connect('10.0.0.1')
    another.beginWithHeader('192.0.2.1')
    assert.deepEqual([another.isOpen, connections.refused, connections.open], [false, 1, 3])
    assert.match(
      lines[0] ?? '',
      /192\.0\.2\.1 has reached sluice\.connections\.per\.address\.max=1/,
    )
  })

  test('a client that claims another address counts by its own', () => {
    const { connections, first } = behindProxy()
    for (const claimed of ['192.0.2.1', '192.0.2.2']) {
      first.connect('10.0.0.2').beginWithHeader(claimed)
    }
    assert.equal(connections.refused, 0) // The fake counts what is claimed.
    const [one, other] = first.connections
    assert.ok(one && other)
    const headers = new ProxyHeaders(['10.0.0.1/32'])
    assert.deepEqual(new Uint8Array(headers.addressOf(one)), new Uint8Array([10, 0, 0, 2]))
    assert.deepEqual(
      new Uint8Array(new ProxyHeaders(['10.0.0.0/8']).addressOf(other)),
      new Uint8Array([192, 0, 2, 2]),
    )
  })
})
