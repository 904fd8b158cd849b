/**
 * The listeners, and the bodies of requests. The only import of uWebSockets.js, which is loaded
 * late because it reads its settings from the environment when it loads.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log.ts'
import type { BodyBytes, BodyStream, BodyUse } from './body.ts'
import {
  type ConnectionLimits,
  Connections,
  type Descriptors,
  type Peers,
  type RawConnection,
} from './connections.ts'
import type { Dialect } from './dialect.ts'
import { Exchange, type ExchangeOwner, type RawExchange, type Scheme } from './exchange.ts'
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
import { type BodyContext, RequestBody } from './request-body.ts'
import { Rounds } from './rounds.ts'
import { UploadRoom } from './upload-room.ts'
import { type TransferLimits, Watchdog } from './watchdog.ts'

/** What the server enforces. */
export interface ServerOptions extends TransferLimits {
  readonly addresses: readonly ServerAddress[]
  /** Largest head of a request that is understood; larger ones get 431. */
  readonly maxHeaderBytes: number
  readonly connections: ConnectionLimits
  readonly system: System
  /** Collects a body that arrives in pieces. */
  readonly createCollector: BodyContext['createCollector']
  readonly log: Logger
}

/** Where to listen, and the scheme of URLs there. */
export interface ServerAddress extends ListenAddress {
  readonly scheme: Scheme
}

/** What the operating system knows of sockets; the engine asks it. */
export interface System extends Descriptors {
  /** The socket that listens at `port`; the newest, if there are several. */
  kernelSocket(port: number): KernelSocket
  createPeers(): Peers
}

/** Gives requests their meaning. Each method is called once for an exchange, in this order. */
export interface Handler<Services> {
  /** Of requests that no route matches. */
  readonly dialect: Dialect
  /** Checks the head, writes nothing, and decides on the use of the body. */
  accept(exchange: Exchange<Services>): BodyUse
  /**
   * Admits a request before its body is read; meanwhile the body waits. Throws or rejects with the error
   * that is answered instead. A promise must settle: the server waits for it without a limit.
   */
  admit(exchange: Exchange<Services>): void | Promise<void>
  /** Answers, now or later. An ArrayBuffer must be used before this returns. */
  run(exchange: Exchange<Services>, body: BodyBytes | BodyStream): void
  /** The exchange is over. */
  onOver(exchange: Exchange<Services>, aborted: boolean): void
  /** Answers a request whose processing threw `error`. Must not throw. */
  onError(exchange: Exchange<Services>, error: unknown): void
}

interface App extends ListenApi {
  any(pattern: string, handler: (res: RawExchange, req: RawRequest) => void): App
  /** `change` is 1 for a connection that was made, -1 for one that ended. */
  filter(handler: (res: RawConnection, change: number) => void): App
}

/** What is used of the package. */
export interface WebSockets extends ListenSockets {
  App(): App
  _cfg(key: string): void
}

/** A connection that was just made brings its first request within this time, or is idle. */
const FIRST_REQUEST_MS = 250
const POLL_MS = 5

const EMPTY_BODY = new ArrayBuffer(0)

/** Listens, and takes each request from its head to its handler. */
export class Server<Services> {
  readonly #options: ServerOptions
  readonly #handler: Handler<Services>
  readonly #watchdog: Watchdog
  readonly #rounds = new Rounds()
  readonly #bodies: BodyContext
  readonly #owner: ExchangeOwner<Services> & { isClosing: boolean }
  readonly #listeners: readonly Listener[]
  readonly #connections: Connections

  /** `create` makes it with the real package. */
  constructor(uws: WebSockets, options: ServerOptions, handler: Handler<Services>) {
    this.#options = options
    this.#handler = handler
    this.#watchdog = new Watchdog(options)
    this.#owner = {
      isClosing: false,
      dialect: handler.dialect,
      watchdog: this.#watchdog,
      onOver: (exchange, aborted) => handler.onOver(exchange, aborted),
      onError: (exchange, error) => handler.onError(exchange, error),
    }
    const { addresses, connections, system, log, createCollector } = options
    this.#bodies = {
      room: new UploadRoom(),
      watchdog: this.#watchdog,
      rounds: this.#rounds,
      createCollector,
    }
    this.#listeners = addresses.map(({ scheme }) => this.#createListener(uws, scheme))
    const peers = system.createPeers()
    this.#connections = new Connections(connections, system, peers, this.#listeners, log)
  }

  /** Loads uWebSockets.js. Throws when its binary does not fit this system. */
  static async create<Services>(
    options: ServerOptions,
    handler: Handler<Services>,
  ): Promise<Server<Services>> {
    process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= String(options.maxHeaderBytes)
    const module = (await import('uWebSockets.js')) as unknown as { default: WebSockets }
    // Responses don't say what serves them.
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
  closeAfterResponses(): void {
    this.#owner.isClosing = true
    this.#rounds.isUnlimited = true
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
    this.#watchdog.stop()
    this.#connections.stop()
    for (const listener of this.#listeners) listener.close()
    // One turn reads what the kernel holds; in the next one the last refusals are written.
    await nextTurn()
    await nextTurn()
    for (const listener of this.#listeners) listener.closeConnections()
  }

  #createListener(uws: WebSockets, scheme: Scheme): Listener {
    const app = uws.App().any('/*', (res, req) => this.#onRequest(res, req, scheme))
    const listener = new Listener(app, uws)
    app.filter((res, change) => this.#onConnection(listener, res, change))
    return listener
  }

  #onConnection(listener: Listener, connection: RawConnection, change: number): void {
    if (change > 0) this.#connections.onOpen(listener, connection)
    else this.#connections.onClose(listener)
  }

  #onRequest(res: RawExchange, req: RawRequest, scheme: Scheme): void {
    const exchange = new Exchange<Services>(res, req, this.#owner, scheme)
    exchange.guard(() => {
      const use = this.#handler.accept(exchange)
      if (use.kind === 'unread') {
        // Until it is answered uWebSockets.js reads no other request from the connection.
        this.#rounds.run(() => exchange.guard(use.answer))
        return
      }
      const needsBody = exchange.hasBody || use.kind === 'stream'
      const body = needsBody ? new RequestBody(exchange, use, this.#bodies) : undefined
      if (body && exchange.hasBody) exchange.receiveBody(body)
      const begin = () => this.#begin(exchange, use.kind, body)
      this.#rounds.run(() => exchange.guard(() => this.#admit(exchange, begin)))
    })
  }

  /** Calls `begin` when the request is admitted. */
  #admit(exchange: Exchange<Services>, begin: () => void): void {
    if (exchange.isOver) return
    const pending = this.#handler.admit(exchange)
    if (pending === undefined) {
      begin()
      return
    }
    pending.then(
      () => this.#rounds.run(() => exchange.guard(begin)),
      (error) => this.#handler.onError(exchange, error),
    )
  }

  #begin(exchange: Exchange<Services>, kind: BodyUse['kind'], body: RequestBody | undefined): void {
    if (exchange.isOver) return // The client left meanwhile.
    if (!body) {
      this.#run(exchange, EMPTY_BODY)
      return
    }
    exchange.inviteBody()
    if (kind === 'stream') this.#handler.run(exchange, body)
    else body.collect((whole) => this.#run(exchange, whole))
  }

  #run(exchange: Exchange<Services>, body: BodyBytes): void {
    try {
      this.#handler.run(exchange, body)
    } finally {
      // The handler may have refused the request. What it has taken over is not freed by this.
      if (!(body instanceof ArrayBuffer)) body.release()
    }
  }
}
