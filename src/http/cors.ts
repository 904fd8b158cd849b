/**
 * Cross-origin resource sharing, on the server's side (Fetch, 3.2): which origins, methods and headers a browser
 * allows to the pages that it shows.
 */
import type { RawRequest } from './headers.ts'

/** The settings, each as a list without blanks; empty lists are defaults. */
export interface CorsOptions {
  /** `*` in an origin stands for any text. */
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  /** `*` allows all. */
  readonly headers: readonly string[]
  readonly exposedHeaders: readonly string[]
}

/** What CORS means for one request. */
export interface CorsVerdict {
  /** A preflight request is answered without its route. */
  readonly isPreflight: boolean
  /** Header lines of the response, without an end of line behind the last. */
  readonly lines: string
}

const DEFAULT_METHODS = ['GET', 'POST', 'HEAD']
const DEFAULT_HEADERS = ['X-Requested-With', 'Content-Type', 'Accept', 'Origin']
const MAX_AGE_SECONDS = 1800
/** A host name has at most 253 characters. */
const MAX_ORIGIN_CHARS = 512

const VARY = 'Vary: Origin'
const NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Decides on cross-origin requests. */
export class Cors {
  readonly #origin: RegExp
  readonly #methods: readonly string[]
  /** In lower case; undefined if all headers are allowed. */
  readonly #headers: ReadonlySet<string> | undefined
  readonly #allowedMethods: string
  readonly #allowedHeaders: string
  readonly #exposed: string

  /** Returns undefined without origins: then CORS is off. */
  static of(options: CorsOptions): Cors | undefined {
    return options.origins.length === 0 ? undefined : new Cors(options)
  }

  private constructor({ origins, methods, headers, exposedHeaders }: CorsOptions) {
    this.#origin = new RegExp(`^(?:${origins.map(patternOf).join('|')})$`, 'i')
    this.#methods = methods.length > 0 ? methods : DEFAULT_METHODS
    const names = headers.length > 0 ? headers : DEFAULT_HEADERS
    this.#headers = names.includes('*')
      ? undefined
      : new Set(names.map((name) => name.toLowerCase()))
    this.#allowedMethods = this.#methods.join(',')
    this.#allowedHeaders = names.join(',')
    this.#exposed =
      exposedHeaders.length > 0
        ? `\r\nAccess-Control-Expose-Headers: ${exposedHeaders.join(',')}`
        : ''
  }

  /** Reads the head of a request. */
  read(method: string, request: RawRequest): CorsVerdict {
    const origin = request.getHeader('origin')
    if (origin === '') return UNRELATED
    const requested = method === 'OPTIONS' ? request.getHeader('access-control-request-method') : ''
    const isPreflight = requested !== ''
    if (!this.#allowsOrigin(origin)) return isPreflight ? REFUSED_PREFLIGHT : UNRELATED
    if (!isPreflight) return { isPreflight, lines: allowed(origin) + this.#exposed }
    const headers = request.getHeader('access-control-request-headers')
    if (!this.#methods.includes(requested) || !this.#allowsHeaders(headers)) {
      return REFUSED_PREFLIGHT
    }
    return { isPreflight, lines: allowed(origin) + this.#preflightLines(headers) }
  }

  /** The limit bounds the work of origins with several `*`. */
  #allowsOrigin(origin: string): boolean {
    return origin.length <= MAX_ORIGIN_CHARS && this.#origin.test(origin)
  }

  /** `*` allows what can be the name of a header: the response repeats it. */
  #allowsHeaders(requested: string): boolean {
    const isAllowed = (name: string) => this.#headers?.has(name) ?? NAME.test(name)
    return namesOf(requested).every(isAllowed)
  }

  #preflightLines(requestedHeaders: string): string {
    const headers = this.#headers ? this.#allowedHeaders : requestedHeaders
    return [
      '',
      `Access-Control-Allow-Methods: ${this.#allowedMethods}`,
      ...(headers === '' ? [] : [`Access-Control-Allow-Headers: ${headers}`]),
      `Access-Control-Max-Age: ${MAX_AGE_SECONDS}`,
    ].join('\r\n')
  }
}

/** A request of the same origin, or of one that is not allowed. A cache must not mix them up. */
const UNRELATED: CorsVerdict = { isPreflight: false, lines: VARY }
const REFUSED_PREFLIGHT: CorsVerdict = { isPreflight: true, lines: VARY }

/** With credentials a browser wants the origin itself, and never `*`. */
function allowed(origin: string): string {
  return `${VARY}\r\nAccess-Control-Allow-Origin: ${origin}\r\nAccess-Control-Allow-Credentials: true`
}

function namesOf(list: string): string[] {
  const names = list.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '')
}

/** An origin is visible ASCII. */
function patternOf(origin: string): string {
  return origin
    .split('*')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join('[\\x21-\\x7e]*')
}
