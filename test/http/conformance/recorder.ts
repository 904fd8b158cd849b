/**
 * Servers that answer each request with what they have read of it. The paths `/204`, `/304`, `/later`, `/stream`, `/large`
 * and `/refuse` are answered in another way than with 200, a length and at once.
 */
import { ID_HEADER, shown } from './answers.ts'

/** Where a recorder listens. */
export interface Recorder {
  readonly port: number
  readonly isTls: boolean
  /** The requests that were read to their end since the last call, in their order. */
  takeSeen(): string[]
  /** The ids of the heads since the last call; see ID_HEADER. */
  takeIds(): string[]
  stop(): Promise<void>
}

/** A request, from its head. */
export interface Recorded {
  readonly method: string
  readonly target: string
  readonly host: string | undefined
  readonly isHttp10: boolean
  /** With names in lower case, one character for each byte. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** How a request is answered. */
export type Manner = 'now' | 'later' | 'stream' | 'large' | 'refuse'

/** More than the kernel keeps for a client that does not read. */
export const LARGE_BYTES = 32 * 1024 * 1024

/** The Host of a request that is not told. */
const USUAL_HOST = 'x'

/** What answers tell of a request; see Case. */
export function describeRequest(request: Recorded, body: string): string {
  const { method, target, host, headers } = request
  const parts = [method, shown(target)]
  if (request.isHttp10) parts.push('1.0')
  if (host !== undefined && host !== USUAL_HOST) parts.push(`host=${host}`)
  if (body !== '') parts.push(shown(body))
  for (const [name, value] of headers) if (name.startsWith('x')) parts.push(`${name}=${value}`)
  return parts.join(' ')
}

/** The id of a request: empty without one, and all of them if there are several. */
export function idOf({ headers }: Recorded): string {
  return headers
    .filter(([name]) => name === ID_HEADER)
    .map(([, value]) => value)
    .join(' and ')
}

/** How a target is answered. */
export function mannerOf(target: string): Manner {
  const manner = /^\/(later|stream|large|refuse)(?:\?|$)/.exec(target)?.[1]
  return (manner as Manner | undefined) ?? 'now'
}

const LATER_MS = 2
const LATEST_MS = 2000

/** How long an answer to `/later` takes; `/later?MS` tells it. */
export function delayOf(target: string): number {
  return Math.min(LATEST_MS, Number(/^\/later\?(\d+)$/.exec(target)?.[1] ?? LATER_MS))
}

/** The body of an answer. */
export function bodyOf(read: string, manner: Manner): string {
  return manner === 'large' ? 'x'.repeat(LARGE_BYTES) : read
}

/** The status of a request's answer. */
export function statusOf({ method, target }: Pick<Recorded, 'method' | 'target'>): number {
  if (method === 'CONNECT') return 405
  if (target === '/204' || target === '/304') return Number(target.slice(1))
  return mannerOf(target) === 'refuse' ? 413 : 200
}

/** The header by which an answer names its request. */
export function readHeader(read: string): string {
  return encodeURIComponent(read)
}
