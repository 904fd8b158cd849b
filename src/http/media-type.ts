/** Media types: parsing Content-Type, and negotiation by Accept. */

/** A type that a route can answer with, and the server's weight of it (JAX-RS's `qs`). */
export interface Offer {
  readonly type: string
  readonly quality: number
  /** The Accept headers that may select it; all when it is absent. */
  readonly onlyFor?: RegExp
}

interface MediaRange {
  readonly type: string
  readonly subtype: string
  readonly q: number
}

/** Longer headers are rare and not cached: clients would choose the size of the cache. */
const MAX_MEMOIZED = 256
/** Further ranges of an Accept header are ignored. Each range is compared with each offer. */
const MAX_RANGES = 50

/**
 * Returns a function of a header with a cache of its results: clients send the same few headers. The cache is
 * bounded, because a client may send a new header each time.
 */
export function memoize<T>(answer: (header: string) => T, limit = 100): (header: string) => T {
  const known = new Map<string, T>()
  return (header) => {
    const before = known.get(header)
    if (before !== undefined || known.has(header)) return before as T
    const result = answer(header)
    if (header.length > MAX_MEMOIZED) return result
    if (known.size === limit) known.clear()
    known.set(header, result)
    return result
  }
}

/** A parsed Content-Type header. */
export type ContentType =
  | { readonly kind: 'type'; readonly essence: string }
  /** `type/*` or `*\/*`: every type in the range fits. */
  | { readonly kind: 'range'; readonly essence: string }
  | { readonly kind: 'malformed' }

/** Reads a Content-Type header. The essence is `type/subtype` in lower case, without parameters. */
export function parseContentType(header: string): ContentType {
  const found = rangeAt(header, 0)
  if (!found || found.end !== header.length || found.range.subtype === '') return MALFORMED
  const { type, subtype } = found.range
  const isRange = type === '*' || subtype === '*'
  return { kind: isRange ? 'range' : 'type', essence: `${type}/${subtype}` }
}

const MALFORMED = { kind: 'malformed' } as const

/**
 * The index of the offer that an Accept header selects, or -1. The order is: concrete types before
 * `type/*` before `*\/*`, the client's weight, the server's weight, the order of the offers. An empty
 * header accepts everything. A malformed header gives undefined.
 */
export function negotiate(accept: string, offers: readonly Offer[]): number | undefined {
  const ranges = accept === '' ? [ANYTHING] : parseAccept(accept)
  if (!ranges) return undefined
  let best = -1
  let bestRank: readonly number[] = []
  offers.forEach((offer, index) => {
    const rank = offer.onlyFor?.test(accept) === false ? undefined : rankOf(offer, ranges)
    if (rank && (best < 0 || isGreater(rank, bestRank))) {
      best = index
      bestRank = rank
    }
  })
  return best
}

/** The rank of an offer by its best range; undefined if no range fits, or a range excludes it by name. */
function rankOf({ type, quality }: Offer, ranges: readonly MediaRange[]) {
  const fitting = ranges.filter((range) => matches(range, type))
  if (fitting.some((range) => range.q === 0 && isConcrete(range))) return undefined
  return fitting
    .filter((range) => range.q > 0)
    .map((range) => [specificity(range), range.q, quality])
    .reduce<number[] | undefined>(
      (best, rank) => (best && !isGreater(rank, best) ? best : rank),
      undefined,
    )
}

const ANYTHING: MediaRange = { type: '*', subtype: '*', q: 1 }

/** Undefined for a malformed header. Empty entries are skipped. */
function parseAccept(accept: string): MediaRange[] | undefined {
  const ranges: MediaRange[] = []
  let at = skip(SEPARATORS, accept, 0)
  while (at < accept.length && ranges.length < MAX_RANGES) {
    const found = rangeAt(accept, at)
    if (!found || (accept[found.end] ?? ',') !== ',') return undefined
    // Some clients (HttpURLConnection) write "*" alone; JAX-RS reads any type alone as a range.
    ranges.push({ ...found.range, subtype: found.range.subtype || '*' })
    at = skip(SEPARATORS, accept, found.end)
  }
  return ranges
}

// The grammar of RFC 9110, 8.3.1 and 5.6, with white space around "=", which JAX-RS accepts.
const TOKEN = "[\\w!#$%&'*+.^`|~-]+"
const SPACE = /[ \t]*/y
const SEPARATORS = /[ \t,]*/y
const NAMES = new RegExp(`(${TOKEN})(?:/(${TOKEN}))?[ \\t]*`, 'y')
const PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})[ \\t]*=[ \\t]*(?:(${TOKEN})|"(?:[^"\\\\]|\\\\.)*")[ \\t]*)?`,
  'y',
)
/** The digit before the point is optional: HttpURLConnection omits it. */
const WEIGHT = /^(?:0?\.\d+|0\.?|1(?:\.0*)?)$/

/** The media range at `at` and the position after it. A range without a subtype has an empty one. */
function rangeAt(header: string, at: number): { range: MediaRange; end: number } | undefined {
  const begin = skip(SPACE, header, at)
  NAMES.lastIndex = begin
  const names = NAMES.exec(header)
  if (!names) return undefined
  const [, type = '', subtype = ''] = names
  let q = 1
  let end = NAMES.lastIndex
  while (header[end] === ';') {
    PARAMETER.lastIndex = end
    const [, name, value = ''] = PARAMETER.exec(header) ?? []
    end = PARAMETER.lastIndex
    if (name?.toLowerCase() !== 'q') continue
    if (!WEIGHT.test(value)) return undefined
    q = Number(value)
  }
  return { range: { type: type.toLowerCase(), subtype: subtype.toLowerCase(), q }, end }
}

/** The position after the match of `pattern`, which may be empty. */
function skip(pattern: RegExp, header: string, at: number): number {
  pattern.lastIndex = at
  pattern.exec(header)
  return pattern.lastIndex
}

/** Whether a range includes one of `types`. */
export function includesAny(range: string, types: readonly string[]): boolean {
  const [type = '', subtype = ''] = range.split('/')
  return types.some((each) => matches({ type, subtype, q: 1 }, each))
}

function matches(range: MediaRange, offered: string): boolean {
  if (range.type === '*') return true
  const [type, subtype] = offered.split('/')
  return range.type === type && (range.subtype === '*' || range.subtype === subtype)
}

function isConcrete(range: MediaRange): boolean {
  return range.subtype !== '*'
}

function specificity(range: MediaRange): number {
  if (range.type === '*') return 0
  return isConcrete(range) ? 2 : 1
}

function isGreater(left: readonly number[], right: readonly number[]): boolean {
  const at = left.findIndex((value, index) => value !== right[index])
  return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0)
}
