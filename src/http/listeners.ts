/** The listening sockets: one for each address, paused and closed without losing who is connecting. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Where to listen. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** What is used of uWebSockets.js to listen. */
export interface ListenApi {
  listen(host: string, port: number, options: number, cb: (socket: unknown) => void): unknown
  close(): unknown
}

/** What is used of uWebSockets.js's functions on listening sockets. */
export interface ListenSockets {
  us_listen_socket_close(socket: unknown): void
  us_socket_local_port(socket: unknown): number
  LIBUS_LISTEN_EXCLUSIVE_PORT: number
}

/** What uWebSockets.js cannot do with a listening socket; the engine does it. */
export interface KernelSocket {
  /** Nothing is accepted from now on, also not by an accept loop that runs; the kernel keeps what comes. */
  pause(): void
  resume(): void
  /** Lets the kernel drop what begins a handshake from now on. */
  ignoreNewHandshakes(): void
  /** How many connections wait to be accepted. */
  waiting(): number
  /** Ends the socket, after uWebSockets.js has closed it. */
  release(): void
}

/** A handshake that was begun ends within the round trip to its client; slower ones are reset. */
const HANDSHAKE_MS = 250
/** Connections are accepted in the next round of the loop, unless a limit is reached. */
const ACCEPT_DEADLINE_MS = 1000
const POLL_MS = 5

/** One address, and the App of uWebSockets.js that listens at it. */
export class Listener {
  /** How many connections that were accepted here are open. */
  connections = 0
  readonly #app: ListenApi
  readonly #uws: ListenSockets
  #open:
    | { readonly socket: unknown; readonly kernel: KernelSocket; readonly port: number }
    | undefined
  #isPaused = false

  constructor(app: ListenApi, uws: ListenSockets) {
    this.#app = app
    this.#uws = uws
  }

  /** Listens; or throws, naming the address. */
  open({ host, port }: ListenAddress, kernelSocket: (port: number) => KernelSocket): void {
    let socket: unknown = false
    // Exclusive: sharing a port by accident would split the clients between two servers.
    this.#app.listen(host, port, this.#uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (opened) => {
      socket = opened
    })
    if (!socket) {
      throw new Error(`Cannot listen on ${host}:${port}: the port is in use or not allowed.`)
    }
    const openPort = this.#uws.us_socket_local_port(socket)
    const kernel = kernelSocket(openPort)
    this.#open = { socket, kernel, port: openPort }
  }

  /** 0 when it does not listen. */
  get port(): number {
    return this.#open?.port ?? 0
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Accepts no connections, or accepts them again. */
  setPaused(isPaused: boolean): void {
    if (!this.#open || isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    if (isPaused) this.#open.kernel.pause()
    else this.#open.kernel.resume()
  }

  ignoreNewHandshakes(): void {
    this.#open?.kernel.ignoreNewHandshakes()
  }

  /** How many connections wait to be accepted. */
  get waiting(): number {
    return this.#open?.kernel.waiting() ?? 0
  }

  /** Listens no more. */
  close(): void {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    this.#uws.us_listen_socket_close(open.socket)
    open.kernel.release()
  }

  /** Ends its connections. */
  closeConnections(): void {
    this.#app.close()
  }
}

/** Opens each at its address, or throws naming the one that is taken. Returns the ports. */
export function openAll(
  listeners: readonly Listener[],
  addresses: readonly ListenAddress[],
  kernelSocket: (port: number) => KernelSocket,
): number[] {
  try {
    for (const [index, address] of addresses.entries())
      listeners[index]?.open(address, kernelSocket)
  } catch (error) {
    for (const listener of listeners) listener.close()
    throw error
  }
  return listeners.map(({ port }) => port)
}

/**
 * Closes them when the handshakes that were begun are over and their connections are accepted:
 * the kernel resets connections that wait at a socket that is closed.
 */
export async function drain(listeners: readonly Listener[]): Promise<void> {
  for (const listener of listeners) listener.ignoreNewHandshakes()
  await sleep(HANDSHAKE_MS)
  const end = performance.now() + ACCEPT_DEADLINE_MS
  const isWaiting = () => listeners.some(({ waiting }) => waiting > 0)
  while (isWaiting() && performance.now() < end) await sleep(POLL_MS)
  for (const listener of listeners) listener.close()
}
