/** The admin client: calls to the cluster about brokers, topics, configs, groups, offsets, ACLs and users. */
import { RestError } from '../errors.ts'
import type { ConfigChange, ConfigEntry } from './configs.ts'
import {
  BrokerCalls,
  type LogDir,
  type Principal,
  type Reassignments,
} from './direct/broker-calls.ts'
import type { BrokerCaller, TopicPartitions } from './direct/calls.ts'
import { type AclValues, callForJson, native } from './native.ts'
import { callForRows, type FailedRow } from './rows.ts'
import type { ClientProperties } from './settings/client-config.ts'

export type { ConfigChange, ConfigEntry, ConfigValue } from './configs.ts'
export type { LogDir, Reassignment, Reassignments, ReplicaOnDisk } from './direct/broker-calls.ts'
export type { TopicPartitions } from './direct/calls.ts'

/** An id does not change, but the brokers behind the addresses may be replaced. */
const CLUSTER_ID_MS = 60_000

/** The time limit of a call. */
export const ADMIN_TIMEOUT_MS = 10_000

/** A broker of the cluster. */
export interface Broker {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** The cluster as its brokers see it. */
export interface ClusterDescription {
  readonly cluster_id: string | null
  /** -1 if the brokers name none. With KRaft it is any broker. */
  readonly controller_id: number
  readonly brokers: readonly Broker[]
}

/** The brokers of a partition, by their ids. The replicas are in Kafka's order. */
export interface PartitionDescription {
  readonly partition: number
  /** -1 without a leader. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

/** A topic with its partitions. */
export interface TopicDescription {
  readonly name: string
  readonly is_internal: boolean
  readonly partitions_count: number
  /** The replicas of the first partition. */
  readonly replication_factor: number
  /** Kafka's numbers of the operations that the client may do; empty unless asked for. */
  readonly operations: readonly number[]
  /** Empty unless asked for. */
  readonly partitions: readonly PartitionDescription[]
}

/** All configs of a topic or a broker. */
export interface ResourceConfigs {
  readonly name: string
  readonly configs: readonly ConfigEntry[]
}

/** What has configs, with librdkafka's number. */
export const CONFIGURED = { topic: 2, broker: 4 } as const
export type Configured = keyof typeof CONFIGURED

/** A topic that is to be created. Numbers of -1 stand for the cluster's defaults. */
export interface NewTopic {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  /** The brokers of each partition, from partition 0 on; empty to let the cluster choose. Replaces the numbers. */
  readonly assignments: readonly (readonly number[])[]
  readonly configs: readonly { readonly name: string; readonly value: string }[]
}

/** A partition with an offset, a timestamp, or a spec. */
export interface PartitionNumber {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** A partition that Kafka has refused. */
export type FailedPartition = Omit<PartitionNumber, 'offset'> & Omit<FailedRow, 'name'>

/** A member of a consumer group. */
export interface MemberDescription {
  readonly id: string
  readonly instance_id: string | null
  readonly client_id: string
  readonly host: string
  /** In a group of type consumer: 0 classic, 1 consumer, -1 if the broker does not tell (before Kafka 4.0). */
  readonly protocol: number
  /** topic, partition, topic, … */
  readonly partitions: readonly (string | number)[]
}

/** A consumer group. One that does not exist is simple and dead. */
export interface GroupDescription {
  readonly name: string
  readonly is_simple: boolean
  readonly assignor: string
  /**
   * librdkafka's number: 0 unknown, 1 preparing rebalance, 2 completing rebalance, 3 stable, 4 dead, 5 empty, 6 assigning,
   * 7 reconciling.
   */
  readonly state: number
  /** librdkafka's number: 0 unknown, 1 consumer (KIP-848), 2 classic. */
  readonly type: number
  /** -1 if no broker coordinates it. */
  readonly coordinator: number
  readonly members: readonly MemberDescription[]
}

/** A binding of an access control list, in the numbers of Kafka's enums. */
export interface AclBinding {
  readonly resource_type: number
  readonly resource_name: string
  readonly pattern_type: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permission: number
}

/** A user of SASL SCRAM. Mechanisms: 1 is SCRAM-SHA-256, 2 is SCRAM-SHA-512. */
export interface ScramUser {
  readonly name: string
  readonly credentials: readonly { readonly mechanism: number; readonly iterations: number }[]
}

/** A member of a consumer group, with its partitions of one topic. */
export interface GroupMember {
  readonly client_id: string
  readonly partitions: readonly number[]
}

/** Internal topics of the brokers. Listings omit them. */
const INTERNAL_TOPICS = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
])

/** Kafka's limits. */
const MAX_TOPIC_NAME_BYTES = 249
const MAX_TEXT_BYTES = 32_767

/** Specs of offsets. */
export const EARLIEST = -2
export const LATEST = -1

/** The engine's object of an admin client. */
export type NativeAdmin = InstanceType<typeof native.Admin>

/** What differs between admin clients. */
export interface AdminOptions {
  /** False for librdkafka's mock cluster, which does not answer DescribeConfigs. */
  readonly hasTopicConfigs?: boolean
  /** Whether its client has one of the places of `sluice.kafka.identity.clients.max`. */
  readonly isPooled?: boolean
  /** Makes the calls that librdkafka does not have: those with a principal as an argument. Without it these reject. */
  readonly brokers?: BrokerCaller
}

const NO_BROKERS: BrokerCaller = {
  callBrokers: () => Promise.reject(new Error('This admin client makes no calls to brokers.')),
}

type Rows<Row> = Promise<Iterable<Row | FailedRow>>
type PartitionRows = Promise<Iterable<PartitionNumber | FailedPartition>>

/**
 * Calls reject with a RestError when Kafka refuses them or does not answer. A call about one item rejects with the error
 * of this item; a call about several has failed rows. Calls that change the cluster are made once.
 */
export class Admin {
  readonly #native: NativeAdmin
  readonly #brokerCalls: BrokerCalls
  readonly #hasTopicConfigs: boolean
  #clusterId: string | undefined
  #clusterIdUntil = 0

