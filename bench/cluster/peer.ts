/** A member of the group of processes, without HTTP. It records its partitions and the time of their last change. */
import { OwnedPartition } from '../../src/cluster/instances.ts'
import { groupProperties, type MemberEvent, RELEASE_WAIT_MS } from '../../src/cluster/member.ts'
import { type ClusterSettings, clusterOf, loadConfig } from '../../src/config/index.ts'
import { call, callForJson, native } from '../../src/kafka/native.ts'
import { memberProperties } from '../../src/kafka/settings/cluster-clients.ts'

/** Kafka's two protocols of groups. */
export type Protocol = 'classic' | 'consumer'

/** Where members meet. */
export interface Place {
  readonly bootstrapServers: string
  /** The id of the cluster. */
  readonly id: string
  readonly topic: string
  readonly protocol: Protocol
}

/** What the broker decides with the protocol `consumer`. */
const DECIDED_BY_BROKER = new Set([
  'session.timeout.ms',
  'heartbeat.interval.ms',
  'partition.assignment.strategy',
])

/** The session of a member: Sluice's default. */
export const SESSION_MS = 10_000

/** Returns the settings of a process, whose address is made of its number. */
export function settingsOf({ bootstrapServers, id }: Place, number: number) {
  const address = `http://10.0.${number >> 8}.${number & 255}:8083`
  const { config } = loadConfig({
    sets: [
      `bootstrap.servers=${bootstrapServers}`,
      `sluice.cluster.id=${id}`,
      'sluice.peer.secret=a secret of the benchmarks',
      `sluice.peer.listeners=${address}`,
      `sluice.peer.session.timeout.ms=${SESSION_MS}`,
    ],
  })
  return { config, settings: clusterOf(config) as ClusterSettings }
}

/** One member. It gives its partitions up at once. */
export class Peer {
  readonly partitions = new Map<number, OwnedPartition>()
  /** The number of its rebalances. */
  rebalances = 0
  /** When the last event that is no record came. */
  changedAt = 0
  /** When each partition was assigned, and when its descriptions were read. */
  readonly restores = new Map<number, { assignedAt: number; restoredAt: number }>()
  readonly #native: InstanceType<typeof native.ClusterMember>

  constructor(place: Place, number: number) {
    const { config, settings } = settingsOf(place, number)
    const { properties } = memberProperties(config, groupProperties(settings))
    const own =
      place.protocol === 'classic'
        ? properties
        : properties
            .filter(([name]) => !DECIDED_BY_BROKER.has(name))
            .map(([name, value]) => [name, name === 'group.protocol' ? 'consumer' : value])
    this.#native = new native.ClusterMember(own.flat(), place.topic, RELEASE_WAIT_MS)
  }

  async join(): Promise<void> {
    await call((ticket) => this.#native.join(ticket))
    void this.#listen()
  }

  async leave(): Promise<void> {
    await call((ticket) => this.#native.leave(ticket))
    this.partitions.clear()
  }

  async #listen(): Promise<void> {
    for (;;) {
      const events = await callForJson<MemberEvent[]>((ticket) => this.#native.next(ticket))
      if (events.length === 0) return
      for (const event of events) this.#onEvent(event)
    }
  }

  #onEvent(event: MemberEvent): void {
    if (event[0] === 'record') {
      this.partitions.get(event[1])?.onRecord(event[3], event[4])
      return
    }
    this.changedAt = performance.now()
    if (event[0] === 'assigned') this.#onAssigned(event[1])
    else if (event[0] === 'end') this.#onRestored(event[1])
    else if (event[0] === 'revoked') {
      this.#onGone(event[2])
      this.#native.release(event[1])
    } else if (event[0] === 'lost') this.#onGone(event[1])
  }

  #onAssigned(numbers: readonly number[]): void {
    this.rebalances++
    for (const number of numbers) {
      this.partitions.set(number, new OwnedPartition(number))
      this.restores.set(number, { assignedAt: this.changedAt, restoredAt: 0 })
    }
  }

  #onRestored(number: number): void {
    const partition = this.partitions.get(number)
    const restore = this.restores.get(number)
    if (partition?.phase !== 'restoring' || !restore) return
    partition.phase = 'owned'
    restore.restoredAt = this.changedAt
  }

  #onGone(numbers: readonly number[]): void {
    for (const number of numbers) this.partitions.delete(number)
  }
}
