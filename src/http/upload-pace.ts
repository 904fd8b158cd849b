/** The rate at which a body arrives, and the deadlines that follow from it. */
import type { TransferLimits } from './watchdog.ts'

/** The half-life of the measured rate: the rate of a body that stalls is low within seconds. */
const HALF_LIFE_MS = 1000
const DECAY_PER_MS = Math.LN2 / HALF_LIFE_MS

/** The pace of one body. Times are those of `performance.now()`. */
export class UploadPace {
  readonly #limits: TransferLimits
  /** When the body is too slow, unless more bytes arrive. */
  #deadline: number
  /** When the body must be complete. */
  #end: number
  #rate = 0
  #ratedAt: number

  constructor(now: number, limits: TransferLimits) {
    this.#limits = limits
    this.#deadline = now + limits.idleTimeoutMs
    this.#end = now + limits.uploadTimeoutMs
    this.#ratedAt = now
  }

  /** Counts a piece. */
  add(bytes: number, now: number): void {
    this.#rate = this.rate(now) + bytes * DECAY_PER_MS
    this.#ratedAt = now
    if (bytes === 0) return
    const { idleTimeoutMs, minBytesPerSecond } = this.#limits
    // Bytes move the deadline, but never beyond the idle time: a fast start does not pay for a crawl.
    // Without a least rate the quotient is infinite.
    const earned = bytes / minBytesPerSecond
    this.#deadline = Math.min(this.#deadline + earned * 1000, now + idleTimeoutMs)
  }

  /** The server has read nothing for the last `ms`: that time does not count. */
  postpone(ms: number): void {
    this.extend(ms)
    this.#ratedAt += ms
  }

  /** The client has `ms` more than it had. */
  extend(ms: number): void {
    this.#deadline += ms
    this.#end += ms
  }

  /** Recent bytes per millisecond: those of a second ago count half. */
  rate(now: number): number {
    return this.#rate * Math.exp((this.#ratedAt - now) * DECAY_PER_MS)
  }

  /** Whether the body stalls, comes below the least rate, or takes too long altogether. */
  isTooSlow(now: number): boolean {
    return now > this.#deadline || now > this.#end
  }
}
