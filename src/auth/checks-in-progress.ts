/** Bounds the checks of passwords that run and wait: each occupies a thread of Node.js, and megabytes. */

/** Runs some checks at a time, and lets others wait. */
export class ChecksInProgress {
  readonly #maxRunning: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: { readonly maxRunning: number; readonly maxWaiting: number }) {
    this.#maxRunning = limits.maxRunning
    this.#maxWaiting = limits.maxWaiting
  }

  /** Whether another check would have to be refused. */
  get isFull(): boolean {
    return this.#running >= this.#maxRunning && this.#waiting.length >= this.#maxWaiting
  }

  /** Runs a check when it is its turn. */
  async run<T>(check: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#maxRunning) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await check()
    } finally {
      // The next one takes the place over.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
