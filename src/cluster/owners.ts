/** The owners of partitions, as the group of processes has last told them. */
import type { ClusterSettings } from '../config/index.ts'
import type { Admin } from '../kafka/admin.ts'
import type { Logger } from '../log.ts'

/** The longest time for which the group is asked. */
export const DESCRIBE_TIMEOUT_MS = 5_000

/** The URLs of the processes of a cluster, by the partitions that they own. */
export class Owners {
  readonly #settings: ClusterSettings
  readonly #admin: Admin
  readonly #log: Logger
  #urls: ReadonlyMap<number, string> = new Map()
  /** The last owner of each partition. An entry stays while the group names no owner. */
  readonly #last = new Map<number, string>()
  /** The URLs of all processes of the group, also of those that own nothing. */
  #members: readonly string[] = []
  #nextMember = 0
  #refreshing: Promise<void> | undefined
  #isReachable = true

  constructor(settings: ClusterSettings, admin: Admin, log: Logger) {
    this.#settings = settings
    this.#admin = admin
    this.#log = log
  }

  /** Whether the coordinator of the group has answered the last question. */
  get isReachable(): boolean {
    return this.#isReachable
  }

  /** The number of processes that own partitions. */
  get count(): number {
    return new Set(this.#urls.values()).size
  }

  /** The URL of the process that owns a partition; undefined if the group has told of none. */
  of(partition: number): string | undefined {
    return this.#urls.get(partition)
  }

  /**
   * The URL of the last process that owned a partition; undefined if none is known. In a rebalance the group names no
   * owner of a partition that moves, and its last owner still serves the commits that it waits for.
   */
  lastOf(partition: number): string | undefined {
    return this.#last.get(partition)
  }

  /**
   * The URL of another process of the group, each time the next one; undefined without any. For a partition of which
   * nobody has told this process an owner: it has joined the group in the middle of a rebalance.
   */
  guess(): string | undefined {
    const others = this.#members.filter((url) => url !== this.#settings.url)
    return others[this.#nextMember++ % others.length]
  }

  /** This process has given up a partition, and was its last owner: no other one serves its commits. */
  forget(partition: number): void {
    const urls = new Map(this.#urls)
    urls.delete(partition)
    this.#urls = urls
    this.#last.set(partition, this.#settings.url)
  }

  /** Asks the group; one question at a time. Resolves to whether it has answered. */
  async refresh(): Promise<boolean> {
    this.#refreshing ??= this.#describe().finally(() => {
      this.#refreshing = undefined
    })
    try {
      await this.#refreshing
      return true
    } catch {
      return false
    }
  }

  /**
   * Asks the group now, also while it is being asked. Resolves to whether it has answered within a session. An answer to an
   * earlier question may be from before a time for which this process was stopped: another one may own its partitions since.
   */
  async confirm(): Promise<boolean> {
    await this.#refreshing?.catch(() => {})
    const askedAt = performance.now()
    const hasAnswered = await this.refresh()
    return hasAnswered && performance.now() - askedAt < this.#settings.sessionTimeoutMs
  }

  /**
   * Asks the group before this process joins it, which moves partitions: their owners are known now. Rejects without an
   * answer.
   */
  async learn(): Promise<void> {
    const { group, topic } = this.#settings
    const members = await this.#admin.describeGroup(group, topic, DESCRIBE_TIMEOUT_MS)
    this.#members = members.map(({ client_id }) => client_id)
    this.#urls = new Map(
      members.flatMap(({ client_id, partitions }) => partitions.map((each) => [each, client_id])),
    )
    for (const [partition, url] of this.#urls) this.#last.set(partition, url)
  }

  async #describe(): Promise<void> {
    try {
      await this.learn()
      if (!this.#isReachable) this.#log.info('cluster: the coordinator answers again')
      this.#isReachable = true
    } catch (error) {
      if (this.#isReachable) {
        const fields = { reason: (error as Error).message }
        this.#log.error(
          fields,
          'cluster: the coordinator does not answer; this process goes on with the last known owners',
        )
      }
      this.#isReachable = false
      throw error
    }
  }
}
