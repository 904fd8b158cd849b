/**
 * One request and its response. It follows the rules of uWebSockets.js:
 *  1. A request is valid only during the call of its handler: the exchange copies what it needs.
 *  2. A response is valid until it has ended or was aborted; later calls throw. The exchange drops its
 *     reference then, and ignores later answers.
 *  3. An abort handler is attached before anything else.
 *  4. Status, headers and body are written in one cork, in this order.
 *  5. end() copies the bytes that the socket does not take. A large body is therefore sent as a stream of
 *     one piece.
 */
import { STATUS_CODES } from 'node:http'
import type { AuthenticationMethod } from '../config/index.ts'
import type { ErrorName, RestError } from '../errors.ts'
import { addressText } from './address-text.ts'
import { type Coding, type Compression, codingOf, type Encoder } from './content-encoding.ts'
import type { CorsVerdict } from './cors.ts'
import type { Dialect } from './dialect.ts'
import { asksToClose, type RawRequest } from './headers.ts'
import type { Offer } from './media-type.ts'
import type { ProxyHeaders } from './proxy-headers.ts'
import { errorOfRefusal } from './refusal.ts'
import type { ResponseFields } from './response-fields.ts'
import { type RawResponse, ResponseStream, type StreamOwner } from './response-stream.ts'
import type { AnyRoute, RecordCounts, Reply, ReplyHead, StreamReply } from './route.ts'
import type { Trace, Tracer } from './trace.ts'
import type { TrustedProxies } from './trusted-proxies.ts'
import type { Watchdog } from './watchdog.ts'

/** The server of an exchange. */
export interface ExchangeOwner<Services> {
  /** Whether each response is the last of its connection. */
  readonly isClosing: boolean
  /** The dialect of requests that match no route. */
  readonly dialect: Dialect
  /** Whether exchanges have the address of their client, and the time of their response. Each takes time. */
  readonly keepsAddresses: boolean
  /** The proxies whose X-Forwarded and Forwarded headers are read; undefined without any. */
  readonly trustedProxies: TrustedProxies | undefined
  /** Whether exchanges have the Authorization header of their request. */
  readonly keepsAuthorization?: boolean | undefined
  /** Whether exchanges have the X-Requested fields of their request. */
  readonly keepsRequested?: boolean | undefined
  /** Whether exchanges have the agents of their clients. */
  readonly keepsAgents?: boolean | undefined
  /** Begins the trace of each request; undefined without tracing. */
  readonly tracer?: Tracer | undefined
  /** Header fields of all responses; undefined without any. */
  readonly responseFields?: ResponseFields | undefined
  /** Undefined if no response is compressed. */
  readonly compression?: Compression | undefined
  /** Checks the readers of streamed responses. */
  readonly watchdog: Pick<Watchdog, 'add' | 'delete'>
  /** Called once, when the response is complete or the client has left. */
  onOver(exchange: Exchange<Services>, aborted: boolean): void
  /** Answers a request whose processing threw `error`. Must not throw. */
  onError(exchange: Exchange<Services>, error: unknown): void
}

/** A body that is received for an exchange. */
export interface IncomingBody {
  /** Whether all of it was read from the connection. */
  readonly hasEnded: boolean
  /** The bytes that were read from the connection. */
  readonly receivedBytes: number
  /** Takes a piece, whose memory is valid during the call. */
  receive(piece: ArrayBuffer, isLast: boolean): void
  /** Ends the body with an error, which answers the request. */
  refuse(error: RestError): void
  /** The request is answered, or its client has left: frees the memory of the body. May be called twice. */
  onOver(): void
}

/** The part of uWebSockets.js's HttpResponse that an exchange uses. */
export interface RawExchange extends RawResponse {
  writeStatus(status: string): unknown
  endWithoutBody(reportedContentLength?: number, closeConnection?: boolean): unknown
  onAborted(handler: () => void): unknown
  /** The 4 or 16 bytes of the address that the connection comes from. */
  getRemoteAddress(): ArrayBuffer
  /** See ProxiedConnection. */
  getProxiedRemoteAddress(): ArrayBuffer
  /** The certificate of a TLS client, if it has sent one. */
  getPeerCertificate(): { readonly subject: string; readonly isVerified: boolean } | undefined
  onData(handler: (piece: ArrayBuffer, isLast: boolean) => void): unknown
  /** `handler` is called instead of further data when the body is malformed. */
  onBodyRefused(handler: (status: number, reason: string) => void): unknown
  /** `handler` is called when the client has sent its FIN, at once if it has already. It may still read. */
  onPeerEnd(handler: () => void): unknown
  /** Reads nothing from the connection until resume(). */
  pause(): unknown
  resume(): unknown
  /** How long the connection has waited for its turn to be read, in milliseconds since it was opened. */
  getReadWait(): number
  /** Sends 100 (Continue). */
  writeContinue(): unknown
  /** `Connection: close` closes the connection behind the response. */
  writeHeader(name: string, value: string): unknown
}

