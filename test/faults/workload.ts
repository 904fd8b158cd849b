/**
 * What runs while faults happen: clients that produce, and members of one group that read and
 * commit. Every client is sequential and never repeats a record, so that a repetition in the topic
 * is the proxy's.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KnownRecord, Ledger } from './ledger.ts'
import { Refusal, type RestApi } from './rest-api.ts'

/** REST codes of "there is no such instance": its node has died, or it has expired. */
const INSTANCE_GONE = 40403

/** REST code of a commit that comes after a rebalance has taken the records away. */
const COMMIT_FAILED = 50002

/** Of the topic that a workload produces to. */
export const PARTITIONS = 6

/** What a member asks for, in turns. */
const CALLS = ['read', 'commit', 'committed offsets'] as const
type Call = (typeof CALLS)[number]

/** How a workload is shaped. */
export interface WorkloadOptions {
  readonly topic: string
  readonly group: string
  readonly producers: number
  readonly members: number
  /** Records of one produce request. */
  readonly batch?: number
  /** Whether an instance outlives its node: one that is gone is a failure. */
  readonly keepsInstances?: boolean
  /** How long a member lives before it leaves and another joins; for good when absent. */
  readonly memberLifeMs?: number
}

/** Which Sluice a client is to call; asked anew after every failure. */
export type ApiFor = (client: number) => RestApi

/** Producers and members at work. */
export class Workload {
  readonly #options: WorkloadOptions
  readonly #apiFor: ApiFor
  readonly #ledger: Ledger
  readonly #producing: Promise<unknown>
  readonly #reading: Promise<unknown>
  #isProducing = true
  #isReading = true
  /** How often a member has joined or left. */
  changes = 0
  /** Answers to reads and commits that were no success, by their text without numbers. */
  readonly refusals = new Map<string, number>()
  /** Calls without success, other than those of instances that are gone, and commits after a rebalance. */
  failedCalls = 0
  /** Successful commits. */
  commits = 0
  /** Calls of members whose last answer was no success. */
  readonly #failing = new Set<string>()
  /** Calls of members that have succeeded since the last `wedgedCalls`. */
  readonly #succeeded = new Set<string>()

  constructor(options: WorkloadOptions, apiFor: ApiFor, ledger: Ledger) {
    this.#options = options
    this.#apiFor = apiFor
    this.#ledger = ledger
    this.#producing = Promise.all(range(options.producers).map((id) => this.#produce(id)))
    this.#reading = Promise.all(range(options.members).map((id) => this.#member(id)))
  }

  /**
   * Waits until the producers and the members have got some work done from now on. Returns whether
   * they did so within `limitMs`.
   */
  async progresses(limitMs: number): Promise<boolean> {
    const acknowledged = this.#ledger.acknowledged + 200
    const commits = this.commits + 2 * this.#options.members
    const deadline = performance.now() + limitMs
    while (this.#ledger.acknowledged < acknowledged || this.commits < commits) {
      if (performance.now() > deadline) return false
      await sleep(50)
    }
    return true
  }

