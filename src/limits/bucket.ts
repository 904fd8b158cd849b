/**
 * Token buckets that the event loops of a process share. The state of a bucket is one moment: the time at which all
 * that was taken from it is paid for, at the bucket's rate. A bucket that is paid for gives; what it gives moves its
 * moment on. Rests that were not used count as paid for in advance, up to the burst.
 *
 *  1. Moments are those of `process.hrtime.bigint()`, which all threads have in common, in nanoseconds, and two days.
 *  2. Payments in advance and debts are at most those of a day. So a cell with 0 is a bucket that was never used, and no
 *     cell overflows.
 *  3. A moment is a cell of 64 bits. Threads change it by compare-and-exchange, and none waits for another one.
 */

const NANOSECONDS = 1_000_000_000
const NANOSECONDS_PER_MS = 1_000_000
const DAY = 86_400n * BigInt(NANOSECONDS)
const MAX_DEBT = DAY

/** The moment of this call. */
export function now(): bigint {
  return process.hrtime.bigint() + 2n * DAY
}

/** The rate of a bucket, in nanoseconds. */
export interface BucketRate {
  /** The time that pays for one token. */
  readonly interval: number
  /** The time that can be paid in advance. */
  readonly burst: bigint
}

/** The rate of a bucket that gives `perSecond` tokens, and has `burst` more after a pause: at most those of a day. */
export function rateOf(perSecond: number, burst: number): BucketRate {
  const interval = NANOSECONDS / perSecond
  return { interval, burst: BigInt(Math.round(burst * interval)) }
}

/** The time in milliseconds until a bucket gives; 0 or less if it gives now. */
export function waitOf(cells: BigInt64Array, at: number, moment: bigint): number {
  return Number(Atomics.load(cells, at) - moment) / NANOSECONDS_PER_MS
}

/** Takes tokens from a bucket, whatever it has. */
export function charge(
  cells: BigInt64Array,
  at: number,
  { interval, burst }: BucketRate,
  tokens: number,
  moment: bigint,
): void {
  for (;;) {
    const old = Atomics.load(cells, at)
    const next = owed(paidFrom(old, burst, moment), tokens * interval, moment)
    if (Atomics.compareExchange(cells, at, old, next) === old) return
  }
}

/**
 * Takes tokens from a bucket that gives within `patienceMs`. Returns the time in milliseconds after which they are
 * there; undefined if that is too late, and nothing was taken.
 */
export function takeWithin(
  cells: BigInt64Array,
  at: number,
  { interval, burst }: BucketRate,
  tokens: number,
  patienceMs: number,
  moment: bigint,
): number | undefined {
  for (;;) {
    const old = Atomics.load(cells, at)
    const paid = paidFrom(old, burst, moment)
    const wait = Math.max(0, Number(paid - moment) / NANOSECONDS_PER_MS)
    if (wait > patienceMs) return undefined
    const next = owed(paid, tokens * interval, moment)
    if (Atomics.compareExchange(cells, at, old, next) === old) return wait
  }
}

/** Whether a bucket is as one that was never used. */
export function isUnused(cells: BigInt64Array, at: number, burst: bigint, moment: bigint): boolean {
  return Atomics.load(cells, at) <= moment - burst
}

/** What was paid in advance is forgotten beyond the burst. */
function paidFrom(state: bigint, burst: bigint, moment: bigint): bigint {
  const earliest = moment - burst
  return state > earliest ? state : earliest
}

/** The state after something was taken for `cost` nanoseconds. */
function owed(paid: bigint, cost: number, moment: bigint): bigint {
  const state = paid + BigInt(Math.round(cost))
  const last = moment + MAX_DEBT
  return state < last ? state : last
}
