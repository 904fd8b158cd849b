/**
 * The consumer instances of a cluster of processes. Each instance belongs to a partition of the topic of descriptions,
 * and the process that has the partition in the group of processes owns the instance.
 *
 *  1. A partition is restored before its instances are served: all of its descriptions are read.
 *  2. An instance gets a consumer with its first request at its owner, and with the credentials of that request where
 *     Kafka is shown these: until then it waits. The consumer continues at the committed offsets.
 *  3. A change of an instance is written to the topic before the request is answered. The topic has the last word: the
 *     owner follows records that another process has written, which did not know yet that it had lost the partition.
 *  4. A partition that is revoked is given up when its consumers have left their groups. Requests wait meanwhile.
 *  5. An instance is deleted as unused only while the group confirms that this process owns it: a process that was
 *     stopped for a while finds all of its instances unused.
 *  6. A process that was stopped beyond its session closes its consumers before it serves a request: other processes
 *     may have delivered and committed the records that these have fetched.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterSettings, Config } from '../config/index.ts'
import { isRetriable, RestError } from '../errors.ts'
import type { Admin } from '../kafka/admin.ts'
import { Consumer } from '../kafka/consumer.ts'
import {
  type ConsumerInstances,
  type NewInstance,
  newInstanceName,
} from '../kafka/consumer-instances.ts'
import { native } from '../kafka/native.ts'
import { Producer } from '../kafka/producer.ts'
import { consumerProperties } from '../kafka/settings/client-config.ts'
import { descriptionProperties } from '../kafka/settings/cluster-clients.ts'
import { compilePattern } from '../kafka/topic-pattern.ts'
import type { Logger } from '../log.ts'
import { awaitAtMost } from '../waiting.ts'
import { CONFIRM_WAIT_MS, Deliveries } from './deliveries.ts'
import { decode, encode, type Interest } from './description.ts'
import type {
  Creator,
  InstanceCaller,
  InstanceDirectory,
  Outcome,
  Owner,
  Search,
} from './instance-directory.ts'
import { newInstance, type OwnedInstance, OwnedPartition, type Redelivery } from './instances.ts'
import { Member, type MemberEvent } from './member.ts'
import { Nonces } from './nonces.ts'
import { DESCRIBE_TIMEOUT_MS, Owners } from './owners.ts'
import { keyOf, partitionOf } from './partition.ts'
import { Pulse } from './pulse.ts'
import { VALID_MS } from './signature.ts'
import { ensureTopic, missingRight, needing } from './topic.ts'

/** The objects that a directory uses. */
export interface DirectoryParts {
  /** Kafka refuses the membership: the process cannot go on. */
  readonly onFailure: (error: Error) => void
  readonly admin: Admin
  /** Returns the instances of a client. Throws 403 if it has no credentials for Kafka, and 401 if its token has ended. */
  readonly consumersOf: (caller: InstanceCaller) => ConsumerInstances
  /** Returns the name by which descriptions know the client, see Description. Throws what `consumersOf` throws. */
  readonly ownerOf: (caller: InstanceCaller) => string | undefined
  readonly log: Logger
}

/** The pause before the group is asked again for an owner. */
const RETRY_MS = 200
/** The longest time for which a handover waits for running requests. */
const USES_WAIT_MS = 5_000
/** The longest time for which a handover waits for the commit of delivered records. */
const COMMIT_WAIT_MS = 10_000
/** The longest time for which a commit waits for the confirmation of forwarded responses. Missing ones are known by then. */
const CONFIRMATIONS_WAIT_MS = CONFIRM_WAIT_MS + 1_000
const START_RETRY_MS = 1_000
const MAX_SWEEP_MS = 5_000
const MAX_DRAWS = 100_000
const PULSE_MS = 500

/** Kafka's codes of missing rights. */
const TOPIC_AUTHORIZATION_FAILED = 29
const GROUP_AUTHORIZATION_FAILED = 30

/** A running request of an instance that this process owns. */
interface Use {
  readonly isForwardedRead: boolean
  readonly instance: OwnedInstance
  readonly partition: OwnedPartition
}

