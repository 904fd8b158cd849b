/**
 * A number of passes that the event loops of a process share, and those who wait for one. Each event loop gives passes in
 * the order of its own waiting; the loops together have no order.
 */

/** Passes of other event loops come back unseen: a loop in which somebody waits looks for them in this interval. */
const RECHECK_MS = 10

/** The cells that passes use. */
export const PASS_CELLS = 1

/** See the top of this file. */
export class Passes {
  /** The number of taken passes. */
  readonly #taken: BigInt64Array
  readonly #max: bigint
  readonly #waiting = new Set<() => void>()
  #recheck: NodeJS.Timeout | undefined

  /** @param cells PASS_CELLS cells */
  constructor(max: number, cells: BigInt64Array) {
    this.#taken = cells
    this.#max = BigInt(max)
  }

  /** Takes a pass if there is one and nobody waits. */
  tryTake(): boolean {
    return this.#waiting.size === 0 && this.#takeNow()
  }

  /** Takes a pass, now or within `patienceMs`. Resolves to whether it was taken; never rejects. */
  take(patienceMs: number): Promise<boolean> {
    if (this.tryTake()) return Promise.resolve(true)
    if (patienceMs <= 0) return Promise.resolve(false)
    return new Promise((resolve) => {
      const onTaken = () => {
        clearTimeout(timer)
        resolve(true)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(onTaken)
        resolve(false)
      }, patienceMs)
      this.#waiting.add(onTaken)
      this.#recheck ??= setInterval(() => this.#handOut(), RECHECK_MS)
    })
  }

  /** Gives a pass back. */
  release(): void {
    Atomics.sub(this.#taken, 0, 1n)
    this.#handOut()
  }

  #handOut(): void {
    for (const onTaken of this.#waiting) {
      if (!this.#takeNow()) break
      this.#waiting.delete(onTaken)
      onTaken()
    }
    if (this.#waiting.size > 0) return
    clearInterval(this.#recheck)
    this.#recheck = undefined
  }

  #takeNow(): boolean {
    for (;;) {
      const taken = Atomics.load(this.#taken, 0)
      if (taken >= this.#max) return false
      if (Atomics.compareExchange(this.#taken, 0, taken, taken + 1n) === taken) return true
    }
  }
}
