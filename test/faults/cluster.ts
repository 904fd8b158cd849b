/**
 * The scenarios of a cluster of three processes: clients of many consumer instances call the processes in turn, without
 * any stickiness, while processes are restarted, killed and stopped. A ledger for each group knows every record.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka } from '../cluster/kafka.ts'
import { clusterKeys, type Node, startNodes } from '../cluster/nodes.ts'
import { Relay } from '../cluster/relay.ts'
import { Witness } from '../cluster/witness.ts'
import { type Finding, known } from './finding.ts'
import { Ledger, type Verdict } from './ledger.ts'
import { Refusal, RestApi } from './rest-api.ts'

const NODES = 3
const PARTITIONS = 6
/** The processes are asked so often whether they are ready, as a balancer asks. */
const CHECK_MS = 100
/** How long a client tries other processes before a call counts as failed. */
const RETRY_MS = 60_000
/** How long everything may take after the last fault. */
const DRAIN_MS = 120_000
/** A commit that came after a rebalance had taken the records away. */
const COMMIT_FAILED = 50002
const BATCH = 50

/** The size of a run. */
export interface ClusterLoad {
  readonly groups: number
  /** Instances of each group. */
  readonly instances: number
  /** Records a second, which each group reads. */
  readonly rate: number
}

/** What a run does to its processes. */
export interface ClusterSetting {
  /** Clients take only processes that are ready, and no call may fail or return a record again. */
  readonly isUnnoticed: boolean
  /** The first process reaches Kafka, and is reached by the other processes, through relays. */
  readonly isRelayed?: boolean
  /** Does the fault once. `round` counts from zero. */
  fault(nodes: readonly Node[], round: number, relays: readonly Relay[]): Promise<void>
}

/** Restarts all processes, one after the other. */
export const clusterRestarts: ClusterSetting = {
  isUnnoticed: true,
  async fault(nodes) {
    for (const node of nodes) {
      const ending = await node.stop('SIGTERM')
      if (ending?.code !== 0) throw new Error(`A process ended with ${JSON.stringify(ending)}.`)
      await node.start()
      await node.ready()
      await sleep(10 * CHECK_MS)
    }
  },
}

/** Stops a process beyond its session, and kills all processes at once, in turns. */
export const clusterFaults: ClusterSetting = {
  isUnnoticed: false,
  async fault(nodes, round) {
    if (round % 2 === 0) {
      const node = nodes[round % NODES] as Node
      node.signal('SIGSTOP')
      await sleep(12_000)
      node.signal('SIGCONT')
    } else {
      await restart(nodes)
    }
  },
}

/** Kills one process after another, each 20 seconds after the one before. */
export const clusterKills: ClusterSetting = {
  isUnnoticed: false,
  async fault(nodes, round) {
    const pause = sleep(20_000)
    await restart([nodes[round % NODES] as Node])
    await pause
  },
}

/** Cuts the network of a process beyond its session. Its clients and its own requests to other processes keep theirs. */
export const clusterCuts: ClusterSetting = {
  isUnnoticed: false,
  isRelayed: true,
  async fault(_nodes, _round, relays) {
    for (const relay of relays) relay.cut()
    await sleep(12_000)
    for (const relay of relays) relay.restore()
    await sleep(8000)
  },
}

async function restart(nodes: readonly Node[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop('SIGKILL')))
  await sleep(2000)
  await Promise.all(nodes.map((node) => node.start()))
}

