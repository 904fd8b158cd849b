/**
 * The dispatcher: it routes a request, checks its head, decodes its body, calls its handler, catches and
 * writes. Handlers return or throw; they never write a response.
 */
import { RestError } from '../errors.ts'
import {
  type BodyBytes,
  type BodyLimit,
  type BodyStream,
  type BodyUse,
  bodyTooLarge,
  type ExpectedBody,
  type UnreadBody,
} from './body.ts'
import { DECODED_CODINGS, decodes } from './body-decoder.ts'
import type { Dialect } from './dialect.ts'
import { unlessKnown } from './entity-tag.ts'
import type { Exchange } from './exchange.ts'
import { bodyTypeOf, charsetOf, faultOfContentType, malformedAccept } from './head.ts'
import { memoize, negotiate } from './media-type.ts'
import type { AnyRoute, Reply, RestRequest, StreamReply } from './route.ts'
import { Router } from './router.ts'
import type { Handler } from './server.ts'

/** The settings of a dispatcher. */
export interface DispatchOptions<Services> {
  /** Requests that match no route are answered in the dialect of the first API. */
  readonly apis: readonly [Api<Services>, ...Api<Services>[]]
  /** The beginning of all paths: empty, or `/` and segments. */
  readonly basePath: string
  /** `sluice.request.max.bytes`. */
  readonly maxBodyBytes: number
  /** `max.request.header.size`. */
  readonly maxHeaderBytes: number
  readonly observer: Observer<Services>
  /**
   * Called for each request whose head is well-formed, before its body is read, and also before it is told that no route
   * matches. Throws, or rejects with, a RestError to refuse the request. May set the exchange's `principal` and `roles`.
   * The promise must settle.
   */
  readonly authenticate?: ((exchange: Exchange<Services>) => void | Promise<void>) | undefined
  /** Undefined if no request is delayed or refused before its authentication. */
  readonly filter?: RequestFilter<Services> | undefined
  /** By default OPTIONS is answered without admission. */
  readonly optionsPolicy?: OptionsPolicy
}

/** Delays or refuses requests before anything else is done for them. */
export interface RequestFilter<Services> {
  /**
   * Called for each request whose head is well-formed, once it was routed, before its authentication. Throws, or rejects
   * with, a RestError to refuse it. The promise must settle.
   */
  admit(exchange: Exchange<Services>): void | Promise<void>
  /** Called once for each request, admitted or not, when it is over. */
  onOver(exchange: Exchange<Services>): void
}

/** The treatment of OPTIONS requests. */
export interface OptionsPolicy {
  /** Whether all of them get 403. */
  readonly isRefused: boolean
  /** Whether the API admits them like other requests. */
  readonly isAdmitted: boolean
}

/** An API: its routes, the dialect that they are served in, and the admission of its requests. */
export interface Api<Services> {
  readonly routes: readonly AnyRoute<Services>[]
  /** Each route is served behind each of these beginnings of its path; by default behind the empty one. */
  readonly prefixes?: readonly string[]
  readonly dialect: Dialect
  /**
   * Admits a request by its head, and returns the services that its handler gets. Throws, or rejects
   * with, a RestError to refuse it. May set the exchange's `principal` and `clientAddress`. The promise must settle.
   */
  admit(exchange: Exchange<Services>): Services | Promise<Services>
  /** Whether a routed request is answered as if its endpoint did not exist: 404 for GET and HEAD, else 405. */
  readonly hides?: ((exchange: Exchange<Services>) => boolean) | undefined
  /** Called for an admitted request that is over. */
  readonly onOver?: ((exchange: Exchange<Services>) => void) | undefined
  /** Checks a decoded request before its handler. Throws a RestError to refuse it. */
  readonly checkRequest?: ((exchange: Exchange<Services>, request: RestRequest) => void) | undefined
  /** Checks the bytes of a complete body before it is decoded. Throws a RestError to refuse it. */
  checkBody?(exchange: Exchange<Services>, body: BodyBytes): void
}

/** Receives events for the log and the metrics. */
export interface Observer<Services> {
  /** The head of a request has arrived. */
  readonly onHead?: ((exchange: Exchange<Services>) => void) | undefined
  onOver(exchange: Exchange<Services>, aborted: boolean): void
  /** A handler threw an unexpected error, which is a bug. Returns the error for the client. */
  onDefect(exchange: Exchange<Services>, error: unknown): RestError
}

/** The values that all requests of a route share, computed once. */
interface Endpoint<Services> {
  readonly method: string
  readonly path: string
  readonly route: AnyRoute<Services>
  readonly api: Api<Services>
  readonly paramNames: readonly string[]
  /** The index of the offer that an Accept header selects, or -1; undefined for a malformed header. */
  readonly offerFor: (accept: string) => number | undefined
  readonly use: ExpectedBody
}

