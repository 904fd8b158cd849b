/** Media types: what a request may carry, and which of ours an Accept header wants. */

/** A type that a route can answer with, and how much we like to (JAX-RS's `qs`). */
export interface Offer {
  readonly type: string
  readonly quality: number
}

interface MediaRange {
  readonly type: string
  readonly subtype: string
  readonly q: number
}

/** Longer headers are rare, and not remembered: they would be the memory that clients choose. */
const MAX_REMEMBERED = 256
/** More ranges of an Accept header than this are ignored; each is compared with each of our types. */
const MAX_RANGES = 50

/**
 * A function that answers a question about a header, and remembers its answers: clients send the
 * same few. Bounded, because a client may also send a new one each time.
 */
export function remember<T>(answer: (header: string) => T, limit = 100): (header: string) => T {
  const known = new Map<string, T>()
  return (header) => {
    const before = known.get(header)
    if (before !== undefined || known.has(header)) return before as T
    const result = answer(header)
    if (header.length > MAX_REMEMBERED) return result
    if (known.size === limit) known.clear()
    known.set(header, result)
    return result
  }
}

/** What a Content-Type header says. */
export type ContentType =
  | { readonly kind: 'type'; readonly essence: string }
  /** `type/*` or `*\/*`: no type of a body, but any fits it. */
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
 * Which offer an Accept header wants, or -1: concrete types before `type/*` before `*\/*`, then the
 * client's weight, then ours, then our order (contract v2, 2.3). No header wants anything. A
 * malformed one is undefined.
 */
export function negotiate(accept: string, offers: readonly Offer[]): number | undefined {
  const ranges = accept === '' ? [ANYTHING] : parseAccept(accept)
  if (!ranges) return undefined
  let best = -1
  let bestRank: readonly number[] = []
  offers.forEach((offer, index) => {
    const rank = rankOf(offer, ranges)
    if (rank && (best < 0 || isGreater(rank, bestRank))) {
      best = index
      bestRank = rank
    }
  })
  return best
}

/** How well an offer fits, best range first; undefined when none does, or one refuses it by name. */
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

/** Undefined for a malformed header. Empty entries count for nothing. */
function parseAccept(accept: string): MediaRange[] | undefined {
  const ranges: MediaRange[] = []
  let at = skip(SEPARATORS, accept, 0)
  while (at < accept.length && ranges.length < MAX_RANGES) {
    const found = rangeAt(accept, at)
    if (!found || (accept[found.end] ?? ',') !== ',') return undefined
    // Some clients (HttpURLConnection) write "*" alone, and JAX-RS takes any type alone so.
    ranges.push({ ...found.range, subtype: found.range.subtype || '*' })
    at = skip(SEPARATORS, accept, found.end)
  }
  return ranges
}

// The grammar of RFC 9110, 8.3.1 and 5.6, with white space round "=", which JAX-RS takes too.
const TOKEN = "[\\w!#$%&'*+.^`|~-]+"
const SPACE = /[ \t]*/y
const SEPARATORS = /[ \t,]*/y
const NAMES = new RegExp(`(${TOKEN})(?:/(${TOKEN}))?[ \\t]*`, 'y')
const PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})[ \\t]*=[ \\t]*(?:(${TOKEN})|"(?:[^"\\\\]|\\\\.)*")[ \\t]*)?`,
  'y',
)
/** Also without a digit before the point, as HttpURLConnection writes it. */
const WEIGHT = /^(?:0?\.\d+|0\.?|1(?:\.0*)?)$/

/** The media range that begins at `at`, and where it ends; its subtype is empty if it has none. */
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

/** Where what `pattern` describes ends, which may be nothing. */
function skip(pattern: RegExp, header: string, at: number): number {
  pattern.lastIndex = at
  pattern.exec(header)
  return pattern.lastIndex
}

/** Whether a range, as `type/*`, names one of `types` among others. */
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
