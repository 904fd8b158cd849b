/** Clients that make a connection for each request, as many as they can: what becomes of each. */
import { connect } from 'node:net'

/** How a connection ended for its client. */
export type Fate =
  /** A whole response came. */
  | 'answered'
  /** No connection was made: another server is to be asked, and nothing can have been done. */
  | 'refused'
  /** The connection was made, and ended without a response. */
  | 'lost'

/** Counts of fates. */
export type Fates = Record<Fate, number>

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const CONNECT_DEADLINE_MS = 10_000

/** One connection, one request. */
function ask(port: number): Promise<Fate> {
  return new Promise((resolve) => {
    let isConnected = false
    let received = ''
    const socket = connect(port, '127.0.0.1')
    socket.setTimeout(CONNECT_DEADLINE_MS, () => socket.destroy())
    socket.on('connect', () => {
      isConnected = true
      socket.write(REQUEST)
    })
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      if (received.endsWith('\r\n\r\n{}')) socket.end()
    })
    // What was answered may be reset afterwards: nothing is lost by that.
    socket.on('error', () => {})
    socket.on('close', () => {
      const isWhole = /^HTTP\/1\.1 \d{3} .*\r\n\r\n./s.test(received)
      if (isWhole) resolve('answered')
      else resolve(isConnected ? 'lost' : 'refused')
    })
  })
}

/** Connects `clients` at a time, until `end()` is called, which resolves to what became of all. */
export function keepConnecting(port: number, clients: number): { end(): Promise<Fates> } {
  const fates: Fates = { answered: 0, refused: 0, lost: 0 }
  let isOver = false
  const running = Array.from({ length: clients }, async () => {
    while (!isOver) fates[await ask(port)]++
  })
  return {
    async end() {
      isOver = true
      await Promise.all(running)
      return fates
    },
  }
}
