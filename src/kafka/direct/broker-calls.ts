/** The calls of the admin client that librdkafka does not have: configs of all brokers, log directories, reassignments. */
import type { ConfigChange, ConfigEntry } from '../configs.ts'
import { kafkaError } from '../errors.ts'
import { type BrokerAccess, brokerAccess } from '../settings/broker-access.ts'
import type { Property } from '../settings/credentials.ts'
import { type Address, withBroker } from './connection.ts'
import { library } from './library.ts'

/** Partitions of a topic. */
export interface TopicPartitions {
  readonly name: string
  readonly partitions: readonly number[]
}

/** A replica of a partition on the disk of a broker. */
export interface ReplicaOnDisk {
  readonly topic: string
  readonly partition: number
  readonly size: number
  /** The records by which it is behind the high watermark, or behind the current replica if it is a future one. */
  readonly offsetLag: number
  /** Whether it will replace the replica in another directory of the broker. */
  readonly isFuture: boolean
}

/** A directory of a broker. */
export interface LogDir {
  readonly path: string
  /** Kafka's code; 0 without an error. A directory with an error has no replicas. */
  readonly error: number
  /** Of its volume; null from brokers that do not tell (before Kafka 3.3). */
  readonly totalBytes: number | null
  readonly usableBytes: number | null
  readonly replicas: readonly ReplicaOnDisk[]
}

/** A partition whose replicas move. */
export interface Reassignment {
  readonly topic: string
  readonly partition: number
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

const BROKER_RESOURCE = 4
/** Stands for all brokers. */
const ALL_BROKERS = ''
/** Kafka's numbers of KIP-339. */
const SET = 0
const DELETE = 1
const CLUSTER_AUTHORIZATION_FAILED = 31

/** Makes the calls with the settings of a client. All reject with a RestError; none takes longer than `timeoutMs`. */
export class BrokerCalls {
  readonly #properties: readonly Property[]
  readonly #timeoutMs: number
  #access: BrokerAccess | undefined
  #token: string | undefined

  constructor(properties: readonly Property[], timeoutMs: number) {
    this.#properties = properties
    this.#timeoutMs = timeoutMs
  }

  /** The token of the caller, in the place of one that the client gets by itself. */
  set token(token: string) {
    this.#token = token
    this.#access = undefined
  }

  /** Read when it is needed: a setting that this client does not know concerns these calls only. */
  get #brokerAccess(): BrokerAccess {
    this.#access ??= brokerAccess(this.#properties, this.#token)
    return this.#access
  }

  /** Returns the configs that are set for all brokers. */
  async describeDefaultConfigs(brokers: readonly Address[]): Promise<ConfigEntry[]> {
    const access = this.#brokerAccess
    const { describeConfigsV2, describeConfigsV3, describeConfigsV4 } = await library()
    const { results } = await withBroker(access, brokers, this.#timeoutMs, (send) =>
      send(
        {
          name: 'DescribeConfigs',
          versions: [
            describeConfigsV2.api as never,
            describeConfigsV3.api as never,
            describeConfigsV4.api,
          ],
        },
        // All configs. The library's type does not have null, which stands for them.
        [
          { resourceType: BROKER_RESOURCE, resourceName: ALL_BROKERS, configurationKeys: null },
        ] as never,
        true,
        false,
      ),
    )
    return results.flatMap(({ errorCode, errorMessage, configs }) => {
      refuse(errorCode, errorMessage)
      return configs.map(({ name, value, configSource, readOnly, isSensitive, synonyms }) => ({
        name,
        value: value ?? null,
        source: configSource,
        is_read_only: readOnly,
        is_sensitive: isSensitive,
        synonyms: synonyms.map((synonym) => ({ ...synonym, value: synonym.value ?? null })),
      }))
    })
  }

  /** Changes configs for all brokers, all or none. */
  async alterDefaultConfigs(
    brokers: readonly Address[],
    changes: readonly ConfigChange[],
  ): Promise<void> {
    const access = this.#brokerAccess
    const { incrementalAlterConfigsV1 } = await library()
    const configs = changes.map(({ name, value }) => ({
      name,
      configOperation: value === null ? DELETE : SET,
      value,
    }))
    const resources = [{ resourceType: BROKER_RESOURCE, resourceName: ALL_BROKERS, configs }]
    const { responses } = await withBroker(access, brokers, this.#timeoutMs, (send) =>
      send(
        { name: 'IncrementalAlterConfigs', versions: [incrementalAlterConfigsV1.api] },
        resources as never,
        false,
      ),
    )
    for (const { errorCode, errorMessage } of responses) refuse(errorCode, errorMessage)
  }

  /** Returns the directories of a broker. @param topics whose replicas it returns; by default all */
  async describeLogDirs(broker: Address, topics?: readonly TopicPartitions[]): Promise<LogDir[]> {
    const access = this.#brokerAccess
    const { describeLogDirsV2, describeLogDirsV3, describeLogDirsV4 } = await library()
    const { errorCode, results } = await withBroker(access, [broker], this.#timeoutMs, (send) =>
      send(
        {
          name: 'DescribeLogDirs',
          versions: [describeLogDirsV2.api, describeLogDirsV3.api, describeLogDirsV4.api],
        },
        (topics ?? null) as never,
      ),
    )
    refuse(errorCode, null)
    return results.map((result) => ({
      path: result.logDir,
      error: result.errorCode,
      totalBytes: sizeOf(result.totalBytes),
      usableBytes: sizeOf(result.usableBytes),
      replicas: result.topics.flatMap(({ name, partitions }) =>
        partitions.map((partition) => ({
          topic: name,
          partition: partition.partitionIndex,
          size: Number(partition.partitionSize),
          offsetLag: Number(partition.offsetLag),
          isFuture: partition.isFutureKey,
        })),
      ),
    }))
  }

  /** Returns the partitions whose replicas move. @param topics of which it returns them; by default all */
  async listReassignments(
    brokers: readonly Address[],
    topics?: readonly TopicPartitions[],
  ): Promise<Reassignment[]> {
    const access = this.#brokerAccess
    const { listPartitionReassignmentsV0 } = await library()
    const asked = topics?.map(({ name, partitions }) => ({ name, partitionIndexes: partitions }))
    const response = await withBroker(access, brokers, this.#timeoutMs, (send) =>
      send(
        { name: 'ListPartitionReassignments', versions: [listPartitionReassignmentsV0.api] },
        this.#timeoutMs,
        (asked ?? null) as never,
      ),
    )
    refuse(response.errorCode, response.errorMessage)
    return response.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, addingReplicas, removingReplicas }) => ({
        topic: name,
        partition: partitionIndex,
        addingReplicas,
        removingReplicas,
      })),
    )
  }
}

/** Throws the error of a code, unless it is that of success. The brokers' text about a missing right shows their objects. */
function refuse(code: number, text: string | null | undefined): void {
  if (code !== 0) throw kafkaError(code, code === CLUSTER_AUTHORIZATION_FAILED ? '' : (text ?? ''))
}

/** Kafka's -1, and the library's 0 for older versions, stand for an unknown size. */
function sizeOf(bytes: bigint): number | null {
  return bytes > 0n ? Number(bytes) : null
}
