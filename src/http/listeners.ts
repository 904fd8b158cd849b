/** The listening sockets: opened together, and closed without losing who is connecting. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Where to listen. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** What is used of uWebSockets.js to listen. */
export interface ListenApi {
  listen(host: string, port: number, options: number, cb: (socket: unknown) => void): unknown
}

/** What is used of uWebSockets.js's functions on listening sockets. */
export interface ListenSockets {
  us_listen_socket_close(socket: unknown): void
  us_socket_local_port(socket: unknown): number
  LIBUS_LISTEN_EXCLUSIVE_PORT: number
}

/** What the kernel is told and asked of the listening sockets at a port; the engine does it. */
export interface Handshakes {
  /** Lets the kernel drop what begins a handshake from now on. */
  ignoreNew(port: number): void
  /** How many connections wait to be accepted. */
  waiting(port: number): number
}

/** A handshake that was begun ends within the round trip to its client; slower ones are reset. */
const HANDSHAKE_MS = 250
/** Connections are accepted in the next round of the loop, unless descriptors have run out. */
const ACCEPT_DEADLINE_MS = 1000
const POLL_MS = 5

/** The listening sockets of one server. */
export class Listeners {
  readonly #app: ListenApi
  readonly #uws: ListenSockets
  readonly #handshakes: Handshakes
  #sockets: unknown[] = []

  constructor(app: ListenApi, uws: ListenSockets, handshakes: Handshakes) {
    this.#app = app
    this.#uws = uws
    this.#handshakes = handshakes
  }

  /** Listens on all addresses, or throws naming the one that is taken. Returns the ports. */
  open(addresses: readonly ListenAddress[]): number[] {
    for (const { host, port } of addresses) {
      let listening: unknown = false
      // Exclusive: sharing a port by accident would split the clients between two servers.
      this.#app.listen(host, port, this.#uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
        listening = socket
      })
      if (!listening) {
        this.close()
        throw new Error(`Cannot listen on ${host}:${port}: the port is in use or not allowed.`)
      }
      this.#sockets.push(listening)
    }
    return this.#ports()
  }

  /**
   * Closes them when the handshakes that were begun are over and their connections are accepted:
   * the kernel resets connections that wait at a socket that is closed.
   */
  async drain(): Promise<void> {
    const ports = this.#ports()
    for (const port of ports) this.#handshakes.ignoreNew(port)
    await sleep(HANDSHAKE_MS)
    const end = performance.now() + ACCEPT_DEADLINE_MS
    const isWaiting = () => ports.some((port) => this.#handshakes.waiting(port) > 0)
    while (isWaiting() && performance.now() < end) await sleep(POLL_MS)
    this.close()
  }

  /** Closes them at once. */
  close(): void {
    for (const socket of this.#sockets) this.#uws.us_listen_socket_close(socket)
    this.#sockets = []
  }

  #ports(): number[] {
    return this.#sockets.map((socket) => this.#uws.us_socket_local_port(socket))
  }
}
