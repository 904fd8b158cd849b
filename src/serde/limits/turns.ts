/**
 * A queue of synchronous work on records. The queue runs for two milliseconds in each iteration of the thread's loop, for
 * all requests together and in the order of their calls: long requests do not hold short ones.
 */
import type { Busy } from './busy.ts'

/** Time for all work in one iteration of the loop. */
const TURN_MS = 2

/** Runs work in turns. */
export class Turns {
  readonly #waiting: ((until: number) => void)[] = []
  readonly #busy: Busy
  #isScheduled = false

  /** @param busy tells of the work */
  constructor(busy: Busy) {
    this.#busy = busy
  }

  /**
   * Schedules one call of `work`. The argument is the time (of `performance.now()`) at which the work must return. The
   * promise settles with the result of the call.
   */
  run<T>(work: (until: number) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((until) => {
        this.#busy.begin()
        try {
          resolve(work(until))
        } catch (error) {
          reject(error)
        } finally {
          this.#busy.end()
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