  constructor(
    { properties }: ClientProperties,
    { hasTopicConfigs = true, isPooled = false, brokers = NO_BROKERS }: AdminOptions = {},
  ) {
    this.#native = new native.Admin(properties.flat(), isPooled)
    this.#brokerCalls = new BrokerCalls(properties, ADMIN_TIMEOUT_MS, brokers)
    this.#hasTopicConfigs = hasTopicConfigs
  }

  /** The token with which the client acts as its caller. The engine has it already. */
  set token(token: string) {
    this.#brokerCalls.token = token
  }

  /** For other calls of the engine. */
  get native(): NativeAdmin {
    return this.#native
  }

  async describeCluster(timeoutMs: number = ADMIN_TIMEOUT_MS): Promise<ClusterDescription> {
    const cluster = await callForJson<ClusterDescription>((ticket) =>
      this.#native.describeCluster(timeoutMs, ticket),
    )
    this.#clusterId = cluster.cluster_id ?? undefined
    this.#clusterIdUntil = performance.now() + CLUSTER_ID_MS
    return cluster
  }

  /** Returns the id of the cluster, at most a minute old. Rejects with 502 if the brokers tell none. */
  async clusterId(): Promise<string> {
    if (this.#clusterId === undefined || performance.now() > this.#clusterIdUntil) {
      await this.describeCluster()
    }
    if (this.#clusterId === undefined) throw new RestError('NO_CLUSTER_ID')
    return this.#clusterId
  }

  /** Returns the names of all topics without the internal ones. */
  async listTopics(): Promise<string[]> {
    return withoutInternal(await this.listAllTopics())
  }

  /** Returns the names of all topics. */
  listAllTopics(): Promise<string[]> {
    return callForJson((ticket) => this.#native.listTopics(ADMIN_TIMEOUT_MS, ticket))
  }

  /** Describes a topic with its partitions. A missing topic is not created. */
  async describeTopic(topic: string, withOperations = false): Promise<TopicDescription> {
    const rows = this.describeTopics([topic], { withPartitions: true, withOperations })
    return onlyOf((await rows) as Iterable<TopicDescription>)
  }

  /** Describes topics, which must differ. */
  async describeTopics(
    topics: readonly string[],
    { withPartitions = false, withOperations = false } = {},
  ): Rows<TopicDescription> {
    topics.forEach(checkName)
    return callForRows((ticket) =>
      this.#native.describeTopics(
        ADMIN_TIMEOUT_MS,
        ticket,
        [...topics],
        withPartitions,
        withOperations,
      ),
    )
  }

  async createTopic(topic: NewTopic, validateOnly = false): Promise<void> {
    checkName(topic.name)
    const configs = topic.configs.flatMap(({ name, value }) => [name, value])
    checkTexts(configs)
    await callForJson((ticket) =>
      this.#native.createTopic(
        ADMIN_TIMEOUT_MS,
        ticket,
        topic.name,
        topic.partitions,
        topic.replicationFactor,
        topic.assignments.map(String),
        configs,
        validateOnly,
      ),
    )
  }

