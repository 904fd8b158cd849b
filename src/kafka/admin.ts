/** The admin client: calls to the cluster about brokers, topics, configs and offsets. */
import { RestError } from '../errors.ts'
import { callForJson, native } from './native.ts'
import type { ClientProperties } from './settings/client-config.ts'

/** Every call is answered, or fails, within about this time. */
export const ADMIN_TIMEOUT_MS = 10_000

/** The cluster as its brokers see it. */
export interface ClusterDescription {
  readonly cluster_id: string
  readonly controller_id: number
  readonly brokers: readonly number[]
}

/** Who has a partition; brokers by their ids, replicas in Kafka's order. */
export interface PartitionDescription {
  readonly partition: number
  /** -1 when there is none. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

/** A topic and where it is. */
export interface TopicDescription {
  readonly name: string
  readonly partitions: readonly PartitionDescription[]
}

/** Topics that the broker keeps for itself; listings leave them out. */
const INTERNAL_TOPICS = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
])

/** Kafka's limit. */
const MAX_TOPIC_NAME_BYTES = 249

const EARLIEST = -2
const LATEST = -1

/** Rejects with a RestError where Kafka refuses or does not answer. */
export class Admin {
  readonly #native: InstanceType<typeof native.Admin>
  readonly #hasTopicConfigs: boolean

  /** librdkafka's mock cluster has no topic configs, and no answer to who asks for them. */
  constructor({ properties }: ClientProperties, hasTopicConfigs = true) {
    this.#native = new native.Admin(properties.flat())
    this.#hasTopicConfigs = hasTopicConfigs
  }

  describeCluster(timeoutMs: number = ADMIN_TIMEOUT_MS): Promise<ClusterDescription> {
    return callForJson((ticket) => this.#native.describeCluster(timeoutMs, ticket))
  }

  /** The names of all topics but Kafka's own. */
  async listTopics(): Promise<string[]> {
    const topics = await callForJson<string[]>((ticket) =>
      this.#native.listTopics(ADMIN_TIMEOUT_MS, ticket),
    )
    return topics.filter((topic) => !INTERNAL_TOPICS.has(topic))
  }

  /** Does not create the topic. */
  async describeTopic(topic: string): Promise<TopicDescription> {
    checkName(topic)
    return callForJson((ticket) => this.#native.describeTopic(ADMIN_TIMEOUT_MS, ticket, topic))
  }

  /** All effective configs; sensitive ones are null. */
  async describeTopicConfigs(topic: string): Promise<Record<string, string | null>> {
    checkName(topic)
    if (!this.#hasTopicConfigs) return {}
    return callForJson((ticket) =>
      this.#native.describeTopicConfigs(ADMIN_TIMEOUT_MS, ticket, topic),
    )
  }

  /** The first offset of a partition, and the one that will be written next. */
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
 * Kafka would say the same of a name that is a little too long; but one above 32767 bytes makes a
 * request that it does not understand, and the broker closes the connection, which other calls use, too.
 */
function checkName(topic: string): void {
  if (Buffer.byteLength(topic) <= MAX_TOPIC_NAME_BYTES) return
  throw new RestError('INVALID_KAFKA_REQUEST', 'Invalid topic')
}
