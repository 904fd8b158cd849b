/** How fast a body comes. */

/** The half-life of what came: with it a body that stalls is slow within seconds. */
const HALF_LIFE_MS = 1000
const DECAY_PER_MS = Math.LN2 / HALF_LIFE_MS

/** What a body must bring to go on. */
export interface PaceLimits {
  /** How long a body may bring nothing, or less than the least rate. */
  readonly idleTimeoutMs: number
  /** The least rate; 0 stands for none. */
  readonly minBytesPerSecond: number
}

/** The pace of one body. Times are those of `performance.now()`. */
export class UploadPace {
  readonly #limits: PaceLimits
  #deadline: number
  #rate = 0
  #ratedAt: number

  constructor(now: number, limits: PaceLimits) {
    this.#limits = limits
    this.#deadline = now + limits.idleTimeoutMs
    this.#ratedAt = now
  }

  /** A piece came. */
  add(bytes: number, now: number): void {
    this.#rate = this.rate(now) + bytes * DECAY_PER_MS
    this.#ratedAt = now
    if (bytes === 0) return
    const { idleTimeoutMs, minBytesPerSecond } = this.#limits
    // Bytes buy time, but none to be idle for longer than others: a fast start pays for no crawl.
    // Without a least rate a piece earns infinite time.
    const earned = bytes / minBytesPerSecond
    this.#deadline = Math.min(this.#deadline + earned * 1000, now + idleTimeoutMs)
  }

  /** Bytes a millisecond of late: of what came a second ago half counts. */
  rate(now: number): number {
    return this.#rate * Math.exp((this.#ratedAt - now) * DECAY_PER_MS)
  }

  /** Whether it brought nothing for too long, or less than the least rate. */
  isTooSlow(now: number): boolean {
    return now > this.#deadline
  }
}
