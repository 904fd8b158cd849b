/** Samples how late the event loop is, as its requests meet it. */

/** Node's own histogram counts the pause between its samples as delay, and sees nothing below it. */
const PAUSE_MS = 20

/** Tells `observe` each 20 ms, in seconds, how late its timer came; a timer is exact to 1 ms. */
export class LoopDelay {
  readonly #observe: (seconds: number) => void
  #timer: NodeJS.Timeout | undefined

  constructor(observe: (seconds: number) => void) {
    this.#observe = observe
  }

  /** Does not keep the process alive. */
  start(): void {
    let last = performance.now()
    this.#timer = setInterval(() => {
      const now = performance.now()
      this.#observe(Math.max(0, now - last - PAUSE_MS) / 1000)
      last = now
    }, PAUSE_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
