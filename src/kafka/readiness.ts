/** Whether requests should be sent to this process. */
import type { Logger } from '../log.ts'
import type { Admin } from './admin.ts'

/** An answer is valid for this long: the probes of many balancers ask Kafka once. */
const VALID_MS = 5000
const TIMEOUT_MS = 2000

/** Ready while a broker answers, until the process stops. */
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

  /** Asks a broker, unless one answered within the last five seconds. */
  async isReady(): Promise<boolean> {
    if (this.#isStopping) return false
    if (performance.now() < this.#validUntil) return true
    try {
      await this.#admin.describeCluster(TIMEOUT_MS)
      this.#validUntil = performance.now() + VALID_MS
      return !this.#isStopping
    } catch (error) {
      // At debug: probes come every second, and ConnectionWatch tells an outage once.
      this.#log.debug({ err: error }, 'not ready: no broker answered')
      return false
    }
  }
}
