/**
 * The listeners, and the bodies of requests. The only import of uWebSockets.js, which is loaded
 * late because it reads its settings from the environment when it loads.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log.ts'
import { type BodyBytes, type BodyWish, bodyTooLarge } from './body.ts'
import {
  type ConnectionLimits,
  Connections,
  type Descriptors,
  type Peers,
  type RawConnection,
} from './connections.ts'
import type { Dialect } from './dialect.ts'
import { Exchange, type ExchangeOwner, type RawExchange } from './exchange.ts'
import type { RawRequest } from './headers.ts'
import {
  drain,
  type KernelSocket,
  type ListenAddress,
  type ListenApi,
  Listener,
  type ListenSockets,
  openAll,
} from './listeners.ts'
import { Rounds } from './rounds.ts'
import { refuseBody, type UploadLimits, Uploads } from './uploads.ts'

/** What the server enforces. */
export interface ServerOptions extends UploadLimits {
  readonly addresses: readonly ListenAddress[]
  /** Largest head of a request that is understood; larger ones get 431. */
  readonly maxHeaderBytes: number
  readonly connections: ConnectionLimits
  readonly system: System
  readonly log: Logger
}

/** What the operating system knows of sockets; the engine asks it. */
export interface System extends Descriptors {
  /** The socket that listens at `port`; the newest, if there are several. */
  kernelSocket(port: number): KernelSocket
  createPeers(): Peers
}

/** What the server does not know: what requests mean. */
export interface Handler<Services> {
  /** Of requests that no route matches. */
  readonly dialect: Dialect
  /** Looks at the head. Answers, and returns undefined; or says where the body is to go. */
  accept(exchange: Exchange<Services>): BodyWish | undefined
  /** Has the whole body. An ArrayBuffer must be used before this returns. */
  run(exchange: Exchange<Services>, body: BodyBytes): void
  /** The exchange is over. */
  onOver(exchange: Exchange<Services>, aborted: boolean): void
  /** Something was thrown that should not have been. */
  onDefect(exchange: Exchange<Services>, error: unknown): void
}

interface App extends ListenApi {
  any(pattern: string, handler: (res: RawBodyExchange, req: RawRequest) => void): App
  /** `change` is 1 for a connection that was made, -1 for one that ended. */
  filter(handler: (res: RawConnection, change: number) => void): App
}

interface RawBodyExchange extends RawExchange {
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): unknown
}

/** What is used of the package. */
export interface WebSockets extends ListenSockets {
  App(): App
  _cfg(key: string): void
}

/** uWebSockets.js cuts a body after 10 s; looking this often keeps that from happening. */
const WATCH_INTERVAL_MS = 3000

/** A connection that was just made brings its first request within this time, or is idle. */
const FIRST_REQUEST_MS = 250
const POLL_MS = 5

const EMPTY_BODY = new ArrayBuffer(0)

/** Listens, and watches over bodies and readers that make no progress. */
export class Server<Services> {
  readonly #options: ServerOptions
  readonly #handler: Handler<Services>
  readonly #watch: NodeJS.Timeout
  readonly #uploads: Uploads<Services>
  readonly #rounds = new Rounds()
  readonly #streaming = new Set<Exchange<Services>>()
  readonly #owner: ExchangeOwner<Services> & { isClosing: boolean }
  readonly #listeners: readonly Listener[]
  readonly #connections: Connections

