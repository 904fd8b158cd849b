/**
 * The one wrapper round every handler: route, check the head, decode, call, catch, write, count.
 * Handlers return or throw; they never write a reply.
 */
import type { TSchema } from 'typebox'
import { RestError } from '../errors.ts'
import { type BodyBytes, type BodyWish, bodyTooLarge, FORGETFUL } from './body.ts'
import type { Dialect } from './dialect.ts'
import type { Exchange } from './exchange.ts'
import { bodyTypeOf, faultOfContentType, faultOfHead, malformedAccept } from './head.ts'
import { negotiate, remember } from './media-type.ts'
import type { AnyRoute, Reply, RestRequest, StreamReply } from './route.ts'
import { Router } from './router.ts'
import type { Handler } from './server.ts'

/** What the dispatcher is made of. */
export interface DispatchOptions<Services> {
  /** The dialect of the first one also answers requests that no route matches. */
  readonly apis: readonly [Api<Services>, ...Api<Services>[]]
  readonly services: Services
  /** What all paths begin with: empty, or `/` and segments. */
  readonly basePath: string
  /** `sluice.request.max.bytes`. */
  readonly maxBodyBytes: number
  /** `max.request.header.size`. */
  readonly maxHeaderBytes: number
  /** For bodies that arrive in pieces. */
  readonly createBody: BodyWish['collect']
  readonly observer: Observer<Services>
}

/** An API: its routes, and the dialect that they are served in. */
export interface Api<Services> {
  readonly routes: readonly AnyRoute<Services>[]
  readonly dialect: Dialect
}

/** Who is told of what happened. */
export interface Observer<Services> {
  onOver(exchange: Exchange<Services>, aborted: boolean): void
  /** A bug of ours: the client gets a 500 without details. Returns what to tell it instead. */
  onDefect(exchange: Exchange<Services>, error: unknown): RestError
}

/** What is the same for every request of a route, worked out once. */
interface Endpoint<Services> {
  readonly method: string
  readonly path: string
  readonly route: AnyRoute<Services>
  readonly dialect: Dialect
  readonly paramNames: readonly string[]
  /** Which of `produces`, or -1; undefined for a malformed header. */
  readonly offerFor: (accept: string) => number | undefined
  readonly wish: BodyWish
}

/**
 * JSON is parsed on the event loop, and becomes several times as large. What is larger than this
 * would keep it from all other clients for too long.
 */
const MAX_JSON_BYTES = 2 ** 20

/** Serves the routes; knows how many requests it is serving. */
export class Dispatcher<Services> implements Handler<Services> {
  readonly dialect: Dialect
  readonly #options: DispatchOptions<Services>
  readonly #router: Router<Endpoint<Services>>
  readonly #endpoints: ReadonlyMap<AnyRoute<Services>, Endpoint<Services>>
  #inFlight = 0
  #onDrained: (() => void) | undefined
  #isClosed = false

