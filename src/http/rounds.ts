/**
 * How much of one round of the event loop requests may take. The kernel may have thousands of them
 * ready at once, a connection up to 512 KiB of pipelined ones, and all are handed over in one round:
 * what finds no time waits for the next ones, in the order in which it came.
 */

/** For all requests of a round, and again for those that waited. */
const ROUND_MS = 20

/** See above. */
export class Rounds {
  readonly #waiting: (() => void)[] = []
  /** When this round's requests have had their time; undefined before the first of a round. */
  #endsAt: number | undefined

  /** Whether what comes now is served now. Later comers wait also for those that wait. */
  get hasTime(): boolean {
    if (this.#endsAt === undefined) this.#begin()
    return this.#waiting.length === 0 && performance.now() < (this.#endsAt ?? 0)
  }

  /** Calls `work` in a later round. It must not throw. */
  defer(work: () => void): void {
    if (this.#endsAt === undefined) this.#begin()
    this.#waiting.push(work)
  }

  #begin(): void {
    this.#endsAt = performance.now() + ROUND_MS
    setImmediate(() => this.#next())
  }

  /** The loop has come round: serves those that wait, and what they leave is this round's time. */
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