  /** `create` makes it with the real package. */
  constructor(uws: WebSockets, options: ServerOptions, handler: Handler<Services>) {
    this.#options = options
    this.#handler = handler
    this.#owner = {
      isClosing: false,
      dialect: handler.dialect,
      onStream: (exchange) => this.#streaming.add(exchange),
      onOver: (exchange, aborted) => this.#onOver(exchange, aborted),
      defer: (work) => this.#rounds.defer(work),
    }
    this.#uploads = new Uploads(options)
    const { addresses, connections, system, log } = options
    this.#listeners = addresses.map(() => this.#createListener(uws))
    const peers = system.createPeers()
    this.#connections = new Connections(connections, system, peers, this.#listeners, log)
    this.#watch = setInterval(() => this.#watchProgress(), WATCH_INTERVAL_MS)
    this.#watch.unref()
  }

  /** Loads uWebSockets.js. Throws when its binary does not fit this system. */
  static async create<Services>(
    options: ServerOptions,
    handler: Handler<Services>,
  ): Promise<Server<Services>> {
    process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= String(options.maxHeaderBytes)
    const module = (await import('uWebSockets.js')) as unknown as { default: WebSockets }
    // Responses don't say what serves them (contract v2, 10.1).
    module.default._cfg('silent')
    return new Server(module.default, options, handler)
  }

  /** Listens on all addresses, or throws naming the one that is taken. Returns the ports. */
  listen(): number[] {
    const { addresses, system } = this.#options
    const ports = openAll(this.#listeners, addresses, (port) => system.kernelSocket(port))
    this.#connections.countDescriptors()
    return ports
  }

  /** The connections that are open, those that were closed at once, and how often none was accepted. */
  get connections(): Pick<Connections, 'open' | 'refused' | 'pauses'> {
    return this.#connections
  }

  /** From now on each response ends its connection, so that clients go elsewhere. */
  sendAway(): void {
    this.#owner.isClosing = true
  }

  /**
   * Takes no new connections. Those that were being made are taken, and have had time for their
   * first request when this resolves. Open ones go on.
   */
  async stopListening(): Promise<void> {
    await drain(this.#listeners)
    const end = performance.now() + FIRST_REQUEST_MS
    while (this.#connections.open > 0 && performance.now() < end) await sleep(POLL_MS)
  }

  /** Ends all connections. Requests that have arrived by now are answered before. */
  async close(): Promise<void> {
    clearInterval(this.#watch)
    this.#connections.stop()
    for (const listener of this.#listeners) listener.close()
    // One turn reads what the kernel holds; in the next one the last refusals are written.
    await nextTurn()
    await nextTurn()
    for (const listener of this.#listeners) listener.closeConnections()
  }

  #createListener(uws: WebSockets): Listener {
    const app = uws.App().any('/*', (res, req) => this.#onRequest(res, req))
    const listener = new Listener(app, uws)
    app.filter((res, change) => this.#onConnection(listener, res, change))
    return listener
  }

  #onConnection(listener: Listener, connection: RawConnection, change: number): void {
    if (change > 0) this.#connections.onOpen(listener, connection)
    else this.#connections.onClose(listener)
  }

  /** An exception here would end the process: this is where none gets past. */
  #onRequest(res: RawBodyExchange, req: RawRequest): void {
    const exchange = new Exchange<Services>(res, req, this.#owner)
    try {
      // Of pipelined requests uWebSockets.js reads the next only when this one is answered.
      exchange.isHeld = !this.#hasTime
      const wish = this.#handler.accept(exchange)
      exchange.isHeld = false
      if (!wish) return
      if (!exchange.hasBody) {
        this.#whenTime(() => this.#run(exchange, EMPTY_BODY))
        return
      }
      exchange.inviteBody()
      res.onData((chunk, isLast) => this.#onData(exchange, wish, chunk, isLast))
    } catch (error) {
      this.#handler.onDefect(exchange, error)
    }
  }

  #onData(exchange: Exchange<Services>, wish: BodyWish, chunk: ArrayBuffer, isLast: boolean): void {
    if (exchange.isOver) return
    const isChunked = exchange.transferEncoding !== ''
    const isWhole = isLast && !isChunked && !this.#uploads.has(exchange)
    // A body that waits for a later round counts as one that arrives: their memory is bounded.
    if (isWhole && this.#hasTime) {
      this.#runWhole(exchange, wish, chunk)
      return
    }
    if (!this.#uploads.append(exchange, wish, chunk) || !isLast) return
    // What came behind the chunks is parsed after this call. Headers there end the connection, with
    // an answer of uWebSockets.js's own; then nothing of the request must be done.
    if (isChunked) setImmediate(() => this.#runUpload(exchange))
    else this.#whenTime(() => this.#runUpload(exchange))
  }

  #runWhole(exchange: Exchange<Services>, wish: BodyWish, body: ArrayBuffer): void {
    const { byteLength } = body
    if (byteLength > wish.maxBytes) refuseBody(exchange, bodyTooLarge(byteLength, wish))
    else this.#run(exchange, body)
  }

  #runUpload(exchange: Exchange<Services>): void {
    const collector = this.#uploads.take(exchange)
    if (!collector) return // The exchange is over, and its body released.
    this.#run(exchange, collector)
  }

  /** Calls `work` now, or in a later round if this one had its share. */
  #whenTime(work: () => void): void {
    if (this.#hasTime) work()
    else this.#rounds.defer(work)
  }

  #run(exchange: Exchange<Services>, body: BodyBytes): void {
    try {
      if (!exchange.isOver) this.#handler.run(exchange, body)
    } catch (error) {
      this.#handler.onDefect(exchange, error)
    } finally {
      // What the handler has not taken by now, nobody will: it may have refused the request.
      if (!(body instanceof ArrayBuffer)) body.release()
    }
  }

  /** Whether what comes now is served in this round. The last requests of a server do not wait. */
  get #hasTime(): boolean {
    return this.#owner.isClosing || this.#rounds.hasTime
  }

  #onOver(exchange: Exchange<Services>, aborted: boolean): void {
    this.#uploads.take(exchange)?.release()
    this.#streaming.delete(exchange)
    this.#handler.onOver(exchange, aborted)
  }

  /** Cuts those that make no progress, and keeps uWebSockets.js from cutting those that do. */
  #watchProgress(): void {
    const now = performance.now()
    this.#uploads.watch(now)
    for (const { stream } of this.#streaming) {
      if (stream?.isStalled(now, this.#options.idleTimeoutMs)) stream.close()
      else stream?.keepAlive()
    }
  }
}
