/** The readiness of the process for requests. */
import type { Logger } from '../log.ts'
import type { Admin } from './admin.ts'

/** The time for which an answer is valid, so that the probes of many load balancers cost one call. */
const VALID_MS = 5000
const TIMEOUT_MS = 2000

/** The process is ready while a broker answers, until it stops. */
export class Readiness {
  readonly #admin: Pick<Admin, 'describeCluster'>
  readonly #log: Logger
  #isStopping = false
  #validUntil = 0

  constructor(admin: Pick<Admin, 'describeCluster'>, log: Logger) {
    this.#admin = admin
    this.#log = log
  }

  /** From now on the process is not ready. */
  stop(): void {
    this.#isStopping = true
  }

  /** Calls a broker, unless one answered within the last five seconds. */
  async isReady(): Promise<boolean> {
    if (this.#isStopping) return false
    if (performance.now() < this.#validUntil) return true
    try {
      await this.#admin.describeCluster(TIMEOUT_MS)
      this.#validUntil = performance.now() + VALID_MS
      return !this.#isStopping
    } catch (error) {
      // At debug, because probes come every second; ConnectionWatch logs an outage once.
      this.#log.debug({ err: error }, 'not ready: no broker answered')
      return false
    }
  }
}