  constructor(options: DispatchOptions<Services>) {
    this.#options = options
    this.dialect = options.apis[0].dialect
    const endpoints = options.apis.flatMap(({ routes, dialect }) =>
      routes.map((route) => endpointOf(route, dialect, options)),
    )
    this.#router = new Router(endpoints)
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.route, endpoint]))
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Resolves when none is left to be answered. Requests that still come are served. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrained = resolve
      if (this.#inFlight === 0) resolve()
    })
  }

  /** From now on no request is served: what that would take is being closed. */
  close(): void {
    this.#isClosed = true
  }

  accept(exchange: Exchange<Services>): BodyWish | undefined {
    this.#inFlight++
    const fault = this.#faultOfSize(exchange) ?? faultOfHead(exchange)
    if (fault || this.#isClosed) {
      this.#endConnection(exchange, fault ?? new RestError('STOPPING'))
      return undefined
    }
    const match = this.#router.find(exchange.method, exchange.path, this.#options.basePath)
    if (match.kind === 'found') {
      exchange.route = match.target.route
      exchange.dialect = match.target.dialect
      exchange.params = match.params
      return this.#checkHead(exchange, match.target)
    }
    if (match.kind === 'wrong method') this.#answerOtherMethod(exchange, match.allowed)
    else if (match.kind === 'unknown') exchange.respondWithError(new RestError('NOT_FOUND'))
    else exchange.respondWithError(new RestError('BAD_REQUEST', BAD_PATH))
    return undefined
  }

  run(exchange: Exchange<Services>, body: BodyBytes): void {
    const endpoint = this.#endpoints.get(exchange.route as AnyRoute<Services>)
    if (!endpoint) throw new Error('run() before accept()')
    try {
      if (this.#isClosed) throw new RestError('STOPPING') // While the body was coming.
      const request = requestOf(exchange, endpoint, body)
      const reply = endpoint.route.handler(request, this.#options.services)
      if (reply instanceof Promise) void this.#answerLater(exchange, reply)
      else this.#answer(exchange, reply)
    } catch (error) {
      this.#answerError(exchange, error)
    }
  }

  onOver(exchange: Exchange<Services>, aborted: boolean): void {
    this.#inFlight--
    this.#options.observer.onOver(exchange, aborted)
    if (this.#inFlight === 0) this.#onDrained?.()
  }

  onDefect(exchange: Exchange<Services>, error: unknown): void {
    this.#answerError(exchange, error)
  }

  #checkHead(exchange: Exchange<Services>, endpoint: Endpoint<Services>): BodyWish | undefined {
    const { consumes, produces } = endpoint.route
    const fault = faultOfContentType(exchange, consumes)
    if (fault) {
      exchange.respondWithError(fault)
      return undefined
    }
    const wanted = endpoint.offerFor(exchange.accept)
    if (wanted === undefined) {
      exchange.respondWithError(malformedAccept(exchange))
      return undefined
    }
    const offer = produces[wanted]
    if (!offer) {
      exchange.respondWithError(new RestError('NOT_ACCEPTABLE'))
      return undefined
    }
    exchange.accepted = offer
    const { wish } = endpoint
    if (Number(exchange.contentLength) > wish.maxBytes) {
      // The body would follow, for which there is no room.
      exchange.closeConnection = true
      exchange.respondWithError(bodyTooLarge(Number(exchange.contentLength), wish))
      return undefined
    }
    return wish
  }

  /** uWebSockets.js has a limit of its own for heads that come in pieces, and none for others. */
  #faultOfSize({ headers: { bytes } }: Exchange<Services>): RestError | undefined {
    const limit = this.#options.maxHeaderBytes
    if (bytes <= limit) return undefined
    return new RestError(
      'HEADERS_TOO_LARGE',
      `The headers have ${bytes} bytes; max.request.header.size is ${limit}. Send fewer or shorter headers.`,
    )
  }

  /**
   * What follows the head must not be taken for another request, because nobody looks where this
   * one ends, or nobody can tell. uWebSockets.js would: it closes a connection only behind what it
   * has read. But not while an answer is still to come, and so this one comes later.
   */
  #endConnection(exchange: Exchange<Services>, error: RestError): void {
    exchange.closeConnection = true
    setImmediate(() => exchange.respondWithError(error))
  }

  #answerOtherMethod(exchange: Exchange<Services>, allowed: readonly string[]): void {
    const headers = [['Allow', allowed.join(', ')]] as const
    if (exchange.method === 'OPTIONS') {
      exchange.respond({ status: 200, body: '', contentType: '', headers })
    } else {
      exchange.respondWithError(new RestError('METHOD_NOT_ALLOWED'), headers)
    }
  }

  async #answerLater(
    exchange: Exchange<Services>,
    reply: Promise<Reply | StreamReply>,
  ): Promise<void> {
    try {
      this.#answer(exchange, await reply)
    } catch (error) {
      this.#answerError(exchange, error)
    }
  }

  #answer(exchange: Exchange<Services>, reply: Reply | StreamReply): void {
    if (!('stream' in reply)) {
      exchange.respond(reply)
      return
    }
    const stream = exchange.openStream(reply)
    const over = stream && reply.stream(stream)
    over?.catch((error: unknown) => this.#answerError(exchange, error))
  }

  /** The one catch. */
  #answerError(exchange: Exchange<Services>, error: unknown): void {
    const known =
      error instanceof RestError ? error : this.#options.observer.onDefect(exchange, error)
    const stream = exchange.stream
    if (stream) stream.fail(known)
    else exchange.respondWithError(known)
  }
}

const BAD_PATH = 'The path has an empty segment or an invalid percent-escape.'

function endpointOf<Services>(
  route: AnyRoute<Services>,
  dialect: Dialect,
  options: DispatchOptions<Services>,
): Endpoint<Services> {
  return {
    dialect,
    method: route.method,
    path: route.path,
    route,
    paramNames: [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string),
    offerFor: remember((header) => negotiate(header, route.produces)),
    wish: wishOf(route, options),
  }
}

function wishOf<Services>(
  { body }: AnyRoute<Services>,
  { maxBodyBytes, createBody }: DispatchOptions<Services>,
): BodyWish {
  if (body !== undefined && body !== 'bytes' && maxBodyBytes > MAX_JSON_BYTES) {
    const limit = `${MAX_JSON_BYTES} for a body without records`
    return { maxBytes: MAX_JSON_BYTES, limit, collect: createBody }
  }
  const limit = `sluice.request.max.bytes=${maxBodyBytes}`
  return { maxBytes: maxBodyBytes, limit, collect: body ? createBody : () => FORGETFUL }
}

function requestOf<Services>(
  exchange: Exchange<Services>,
  { route, dialect, paramNames }: Endpoint<Services>,
  bytes: BodyBytes,
): RestRequest {
  const params: Record<string, string> = {}
  paramNames.forEach((name, index) => {
    params[name] = exchange.params[index] as string
  })
  const isJson = route.body !== undefined && route.body !== 'bytes'
  return {
    params,
    query: dialect.decodeQuery(exchange.rawQuery, route.query),
    body: isJson ? dialect.decodeBody(bytes, route.body as TSchema) : undefined,
    bytes,
    contentType: bodyTypeOf(exchange),
    accepted: exchange.accepted as NonNullable<typeof exchange.accepted>,
    origin: exchange.host === '' ? '' : `http://${exchange.host}`,
    isHead: exchange.method === 'HEAD',
  } as RestRequest
}
