/**
 * The time that requests may take in one round of the event loop. The kernel may have thousands of
 * requests ready at once (one connection has up to 512 KiB of pipelined requests), and uWebSockets.js
 * delivers all of them in one round. Requests above the time wait for later rounds, in the order of their arrival.
 */

/** The time for all requests of a round, and for requests that wait for the next round. */
const ROUND_MS = 20

/** The rounds of an event loop. */
export class Rounds {
  /** Whether all work is done at once. The last requests of a server do not wait. */
  isUnlimited = false
  readonly #waiting: (() => void)[] = []
  /** When the time of this round is used up; undefined before its first request. */
  #endsAt: number | undefined

  /** Whether this round has time left, and nothing waits that came earlier. */
  get hasTime(): boolean {
    if (this.isUnlimited) return true
    if (this.#endsAt === undefined) this.#begin()
    return this.#waiting.length === 0 && performance.now() < (this.#endsAt ?? 0)
  }

  /** Calls `work`, which must not throw: now if this round has time, otherwise in a later one. */
  run(work: () => void): void {
    if (this.hasTime) work()
    else this.#waiting.push(work)
  }

  #begin(): void {
    this.#endsAt = performance.now() + ROUND_MS
    setImmediate(() => this.#next())
  }

  /** A new round: the waiting work comes first, and leaves the rest of the time to new requests. */
  #next(): void {
    this.#endsAt = undefined
    if (this.#waiting.length === 0) return
    this.#begin()
    const endsAt = this.#endsAt ?? 0
    let served = 0
    do this.#waiting[served++]?.()
    while (served < this.#waiting.length && performance.now() < endsAt)
    this.#waiting.splice(0, served)
  }
}