/** See the top of this file. */
export class Directory implements InstanceDirectory {
  readonly #config: Config
  readonly #settings: ClusterSettings
  readonly #parts: DirectoryParts
  readonly #member: Member
  readonly #producer: Producer
  readonly #partitions = new Map<number, OwnedPartition>()
  readonly #owners: Owners
  #count = 0
  #hasJoined = false
  #wasRestored = false
  #isLeaving = false
  #sweep: NodeJS.Timeout | undefined
  readonly #pulse: Pulse
  #pulses: NodeJS.Timeout | undefined
  readonly #nonces = new Nonces(2 * VALID_MS)
  readonly #deliveries = new Deliveries()
  readonly #uses = new Map<number, Use>()
  #lastUse = 0
  /** Resolves when the number of partitions is known. */
  readonly #counted: Promise<void>
  #onCounted: () => void = () => {}
  readonly #joined: Promise<void>
  #onJoined: () => void = () => {}

  constructor(config: Config, settings: ClusterSettings, parts: DirectoryParts) {
    this.#config = config
    this.#settings = settings
    this.#parts = parts
    this.#member = new Member(config, settings)
    this.#owners = new Owners(settings, parts.admin, parts.log)
    this.#pulse = new Pulse(settings.sessionTimeoutMs)
    this.#producer = new Producer(descriptionProperties(config))
    this.#counted = new Promise((resolve) => {
      this.#onCounted = resolve
    })
    this.#joined = new Promise((resolve) => {
      this.#onJoined = resolve
    })
  }

  /**
   * Whether the descriptions of the first assignment were read. Later assignments change nothing: all processes read
   * descriptions at once after a rebalance, and a balancer would have no server.
   */
  get isReady(): boolean {
    this.#wasRestored ||=
      this.#hasJoined && [...this.#partitions.values()].every(({ phase }) => phase !== 'restoring')
    return this.#wasRestored && !this.#isLeaving
  }

  /** Values for the metrics. */
  get readings() {
    const partitions = [...this.#partitions.values()]
    let waiting = 0
    for (const { instances } of partitions) {
      for (const { consumer } of instances.values()) if (consumer === undefined) waiting++
    }
    return {
      sluice_cluster_partitions: partitions.filter(({ phase }) => phase === 'owned').length,
      sluice_cluster_descriptions: partitions.reduce(
        (sum, { instances }) => sum + instances.size,
        0,
      ),
      sluice_cluster_waiting_instances: waiting,
      sluice_cluster_members: this.#owners.count,
      sluice_cluster_reachable: this.#owners.isReachable ? 1 : 0,
    }
  }

  /**
   * Creates the topic if it is missing, checks the rights, and joins the group. Rejects when a right is missing. Waits
   * while Kafka does not answer.
   */
  async start(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.#tryStart()
        return
      } catch (error) {
        if (!(error instanceof RestError) || !isRetriable(error.name)) throw error
        const fields = { reason: error.message }
        if (tries === 0)
          this.#parts.log.error(fields, 'cluster: waiting for Kafka to join the group')
        await sleep(START_RETRY_MS)
      }
    }
  }

  async #tryStart(): Promise<void> {
    const { topic, group } = this.#settings
    this.#count = await ensureTopic(this.#parts.admin, topic)
    this.#onCounted()
    await needing(`WRITE on topic ${topic}`, this.#write(keyOf('', this.#settings.url), 0, null))
    await needing(`DESCRIBE on group ${group}`, this.#owners.learn())
    await this.#member.join((event) => this.#onEvent(event))
    const timeout = this.#config['consumer.instance.timeout.ms']
    this.#sweep = setInterval(
      () => void this.#expireUnused(),
      Math.min(MAX_SWEEP_MS, Math.max(100, timeout / 4)),
    )
    this.#sweep.unref()
    this.#pulses = setInterval(() => this.#closeStale(), PULSE_MS).unref()
  }

  /**
   * Hands over all instances and leaves the group. Requests that come afterwards belong to other processes. Resolves
   * early if the coordinator does not answer.
   */
  async leave(): Promise<void> {
    this.#isLeaving = true
    clearInterval(this.#sweep)
    clearInterval(this.#pulses)
    await this.#release([...this.#partitions.keys()])
    await awaitAtMost(this.#member.leave(), DESCRIBE_TIMEOUT_MS)
  }

  /** Closes the producer of descriptions. */
  async close(): Promise<void> {
    await this.#producer.close(1000)
  }

  async drawInstanceName(group: string, timeoutMs: number): Promise<string> {
    await awaitAtMost(this.#joined, timeoutMs)
    let name = newInstanceName(this.#config)
    if (!this.#ownsAny) return name
    for (let draws = 0; draws < MAX_DRAWS; draws++) {
      if (this.#partitions.get(partitionOf(keyOf(group, name), this.#count))?.phase === 'owned')
        break
      name = newInstanceName(this.#config)
    }
    return name
  }

  /** Whether there are partitions whose instances are served here, and not only such as come or go. */
  get #ownsAny(): boolean {
    return [...this.#partitions.values()].some(({ phase }) => phase === 'owned')
  }

  async findOwner(group: string, name: string, search: Search): Promise<Owner> {
    const deadline = performance.now() + search.timeoutMs
    const key = keyOf(group, name)
    const number = await this.#numberOf(key, search.timeoutMs)
    for (;;) {
      this.#closeStale()
      const partition = this.#partitions.get(number)
      const isServed = partition !== undefined && this.#isServed(partition, key, search)
      const owner = isServed
        ? await this.#use(partition, key, search)
        : await this.#awaitOwner(number, key, search, deadline)
      if (owner) return owner
    }
  }

  /** Resolves to another process, or to undefined when there is something new to look at. Rejects at the deadline. */
  async #awaitOwner(
    number: number,
    key: string,
    search: Search,
    deadline: number,
  ): Promise<Owner | undefined> {
    const left = deadline - performance.now()
    if (left <= 0) throw this.#noOwner(number)
    const partition = this.#partitions.get(number)
    const url = partition
      ? await this.#awaitChange(partition, key, search, left)
      : await this.#findOther(number, search)
    return url ? { url } : undefined
  }

  /** The partition of an instance. Requests come as soon as the process listens, before it knows the number of partitions. */
  async #numberOf(key: string, timeoutMs: number): Promise<number> {
    if (this.#count === 0) await awaitAtMost(this.#counted, timeoutMs)
    if (this.#count === 0) throw new RestError('NO_OWNER')
    return partitionOf(key, this.#count)
  }

  /** A partition that this process has does not serve the request yet, or any more. */
  async #awaitChange(
    partition: OwnedPartition,
    key: string,
    { isRead }: Search,
    timeoutMs: number,
  ): Promise<undefined> {
    if (isRead) endCommitWait(partition, key)
    await awaitAtMost(partition.changed(), timeoutMs)
  }

  #noOwner(partition: number): RestError {
    const { phase } = this.#partitions.get(partition) ?? {}
    const owner = this.#owners.of(partition)
    const fields = { partition, phase, owner }
    this.#parts.log.warn(fields, 'cluster: a request found no owner of its instance in time')
    return new RestError('NO_OWNER')
  }

  /** Resolves to the URL of the process that owns a partition; undefined if none is known now. */
  async #findOther(number: number, { isForwarded }: Search): Promise<string | undefined> {
    if (isForwarded) throw new RestError('MISDIRECTED')
    return this.#ownerOf(number) ?? (await this.#askForOwner(number))
  }

  /** The other process that owns a partition, or did so last, as far as this one knows. */
  #ownerOf(number: number): string | undefined {
    const owner = this.#owners.of(number) ?? this.#owners.lastOf(number)
    return owner === this.#settings.url ? undefined : owner
  }

  async #askForOwner(number: number): Promise<string | undefined> {
    await this.#owners.refresh()
    const owner = this.#ownerOf(number) ?? this.#guessOwner(number)
    if (owner === undefined) await sleep(RETRY_MS)
    return owner
  }

  /** A process that does not own the instance says so. A client that is redirected would ask it for long. */
  #guessOwner(number: number): string | undefined {
    const isUnknown = this.#owners.lastOf(number) === undefined
    return isUnknown && this.#settings.mode === 'forward' ? this.#owners.guess() : undefined
  }

  async doubtOwner(): Promise<void> {
    await sleep(RETRY_MS)
    await this.#owners.refresh()
  }

  async isOwner(group: string, name: string, url: string): Promise<boolean> {
    await this.#owners.refresh()
    const owner = this.#owners.of(partitionOf(keyOf(group, name), this.#count))
    return owner === undefined || owner === url
  }

  async createInstance(
    group: string,
    wanted: NewInstance & { readonly name: string },
    { caller, call }: Creator,
  ): Promise<void> {
    const { name, ...settings } = wanted
    const key = keyOf(group, name)
    const partition = this.#ownedPartition(key)
    const existing = partition.instances.get(key)
    if (existing) {
      const isRepeated = call !== '' && decode(key, existing.text)?.creation === call
      if (!isRepeated) throw new RestError('CONSUMER_INSTANCE_EXISTS')
      await existing.opening
      return
    }
    // A handover that has begun would not close its consumer.
    if (partition.phase !== 'owned') throw new RestError('NO_OWNER')
    const creation = call === '' ? undefined : call
    const consumers = this.#parts.consumersOf(caller)
    const principal = this.#parts.ownerOf(caller)
    const text = encode({ group, name, settings, principal, creation })
    const instance = newInstance(key, partition.number, text)
    partition.instances.set(key, instance)
    instance.opening = this.#create(partition, instance, consumers, group, wanted).finally(() => {
      instance.opening = undefined
    })
    await instance.opening
  }

  async #create(
    partition: OwnedPartition,
    instance: OwnedInstance,
    consumers: ConsumerInstances,
    group: string,
    wanted: NewInstance & { readonly name: string },
  ): Promise<void> {
    const { key, text } = instance
    let consumer: Consumer | undefined
    try {
      await consumers.create(group, wanted)
      consumer = consumers.get(group, wanted.name).consumer
      await this.#write(key, partition.number, text)
      instance.consumer = consumer.id
    } catch (error) {
      if (partition.instances.get(key) === instance) partition.instances.delete(key)
      await consumer?.close().catch(() => {})
      throw error
    }
  }

  async changeInstance(
    group: string,
    name: string,
    interest: Interest | undefined,
    caller: InstanceCaller,
  ): Promise<void> {
    const key = keyOf(group, name)
    const instance = this.#ownedPartition(key).instances.get(key)
    const description = instance && decode(key, instance.text)
    if (!instance || !description || !isOf(instance, this.#parts.ownerOf(caller))) {
      throw new RestError('CONSUMER_INSTANCE_NOT_FOUND')
    }
    const { interest: _, ...rest } = description
    instance.text = encode(interest ? { ...rest, interest } : rest)
    await this.#write(key, instance.partition, instance.text)
  }

  async isDormant(group: string, name: string, caller: InstanceCaller): Promise<boolean> {
    const key = keyOf(group, name)
    const instance = this.#ownedPartition(key).instances.get(key)
    if (!instance || !isOf(instance, this.#parts.ownerOf(caller))) return false
    return instance.consumer === undefined && !instance.opening
  }

  async removeInstance(group: string, name: string, caller: InstanceCaller): Promise<void> {
    const key = keyOf(group, name)
    const partition = this.#ownedPartition(key)
    const instance = partition.instances.get(key)
    // A repeated deletion may find the instance of another client, which has the name.
    if (instance && !isOf(instance, this.#parts.ownerOf(caller))) {
      throw new RestError('CONSUMER_INSTANCE_NOT_FOUND')
    }
    await this.#write(key, partition.number, null)
    if (partition.instances.get(key) === instance) partition.instances.delete(key)
  }

  async onCommitted(use: number): Promise<void> {
    const instance = this.#uses.get(use)?.instance
    if (instance) instance.owesCommit = false
  }

  async onGone(use: number): Promise<boolean> {
    const found = this.#uses.get(use)
    if (!found) return false
    const { instance, partition } = found
    const isLost = this.#partitions.get(partition.number) !== partition
    if (isLost) await this.endUse(use, 'other')
    else if (instance.consumer !== undefined) void this.#expire([instance])
    return isLost
  }

  async endUse(use: number, outcome: Outcome): Promise<void> {
    const found = this.#uses.get(use)
    if (!found) return
    this.#uses.delete(use)
    const { instance, partition, isForwardedRead } = found
    instance.uses--
    if (isForwardedRead) instance.forwardedReads--
    instance.usedAt = performance.now()
    instance.redelivery = redeliveryAfter(outcome, instance.redelivery)
    if (outcome === 'records') instance.owesCommit = true
    partition.wake()
  }

  awaitDelivery(nonce: string): Promise<boolean | undefined> {
    return this.#deliveries.await(nonce)
  }

  async postponeDelivery(nonce: string): Promise<void> {
    this.#deliveries.postpone(nonce)
  }

  async confirmDelivery(nonce: string, delivered: boolean): Promise<void> {
    this.#deliveries.confirm(nonce, delivered)
  }

  async acceptNonce(nonce: string): Promise<boolean> {
    return this.#nonces.accept(nonce)
  }

  #ownedPartition(key: string): OwnedPartition {
    const partition = this.#partitions.get(partitionOf(key, this.#count))
    if (!partition) throw new RestError('NO_OWNER')
    return partition
  }

  /** An instance that is handed over still serves its commit, and what its client may ask for before. */
  #isServed(partition: OwnedPartition, key: string, { isRead, isDeletion }: Search): boolean {
    if (partition.phase === 'owned') return true
    if (partition.phase === 'restoring' || isRead || isDeletion) return false
    const { owesCommit = false, consumer } = partition.instances.get(key) ?? {}
    return owesCommit && consumer !== undefined
  }

  /** Resolves to undefined if the instance was given up while a commit waited: nobody would close a consumer that is made now. */
  async #use(partition: OwnedPartition, key: string, search: Search): Promise<Owner | undefined> {
    const instance = partition.instances.get(key)
    if (!instance || !isOf(instance, this.#parts.ownerOf(search.caller))) {
      return { use: 0, hasNewPositions: false }
    }
    instance.uses++
    instance.usedAt = performance.now()
    const use = ++this.#lastUse
    const { caller, isForwardedRead, isCommit, isDeletion } = search
    if (isForwardedRead) instance.forwardedReads++
    this.#uses.set(use, { instance, partition, isForwardedRead })
    try {
      // A client that commits has its last response, which may not be confirmed yet.
      if (isCommit) await until(() => instance.forwardedReads === 0, CONFIRMATIONS_WAIT_MS)
      if (this.#isGivenUp(instance, partition)) {
        await this.endUse(use, 'other')
        return undefined
      }
      if (!isDeletion || instance.opening) await this.#ensureConsumer(instance, caller)
      if (isCommit) refuseRedelivered(instance, search)
    } catch (error) {
      await this.endUse(use, 'other')
      throw error
    }
    const { hasNewPositions } = instance
    instance.hasNewPositions = false
    return { use, hasNewPositions }
  }

  /** Whether the consumer of an instance belongs to another process, now or soon. */
  #isGivenUp({ consumer, opening }: OwnedInstance, partition: OwnedPartition): boolean {
    const isOwned =
      partition.phase === 'owned' && this.#partitions.get(partition.number) === partition
    return !isOwned && consumer === undefined && !opening
  }

  async #ensureConsumer(instance: OwnedInstance, caller: InstanceCaller): Promise<void> {
    if (instance.consumer !== undefined) return
    instance.opening ??= this.#open(instance, caller).finally(() => {
      instance.opening = undefined
    })
    await instance.opening
  }

  async #open(instance: OwnedInstance, caller: InstanceCaller): Promise<void> {
    const description = decode(instance.key, instance.text)
    if (!description) throw new RestError('CONSUMER_INSTANCE_NOT_FOUND')
    const { group, name, settings, interest } = description
    const consumers = this.#parts.consumersOf(caller)
    await instance.closing
    await consumers.create(group, { ...settings, name })
    const made = consumers.get(group, name)
    try {
      if (interest) await this.#restore(instance, consumers, made, interest)
    } catch (error) {
      await made.consumer.close().catch(() => {})
      throw error
    }
    instance.redelivery = 'unreported'
    instance.consumer = made.consumer.id
  }

  async #restore(
    instance: OwnedInstance,
    consumers: ConsumerInstances,
    made: ReturnType<ConsumerInstances['get']>,
    interest: Interest,
  ): Promise<void> {
    if ('topics' in interest) await consumers.subscribe(made, interest.topics)
    else if ('pattern' in interest) {
      await consumers.subscribePattern(made, compilePattern(interest.pattern))
    } else {
      await made.consumer.assign(interest.assignment)
      const committed = await made.consumer.committed(interest.assignment)
      instance.hasNewPositions = committed.length < interest.assignment.length
    }
  }

  #onEvent(event: MemberEvent): void {
    switch (event[0]) {
      case 'assigned':
        this.#onAssigned(event[1])
        break
      case 'record':
        this.#onRecord(event[1], event[3], event[4])
        break
      case 'end': {
        const partition = this.#partitions.get(event[1])
        if (partition?.phase === 'restoring') partition.phase = 'owned'
        break
      }
      case 'revoked':
        void this.#release(event[2]).then(() => this.#member.release(event[1]))
        break
      case 'lost':
        this.#parts.log.warn(
          { partitions: event[1].length },
          'cluster: the group has removed this process; it closes the instances that it owned',
        )
        void this.#drop(event[1])
        break
      case 'error':
        this.#onError(event[1], event[2])
        break
    }
  }

  /** Rights that are taken away later are an operator's matter: the process goes on, and says so. */
  #onError(code: number, reason: string): void {
    const right = this.#rightOf(code)
    if (right !== undefined && !this.isReady)
      this.#parts.onFailure(missingRight(right, Error(reason)))
    else this.#parts.log.warn({ code, reason }, 'cluster: an error of the group')
  }

  /** The right that an error of the membership misses. */
  #rightOf(code: number): string | undefined {
    const { topic, group } = this.#settings
    if (code === GROUP_AUTHORIZATION_FAILED) return `READ on group ${group}`
    return code === TOPIC_AUTHORIZATION_FAILED ? `READ on topic ${topic}` : undefined
  }

  #onAssigned(numbers: readonly number[]): void {
    for (const number of numbers) this.#partitions.set(number, new OwnedPartition(number))
    this.#hasJoined = true
    this.#onJoined()
    this.#parts.log.info(
      { added: numbers.length, partitions: this.#partitions.size },
      'cluster: partitions are assigned',
    )
    void this.#owners.refresh()
  }

  #onRecord(number: number, key: string, text: string | null): void {
    const partition = this.#partitions.get(number)
    const replaced = partition?.onRecord(key, text)
    if (replaced) void giveUp(replaced)
  }

  /** Hands over the instances of partitions, and gives the partitions up. */
  async #release(numbers: readonly number[]): Promise<void> {
    const partitions = numbers.flatMap((number) => this.#partitions.get(number) ?? [])
    for (const partition of partitions) partition.phase = 'releasing'
    const instances = partitions.flatMap((each) => [...each.instances.values()])
    await Promise.all(instances.map((each) => this.#handOver(each)))
    for (const partition of partitions) this.#forget(partition)
    if (partitions.length > 0) {
      this.#parts.log.info(
        { released: partitions.length, partitions: this.#partitions.size },
        'cluster: partitions are released',
      )
    }
  }

  #forget(partition: OwnedPartition): void {
    if (this.#partitions.get(partition.number) === partition) {
      this.#partitions.delete(partition.number)
    }
    this.#owners.forget(partition.number)
    partition.wake()
  }

  async #handOver(instance: OwnedInstance): Promise<void> {
    await instance.opening?.catch(() => {})
    if (instance.consumer === undefined) {
      await instance.closing
      return
    }
    const consumer = new Consumer(instance.consumer)
    await consumer.hastenReads().catch(() => {})
    await until(() => instance.uses === 0, USES_WAIT_MS)
    if (instance.owesCommit && !this.#commitsItself(instance)) {
      const wait = Math.min(COMMIT_WAIT_MS, this.#config['sluice.consumer.commit.wait.ms'])
      const idle = () => performance.now() - instance.usedAt > wait
      await until(() => (!instance.owesCommit && instance.uses === 0) || idle(), COMMIT_WAIT_MS)
    }
    // Later commits wait for the next owner, and make no consumer here.
    instance.consumer = undefined
    instance.closing = closed(consumer)
    await instance.closing
  }

  #commitsItself(instance: OwnedInstance): boolean {
    const description = decode(instance.key, instance.text)
    if (!description) return true
    const { properties } = consumerProperties(this.#config, {
      ...description.settings,
      group: description.group,
    })
    return properties.some(([name, value]) => name === 'enable.auto.commit' && value === 'true')
  }

  /** Another process may own the partitions already: closes their consumers without a wait. */
  async #drop(numbers: readonly number[]): Promise<void> {
    const partitions = numbers.flatMap((number) => this.#partitions.get(number) ?? [])
    for (const partition of partitions) this.#forget(partition)
    const instances = partitions.flatMap((each) => [...each.instances.values()])
    await Promise.all(instances.map(giveUp))
  }

  /** Rule 6 at the top of this file. The next request of an instance makes a consumer that joins its group anew. */
  #closeStale(): void {
    if (this.#isLeaving || !this.#pulse.hasPaused()) return
    this.#parts.log.warn('cluster: this process was stopped; it closes the consumers that it had')
    for (const { instances } of this.#partitions.values()) {
      for (const instance of instances.values()) {
        if (instance.consumer === undefined) continue
        instance.closing = closed(new Consumer(instance.consumer))
        instance.consumer = undefined
      }
    }
  }

  async #expireUnused(): Promise<void> {
    const isUnused = this.#unusedNow()
    const unused = [...this.#partitions.values()]
      .filter(({ phase }) => phase === 'owned')
      .flatMap((partition) => [...partition.instances.values()].filter(isUnused))
    if (unused.length > 0) await this.#expire(unused)
  }

  /** Returns whether an instance is unused at this moment. */
  #unusedNow(): (instance: OwnedInstance) => boolean {
    const open = new Set(native.listConsumers())
    const oldest = performance.now() - this.#config['consumer.instance.timeout.ms']
    return ({ consumer, uses, opening, usedAt }) =>
      consumer === undefined ? uses === 0 && !opening && usedAt < oldest : !open.has(consumer)
  }

  async #expire(instances: readonly OwnedInstance[]): Promise<void> {
    // Rule 5 at the top of this file.
    if (!(await this.#owners.confirm())) return
    // A request may have begun while the group was asked.
    for (const instance of instances.filter(this.#unusedNow())) {
      const { key, partition: number } = instance
      const partition = this.#partitions.get(number)
      const isOwned = this.#owners.of(number) === this.#settings.url && partition?.phase === 'owned'
      if (!isOwned || partition.instances.get(key) !== instance) continue
      partition.instances.delete(key)
      this.#write(key, number, null).catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, 'cluster: the deletion of a description failed')
      })
    }
  }

  async #write(key: string, partition: number, text: string | null): Promise<void> {
    const { topic } = this.#settings
    const owned = this.#partitions.get(partition)
    owned?.onWrite(key, text)
    const body = Buffer.from(JSON.stringify({ records: [{ key, value: text, partition }] }))
    try {
      const { json, failed } = await this.#producer.produce(topic, partition, 'string', body)
      if (failed > 0) throw writeError(json)
    } catch (error) {
      owned?.onFailedWrite(key, text)
      throw error
    }
  }
}