/**
 * JSON is parsed on the event loop, into values of several times its size. A larger body would block the
 * loop for too long.
 */
const MAX_JSON_BYTES = 2 ** 20

/** UWS_HTTP_MAX_HEADERS_COUNT of the HTTP layer. */
const MAX_HEADERS = 100

/** Serves the routes of all APIs, and counts the requests that are not answered yet. */
export class Dispatcher<Services> implements Handler<Services> {
  readonly dialect: Dialect
  readonly #options: DispatchOptions<Services>
  readonly #router: Router<Endpoint<Services>>
  readonly #endpoints: ReadonlyMap<AnyRoute<Services>, Endpoint<Services>>
  /** Whether an API wants to know about the ends of requests. */
  readonly #isToldOfEnds: boolean
  #inFlight = 0
  #onDrained: (() => void) | undefined
  #isClosed = false

  constructor(options: DispatchOptions<Services>) {
    this.#options = options
    this.dialect = options.apis[0].dialect
    const endpoints = options.apis.flatMap((api) =>
      (api.prefixes ?? ['']).flatMap((prefix) =>
        api.routes.map((route) => endpointOf(route, api, options.maxBodyBytes, prefix)),
      ),
    )
    this.#isToldOfEnds = options.apis.some(({ onOver }) => onOver !== undefined)
    this.#router = new Router(endpoints)
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.route, endpoint]))
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Resolves when all requests are answered. Requests that still arrive are served. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrained = resolve
      if (this.#inFlight === 0) resolve()
    })
  }

  /** From now on requests are answered with 503: the services are being closed. */
  close(): void {
    this.#isClosed = true
  }

  accept(exchange: Exchange<Services>): BodyUse {
    this.#inFlight++
    this.#options.observer.onHead?.(exchange)
    if (this.#isClosed) {
      exchange.closeConnection = true
      return refuse(exchange, new RestError('STOPPING'))
    }
    const use = this.#route(exchange)
    if (use.kind !== 'unread') return use
    const { filter } = this.#options
    const answer = this.#answerAuthenticated(exchange, use)
    if (!filter) return { kind: 'unread', answer }
    return {
      kind: 'unread',
      answer: () => this.#answerAfter(exchange, filter.admit(exchange), answer),
    }
  }

  #answerAuthenticated(exchange: Exchange<Services>, { answer, isForAll }: UnreadBody): () => void {
    const { authenticate } = this.#options
    if (!authenticate || isForAll) return answer
    return () => this.#answerAfter(exchange, authenticate(exchange), answer)
  }

  #route(exchange: Exchange<Services>): BodyUse {
    if (exchange.method === 'OPTIONS' && this.#options.optionsPolicy?.isRefused) {
      return forAll(refuse(exchange, new RestError('OPTIONS_REFUSED')))
    }
    // The headers of its response tell what is allowed.
    if (exchange.isPreflight) return this.#answerOptions(exchange, [])
    // RFC 9110, 9.3.7: the server as a whole.
    if (exchange.path === '*') return this.#answerOtherMethod(exchange, this.#router.methods)
    const match = this.#router.find(exchange.method, exchange.path, this.#options.basePath)
    if (match.kind === 'found') {
      exchange.route = match.target.route
      exchange.dialect = match.target.api.dialect
      exchange.params = match.params
      return checkHead(exchange, match.target)
    }
    if (match.kind === 'wrong method') return this.#answerOtherMethod(exchange, match.allowed)
    if (match.kind === 'unknown') return refuse(exchange, new RestError('NOT_FOUND'))
    return refuse(exchange, new RestError('BAD_REQUEST', BAD_PATH))
  }

  refuse(exchange: Exchange<Services>, error: RestError): void {
    this.#inFlight++
    exchange.closeConnection = true
    exchange.respondWithError(error.name === 'HEADERS_TOO_LARGE' ? this.#withLimits(error) : error)
  }

  admit(exchange: Exchange<Services>): void | Promise<void> {
    const filtered = this.#options.filter?.admit(exchange)
    if (filtered) {
      return filtered.then(() => {
        // Nobody logs in, or takes a part of a limit, for a client that left meanwhile.
        if (!exchange.isOver) return this.#admitFiltered(exchange)
      })
    }
    return this.#admitFiltered(exchange)
  }

  #admitFiltered(exchange: Exchange<Services>): void | Promise<void> {
    const authenticated = this.#options.authenticate?.(exchange)
    if (authenticated) return authenticated.then(() => this.#admitToApi(exchange))
    return this.#admitToApi(exchange)
  }

  #admitToApi(exchange: Exchange<Services>): void | Promise<void> {
    const services = this.#endpointOf(exchange).api.admit(exchange)
    if (services instanceof Promise) {
      return services.then((admitted) => {
        exchange.services = admitted
      })
    }
    exchange.services = services
  }

  /** Calls `answer` when the client is authenticated, or an API has admitted the request; otherwise the error is the answer. */
  #answerAfter(exchange: Exchange<Services>, admission: unknown, answer: () => void): void {
    if (!(admission instanceof Promise)) {
      answer()
      return
    }
    admission.then(
      () => {
        if (!exchange.isOver) exchange.guard(answer)
      },
      (refusal: unknown) => this.onError(exchange, refusal),
    )
  }

  run(exchange: Exchange<Services>, body: BodyBytes | BodyStream): void {
    try {
      if (this.#isClosed) throw new RestError('STOPPING') // While the body arrived.
      const endpoint = this.#endpointOf(exchange)
      if (endpoint.use.kind !== 'stream') endpoint.api.checkBody?.(exchange, body as BodyBytes)
      const request = requestOf(exchange, endpoint, body)
      endpoint.api.checkRequest?.(exchange, request)
      const reply = endpoint.route.handler(request, exchange.services as Services)
      if (reply instanceof Promise) this.#answerLater(exchange, reply)
      else this.#answer(exchange, reply)
    } catch (error) {
      this.onError(exchange, error)
    }
  }

  onOver(exchange: Exchange<Services>, aborted: boolean): void {
    this.#inFlight--
    this.#options.filter?.onOver(exchange)
    if (this.#isToldOfEnds && exchange.services !== undefined) {
      this.#endpointOf(exchange).api.onOver?.(exchange)
    }
    this.#options.observer.onOver(exchange, aborted)
    if (this.#inFlight === 0) this.#onDrained?.()
  }

  /** The one place where errors become responses. */
  onError(exchange: Exchange<Services>, error: unknown): void {
    exchange.fail(
      error instanceof RestError ? error : this.#options.observer.onDefect(exchange, error),
    )
  }

  #answerOtherMethod(exchange: Exchange<Services>, allowed: readonly string[]): UnreadBody {
    const headers = [['Allow', allowed.join(', ')]] as const
    if (exchange.method === 'OPTIONS') return this.#answerOptions(exchange, headers)
    const error = new RestError('METHOD_NOT_ALLOWED')
    return { kind: 'unread', answer: () => exchange.respondWithError(error, headers) }
  }

  #answerOptions(exchange: Exchange<Services>, headers: Reply['headers'] = []): UnreadBody {
    const answer = () => exchange.respond({ status: 200, body: '', contentType: '', headers })
    if (!this.#options.optionsPolicy?.isAdmitted) return forAll({ kind: 'unread', answer })
    return {
      kind: 'unread',
      answer: () => this.#answerAfter(exchange, this.#options.apis[0].admit(exchange), answer),
    }
  }

  #endpointOf(exchange: Exchange<Services>): Endpoint<Services> {
    const endpoint = this.#endpoints.get(exchange.route as AnyRoute<Services>)
    if (!endpoint) throw new Error('a request without a route was admitted')
    return endpoint
  }

  #withLimits({ name, message }: RestError): RestError {
    const limit = this.#options.maxHeaderBytes
    return new RestError(
      name,
      `${message} max.request.header.size is ${limit} bytes, and a request has at most ${MAX_HEADERS} header fields.`,
    )
  }

  #answerLater(exchange: Exchange<Services>, reply: Promise<Reply | StreamReply>): void {
    reply.then(
      (settled) => exchange.guard(() => this.#answer(exchange, settled)),
      (error: unknown) => this.onError(exchange, error),
    )
  }

  #answer(exchange: Exchange<Services>, reply: Reply | StreamReply): void {
    if (!('stream' in reply)) {
      exchange.respond(unlessKnown(reply, exchange.ifNoneMatch))
      return
    }
    const stream = exchange.openStream(reply)
    const over = stream && reply.stream(stream)
    over?.catch((error: unknown) => this.onError(exchange, error))
  }
}

