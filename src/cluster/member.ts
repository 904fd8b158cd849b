/** This process in the group of its peers: a consumer of the topic of descriptions, of which the engine reports events. */
import type { ClusterSettings, Config } from '../config/index.ts'
import { call, callForJson, native } from '../kafka/native.ts'
import { memberProperties } from '../kafka/settings/cluster-clients.ts'

/** An event of the group, or of the records in this member's partitions; see kafka/cluster_member.h. */
export type MemberEvent =
  | ['assigned', partitions: number[]]
  | ['record', partition: number, offset: number, key: string, text: string | null]
  | ['end', partition: number]
  | ['revoked', number: number, partitions: number[]]
  | ['lost', partitions: number[]]
  | ['error', code: number, text: string]

/** The longest time for which a revocation waits until its instances are closed. The member stays in its group meanwhile. */
export const RELEASE_WAIT_MS = 20_000

/** The number of heartbeats in the time of a session. Other members learn of a rebalance by their heartbeats. */
const HEARTBEATS = 10

/** Returns librdkafka's properties of this process in the group. */
export function groupProperties({ group, url, sessionTimeoutMs }: ClusterSettings) {
  return {
    'group.id': group,
    'client.id': url,
    'session.timeout.ms': sessionTimeoutMs,
    'heartbeat.interval.ms': Math.min(3000, Math.floor(sessionTimeoutMs / HEARTBEATS)),
    // A member that hands over holds the rebalance for this time at the most.
    'max.poll.interval.ms': Math.max(sessionTimeoutMs, 3 * RELEASE_WAIT_MS),
  }
}

/** A member of the group. */
export class Member {
  readonly #native: InstanceType<typeof native.ClusterMember>

  constructor(config: Config, settings: ClusterSettings) {
    const { properties } = memberProperties(config, groupProperties(settings))
    this.#native = new native.ClusterMember(properties.flat(), settings.topic, RELEASE_WAIT_MS)
  }

  /** Joins the group, and passes its events to `listener` until it has left. */
  async join(listener: (event: MemberEvent) => void): Promise<void> {
    await call((ticket) => this.#native.join(ticket))
    void this.#listen(listener)
  }

  /** Gives up the partitions of a revocation. */
  release(number: number): void {
    this.#native.release(number)
  }

  /** Leaves the group. */
  async leave(): Promise<void> {
    await call((ticket) => this.#native.leave(ticket))
  }

  async #listen(listener: (event: MemberEvent) => void): Promise<void> {
    for (;;) {
      const events = await callForJson<MemberEvent[]>((ticket) => this.#native.next(ticket))
      if (events.length === 0) return
      for (const event of events) listener(event)
    }
  }
}