/** Runs a scenario. */
export async function runCluster(
  scenario: string,
  faults: number,
  load: ClusterLoad,
  setting: ClusterSetting,
): Promise<Finding> {
  const started = performance.now()
  const kafka = await startKafka({ isRelayed: setting.isRelayed === true })
  const witness = new Witness(kafka.bootstrapServers)
  const relays = [...kafka.relays]
  // As docs/clustering.md recommends: a request that waits for a new owner when its process stops has time for it.
  const keys = {
    ...clusterKeys(),
    'sluice.shutdown.delay.ms': '3000',
    'shutdown.graceful.ms': '20000',
  }
  const nodes = await startNodes(kafka.bootstrapServers, NODES, keys, async (index, peerPort) => {
    if (index > 0 || !setting.isRelayed) return {}
    const peers = await Relay.open(peerPort)
    relays.push(peers)
    return {
      'bootstrap.servers': kafka.relays.map(({ address }) => address).join(','),
      'sluice.peer.advertised.listener': `http://${peers.address}`,
    }
  })
  try {
    const topic = `cluster-${randomUUID()}`
    await kafka.createTopic(topic, { partitions: PARTITIONS })
    const readers = new Readers(nodes, topic, load, setting.isUnnoticed)
    const producing = new Production(witness, topic, load.rate, readers.ledgers)
    await readers.progress()
    for (let round = 0; round < faults; round++) await setting.fault(nodes, round, relays)
    await producing.stop()
    const drained = await readers.drain()
    const stored = (await witness.consumeAll(topic)).map(known)
    const verdicts = readers.ledgers.map((ledger) => ledger.judge(stored))
    const verdict = summed(verdicts)
    return {
      scenario,
      faults,
      seconds: Math.round((performance.now() - started) / 1000),
      commits: readers.commits,
      refusedNeedlessly: 0,
      failedCalls: readers.failedCalls,
      hangs: readers.hangs,
      stalls: drained ? 0 : 1,
      wedged: 0,
      longestCallMs: readers.longestCallMs,
      refusals: Object.fromEntries(readers.refusals),
      ...(setting.isUnnoticed && { redelivered: readers.redelivered }),
      ...verdict,
    }
  } catch (error) {
    for (const node of nodes) console.error(node.log())
    throw error
  } finally {
    await witness.close()
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')))
    for (const relay of relays) relay.close()
    await kafka.stop()
  }
}

function summed(verdicts: readonly Verdict[]): Verdict {
  const names = Object.keys(verdicts[0] ?? {}) as (keyof Verdict)[]
  const sum = (name: keyof Verdict) => verdicts.reduce((total, each) => total + each[name], 0)
  return Object.fromEntries(names.map((name) => [name, sum(name)])) as unknown as Verdict
}

/** Writes records at a steady rate, directly to Kafka. */
class Production {
  #isRunning = true
  readonly #over: Promise<void>

  constructor(witness: Witness, topic: string, rate: number, ledgers: readonly Ledger[]) {
    this.#over = this.#run(witness, topic, rate, ledgers)
  }

  async stop(): Promise<void> {
    this.#isRunning = false
    await this.#over
  }

  async #run(witness: Witness, topic: string, rate: number, ledgers: readonly Ledger[]) {
    for (let next = 0; this.#isRunning; next += BATCH) {
      const pause = sleep((1000 * BATCH) / rate)
      const values = Array.from({ length: BATCH }, (_, index) => next + index)
      const partition = (next / BATCH) % PARTITIONS
      const key = `partition-${partition}`
      const places = await witness.produce(
        topic,
        values.map((value) => ({
          partition,
          key: Buffer.from(JSON.stringify(key)),
          value: Buffer.from(String(value)),
        })),
      )
      for (const ledger of ledgers) {
        places.forEach((place, index) => {
          const { offset } = place
          ledger.acknowledge({ key, value: values[index] as number, partition, offset })
        })
      }
      await pause
    }
  }
}

/** The clients of all instances. */
class Readers {
  readonly ledgers: readonly Ledger[]
  commits = 0
  failedCalls = 0
  /** Deliveries of records that were delivered before. */
  redelivered = 0
  readonly refusals = new Map<string, number>()
  readonly #apis: readonly RestApi[]
  readonly #topic: string
  readonly #isUnnoticed: boolean
  readonly #seen: readonly Set<string>[]
  readonly #ready: boolean[]
  readonly #over: Promise<unknown>
  readonly #checks: NodeJS.Timeout
  #isRunning = true
  #next = 0

  constructor(nodes: readonly Node[], topic: string, load: ClusterLoad, isUnnoticed: boolean) {
    this.#apis = nodes.map(({ url }) => new RestApi(url))
    this.#ready = nodes.map(() => true)
    this.#topic = topic
    this.#isUnnoticed = isUnnoticed
    this.ledgers = Array.from({ length: load.groups }, () => new Ledger())
    this.#seen = this.ledgers.map(() => new Set<string>())
    this.#checks = setInterval(() => void this.#check(), CHECK_MS)
    this.#over = Promise.all(
      this.ledgers.flatMap((_, group) =>
        Array.from({ length: load.instances }, (_, index) => this.#read(group, index)),
      ),
    )
  }