  /** Makes a compacted topic with the cluster's number of replicas, unless it exists. */
  async createCompactedTopic(topic: string, partitions: number): Promise<void> {
    await callForJson((ticket) =>
      this.#native.createCompactedTopic(ADMIN_TIMEOUT_MS, ticket, topic, partitions),
    )
  }

  /** Adds partitions to a topic. @param total the number that it has then */
  async createPartitions(topic: string, total: number): Promise<void> {
    checkName(topic)
    await callForJson((ticket) =>
      this.#native.createPartitions(ADMIN_TIMEOUT_MS, ticket, topic, total),
    )
  }

  async deleteTopic(topic: string): Promise<void> {
    checkName(topic)
    await callForJson((ticket) => this.#native.deleteTopic(ADMIN_TIMEOUT_MS, ticket, topic))
  }

  /** Returns the effective configs of topics, or of one broker by its id. The names must differ. */
  async describeConfigs(type: Configured, names: readonly string[]): Rows<ResourceConfigs> {
    if (type === 'topic') names.forEach(checkName)
    if (!this.#hasTopicConfigs) return names.map((name) => ({ name, configs: [] }))
    return callForRows((ticket) =>
      this.#native.describeConfigs(ADMIN_TIMEOUT_MS, ticket, CONFIGURED[type], [...names]),
    )
  }

  /** Returns all effective configs of a topic or of a broker. */
  async describeConfigsOf(type: Configured, name: string): Promise<readonly ConfigEntry[]> {
    return onlyOf((await this.describeConfigs(type, [name])) as Iterable<ResourceConfigs>).configs
  }

  /**
   * Changes configs of several resources, of which brokers must be alone. Returns the failed rows. The configs of a
   * resource change together or not at all; none is named twice.
   */
  async alterConfigs(
    type: Configured,
    changes: ReadonlyMap<string, readonly ConfigChange[]>,
    validateOnly = false,
  ): Promise<FailedRow[]> {
    const texts = [...changes].flatMap(([resource, configs]) =>
      configs.flatMap(({ name, value }) => [
        resource,
        name,
        value === null ? 'DELETE' : 'SET',
        value ?? '',
      ]),
    )
    if (texts.length === 0) return []
    checkTexts(texts)
    return [
      ...(await callForRows<FailedRow>((ticket) =>
        this.#native.alterConfigs(ADMIN_TIMEOUT_MS, ticket, CONFIGURED[type], texts, validateOnly),
      )),
    ]
  }

  /** Returns the configs that are set for all brokers. */
  async describeDefaultConfigs(principal: Principal): Promise<readonly ConfigEntry[]> {
    if (!this.#hasTopicConfigs) return []
    const { brokers } = await this.describeCluster()
    return this.#brokerCalls.describeDefaultConfigs(principal, brokers)
  }

  /** Changes configs for all brokers, all or none. None is named twice. */
  async alterDefaultConfigs(principal: Principal, changes: readonly ConfigChange[]): Promise<void> {
    if (changes.length === 0) return
    checkTexts(changes.flatMap(({ name, value }) => [name, value ?? '']))
    const { brokers } = await this.describeCluster()
    await this.#brokerCalls.alterDefaultConfigs(principal, brokers, changes)
  }

  /** Returns the directories of a broker. @param topics whose replicas it returns; by default all */
  describeLogDirs(
    principal: Principal,
    broker: Broker,
    topics?: readonly TopicPartitions[],
  ): Promise<LogDir[]> {
    return this.#brokerCalls.describeLogDirs(principal, broker, topics)
  }

  /** Returns the partitions whose replicas move. @param topics of which it returns them; by default all */
  async listReassignments(
    principal: Principal,
    topics?: readonly TopicPartitions[],
  ): Promise<Reassignments> {
    checkTexts(topics?.map(({ name }) => name) ?? [])
    const { brokers, controller_id } = await this.describeCluster()
    // Without KRaft only the controller knows them.
    const controllerFirst = [...brokers].sort(
      (left, right) => Number(right.id === controller_id) - Number(left.id === controller_id),
    )
    return this.#brokerCalls.listReassignments(principal, controllerFirst, topics)
  }

  /** Returns the first offset of a partition, and the offset of the next record to be written. */
  async offsets(topic: string, partition: number): Promise<{ beginning: number; end: number }> {
    const ask = async (offset: number): Promise<number> => {
      const rows = await this.listOffsets([{ topic, partition, offset }])
      return onlyOf(rows as Iterable<PartitionNumber>).offset
    }
    const [beginning, end] = await Promise.all([ask(EARLIEST), ask(LATEST)])
    return { beginning, end }
  }

  /** Returns offsets of partitions by their specs or timestamps. The partitions must exist. */
  async listOffsets(
    partitions: readonly PartitionNumber[],
    { readCommitted = false } = {},
  ): PartitionRows {
    if (partitions.length === 0) return []
    const texts = textsOf(partitions)
    return callForRows((ticket) =>
      this.#native.listOffsets(ADMIN_TIMEOUT_MS, ticket, texts, readCommitted),
    )
  }

  /** Deletes the records before an offset; before the end if it is -1. Returns the first offsets. */
  async deleteRecords(partitions: readonly PartitionNumber[]): PartitionRows {
    const texts = textsOf(partitions)
    return callForRows((ticket) => this.#native.deleteRecords(ADMIN_TIMEOUT_MS, ticket, texts))
  }

  /** Elects leaders of partitions; of all without any. The offsets of the rows mean nothing. */
  async electLeaders(partitions: readonly PartitionNumber[], isUnclean: boolean): PartitionRows {
    const texts = textsOf(partitions)
    return callForRows((ticket) =>
      this.#native.electLeaders(ADMIN_TIMEOUT_MS, ticket, texts, isUnclean),
    )
  }

  /** Returns the names of all groups of consumers. Those of brokers that did not answer are missing. */
  async listGroups(): Promise<string[]> {
    const rows = await callForRows<{ name: string }>((ticket) =>
      this.#native.listGroups(ADMIN_TIMEOUT_MS, ticket),
    )
    return Array.from(rows, ({ name }) => name)
  }

  async describeGroups(
    groups: readonly string[],
    timeoutMs: number = ADMIN_TIMEOUT_MS,
  ): Rows<GroupDescription> {
    if (groups.length === 0) return []
    checkTexts(groups)
    return callForRows((ticket) => this.#native.describeGroups(timeoutMs, ticket, [...groups]))
  }

  /** Returns the members of a group with their partitions of `topic`. A group that does not exist has none. */
  async describeGroup(group: string, topic: string, timeoutMs: number): Promise<GroupMember[]> {
    const rows = (await this.describeGroups([group], timeoutMs)) as Iterable<GroupDescription>
    return onlyOf(rows).members.map(({ client_id, partitions }) => ({
      client_id,
      partitions: partitions.filter((_, at) => partitions[at - 1] === topic) as number[],
    }))
  }

  async deleteGroup(group: string): Promise<void> {
    checkTexts([group])
    await callForJson((ticket) => this.#native.deleteGroup(ADMIN_TIMEOUT_MS, ticket, group))
  }

  /** Returns all offsets that a group has committed. */
  async listGroupOffsets(group: string): PartitionRows {
    checkTexts([group])
    return callForRows((ticket) => this.#native.listGroupOffsets(ADMIN_TIMEOUT_MS, ticket, group))
  }

  /** Commits offsets for a group without members. */
  async alterGroupOffsets(group: string, partitions: readonly PartitionNumber[]): PartitionRows {
    checkTexts([group])
    const texts = textsOf(partitions)
    return callForRows((ticket) =>
      this.#native.alterGroupOffsets(ADMIN_TIMEOUT_MS, ticket, group, texts),
    )
  }

  /** Forgets what a group has committed for partitions. */
  async deleteGroupOffsets(group: string, partitions: readonly PartitionNumber[]): PartitionRows {
    checkTexts([group])
    const texts = textsOf(partitions)
    return callForRows((ticket) =>
      this.#native.deleteGroupOffsets(ADMIN_TIMEOUT_MS, ticket, group, texts),
    )
  }

  /** Returns the bindings that match. An empty text matches anything. */
  async describeAcls(filter: AclBinding): Promise<Iterable<AclBinding>> {
    const values = valuesOf(filter)
    checkTexts(values.map(String))
    return callForRows((ticket) => this.#native.describeAcls(ADMIN_TIMEOUT_MS, ticket, ...values))
  }

  /** Rejects with the first failure; others may have been created. */
  async createAcls(bindings: readonly AclBinding[]): Promise<void> {
    if (bindings.length === 0) return
    const texts = bindings.flatMap((binding) => valuesOf(binding).map(String))
    checkTexts(texts)
    await callForJson((ticket) => this.#native.createAcls(ADMIN_TIMEOUT_MS, ticket, texts))
  }

  /** Deletes the bindings that match, and returns them. */
  async deleteAcls(filter: AclBinding): Promise<Iterable<AclBinding>> {
    const values = valuesOf(filter)
    checkTexts(values.map(String))
    return callForRows((ticket) => this.#native.deleteAcls(ADMIN_TIMEOUT_MS, ticket, ...values))
  }

  /** Returns users of SASL SCRAM; all without names. */
  async describeScramUsers(users: readonly string[]): Rows<ScramUser> {
    checkTexts(users)
    return callForRows((ticket) =>
      this.#native.describeScramUsers(ADMIN_TIMEOUT_MS, ticket, [...users]),
    )
  }

  async setScramPassword(
    user: string,
    mechanism: number,
    iterations: number,
    password: string,
  ): Promise<void> {
    checkTexts([user])
    await callForJson((ticket) =>
      this.#native.setScramPassword(
        ADMIN_TIMEOUT_MS,
        ticket,
        user,
        mechanism,
        iterations,
        password,
      ),
    )
  }

  async deleteScramPassword(user: string, mechanism: number): Promise<void> {
    checkTexts([user])
    await callForJson((ticket) =>
      this.#native.deleteScramPassword(ADMIN_TIMEOUT_MS, ticket, user, mechanism),
    )
  }
}

function onlyOf<Row>(rows: Iterable<Row>): Row {
  const [row] = rows
  if (row === undefined) throw new RestError('KAFKA_ERROR', 'Kafka has answered without a result.')
  return row
}

function textsOf(partitions: readonly PartitionNumber[]): string[] {
  checkTexts(partitions.map(({ topic }) => topic))
  return partitions.flatMap(({ topic, partition, offset }) => [
    topic,
    String(partition),
    String(offset),
  ])
}

function valuesOf(binding: AclBinding): AclValues {
  return [
    binding.resource_type,
    binding.resource_name,
    binding.pattern_type,
    binding.principal,
    binding.host,
    binding.operation,
    binding.permission,
  ]
}

/** Returns the names of the topics that a consumer instance may see, as `listTopics` does. Rejects if the instance is gone. */
export async function listTopicsAs(instance: number): Promise<string[]> {
  const topics = await callForJson<string[]>((ticket) =>
    native.listTopicsAs(instance, ADMIN_TIMEOUT_MS, ticket),
  )
  return withoutInternal(topics)
}

function withoutInternal(topics: readonly string[]): string[] {
  return topics.filter((topic) => !INTERNAL_TOPICS.has(topic))
}

/**
 * Kafka gives the same answer for names of up to 32767 bytes. A longer name makes a malformed request: the broker
 * closes the connection, which other calls use too.
 */
function checkName(topic: string): void {
  if (Buffer.byteLength(topic) <= MAX_TOPIC_NAME_BYTES) return
  throw new RestError('INVALID_KAFKA_REQUEST', 'Invalid topic')
}

/**
 * The length of a text has 16 bits in a request, and librdkafka writes those of longer texts without a check. The broker
 * would read the rest of the text as the next members of the request: the client could ask for what nobody has checked.
 */
function checkTexts(texts: readonly string[]): void {
  for (const text of texts) {
    const bytes = Buffer.byteLength(text)
    if (bytes <= MAX_TEXT_BYTES) continue
    throw new RestError(
      'INVALID_KAFKA_REQUEST',
      `A name or a value has ${bytes} bytes; Kafka accepts at most ${MAX_TEXT_BYTES}.`,
    )
  }
}
