/** A TCP relay between two parts of a test, whose network fails when the test says so. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Relays connections to a port of the loopback interface. */
export class Relay {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false
  #losesResponse = false
  #losesResponses = false

  private constructor(target: number) {
    // A half that has ended does not end the other one.
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (inner) => {
      const outer = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
      this.#join(inner, outer, () => true)
      this.#join(outer, inner, () => this.#passesResponse(inner))
    })
  }

  /** Opens a relay on a free port. */
  static async open(target: number): Promise<Relay> {
    const relay = new Relay(target)
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  /** `127.0.0.1` and the port. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on nothing arrives, in both directions, and no connection learns of it. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.pause()
  }

  /** What was sent meanwhile arrives. */
  restore(): void {
    this.#isCut = false
    for (const socket of this.#sockets) socket.resume()
  }

  /**
   * Ends the connection on which the next response arrives, in place of the response. Without a reset: after
   * resetAndDestroy() a process of Node.js may wait at its exit for ever.
   */
  loseResponse(): void {
    this.#losesResponse = true
  }

  /** From now on no response arrives. endConnections() ends this. */
  loseResponses(): void {
    this.#losesResponses = true
  }

  /** Ends all connections, and accepts new ones. */
  endConnections(): void {
    this.#losesResponses = false
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends all connections. */
  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #passesResponse(inner: Socket): boolean {
    if (this.#losesResponses) return false
    if (!this.#losesResponse) return true
    this.#losesResponse = false
    inner.destroy()
    return false
  }

  #join(from: Socket, to: Socket, passes: () => boolean): void {
    this.#sockets.add(from)
    from.on('data', (bytes) => {
      if (!passes() || to.write(bytes)) return
      from.pause()
      to.once('drain', () => {
        if (!this.#isCut) from.resume()
      })
    })
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
    if (this.#isCut) from.pause()
    else from.resume()
  }
}