/** What a client tells of itself and of the page that it comes from. Empty without the header. */
export interface Agent {
  readonly referer: string
  readonly userAgent: string
}

/** The scheme of a request's URL. */
export type Scheme = 'http' | 'https'

/** The listener that a request came to. */
export interface ExchangeOrigin {
  readonly scheme: Scheme
  readonly asksForCertificate?: boolean
  /** Its index in the addresses of the server. */
  readonly listener?: number
  /** Undefined if its connections begin without a header of the PROXY protocol. */
  readonly proxyHeaders?: ProxyHeaders | undefined
  /** Whether its connections may have to wait before they are read. */
  readonly limitsReads?: boolean
}

const PLAIN: ExchangeOrigin = { scheme: 'http' }

/** A larger body is sent at the pace of its reader (rule 5). */
const LARGE_BYTES = 8 * 1024

/** Begins the ids of requests without an id: a number that other processes are unlikely to have. */
const ID_PREFIX = `${Math.floor(Math.random() * 36 ** 6).toString(36)}-`
let lastId = 0

/** A client's id is accepted if it is short and safe in a header and in a log. */
const SAFE_ID = /^[\w.:/+=@-]{1,128}$/

function nextId(): string {
  return `${ID_PREFIX}${++lastId}`
}

/** A login whose credentials are valid. */
export interface ProvenLogin {
  readonly method: AuthenticationMethod
  readonly principal: string
  /** The end of the credentials' life in milliseconds since the epoch; Infinity without one. */
  readonly expiresAt: number
}

const NO_ROLES: readonly string[] = []

/** By status. */
const statusLines: string[] = []

