/** Logs whether Kafka answers: at the start, and after each change. */
import type { Logger } from '../log.ts'
import type { Admin } from './admin.ts'

/** The interval of the checks. Shorter outages may remain unnoticed; they fail no records. */
const PAUSE_MS = 10_000
const TIMEOUT_MS = 3000

/** Calls a broker every ten seconds. Logs the start and the end of an outage, each once. */
export class ConnectionWatch {
  readonly #admin: Pick<Admin, 'describeCluster'>
  readonly #log: Logger
  readonly #bootstrapServers: readonly string[]
  #isConnected: boolean | undefined
  #isStopped = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    admin: Pick<Admin, 'describeCluster'>,
    log: Logger,
    bootstrapServers: readonly string[],
  ) {
    this.#admin = admin
    this.#log = log
    this.#bootstrapServers = bootstrapServers
  }

  /** Starts the checks, with one at once. Their timer does not keep the process alive. */
  start(): void {
    void this.#ask()
  }

  /** Stops the checks. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #ask(): Promise<void> {
    try {
      const { brokers, cluster_id: clusterId } = await this.#admin.describeCluster(TIMEOUT_MS)
      const ids = brokers.map(({ id }) => id)
      this.#logChange(true, () => this.#log.info({ brokers: ids, clusterId }, 'connected to Kafka'))
    } catch (error) {
      const fields = { bootstrapServers: this.#bootstrapServers, reason: (error as Error).message }
      this.#logChange(false, () => this.#log.error(fields, 'Kafka does not answer'))
    }
    if (this.#isStopped) return
    this.#timer = setTimeout(() => void this.#ask(), PAUSE_MS)
    this.#timer.unref()
  }

  #logChange(isConnected: boolean, log: () => void): void {
    if (this.#isStopped || this.#isConnected === isConnected) return
    this.#isConnected = isConnected
    log()
  }
}
