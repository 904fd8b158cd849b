/** The admin client: calls to the cluster about brokers, topics, configs and offsets. */
import { RestError } from '../errors.ts'
import { callForJson, native } from './native.ts'
import type { ClientProperties } from './settings/client-config.ts'

/** The time limit of a call. */
export const ADMIN_TIMEOUT_MS = 10_000

/** The cluster as its brokers see it. */
export interface ClusterDescription {
  readonly cluster_id: string
  readonly controller_id: number
  readonly brokers: readonly number[]
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
  readonly partitions: readonly PartitionDescription[]
}

/** A member of a consumer group. */
export interface GroupMember {
  readonly client_id: string
  /** Its partitions of one topic. */
  readonly partitions: readonly number[]
}

/** Internal topics of the brokers. Listings omit them. */
const INTERNAL_TOPICS = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
])

/** Kafka's limit. */
const MAX_TOPIC_NAME_BYTES = 249

const EARLIEST = -2
const LATEST = -1

/** Calls reject with a RestError when Kafka refuses them or does not answer. */
export class Admin {
  readonly #native: InstanceType<typeof native.Admin>
  readonly #hasTopicConfigs: boolean

  /**
   * @param hasTopicConfigs false for librdkafka's mock cluster, which does not answer DescribeConfigs
   * @param isPooled whether its client has one of the places of `sluice.kafka.identity.clients.max`
   */
  constructor({ properties }: ClientProperties, { hasTopicConfigs = true, isPooled = false } = {}) {
    this.#native = new native.Admin(properties.flat(), isPooled)
    this.#hasTopicConfigs = hasTopicConfigs
  }

  describeCluster(timeoutMs: number = ADMIN_TIMEOUT_MS): Promise<ClusterDescription> {
    return callForJson((ticket) => this.#native.describeCluster(timeoutMs, ticket))
  }

  /** Returns the names of all topics without the internal ones. */
  async listTopics(): Promise<string[]> {
    const topics = await callForJson<string[]>((ticket) =>
      this.#native.listTopics(ADMIN_TIMEOUT_MS, ticket),
    )
    return topics.filter((topic) => !INTERNAL_TOPICS.has(topic))
  }

  /** Describes a topic. A missing topic is not created. */
  async describeTopic(topic: string): Promise<TopicDescription> {
    checkName(topic)
    return callForJson((ticket) => this.#native.describeTopic(ADMIN_TIMEOUT_MS, ticket, topic))
  }

  /** Returns all effective configs of a topic. Sensitive values are null. */
  async describeTopicConfigs(topic: string): Promise<Record<string, string | null>> {
    checkName(topic)
    if (!this.#hasTopicConfigs) return {}
    return callForJson((ticket) =>
      this.#native.describeTopicConfigs(ADMIN_TIMEOUT_MS, ticket, topic),
    )
  }

  /** Returns the members of a group with their partitions of `topic`. A group that does not exist has none. */
  describeGroup(group: string, topic: string, timeoutMs: number): Promise<GroupMember[]> {
    return callForJson((ticket) => this.#native.describeGroup(timeoutMs, ticket, group, topic))
  }

  /** Makes a compacted topic with the cluster's number of replicas, unless it exists. */
  async createCompactedTopic(topic: string, partitions: number): Promise<void> {
    await callForJson((ticket) =>
      this.#native.createCompactedTopic(ADMIN_TIMEOUT_MS, ticket, topic, partitions),
    )
  }

  /** Returns the first offset of a partition, and the offset of the next record to be written. */
  async offsets(topic: string, partition: number): Promise<{ beginning: number; end: number }> {
    const ask = (spec: number): Promise<number> =>
      callForJson((ticket) =>
        this.#native.listOffset(ADMIN_TIMEOUT_MS, ticket, topic, partition, spec),
      )
    const [beginning, end] = await Promise.all([ask(EARLIEST), ask(LATEST)])
    return { beginning, end }
  }
}

/**
 * Kafka gives the same answer for names of up to 32767 bytes. A longer name makes a malformed request: the broker
 * closes the connection, which other calls use too.
 */
function checkName(topic: string): void {
  if (Buffer.byteLength(topic) <= MAX_TOPIC_NAME_BYTES) return
  throw new RestError('INVALID_KAFKA_REQUEST', 'Invalid topic')
}