function statusLine(status: number): string {
  statusLines[status] ??= `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()
  return statusLines[status]
}

/** The address of the connection, or that of the client whom the PROXY protocol names; empty if nothing reads it. */
function addressOf(
  res: RawExchange,
  {
    keepsAddresses,
    trustedProxies,
  }: Pick<ExchangeOwner<never>, 'keepsAddresses' | 'trustedProxies'>,
  { proxyHeaders }: ExchangeOrigin,
): string {
  if (!keepsAddresses && !trustedProxies) return ''
  return addressText(proxyHeaders ? proxyHeaders.addressOf(res) : res.getRemoteAddress())
}

/** A header field that the owner keeps; otherwise empty. */
function fieldOf(req: RawRequest, name: string, isKept: boolean | undefined): string {
  return isKept ? req.getHeader(name) : ''
}

function verifiedSubject(res: RawExchange, asksForCertificate: boolean): string | undefined {
  const certificate = asksForCertificate ? res.getPeerCertificate() : undefined
  return certificate?.isVerified ? certificate.subject : undefined
}

function agentOf(isKept: boolean | undefined, req: RawRequest): Agent | undefined {
  if (!isKept) return undefined
  return { referer: req.getHeader('referer'), userAgent: req.getHeader('user-agent') }
}

/** One request, from its head to the end of its response. See the rules at the top of this file. */
export class Exchange<Services = unknown> {
  readonly method: string
  readonly path: string
  readonly rawQuery: string
  readonly contentType: string
  readonly accept: string
  readonly contentLength: string
  readonly transferEncoding: string
  readonly ifNoneMatch: string
  readonly contentEncoding: string
  /** The size of all header lines. */
  readonly headerBytes: number
  /** The Host header, or the host that a trusted proxy names. */
  readonly host: string
  /** The Authorization header; empty unless the owner keeps it. */
  readonly authorization: string
  /** The X-Requested-By header; empty unless the owner keeps it. */
  readonly requestedBy: string
  /** The X-Requested-With header; empty unless the owner keeps it. */
  readonly requestedWith: string
  readonly id: string
  readonly scheme: Scheme
  /** The index of the listener in the addresses of the server. */
  readonly listener: number
  /** The client's address, or that of the last proxy which is not trusted; empty if nothing reads it. Admission may set it. */
  clientAddress: string
  /**
   * The subject of the client's verified certificate (RFC 2253), as the connection or a trusted proxy has it. Empty if it
   * cannot be read; undefined without a certificate.
   */
  readonly certificateSubject: string | undefined
  readonly startedAt = performance.now()

  /** Set when the request was routed. */
  dialect: Dialect
  route: AnyRoute<Services> | undefined
  params: readonly string[] = []
  accepted: Offer | undefined
  /** Called once, when the response is complete or the client has left. */
  whenOver: ((aborted: boolean) => void) | undefined
  /** Whether this response ends its connection, independently of the owner. */
  closeConnection = false

  /** Set when the request was admitted. */
  services: Services | undefined
  /** The name of an authenticated client. */
  principal: string | undefined
  /** Its roles, or the groups of its token. */
  roles: readonly string[] = NO_ROLES
  /** The login that the credentials in `authorization` have proved; undefined without one. */
  login: ProvenLogin | undefined

  /** For the log and the metrics. 0 until the request is answered. */
  status = 0
  errorCode = 0
  errorName: ErrorName | undefined
  /** Why the client would be refused now: its response, which has begun, was ended for it. */
  withdrawal: RestError | undefined
  bytes = 0
  logged: RecordCounts | undefined
  /** Header lines that admission adds to the response, each behind an end of line. */
  addedLines = ''
  /** When the head of the response was written; undefined unless the owner keeps addresses. */
  respondedAt: number | undefined
  /** Undefined unless the owner keeps agents. */
  readonly agent: Agent | undefined
  /** Undefined without tracing. */
  readonly trace: Trace | undefined
  /** The address of the process that has sent the request for its client; undefined for a request of a client. */
  forwardedBy: string | undefined

  #res: RawExchange | undefined
  #body: IncomingBody | undefined
  #isPaused = false
  #stream: ResponseStream | undefined
  readonly #awaitsInvitation: boolean
  readonly #limitsReads: boolean
  /** The coding that the client prefers. */
  readonly #coding: Coding | undefined
  readonly #cors: CorsVerdict | undefined
  readonly #owner: ExchangeOwner<Services>

  constructor(
    res: RawExchange,
    req: RawRequest,
    owner: ExchangeOwner<Services>,
    origin: ExchangeOrigin = PLAIN,
  ) {
    res.onAborted(() => this.#abort())
    this.#res = res
    this.#owner = owner
    this.listener = origin.listener ?? 0
    this.#limitsReads = origin.limitsReads === true
    const peer = addressOf(res, owner, origin)
    const forwarded = owner.trustedProxies?.read(peer, req)
    this.scheme = forwarded?.scheme ?? origin.scheme
    this.clientAddress = forwarded?.client ?? peer
    this.certificateSubject = forwarded?.namesCertificates
      ? forwarded.certificateSubject
      : verifiedSubject(res, origin.asksForCertificate === true)
    this.dialect = owner.dialect
    const head = req.getHead()
    this.method = head[0]
    this.path = head[1]
    this.rawQuery = head[2]
    this.contentType = head[3]
    this.accept = head[4]
    this.contentLength = head[5]
    this.transferEncoding = head[6]
    this.host = forwarded?.host ?? head[7]
    const requestId = head[8]
    this.id = requestId !== '' && SAFE_ID.test(requestId) ? requestId : nextId()
    // The parser accepts no other expectation than 100-continue.
    this.#awaitsInvitation = head[9] !== ''
    this.closeConnection = asksToClose(head[10])
    this.ifNoneMatch = head[11]
    this.contentEncoding = head[13]
    this.headerBytes = head[14]
    this.#coding = owner.compression && codingOf(head[12])
    this.authorization = fieldOf(req, 'authorization', owner.keepsAuthorization)
    this.requestedBy = fieldOf(req, 'x-requested-by', owner.keepsRequested)
    this.requestedWith = fieldOf(req, 'x-requested-with', owner.keepsRequested)
    this.#cors = owner.responseFields?.cors?.read(this.method, req)
    this.agent = agentOf(owner.keepsAgents, req)
    this.trace = owner.tracer?.begin(req)
  }

  /** Whether a browser asks if a page of another origin may send a request. CORS is on, then. */
  get isPreflight(): boolean {
    return this.#cors?.isPreflight === true
  }

  get hasBody(): boolean {
    return this.transferEncoding !== '' || (this.contentLength !== '' && this.contentLength !== '0')
  }

  /** `http://host:port` as the client wrote it to us or to a trusted proxy; empty when it sent no Host. */
  get origin(): string {
    return this.host === '' ? '' : `${this.scheme}://${this.host}`
  }

  /** The records that the request has written or read, and those that failed; undefined if nobody counts them. */
  get records(): number | undefined {
    return this.logged?.records
  }

  /** The records that were not written. */
  get failedRecords(): number {
    return this.logged?.failedRecords ?? 0
  }

  /** Whether the request is answered, or its client has left. */
  get isOver(): boolean {
    return this.#res === undefined
  }

  /** The bytes of the request's body that were read. */
  get receivedBytes(): number {
    return this.#body?.receivedBytes ?? 0
  }

  get stream(): ResponseStream | undefined {
    return this.#stream
  }

  /** Receives the request's body. Called in the turn that brought the head. */
  receiveBody(body: IncomingBody): void {
    this.#body = body
    this.#res?.onData((piece, isLast) => this.guard(() => body.receive(piece, isLast)))
    this.#res?.onBodyRefused((status, reason) =>
      this.guard(() => body.refuse(errorOfRefusal(status, reason))),
    )
  }

  /** Calls `work`. Its errors become the answer: uWebSockets.js would end the process. */
  guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#owner.onError(this, error)
    }
  }

  /** Reads nothing from the connection until resume(). */
  pause(): void {
    this.#isPaused = true
    this.#res?.pause()
  }

  /** Undoes pause(). */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#res?.resume()
  }

  /**
   * How long its connection has waited since it was opened, because the listener reads no more bytes per second; in milliseconds. 0
   * when the exchange is over.
   */
  get readWaitMs(): number {
    return this.#limitsReads ? (this.#res?.getReadWait() ?? 0) : 0
  }

  /** Sends 100 (Continue) to a client that waits for it before it sends the body. */
  inviteBody(): void {
    if (this.#awaitsInvitation) this.#res?.cork(() => this.#res?.writeContinue())
  }

  /** Answers with a complete response. Has no effect on an exchange that is over. */
  respond(reply: Reply): void {
    const res = this.#res
    if (!res || this.#stream) return
    this.#body?.onOver()
    this.resume() // The connection may bring another request.
    const { body } = reply
    this.logged = reply.logged
    if (body !== null && this.method !== 'HEAD' && this.#isStreamed(body.length, reply)) {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      this.#openStream(res, reply).finish(bytes, () => {})
      return
    }
    res.cork(() => {
      this.#writeHead(res, reply)
      this.#writeBody(res, reply.body)
    })
    this.#finish(false)
  }

  /** Answers with an error, in the dialect of the request's API. */
  respondWithError(error: RestError, headers: Reply['headers'] = error.headers): void {
    this.errorCode = error.code
    this.errorName = error.name
    const retry = error.retryAfterSeconds
    this.respond({
      status: error.status,
      body: this.dialect.encodeError(error),
      contentType: this.dialect.typeOfError(error, this),
      headers: retry === undefined ? headers : [...headers, ['Retry-After', String(retry)]],
    })
  }

  /** Answers with an error; in a stream that has begun, ends the connection. The sender of a stream is told. */
  fail(error: RestError): void {
    if (this.#stream) this.#stream.cut(error)
    else this.respondWithError(error)
  }

  /** Begins a response that is sent piece by piece. Undefined when the exchange is over. */
  openStream(head: Omit<StreamReply, 'stream'>): ResponseStream | undefined {
    // This is the end of an exchange whose client has sent its FIN before.
    if (head.endsWithClient) this.endWithClient()
    const res = this.#res
    return res && this.#openStream(res, head)
  }

  #openStream(res: RawExchange, head: ReplyHead & Pick<StreamReply, 'isDuplex'>): ResponseStream {
    let encoder: Encoder | undefined
    const isDuplex = head.isDuplex === true
    // A client sends its next request on the connection unless the head has told it otherwise.
    let isAnnounced = false
    const isLast = () => isAnnounced || this.#leavesBody
    const owner: StreamOwner = {
      openEncoder: (bytes, isWhole) => {
        encoder = this.#openEncoder(head, isWhole ? bytes : Number.POSITIVE_INFINITY)
        return encoder
      },
      writeHead: () => {
        this.#writeHead(res, head)
        if (encoder) res.writeHeader('Content-Encoding', encoder.coding)
        if (!isDuplex && this.#mayEncode(head)) res.writeHeader('Vary', 'Accept-Encoding')
        // The body may still come to its end while a duplex response is sent.
        isAnnounced = isDuplex ? this.#endsConnection : this.#isLast
        if (isAnnounced) res.writeHeader('Connection', 'close')
      },
      get isLast() {
        return isLast()
      },
      onWritten: () => this.#onWritten(),
      onEnd: () => this.#finish(false),
      onCut: () => this.#finish(true),
      respondWithError: (error) => {
        this.#dropStream()
        this.respondWithError(error)
      },
    }
    this.#stream = new ResponseStream(res, owner, isDuplex)
    this.#owner.watchdog.add(this.#stream)
    return this.#stream
  }

  #dropStream(): void {
    if (this.#stream) this.#owner.watchdog.delete(this.#stream)
    this.#stream = undefined
  }

  #isStreamed(bytes: number, reply: Reply): boolean {
    if (bytes > LARGE_BYTES) return true
    const { compression } = this.#owner
    return (
      this.#coding !== undefined && this.#mayEncode(reply) && !!compression?.isWorthwhile(bytes)
    )
  }

  /** A body with an entity tag has one form only. */
  #mayEncode(head: ReplyHead & { readonly etag?: string }): boolean {
    return this.#owner.compression !== undefined && head.etag === undefined
  }

  /** @param bytes the size of the body; infinite if it is not known yet */
  #openEncoder(head: ReplyHead, bytes: number): Encoder | undefined {
    const { compression } = this.#owner
    if (!compression || !this.#coding || !this.#mayEncode(head)) return undefined
    return compression.isWorthwhile(bytes) ? compression.open(this.#coding) : undefined
  }

  /** The connection is closed when the client ends its half of it, or now if it has; see StreamReply. */
  endWithClient(): void {
    this.#res?.onPeerEnd(() => this.close())
  }

  /** Closes the connection without a response. */
  close(): void {
    this.#res?.close()
  }

  get #isLast(): boolean {
    return this.#endsConnection || this.#leavesBody
  }

  /** Whether the rest of an unfinished body would follow the response. */
  get #leavesBody(): boolean {
    return this.#body?.hasEnded === false
  }

  get #endsConnection(): boolean {
    return this.closeConnection || this.#owner.isClosing
  }

  #writeHead(res: RawExchange, reply: ReplyHead): void {
    this.status = reply.status
    if (this.#owner.keepsAddresses) this.respondedAt = performance.now()
    res.writeStatus(statusLine(reply.status))
    const contentType = reply.contentType ?? this.accepted?.type ?? ''
    res.writeHeader('X-Request-Id', this.id + this.addedLines + this.#configuredLines(reply))
    if (contentType !== '' && reply.status !== 204) res.writeHeader('Content-Type', contentType)
    for (const [name, value] of reply.headers ?? []) res.writeHeader(name, value)
  }

  /** The header lines that the configuration adds, each behind an end of line: they need no call of their own. */
  #configuredLines({ headers }: ReplyHead): string {
    const fields = this.#owner.responseFields
    if (!fields) return ''
    const lines = fields.lines(this.scheme, this.#cors?.lines ?? '', headers)
    return lines === '' ? '' : `\r\n${lines}`
  }

  #writeBody(res: RawExchange, body: Reply['body']): void {
    if (body === null) {
      res.end('', this.#isLast)
      return
    }
    this.bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    if (this.method === 'HEAD') res.endWithoutBody(this.bytes, this.#isLast)
    else res.end(body, this.#isLast)
  }

  /** The response ends its stream; its bytes may still be on their way to the kernel. */
  #onWritten(): void {
    this.#res = undefined
    this.#body?.onOver()
  }

  #abort(): void {
    if (!this.#res) return
    const stream = this.#stream
    this.#finish(true)
    stream?.abort()
  }

  #finish(aborted: boolean): void {
    const stream = this.#stream
    if (stream) {
      this.bytes = stream.bytes
      if (stream.records !== undefined) this.logged = { records: stream.records }
    }
    this.#dropStream()
    this.#res = undefined
    this.#body?.onOver()
    this.#owner.onOver(this, aborted)
    this.whenOver?.(aborted)
  }
}