const BAD_PATH = 'The path has an empty segment or an invalid percent-escape.'

/** RFC 9110, 15.5.16. */
const DECODABLE = [['Accept-Encoding', DECODED_CODINGS.join(', ')]] as const
const UNKNOWN_CODING = `The Content-Encoding of a body may be one of ${DECODED_CODINGS.join(', ')}.`

function refuse<Services>(
  exchange: Exchange<Services>,
  error: RestError,
  fields?: Reply['headers'],
): UnreadBody {
  return { kind: 'unread', answer: () => exchange.respondWithError(error, fields) }
}

function forAll({ kind, answer }: UnreadBody): UnreadBody {
  return { kind, answer, isForAll: true }
}

function checkHead<Services>(
  exchange: Exchange<Services>,
  { route, api, offerFor, use }: Endpoint<Services>,
): BodyUse {
  const fault = faultOfContentType(exchange, route.consumes)
  if (fault) return refuse(exchange, fault)
  const wanted = offerFor(exchange.accept)
  if (wanted === undefined) return refuse(exchange, malformedAccept(exchange))
  const offer = route.produces[wanted]
  if (!offer) return refuse(exchange, new RestError('NOT_ACCEPTABLE'))
  exchange.accepted = offer
  if (api.hides?.(exchange)) return forAll(refuseHidden(exchange, route))
  if (use.kind !== 'ignored' && !decodes(exchange.contentEncoding)) {
    return refuse(exchange, new RestError('UNSUPPORTED_MEDIA_TYPE', UNKNOWN_CODING), DECODABLE)
  }
  if (Number(exchange.contentLength) > use.maxBytes) {
    // The rest of the body is not read.
    exchange.closeConnection = true
    return refuse(exchange, bodyTooLarge(Number(exchange.contentLength), use))
  }
  return use
}

