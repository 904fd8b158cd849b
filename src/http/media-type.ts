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

/** `type/subtype` in lower case, without parameters. */
export function essence(header: string): string {
  const end = header.indexOf(';')
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase()
}

/**
 * Which offer an Accept header wants, or -1: concrete types before `type/*` before `*\/*`, then the
 * client's weight, then ours, then our order (contract v2, 2.3). No header wants anything.
 */
export function negotiate(accept: string, offers: readonly Offer[]): number {
  const ranges = accept === '' ? [ANYTHING] : parseAccept(accept)
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

function parseAccept(accept: string): MediaRange[] {
  return accept.split(',', MAX_RANGES).flatMap((entry) => {
    const [type = '', subtype = ''] = essence(entry).split('/')
    if (type === '' || subtype === '') return []
    const q = /;\s*q\s*=\s*([\d.]+)/i.exec(entry)?.[1]
    return [{ type, subtype, q: q === undefined ? 1 : Math.min(Number(q) || 0, 1) }]
  })
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