/** A client that reads again does not commit before: as a revocation by its own group, a handover does not wait any longer. */
function endCommitWait(partition: OwnedPartition, key: string): void {
  const instance = partition.instances.get(key)
  if (instance && partition.phase === 'releasing') instance.owesCommit = false
}

/** Whether a client has made an instance. */
function isOf(instance: OwnedInstance, principal: string | undefined): boolean {
  instance.creator ??= { principal: decode(instance.key, instance.text)?.principal }
  return instance.creator.principal === principal
}

/** Closes the consumer of an instance without a wait for its requests, also one that is being made. Does not reject. */
async function giveUp(instance: OwnedInstance): Promise<void> {
  await instance.opening?.catch(() => {})
  if (instance.consumer !== undefined) await closed(new Consumer(instance.consumer))
}

async function closed(consumer: Consumer): Promise<void> {
  await consumer.close().catch(() => {})
}

/** Refuses a commit of records that are delivered again; see Redelivery. */
function refuseRedelivered(instance: OwnedInstance, { isCommitOfDelivered }: Search): void {
  if (instance.redelivery === 'none') return
  // An instance that reads nothing can only store offsets.
  const reads = decode(instance.key, instance.text)?.interest !== undefined
  if (!isCommitOfDelivered && !reads) return
  instance.redelivery = 'reported'
  throw new RestError(
    'KAFKA_ERROR',
    'Offset commit cannot be completed since the consumer instance has moved to another process of the ' +
      'cluster, or a process has failed, after its last response with records. Records that were not ' +
      'committed are delivered again. Read on, and commit what the next reads return.',
  )
}

function redeliveryAfter(outcome: Outcome, before: Redelivery): Redelivery {
  if (outcome === 'unconfirmed') return 'unreported'
  const isKnown = outcome === 'records' || (outcome === 'no-records' && before === 'reported')
  return isKnown ? 'none' : before
}

function writeError(json: string | Uint8Array): RestError {
  const text = typeof json === 'string' ? json : Buffer.from(json).toString()
  const { offsets } = JSON.parse(text) as { offsets: { error_code: number; error: string }[] }
  const { error = 'unknown' } = offsets[0] ?? {}
  const isRefused = /authoriz/i.test(error)
  const name = isRefused ? 'KAFKA_AUTHORIZATION' : 'KAFKA_RETRIABLE_ERROR'
  return new RestError(name, `The description of the consumer instance was not written: ${error}`)
}

/** Resolves when `holds` does, or after `timeoutMs`. */
async function until(holds: () => boolean, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!holds() && performance.now() < end) await sleep(5)
}