function refuseHidden<Services>(
  exchange: Exchange<Services>,
  { method }: AnyRoute<Services>,
): UnreadBody {
  exchange.route = undefined
  exchange.accepted = undefined
  const name = method === 'GET' ? 'NOT_FOUND' : 'METHOD_NOT_ALLOWED'
  return forAll(refuse(exchange, new RestError(name)))
}

function endpointOf<Services>(
  route: AnyRoute<Services>,
  api: Api<Services>,
  maxBodyBytes: number,
  prefix: string,
): Endpoint<Services> {
  return {
    api,
    method: route.method,
    path: prefix + route.path,
    route,
    paramNames: [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string),
    offerFor: memoize((header) => negotiate(header, route.produces)),
    use: useOf(route, maxBodyBytes),
  }
}

function useOf<Services>(route: AnyRoute<Services>, maxBodyBytes: number): ExpectedBody {
  const { body } = route
  const ofProcess = { maxBytes: maxBodyBytes, limit: `sluice.request.max.bytes=${maxBodyBytes}` }
  if (body === undefined) return { kind: 'ignored', ...ofProcess }
  if (body === 'stream') return { kind: 'stream', ...ofProcess }
  if (body === 'duplex') {
    return { kind: 'stream', isUnpaced: true, maxBytes: Number.POSITIVE_INFINITY, limit: 'none' }
  }
  const limit = smaller(ofProcess, limitOf(route))
  if (body === 'bytes') return { kind: 'bytes', ...limit }
  const ofLoop = { maxBytes: MAX_JSON_BYTES, limit: `${MAX_JSON_BYTES} for a body without records` }
  return { kind: 'json', schema: body, ...smaller(limit, ofLoop) }
}

function limitOf<Services>({ maxBodyBytes }: AnyRoute<Services>): BodyLimit {
  if (maxBodyBytes === undefined) return { maxBytes: Number.POSITIVE_INFINITY, limit: 'none' }
  return { maxBytes: maxBodyBytes, limit: `${maxBodyBytes} for the body of this endpoint` }
}

function smaller(left: BodyLimit, right: BodyLimit): BodyLimit {
  return left.maxBytes <= right.maxBytes ? left : right
}

function requestOf<Services>(
  exchange: Exchange<Services>,
  { route, api, use, paramNames }: Endpoint<Services>,
  body: BodyBytes | BodyStream,
): RestRequest {
  const params: Record<string, string> = {}
  paramNames.forEach((name, index) => {
    params[name] = exchange.params[index] as string
  })
  for (const name of route.integers ?? []) api.dialect.checkInteger?.(params[name] as string)
  return {
    params,
    query: api.dialect.decodeQuery(exchange.rawQuery, route.query),
    body: contentOf(use, body, api.dialect),
    contentType: bodyTypeOf(exchange),
    get charset() {
      return charsetOf(exchange)
    },
    accepted: exchange.accepted as NonNullable<typeof exchange.accepted>,
    isHead: exchange.method === 'HEAD',
  } as RestRequest
}

/** The body as its route's handler gets it. */
function contentOf(use: ExpectedBody, body: BodyBytes | BodyStream, dialect: Dialect): unknown {
  if (use.kind === 'ignored') return undefined
  return use.kind === 'json' ? dialect.decodeBody(body as BodyBytes, use.schema) : body
}
