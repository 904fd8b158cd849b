/** Ends transfers that make no progress. */

/** Limits of transfers in both directions. */
export interface TransferLimits {
  /** A transfer without progress ends after this time. */
  readonly idleTimeoutMs: number
  /** The total time of a request body, at any rate. */
  readonly uploadTimeoutMs: number
  /** The least rate of a request body; 0 is none. */
  readonly minBytesPerSecond: number
}

/** The body of a request or of a response, on its way over a connection. */
export interface Transfer {
  /** Ends the transfer if it is too slow at `now`. */
  check(now: number, limits: TransferLimits): void
}

const CHECK_INTERVAL_MS = 3000

/** Checks all transfers of a server. */
export class Watchdog {
  readonly limits: TransferLimits
  readonly #transfers = new Set<Transfer>()
  readonly #timer: NodeJS.Timeout

  constructor(limits: TransferLimits) {
    this.limits = limits
    this.#timer = setInterval(() => this.#check(), CHECK_INTERVAL_MS)
    this.#timer.unref()
  }

  /** The number of checked transfers. */
  get size(): number {
    return this.#transfers.size
  }

  /** Checks a transfer until it is deleted. */
  add(transfer: Transfer): void {
    this.#transfers.add(transfer)
  }

  delete(transfer: Transfer): void {
    this.#transfers.delete(transfer)
  }

  /** Checks no more. */
  stop(): void {
    clearInterval(this.#timer)
  }

  #check(): void {
    const now = performance.now()
    for (const transfer of this.#transfers) transfer.check(now, this.limits)
  }
}
