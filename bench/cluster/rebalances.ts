/** How long a group of so many members takes when a member joins, leaves or dies, and what a description of the group costs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Admin } from '../../src/kafka/admin.ts'
import { adminProperties } from '../../src/kafka/settings/client-config.ts'
import { Peer, type Place, SESSION_MS, settingsOf } from './peer.ts'

const ROUNDS = 3
const DESCRIPTIONS = 50
/** A rebalance has ended when no member has had an event for this time. */
const QUIET_MS = 3_000
const DEADLINE_MS = 180_000

/** Milliseconds from the change until each partition has an owner that has read its descriptions, and nothing moves any more. */
export interface Change {
  readonly settledMs: number
  /** The longest time that a partition was without an owner that has read it. */
  readonly unservedMs: number
  /** The number of partitions that have moved. */
  readonly moved: number
  /** Rebalances that one member saw. */
  readonly rebalances: number
}

/** What a group of one size has shown. */
export interface GroupFigures {
  readonly protocol: string
  readonly members: number
  readonly partitions: number
  /** All but one member join at once. */
  readonly formedMs: number
  readonly joins: readonly Change[]
  readonly leaves: readonly Change[]
  /** Counted from the end of the session. */
  readonly death: Change
  /** DescribeConsumerGroups, one after the other: milliseconds, and the bytes of the answer. Empty when it fails. */
  readonly describeMs: readonly number[]
  readonly describeBytes: number
}

/** Measures a group. */
export async function measureGroup(
  place: Place,
  members: number,
  partitions: number,
): Promise<GroupFigures> {
  const peers = Array.from({ length: members - 1 }, (_, number) => new Peer(place, number))
  const group = new Group(peers, partitions)
  const begin = performance.now()
  await Promise.all(peers.map((peer) => peer.join()))
  const { settledMs: formedMs } = await group.settle(begin)
  const joins: Change[] = []
  const leaves: Change[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const joiner = new Peer(place, members - 1)
    peers.push(joiner)
    joins.push(await group.change(() => joiner.join()))
    if (round === ROUNDS - 1) break
    leaves.push(
      await group.change(async () => {
        await joiner.leave()
        peers.pop()
      }),
    )
  }
  const described = await describe(place)
  const leaver = peers.pop() as Peer
  leaves.push(await group.change(() => leaver.leave()))
  const death = await measureDeath(place, group, members - 1)
  await Promise.all(peers.map((peer) => peer.leave()))
  const { protocol } = place
  return { protocol, members, partitions, formedMs, joins, leaves, death, ...described }
}

/** The members of this process; one more may be in another process. */
class Group {
  readonly #peers: readonly Peer[]
  readonly #partitions: number

  constructor(peers: readonly Peer[], partitions: number) {
    this.#peers = peers
    this.#partitions = partitions
  }

  /** Changes the group, and waits until it has settled. */
  async change(act: () => Promise<void>): Promise<Change> {
    const before = this.#owners()
    const [witness] = this.#peers as [Peer]
    const { rebalances } = witness
    const begin = performance.now()
    let unservedMs = 0
    let isDone = false
    const sampling = this.#sample(
      () => isDone,
      (ms) => {
        unservedMs = Math.max(unservedMs, ms)
      },
    )
    await act()
    while (witness.rebalances === rebalances) {
      if (performance.now() - begin > DEADLINE_MS) throw new Error('The group does not rebalance.')
      await sleep(5)
    }
    const { settledMs } = await this.settle(begin)
    isDone = true
    await sampling
    const after = this.#owners()
    const moved = [...after].filter(([number, peer]) => before.get(number) !== peer).length
    return { settledMs, unservedMs, moved, rebalances: witness.rebalances - rebalances }
  }

  /** Resolves when all partitions are owned by these members, and no event has come for a while. `elsewhere` are others' partitions. */
  async settle(begin: number, elsewhere = () => 0): Promise<{ settledMs: number }> {
    for (;;) {
      const changedAt = Math.max(begin, ...this.#peers.map((peer) => peer.changedAt))
      const isWhole =
        this.#peers.every(({ rebalances }) => rebalances > 0) &&
        this.#owners().size + elsewhere() === this.#partitions
      if (isWhole && performance.now() - changedAt > QUIET_MS) {
        return { settledMs: changedAt - begin }
      }
      if (performance.now() - begin > DEADLINE_MS) throw new Error('The group does not settle.')
      await sleep(20)
    }
  }

  #owners(): Map<number, Peer> {
    const owners = new Map<number, Peer>()
    for (const peer of this.#peers) {
      for (const [number, { phase }] of peer.partitions)
        if (phase === 'owned') owners.set(number, peer)
    }
    return owners
  }

  /** Calls `report` with the time for which a partition has been without an owner. */
  async #sample(isDone: () => boolean, report: (ms: number) => void): Promise<void> {
    const seen = new Map<number, number>()
    while (!isDone()) {
      const now = performance.now()
      const owners = this.#owners()
      for (let number = 0; number < this.#partitions; number++) {
        const since = seen.get(number) ?? now
        if (owners.has(number)) seen.set(number, now)
        else report(now - since)
        if (!seen.has(number)) seen.set(number, now)
      }
      await sleep(5)
    }
  }
}

async function measureDeath(place: Place, group: Group, number: number): Promise<Change> {
  const script = join(import.meta.dirname, 'lonely-peer.ts')
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, JSON.stringify(place), String(number)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let owned = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    owned = Number(text.trim().split('\n').at(-1))
  })
  const joined = performance.now()
  while (owned === 0) {
    if (performance.now() - joined > DEADLINE_MS)
      throw new Error('The other process does not join.')
    await sleep(20)
  }
  await group.settle(joined, () => owned)
  const change = await group.change(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
    await sleep(SESSION_MS)
  })
  return { ...change, settledMs: change.settledMs - SESSION_MS, moved: owned }
}

async function describe(
  place: Place,
): Promise<{ describeMs: readonly number[]; describeBytes: number }> {
  const { config, settings } = settingsOf(place, 0)
  const admin = new Admin(adminProperties(config))
  const times: number[] = []
  let bytes = 0
  for (let count = 0; count < DESCRIPTIONS; count++) {
    const begin = performance.now()
    const members = await admin.describeGroup(settings.group, place.topic, DEADLINE_MS)
    times.push(performance.now() - begin)
    bytes = answerBytes(members, place.topic)
  }
  return { describeMs: times.sort((a, b) => a - b), describeBytes: bytes }
}

/**
 * The bytes of Kafka's answer, computed from its layout: for each member two strings with its address and a UUID, its host,
 * a subscription with the partitions that it owned, and its assignment.
 */
function answerBytes(
  members: readonly { client_id: string; partitions: readonly number[] }[],
  topic: string,
): number {
  const FIXED = 36 + 20 + 60
  return members.reduce(
    (sum, { client_id, partitions }) =>
      sum + FIXED + 2 * client_id.length + 3 * topic.length + 8 * partitions.length,
    0,
  )
}
