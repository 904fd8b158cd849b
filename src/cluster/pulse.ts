/** Notices that the process, or its main thread, was stopped for a time. */

/** Compares the times at which it is looked at. */
export class Pulse {
  readonly #limitMs: number
  readonly #now: () => number
  #seenAt: number

  constructor(limitMs: number, now: () => number = () => performance.now()) {
    this.#limitMs = limitMs
    this.#now = now
    this.#seenAt = now()
  }

  /** Whether the last call was more than the limit ago. Must be called more often than that. */
  hasPaused(): boolean {
    const now = this.#now()
    const pause = now - this.#seenAt
    this.#seenAt = now
    return pause > this.#limitMs
  }
}