  get hangs(): number {
    return this.#apis.reduce((sum, { hangs }) => sum + hangs, 0)
  }

  get longestCallMs(): number {
    return Math.round(Math.max(...this.#apis.map(({ longestMs }) => longestMs)))
  }

  /** Resolves when every group has read something. */
  async progress(): Promise<void> {
    while (this.#seen.some(({ size }) => size === 0)) await sleep(50)
  }

  /** Waits until all groups have everything, and ends the clients. Resolves to whether it came to that. */
  async drain(): Promise<boolean> {
    const end = performance.now() + DRAIN_MS
    const isDone = () => this.ledgers.every(({ undelivered }) => undelivered === 0)
    while (!isDone() && performance.now() < end) await sleep(100)
    const drained = isDone()
    this.#isRunning = false
    await this.#over
    clearInterval(this.#checks)
    for (const api of this.#apis) api.close()
    return drained
  }

  async #check(): Promise<void> {
    await Promise.all(
      this.#apis.map(async ({ url }, index) => {
        const options = { signal: AbortSignal.timeout(10 * CHECK_MS) }
        const response = await fetch(`${url}/ready`, options).catch(() => undefined)
        await response?.body?.cancel()
        this.#ready[index] = response?.status === 200
      }),
    )
  }

  async #read(group: number, index: number): Promise<void> {
    const name = `${this.#topic}-${group}`
    const instance = await this.#call((api) => api.createInstance(name, { name: `i${index}` }))
    if (instance === undefined) return
    await this.#call((api) => api.subscribe(instance, this.#topic))
    while (this.#isRunning) {
      let committed: ReadonlyMap<number, number> = new Map()
      const records = await this.#call((api) => {
        committed = this.ledgers[group]?.committed ?? committed
        return api.read(instance, 'timeout=500&max_bytes=20000')
      })
      if (!records || records.length === 0) continue
      this.#deliver(group, records, committed)
      const last = new Map(records.map(({ partition, offset }) => [partition, offset]))
      const offsets = [...last].map(([partition, offset]) => ({
        topic: this.#topic,
        partition,
        offset,
      }))
      const isCommitted = await this.#call(async (api) => {
        await api.commit(instance, index % 2 === 0 ? undefined : offsets)
        return true
      })
      if (!isCommitted) continue
      this.commits++
      this.ledgers[group]?.commit(
        new Map([...last].map(([partition, offset]) => [partition, offset + 1])),
      )
    }
    await this.#call((api) => api.deleteInstance(instance))
  }

  #deliver(group: number, ...[records, committed]: Parameters<Ledger['deliver']>): void {
    this.ledgers[group]?.deliver(records, committed)
    for (const { partition, offset } of records) {
      const place = `${partition}:${offset}`
      if (this.#seen[group]?.has(place)) this.redelivered++
      this.#seen[group]?.add(place)
    }
  }

  /** Calls the next process. Where faults are noticed, other processes are tried for a while. */
  async #call<T>(call: (api: RestApi) => Promise<T>): Promise<T | undefined> {
    const end = performance.now() + RETRY_MS
    for (;;) {
      const index = await this.#nextReady(end)
      try {
        return await call(this.#apis[index] as RestApi)
      } catch (error) {
        if (this.#isFinal(error, end)) return undefined
        await sleep(100)
      }
    }
  }

  /** Counts a failed call. Whether it is not tried again. */
  #isFinal(error: unknown, end: number): boolean {
    this.#note(error)
    if (error instanceof Refusal && error.code === COMMIT_FAILED) return true
    if (!this.#isUnnoticed && performance.now() < end) return false
    this.failedCalls++
    return true
  }

  async #nextReady(end: number): Promise<number> {
    for (;;) {
      const index = this.#next++ % this.#apis.length
      if (this.#ready[index] || performance.now() > end) return index
      if (!this.#ready.includes(true)) await sleep(20)
    }
  }

  #note(error: unknown): void {
    if (!(error instanceof Error)) throw error
    const text = error.message.replace(/[0-9a-f-]{30,}/g, '…').replace(/\d+/g, 'N')
    this.refusals.set(text, (this.refusals.get(text) ?? 0) + 1)
  }
}
