/**
 * The HTTP server. The only importer of uWebSockets.js, which is loaded late because it reads its settings
 * from the environment while it loads.
 */
import { createRequire } from 'node:module'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { RestError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { BodyBytes, BodyStream, BodyUse, ExpectedBody } from './body.ts'
import { BodyDecoder, isEncoded } from './body-decoder.ts'
import type { ConnectionTotals } from './connection-totals.ts'
import {
  type ConnectionLimits,
  Connections,
  type Descriptors,
  type Peers,
  type RawConnection,
} from './connections.ts'
import type { Compression } from './content-encoding.ts'
import type { Dialect } from './dialect.ts'
import { Exchange, type ExchangeOwner, type RawExchange, type Scheme } from './exchange.ts'
import type { RawRequest } from './headers.ts'
import { HostNames } from './host-names.ts'
import {
  drain,
  type KernelSocket,
  type ListenAddress,
  type ListenApi,
  Listener,
  type ListenSockets,
  openAll,
} from './listeners.ts'
import type { ProxyHeaders } from './proxy-headers.ts'
import { errorOfRefusal } from './refusal.ts'
import { type BodyContext, RequestBody } from './request-body.ts'
import type { ResponseFields } from './response-fields.ts'
import { Rounds } from './rounds.ts'
import type { Tracer } from './trace.ts'
import type { TrustedProxies } from './trusted-proxies.ts'
import { UploadRoom } from './upload-room.ts'
import { type TransferLimits, Watchdog } from './watchdog.ts'

/** The settings of a server. */
export interface ServerOptions extends TransferLimits {
  readonly addresses: readonly ServerAddress[]
  /** Whether other event loops of the process listen at the same ports. */
  readonly sharesPorts: boolean
  /** The largest head of a request. Larger ones get 431. */
  readonly maxHeaderBytes: number
  /** The longest time for the arrival of a head. */
  readonly headTimeoutMs: number
  readonly connections: ConnectionLimits
  /** The connections of the process. */
  readonly totals: ConnectionTotals
  /** Whether exchanges have the address of their client. */
  readonly keepsAddresses: boolean
  /** See ExchangeOwner. */
  readonly trustedProxies: TrustedProxies | undefined
  /** Undefined if no response is compressed. */
  readonly compression?: Compression | undefined
  /** Whether exchanges have the Authorization header of their request. */
  readonly keepsAuthorization?: boolean
  /** Whether exchanges have the X-Requested fields of their request. */
  readonly keepsRequested?: boolean
  /** See ExchangeOwner. */
  readonly keepsAgents?: boolean
  /** See ExchangeOwner. */
  readonly tracer?: Tracer | undefined
  /** See ExchangeOwner. */
  readonly responseFields?: ResponseFields | undefined
  readonly system: System
  /** Collects a body that arrives in pieces. */
  readonly createCollector: BodyContext['createCollector']
  readonly log: Logger
}

/** The address of a listener, with the scheme of its URLs. */
export interface ServerAddress extends ListenAddress {
  readonly scheme: Scheme
  /** Required for https. */
  readonly tls?: TlsOptions | undefined
  /** Whether a request has to name a host of the certificate. With `tls` only. */
  readonly checksHosts?: boolean
  /** Undefined if connections begin without a header of the PROXY protocol. */
  readonly proxyHeaders?: ProxyHeaders | undefined
  /** The rate at which all of its connections together are read; undefined without a limit. */
  readonly readRate?: ReadRate | undefined
}

/** The bytes per second that are read from the connections of a listener, with those of TLS. */
export interface ReadRate {
  /** Shared by the event loops of the process. */
  readonly memory: SharedArrayBuffer
  /** The index of the first of three numbers with 64 bits: the state, the bytes that were read, and the pauses of connections. */
  readonly cell: number
  readonly bytesPerSecond: number
  /** Whether each second has all of its bytes at its beginning. Otherwise they come evenly. */
  readonly isBySecond: boolean
}

/** The TLS of a listener, as uWebSockets.js takes it. Texts are PEM or OpenSSL's lists; empty ones are defaults. */
export interface TlsOptions {
  readonly key: string
  /** The certificate of the listener, and those of its authorities. */
  readonly cert: string
  /** The authorities of clients. */
  readonly ca: string
  /** The cipher suites of TLS 1.2. */
  readonly ssl_ciphers: string
  /** Those of TLS 1.3. */
  readonly ciphersuites: string
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3'
  /** Whether clients are asked for a certificate. One that `ca` does not verify ends the connection. */
  readonly clientCertificate: 'none' | 'requested' | 'required'
}

/** Operations on sockets that uWebSockets.js does not offer. The engine implements them. */
export interface System extends Descriptors {
  /** The newest socket that listens at `port`. */
  kernelSocket(port: number): KernelSocket
  createPeers(): Peers
}

/** Handles requests. Each method but `refuse` is called once for an exchange, in this order. */
export interface Handler<Services> {
  /** The dialect of requests that match no route. */
  readonly dialect: Dialect
  /** Answers a request whose head is malformed; `exchange` has no method, path or headers. */
  refuse(exchange: Exchange<Services>, error: RestError): void
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

/** The timers of a listener's connections, in milliseconds; 0 is none. */
interface Timeouts {
  /** Before the first request, and between requests. */
  readonly idle: number
  /** From the first byte of a head to its end. */
  readonly head: number
  /** Since the last byte of a body. */
  readonly bodyIdle: number
  /** Since the client took the last byte of a response that has ended. */
  readonly write: number
}

interface App extends ListenApi {
  timeouts(timeouts: Timeouts): App
  /** Called for a request with a malformed head. The connection ends with the response. */
  refuse(handler: (res: RawExchange, status: number, reason: string) => void): App
  any(pattern: string, handler: (res: RawExchange, req: RawRequest) => void): App
  /** Connections begin with a header of the PROXY protocol. */
  expectProxyHeaders(): App
  /** See ReadRate. Called before listen(). */
  limitReads(
    memory: SharedArrayBuffer,
    cell: number,
    bytesPerSecond: number,
    isBySecond: boolean,
  ): App
  /**
   * `change` is 1 for a new connection, -1 for a closed one; 0 when the header of the PROXY protocol is complete, and 2 when it is
   * malformed, before the connection is closed.
   */
  filter(handler: (res: RawConnection, change: number, descriptor: number) => void): App
  /** For connections that are opened later. Throws, and changes nothing, when OpenSSL refuses the options. */
  replaceOptions(options: TlsOptions): unknown
}

/** The part of uWebSockets.js that is used. */
export interface WebSockets extends ListenSockets {
  App(): App
  /** Throws when OpenSSL refuses the options. */
  SSLApp(options: TlsOptions): App
  _cfg(key: string): void
}

/** A new connection without a request for this time is idle. */
const FIRST_REQUEST_MS = 250
const POLL_MS = 5

/** The head of a refused request. */
const NO_HEAD: RawRequest = {
  getHead: () => ['', '', '', '', '', '', '', '', '', '', '', '', '', '', 0],
  getHeader: () => '',
  forEach: () => {},
}

const EMPTY_BODY = new ArrayBuffer(0)

const WRONG_HOST =
  'Invalid SNI: the certificate of this listener is not for the host that the request names (sni.host.check.enabled).'

/** Listens, and takes each request from its head to its handler. */
export class Server<Services> {
  readonly #options: ServerOptions
  readonly #handler: Handler<Services>
  readonly #watchdog: Watchdog
  readonly #rounds = new Rounds()
  readonly #bodies: BodyContext
  readonly #owner: ExchangeOwner<Services> & { isClosing: boolean }
  readonly #apps: readonly App[]
  readonly #listeners: readonly Listener[]
  /** By the index of the address; empty places for those whose hosts are not checked. */
  readonly #hosts: HostNames[] = []
  readonly #connections: Connections

  /** `create` makes a server with the real package. */
  constructor(uws: WebSockets, options: ServerOptions, handler: Handler<Services>) {
    this.#options = options
    this.#handler = handler
    this.#watchdog = new Watchdog(options)
    this.#owner = {
      isClosing: false,
      dialect: handler.dialect,
      keepsAddresses: options.keepsAddresses,
      trustedProxies: options.trustedProxies,
      compression: options.compression,
      keepsAuthorization: options.keepsAuthorization,
      keepsRequested: options.keepsRequested,
      keepsAgents: options.keepsAgents,
      tracer: options.tracer,
      responseFields: options.responseFields,
      watchdog: this.#watchdog,
      onOver: (exchange, aborted) => handler.onOver(exchange, aborted),
      onError: (exchange, error) => handler.onError(exchange, error),
    }
    const { addresses, connections, totals, system, log, createCollector } = options
    this.#bodies = {
      room: new UploadRoom(),
      watchdog: this.#watchdog,
      rounds: this.#rounds,
      createCollector,
    }
    this.#apps = addresses.map((address, index) => this.#createApp(uws, address, index))
    this.#listeners = this.#apps.map((app, index) =>
      this.#createListener(uws, app, addresses[index]?.proxyHeaders),
    )
    const peers = system.createPeers()
    this.#connections = new Connections(connections, system, peers, totals, this.#listeners, log)
  }

  /**
   * Sets what uWebSockets.js reads from the environment while a thread of the process loads it first. The environment
   * of workers is a copy that it does not see.
   */
  static prepare(maxHeaderBytes: number): void {
    process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= String(maxHeaderBytes)
  }

  /** Loads uWebSockets.js. Throws if its binary does not fit this system. */
  static async create<Services>(
    options: ServerOptions,
    handler: Handler<Services>,
  ): Promise<Server<Services>> {
    Server.prepare(options.maxHeaderBytes)
    const uws: WebSockets = createRequire(import.meta.url)('../../native-bindings/uws.js')
    // Responses have no header that names the server.
    uws._cfg('silent')
    return new Server(uws, options, handler)
  }

  /** Listens on all addresses and returns the ports. Throws an error that names a taken address. */
  listen(): number[] {
    const { addresses, sharesPorts, system } = this.#options
    const kernelSocket = (port: number) => system.kernelSocket(port)
    const ports = openAll(this.#listeners, addresses, kernelSocket, sharesPorts)
    this.#connections.countDescriptors()
    return ports
  }

  /** The numbers of open connections, of refused ones, and of pauses in accepting. */
  get connections(): Pick<Connections, 'open' | 'refused' | 'pauses'> {
    return this.#connections
  }

  /** From now on each response ends its connection, so that clients go elsewhere. */
  closeAfterResponses(): void {
    this.#owner.isClosing = true
    this.#rounds.isUnlimited = true
  }

  /**
   * Accepts no new connections. Handshakes that have begun are completed; the new connections have had
   * time for a first request when the promise resolves. Open connections continue.
   */
  async stopListening(): Promise<void> {
    await drain(this.#listeners)
    const end = performance.now() + FIRST_REQUEST_MS
    while (this.#connections.open > 0 && performance.now() < end) await sleep(POLL_MS)
  }

  /** Closes all connections. Requests that have arrived before are answered first. */
  async close(): Promise<void> {
    this.#watchdog.stop()
    this.#connections.stop()
    for (const listener of this.#listeners) listener.close()
    // The first turn reads the bytes in the kernel; the second one writes the last refusals.
    await nextTurn()
    await nextTurn()
    for (const listener of this.#listeners) listener.closeConnections()
  }

  /** Replaces the TLS of the listeners, in the order of the addresses. Open connections keep theirs. */
  replaceTls(options: readonly (TlsOptions | undefined)[]): void {
    for (const [index, tls] of options.entries()) {
      if (!tls) continue
      this.#apps[index]?.replaceOptions(tls)
      if (this.#hosts[index]) this.#hosts[index] = new HostNames(tls.cert)
    }
  }

  #createApp(uws: WebSockets, address: ServerAddress, index: number): App {
    const { scheme, tls, checksHosts, proxyHeaders, readRate } = address
    const asksForCertificate = tls !== undefined && tls.clientCertificate !== 'none'
    if (scheme === 'https' && !tls) throw new Error('A listener with https needs TLS options.')
    if (tls && checksHosts) this.#hosts[index] = new HostNames(tls.cert)
    const { idleTimeoutMs, headTimeoutMs } = this.#options
    const limitsReads = readRate !== undefined
    const origin = { scheme, asksForCertificate, listener: index, proxyHeaders, limitsReads }
    const app = tls ? uws.SSLApp(tls) : uws.App()
    if (proxyHeaders) app.expectProxyHeaders()
    if (readRate) {
      const { memory, cell, bytesPerSecond, isBySecond } = readRate
      app.limitReads(memory, cell, bytesPerSecond, isBySecond)
    }
    return app
      .timeouts({
        idle: idleTimeoutMs,
        head: headTimeoutMs,
        bodyIdle: idleTimeoutMs,
        write: idleTimeoutMs,
      })
      .any('/*', (res, req) => {
        const exchange = new Exchange<Services>(res, req, this.#owner, origin)
        if (!checksHosts || this.#hosts[index]?.includes(exchange.host)) this.#onRequest(exchange)
        else this.#onRefused(exchange, new RestError('BAD_REQUEST', WRONG_HOST))
      })
      .refuse((res, status, reason) => {
        const exchange = new Exchange<Services>(res, NO_HEAD, this.#owner, origin)
        this.#onRefused(exchange, errorOfRefusal(status, reason))
      })
  }

  #createListener(uws: WebSockets, app: App, proxyHeaders: ProxyHeaders | undefined): Listener {
    const listener = new Listener(app, uws)
    // uWebSockets.js calls this filter for connections, and uses no value.
    const onChange: Parameters<typeof app.filter>[0] = (res, change, descriptor) => {
      if (change === 1) this.#connections.onOpen(listener, res, descriptor, proxyHeaders)
      else if (change < 0) this.#connections.onClose(listener, descriptor)
      else if (change === 0) this.#connections.onProxyHeader(res, descriptor, proxyHeaders)
      else this.#connections.onMalformedProxyHeader(listener, res)
    }
    app.filter(onChange)
    return listener
  }

  #onRefused(exchange: Exchange<Services>, error: RestError): void {
    exchange.guard(() => this.#handler.refuse(exchange, error))
  }

  #onRequest(exchange: Exchange<Services>): void {
    exchange.guard(() => {
      const use = this.#handler.accept(exchange)
      if (use.kind === 'unread') {
        // Until it is answered no other request is read from the connection.
        this.#rounds.run(() => {
          // The client may have left while the request waited for its round.
          if (!exchange.isOver) exchange.guard(use.answer)
        })
        return
      }
      const needsBody = exchange.hasBody || use.kind === 'stream'
      const body = needsBody ? this.#createBody(exchange, use) : undefined
      const begin = () => this.#begin(exchange, use.kind, body)
      this.#rounds.run(() => exchange.guard(() => this.#admit(exchange, begin)))
    })
  }

  #createBody(exchange: Exchange<Services>, use: ExpectedBody): RequestBody {
    const { contentEncoding } = exchange
    if (use.kind === 'ignored' || !isEncoded(contentEncoding) || !exchange.hasBody) {
      const body = new RequestBody(exchange, use, this.#bodies)
      if (exchange.hasBody) exchange.receiveBody(body)
      return body
    }
    const decoder = new BodyDecoder(exchange, contentEncoding)
    const body = new RequestBody(decoder, use, this.#bodies)
    decoder.body = body
    exchange.receiveBody(decoder)
    return body
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
      // A handler that refused the request has left the bytes. release() has no effect on bytes that the
      // engine has taken over.
      if (!(body instanceof ArrayBuffer)) body.release()
    }
  }
}
