/** The listening sockets, one for each address. They pause and close without resetting new connections. */
import { setTimeout as sleep } from 'node:timers/promises'

/** The address of a listener. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** The part of uWebSockets.js's App that a listener uses. */
export interface ListenApi {
  listen(host: string, port: number, options: number, cb: (socket: unknown) => void): unknown
  close(): unknown
}

/** uWebSockets.js's functions on listening sockets. */
export interface ListenSockets {
  us_listen_socket_close(socket: unknown): void
  us_socket_local_port(socket: unknown): number
  LIBUS_LISTEN_EXCLUSIVE_PORT: number
}

/** Operations on a listening socket that uWebSockets.js does not offer. The engine implements them. */
export interface KernelSocket {
  /** Accepts nothing, even in an accept loop that runs. New connections wait in the kernel. */
  pause(): void
  resume(): void
  /** Makes the kernel drop new handshakes. */
  ignoreNewHandshakes(): void
  /** The number of connections that wait to be accepted. */
  waiting(): number
  /** Closes the socket, after uWebSockets.js has closed it. */
  release(): void
}

/** The time for handshakes that have begun: a round trip to the client. Slower ones are reset. */
const HANDSHAKE_MS = 250
/** The time for connections to be accepted: a round of the event loop, unless a limit is reached. */
const ACCEPT_DEADLINE_MS = 1000
const POLL_MS = 5

/** uWebSockets.js sets SO_REUSEPORT. */
const DEFAULT_OPTIONS = 0

/** The error of an address at which the process cannot listen. */
export function portInUse({ host, port }: ListenAddress): Error {
  return new Error(`Cannot listen on ${host}:${port}: the port is in use or not allowed.`)
}

/** An address with its App of uWebSockets.js. */
export class Listener {
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

  /**
   * Listens. With `sharesPort` other event loops of the process may listen at the same port. Throws an error that
   * names the address.
   */
  open(
    { host, port }: ListenAddress,
    kernelSocket: (port: number) => KernelSocket,
    sharesPort = false,
  ): void {
    let socket: unknown = false
    // Exclusive: sharing a port by accident would split the clients between two servers.
    const option = sharesPort ? DEFAULT_OPTIONS : this.#uws.LIBUS_LISTEN_EXCLUSIVE_PORT
    this.#app.listen(host, port, option, (opened) => {
      socket = opened
    })
    if (!socket) throw portInUse({ host, port })
    const openPort = this.#uws.us_socket_local_port(socket)
    const kernel = kernelSocket(openPort)
    this.#open = { socket, kernel, port: openPort }
  }

  /** 0 unless the listener is open. */
  get port(): number {
    return this.#open?.port ?? 0
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Pauses or resumes accepting. */
  setPaused(isPaused: boolean): void {
    if (!this.#open || isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    if (isPaused) this.#open.kernel.pause()
    else this.#open.kernel.resume()
  }

  ignoreNewHandshakes(): void {
    this.#open?.kernel.ignoreNewHandshakes()
  }

  /** The number of connections that wait to be accepted. */
  get waiting(): number {
    return this.#open?.kernel.waiting() ?? 0
  }

  /** Stops listening. */
  close(): void {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    this.#uws.us_listen_socket_close(open.socket)
    open.kernel.release()
  }

  /** Closes its connections. */
  closeConnections(): void {
    this.#app.close()
  }
}

/** Opens each listener at its address and returns the ports. Throws an error that names a taken address. */
export function openAll(
  listeners: readonly Listener[],
  addresses: readonly ListenAddress[],
  kernelSocket: (port: number) => KernelSocket,
  sharesPorts = false,
): number[] {
  try {
    for (const [index, address] of addresses.entries())
      listeners[index]?.open(address, kernelSocket, sharesPorts)
  } catch (error) {
    for (const listener of listeners) listener.close()
    throw error
  }
  return listeners.map(({ port }) => port)
}

/**
 * Closes the listeners when all handshakes have ended and their connections are accepted: the kernel resets
 * connections that wait at a socket when it is closed.
 */
export async function drain(listeners: readonly Listener[]): Promise<void> {
  for (const listener of listeners) listener.ignoreNewHandshakes()
  await sleep(HANDSHAKE_MS)
  const end = performance.now() + ACCEPT_DEADLINE_MS
  const isWaiting = () => listeners.some(({ waiting }) => waiting > 0)
  while (isWaiting() && performance.now() < end) await sleep(POLL_MS)
  for (const listener of listeners) listener.close()
}
