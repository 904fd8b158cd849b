/** Listening sockets, with a kernel of the test's. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { drain, type ListenAddress, Listener, openAll } from '../../../src/http/listeners.ts'

const EXCLUSIVE = 9
const host = '127.0.0.1'

/** A kernel that notes what it is told; ports of `taken` are in use. */
function kernel(taken: readonly number[] = []) {
  const told: unknown[][] = []
  const open = new Set<unknown>()
  let waiting: (port: number) => number = () => 0
  const app = {
    listen(_host: string, port: number, options: number, cb: (socket: unknown) => void) {
      assert.equal(options, EXCLUSIVE)
      const socket = taken.includes(port) ? false : { port: port + 1000 }
      if (socket) open.add(socket)
      cb(socket)
    },
    close() {},
  }
  const uws = {
    us_listen_socket_close(socket: unknown) {
      told.push(['close', (socket as { port: number }).port])
      assert.ok(open.delete(socket), 'closed twice')
    },
    us_socket_local_port: (socket: unknown) => (socket as { port: number }).port,
    LIBUS_LISTEN_EXCLUSIVE_PORT: EXCLUSIVE,
  }
  const kernelSocket = (port: number) => ({
    pause: () => {},
    resume: () => {},
    ignoreNewHandshakes: () => void told.push(['ignore', port]),
    waiting: () => waiting(port),
    release: () => assert.ok(told.some(([what, at]) => what === 'close' && at === port)),
  })
  let all: Listener[] = []
  return {
    told,
    open,
    wait: (answer: (port: number) => number) => {
      waiting = answer
    },
    listeners: {
      open(addresses: readonly ListenAddress[]) {
        all = addresses.map(() => new Listener(app, uws))
        return openAll(all, addresses, kernelSocket)
      },
      drain: () => drain(all),
      close: () => {
        for (const listener of all) listener.close()
      },
    },
  }
}

test('all addresses are listened at, each alone, and the ports are those of the sockets', () => {
  const { listeners, open } = kernel()
  assert.deepEqual(
    listeners.open([
      { host, port: 1 },
      { host, port: 2 },
    ]),
    [1001, 1002],
  )
  assert.equal(open.size, 2)
})

test('a port that is taken is named, and the others are closed', () => {
  const { listeners, open } = kernel([2])
  assert.throws(
    () =>
      listeners.open([
        { host, port: 1 },
        { host, port: 2 },
      ]),
    /127\.0\.0\.1:2: the port is in use/,
  )
  assert.equal(open.size, 0)
})

describe('a drain', () => {
  test('lets no handshake begin, and closes when those that were begun have had their time', async () => {
    const { listeners, told } = kernel()
    listeners.open([
      { host, port: 1 },
      { host, port: 2 },
    ])
    const begun = performance.now()
    const drained = listeners.drain()
    assert.deepEqual(told, [
      ['ignore', 1001],
      ['ignore', 1002],
    ])
    await drained
    assert.ok(performance.now() - begun >= 240)
    assert.deepEqual(told.slice(2), [
      ['close', 1001],
      ['close', 1002],
    ])
    listeners.close()
    assert.equal(told.length, 4, 'they are closed once')
  })

  test('closes when no port has a connection that waits', async () => {
    const { listeners, told, wait } = kernel()
    listeners.open([
      { host, port: 1 },
      { host, port: 2 },
    ])
    let asked = 0
    wait((port) => {
      assert.ok(!told.some(([what]) => what === 'close'))
      return port === 1002 && ++asked < 4 ? 1 : 0
    })
    await listeners.drain()
    assert.equal(asked, 4)
  })

  test('does not wait for ever', async () => {
    const { listeners, open, wait } = kernel()
    listeners.open([{ host, port: 1 }])
    wait(() => 1)
    await listeners.drain()
    assert.equal(open.size, 0)
  })
})
