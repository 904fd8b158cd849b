/**
 * Work on records that would hold up the event loop, in turns: so many milliseconds each time that
 * the loop comes round, for all requests together, in the order in which they asked.
 */

/** For all work together, each time that the loop comes round. */
const TURN_MS = 2

/** See above. */
export class Turns {
  readonly #waiting: ((until: number) => void)[] = []
  #isScheduled = false

  /**
   * Calls `work` once, soon, with the time (of `performance.now()`) at which it has to leave off.
   * Resolves to what it returns, rejects with what it throws.
   */
  run<T>(work: (until: number) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((until) => {
        try {
          resolve(work(until))
        } catch (error) {
          reject(error)
        }
      })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#take())
  }

  #take(): void {
    this.#isScheduled = false
    const until = performance.now() + TURN_MS
    do this.#waiting.shift()?.(until)
    while (this.#waiting.length > 0 && performance.now() < until)
    if (this.#waiting.length > 0) this.#schedule()
  }
}