  /**
   * Waits until every member has an answer to every call that all members make, from now on, and
   * no call fails. Returns the calls of which this is not true after `limitMs`.
   */
  async wedgedCalls(limitMs: number): Promise<readonly string[]> {
    const deadline = performance.now() + limitMs
    this.#succeeded.clear()
    const calls = range(this.#options.members).flatMap((id) => [
      nameOf('read', id),
      nameOf('committed offsets', id),
    ])
    const wedged = () => [
      ...new Set([...calls.filter((call) => !this.#succeeded.has(call)), ...this.#failing]),
    ]
    while (wedged().length > 0 && performance.now() < deadline) await sleep(50)
    return wedged()
  }

  /**
   * Ends the producing, waits until the group has read everything and every call of every member
   * succeeds again, and ends the members. Returns the calls that still failed after `drainMs`.
   */
  async finish(drainMs: number): Promise<readonly string[]> {
    this.#isProducing = false
    await this.#producing
    const deadline = performance.now() + drainMs
    const isDrained = () => this.#ledger.undelivered === 0 && this.#failing.size === 0
    while (!isDrained() && performance.now() < deadline) await sleep(200)
    const wedged = [...this.#failing]
    this.#isReading = false
    await this.#reading
    return wedged
  }

  async #produce(id: number): Promise<void> {
    const { topic, batch = 10 } = this.#options
    const key = `client-${id}`
    for (let next = 0; this.#isProducing; next += batch) {
      const records = range(batch).map((index) => ({ key, value: next + index }))
      try {
        const deliveries = await this.#apiFor(id).produce(topic, records)
        deliveries.forEach(({ partition, offset, error_code }, index) => {
          if (partition === null || offset === null || error_code !== null) this.#ledger.refuse(1)
          else this.#ledger.acknowledge({ key, value: next + index, partition, offset })
        })
      } catch (error) {
        this.#note(error)
        this.#ledger.refuse(batch)
        await sleep(100)
      }
      await sleep(20)
    }
  }

  async #member(id: number): Promise<void> {
    while (this.#isReading) {
      try {
        await this.#live(id, this.#apiFor(id))
      } catch (error) {
        this.#note(error)
        await sleep(200)
      }
    }
  }

  /** One instance, from its creation until it leaves or is gone, or fails to be made. */
  async #live(id: number, api: RestApi): Promise<void> {
    const { topic, group, memberLifeMs } = this.#options
    const instance = await api.createInstance(group)
    this.changes++
    await api.subscribe(instance, topic)
    // Lives differ, so that the members do not come and go together.
    const end = memberLifeMs ? performance.now() + memberLifeMs * (0.7 + 0.3 * (id % 3)) : Infinity
    while (this.#isReading && performance.now() < end && api === this.#apiFor(id)) {
      await this.#readAndCommit(id, api, instance)
    }
    for (const call of CALLS) this.#failing.delete(nameOf(call, id))
    this.changes++
    await api.deleteInstance(instance)
  }

  async #readAndCommit(id: number, api: RestApi, instance: string): Promise<void> {
    const read = () => api.read(instance, 'timeout=500&max_bytes=20000')
    const records = await this.#try('read', id, read)
    if (records && records.length > 0) {
      this.#ledger.deliver(records)
      const commit = () => this.#commit(id, api, instance, records)
      if (await this.#try('commit', id, commit)) this.#committed(records)
    }
    const ask = () => api.committed(instance, this.#options.topic, PARTITIONS)
    await this.#try('committed offsets', id, ask)
  }

  /**
   * Commits with a body or without, by the member's number. Returns whether it was in time: a
   * commit that is not may be the last of its member, and nothing to be tried again.
   */
  async #commit(id: number, api: RestApi, instance: string, records: readonly KnownRecord[]) {
    const { topic } = this.#options
    const last = new Map(records.map(({ partition, offset }) => [partition, offset]))
    const offsets = [...last].map(([partition, offset]) => ({ topic, partition, offset }))
    try {
      await api.commit(instance, id % 2 === 0 ? undefined : offsets)
      return true
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== COMMIT_FAILED) throw error
      this.#note(error)
      return false
    }
  }

  /** The answer; undefined, after a pause, when there was none. Throws when the instance is gone. */
  async #try<T>(call: Call, id: number, run: () => Promise<T>): Promise<T | undefined> {
    const name = nameOf(call, id)
    try {
      const answer = await run()
      this.#failing.delete(name)
      this.#succeeded.add(name)
      return answer
    } catch (error) {
      if (error instanceof Refusal && error.code === INSTANCE_GONE) throw error
      this.#note(error)
      this.#failing.add(name)
      await sleep(100)
      return undefined
    }
  }

  #committed(records: readonly KnownRecord[]): void {
    this.commits++
    const next = new Map<number, number>()
    for (const { partition, offset } of records) next.set(partition, offset + 1)
    this.#ledger.commit(next)
  }

  #isExpected(error: Error): boolean {
    if (!(error instanceof Refusal)) return false
    if (error.code === COMMIT_FAILED) return true
    return error.code === INSTANCE_GONE && !this.#options.keepsInstances
  }

  #note(error: unknown): void {
    if (!(error instanceof Error)) throw error
    if (!this.#isExpected(error)) this.failedCalls++
    const text = error.message.replace(/[0-9a-f-]{30,}/g, '…').replace(/\d+/g, 'N')
    this.refusals.set(text, (this.refusals.get(text) ?? 0) + 1)
  }
}

function nameOf(call: Call, member: number): string {
  return `${call} of member ${member}`
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
