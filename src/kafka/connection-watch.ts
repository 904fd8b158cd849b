/** Tells the log whether Kafka answers: at the start, and whenever that changes. */
import type { Logger } from '../log.ts'
import type { Admin } from './admin.ts'

/** Between two questions: an outage that is shorter may pass unseen here, and fails no records. */
const PAUSE_MS = 10_000
const TIMEOUT_MS = 3000

/** Asks a broker every ten seconds. Neither an outage nor its end is told twice. */
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

  /** Asks at once, and from then on. Does not keep the process alive between questions. */
  start(): void {
    void this.#ask()
  }

  /** Says nothing more. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #ask(): Promise<void> {
    try {
      const { brokers, cluster_id: clusterId } = await this.#admin.describeCluster(TIMEOUT_MS)
      this.#tell(true, () => this.#log.info({ brokers, clusterId }, 'connected to Kafka'))
    } catch (error) {
      const fields = { bootstrapServers: this.#bootstrapServers, reason: (error as Error).message }
      this.#tell(false, () => this.#log.error(fields, 'Kafka does not answer'))
    }
    if (this.#isStopped) return
    this.#timer = setTimeout(() => void this.#ask(), PAUSE_MS)
    this.#timer.unref()
  }

  #tell(isConnected: boolean, log: () => void): void {
    if (this.#isStopped || this.#isConnected === isConnected) return
    this.#isConnected = isConnected
    log()
  }
}
