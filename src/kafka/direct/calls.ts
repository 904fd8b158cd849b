/** The calls to brokers as they go from an event loop to the thread that makes them. All of it can be cloned. */
import type { ConfigChange, ConfigEntry } from '../configs.ts'
import type { Property } from '../settings/credentials.ts'

/** Where a broker listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Partitions of a topic. */
export interface TopicPartitions {
  readonly name: string
  readonly partitions: readonly number[]
}

/** With what a call is made. Its properties and its token are credentials: never in a log or in an error. */
export interface CallSettings {
  /** librdkafka's. */
  readonly properties: readonly Property[]
  /** The token of the caller for OAUTHBEARER, in the place of one that the client gets by itself. */
  readonly token: string | undefined
  /** The principal for which the call is made; empty without one. Shares of what is bounded are by this name. */
  readonly caller: string
  readonly timeoutMs: number
  /** The first of them that can be reached answers. */
  readonly brokers: readonly Address[]
}

/** What is asked. */
export type Question =
  | { readonly kind: 'describeDefaultConfigs' }
  | { readonly kind: 'alterDefaultConfigs'; readonly changes: readonly ConfigChange[] }
  | {
      readonly kind: 'describeLogDirs' | 'listReassignments'
      /** Those about which the broker tells; by default all. */
      readonly topics: readonly TopicPartitions[] | undefined
    }

/** Lines of JSON, as rowsOf() reads them. The memory is shared, so that a thread does not copy it on the way. */
export type Lines = Uint8Array<SharedArrayBuffer>

/** A directory of a broker, with its replicas as lines. */
export interface LogDirLines {
  readonly path: string
  /** Kafka's code; 0 without an error. A directory with an error has no replicas. */
  readonly error: number
  /** Of its volume; null from brokers that do not tell (before Kafka 3.3). */
  readonly totalBytes: number | null
  readonly usableBytes: number | null
  readonly replicasCount: number
  /** Of all replicas together. */
  readonly replicasBytes: number
  /** Each is a ReplicaOnDisk, by topic and partition. */
  readonly replicas: Lines
}

/** The partitions whose replicas move, as lines. */
export interface ReassignmentLines {
  /** The names of their topics, each once. */
  readonly topics: readonly string[]
  /** Each is a Reassignment, by topic and partition. */
  readonly partitions: Lines
}

/** The answers by the kinds of questions. */
export interface Answers {
  readonly describeDefaultConfigs: readonly ConfigEntry[]
  readonly alterDefaultConfigs: undefined
  readonly describeLogDirs: readonly LogDirLines[]
  readonly listReassignments: ReassignmentLines
}

/** Makes calls to brokers. */
export interface BrokerCaller {
  /**
   * Makes a call. Resolves to the answer that `Answers` has for its kind. Rejects with a RestError: with 429 if too many calls
   * are being made, for the caller or together, and with a timeout after `timeoutMs`.
   */
  callBrokers(question: Question, settings: CallSettings): Promise<Answers[Question['kind']]>
}
