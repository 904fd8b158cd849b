/**
 * Responses to reads that another process passes on. Only that process knows whether the client has the response: until
 * it tells so, the records count as not delivered.
 */

/** The time after which a process that tells nothing has lost the response, or has failed when the client had it. */
export const CONFIRM_WAIT_MS = 5_000

/** The interval in which a process tells that a client is still taking the response: what is on the way may take a slow one longer. */
export const PENDING_MS = 1_500

interface Waiting {
  readonly resolve: (delivered: boolean | undefined) => void
  timer: NodeJS.Timeout
}

/** The confirmations that are awaited, and those that came before they were. */
export class Deliveries {
  readonly #waiting = new Map<string, Waiting>()
  readonly #early = new Map<string, boolean>()
  readonly #waitMs: number

  constructor(waitMs = CONFIRM_WAIT_MS) {
    this.#waitMs = waitMs
  }

  /** Resolves to the confirmation of a request, or to undefined without one. */
  await(nonce: string): Promise<boolean | undefined> {
    const early = this.#early.get(nonce)
    if (early !== undefined) {
      this.#early.delete(nonce)
      return Promise.resolve(early)
    }
    return new Promise((resolve) => {
      this.#waiting.set(nonce, { resolve, timer: this.#end(nonce) })
    })
  }

  #end(nonce: string): NodeJS.Timeout {
    return setTimeout(() => this.#settle(nonce, undefined), this.#waitMs)
  }

  /** The client of a request is still taking its response: the time begins anew. */
  postpone(nonce: string): void {
    const waiting = this.#waiting.get(nonce)
    if (!waiting) return
    clearTimeout(waiting.timer)
    waiting.timer = this.#end(nonce)
  }

  /** The client of a request has its response, or has not. */
  confirm(nonce: string, delivered: boolean): void {
    if (this.#settle(nonce, delivered)) return
    this.#early.set(nonce, delivered)
    setTimeout(() => this.#early.delete(nonce), this.#waitMs).unref()
  }

  #settle(nonce: string, delivered: boolean | undefined): boolean {
    const waiting = this.#waiting.get(nonce)
    if (!waiting) return false
    this.#waiting.delete(nonce)
    clearTimeout(waiting.timer)
    waiting.resolve(delivered)
    return true
  }
}
