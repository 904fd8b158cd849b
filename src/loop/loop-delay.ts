/** Samples the delay of the event loop. */

/** The interval of the samples. Node.js's own histogram counts its interval as delay and measures no shorter one. */
const PAUSE_MS = 20

/** Calls `observe` every 20 ms with the delay of its timer in seconds. Timers are exact to 1 ms. */
export class LoopDelay {
  readonly #observe: (seconds: number) => void
  #timer: NodeJS.Timeout | undefined

  constructor(observe: (seconds: number) => void) {
    this.#observe = observe
  }

  /** Starts the timer, which does not keep the process alive. */
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
