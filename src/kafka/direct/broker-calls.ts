/** The calls of the admin client that librdkafka does not have: configs of all brokers, log directories, reassignments. */
import type { ConfigChange, ConfigEntry } from '../configs.ts'
import { rowsOf } from '../rows.ts'
import type { Property } from '../settings/credentials.ts'
import type {
  Address,
  Answers,
  BrokerCaller,
  LogDirLines,
  Question,
  TopicPartitions,
} from './calls.ts'

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
export interface LogDir extends Omit<LogDirLines, 'replicas'> {
  /** By topic and partition. They are parsed one by one as they are asked for, once. */
  readonly replicas: Iterable<ReplicaOnDisk>
}

/** A partition whose replicas move. */
export interface Reassignment {
  readonly topic: string
  readonly partition: number
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

/** All partitions whose replicas move. */
export interface Reassignments {
  /** The names of their topics, each once. */
  readonly topics: readonly string[]
  /** By topic and partition. They are parsed one by one as they are asked for, once. */
  readonly partitions: Iterable<Reassignment>
}

/** Of the client for which a call is made; undefined without one. */
export type Principal = string | undefined

/** Makes the calls with the settings of a client. All reject with a RestError; none takes longer than `timeoutMs`. */
export class BrokerCalls {
  readonly #properties: readonly Property[]
  readonly #timeoutMs: number
  readonly #caller: BrokerCaller
  #token: string | undefined

  constructor(properties: readonly Property[], timeoutMs: number, caller: BrokerCaller) {
    this.#properties = properties
    this.#timeoutMs = timeoutMs
    this.#caller = caller
  }

  /** The token of the caller, in the place of one that the client gets by itself. */
  set token(token: string) {
    this.#token = token
  }

  /** Returns the configs that are set for all brokers. */
  describeDefaultConfigs(
    principal: Principal,
    brokers: readonly Address[],
  ): Promise<readonly ConfigEntry[]> {
    return this.#call({ kind: 'describeDefaultConfigs' }, principal, brokers)
  }

  /** Changes configs for all brokers, all or none. */
  async alterDefaultConfigs(
    principal: Principal,
    brokers: readonly Address[],
    changes: readonly ConfigChange[],
  ): Promise<void> {
    await this.#call({ kind: 'alterDefaultConfigs', changes }, principal, brokers)
  }

  /** Returns the directories of a broker. @param topics whose replicas it returns; by default all */
  async describeLogDirs(
    principal: Principal,
    { host, port }: Address,
    topics?: readonly TopicPartitions[],
  ): Promise<LogDir[]> {
    const question = { kind: 'describeLogDirs', topics } as const
    const dirs = await this.#call(question, principal, [{ host, port }])
    return dirs.map((dir) => ({ ...dir, replicas: rowsOf<ReplicaOnDisk>(dir.replicas) }))
  }

  /** Returns the partitions whose replicas move. @param topics of which it returns them; by default all */
  async listReassignments(
    principal: Principal,
    brokers: readonly Address[],
    topics?: readonly TopicPartitions[],
  ): Promise<Reassignments> {
    const question = { kind: 'listReassignments', topics } as const
    const answer = await this.#call(question, principal, brokers)
    return { topics: answer.topics, partitions: rowsOf<Reassignment>(answer.partitions) }
  }

  #call<Kind extends Question['kind']>(
    question: Question & { readonly kind: Kind },
    principal: Principal,
    brokers: readonly Address[],
  ): Promise<Answers[Kind]> {
    return this.#caller.callBrokers(question, {
      properties: this.#properties,
      token: this.#token,
      caller: principal ?? '',
      timeoutMs: this.#timeoutMs,
      brokers: brokers.map(({ host, port }) => ({ host, port })),
    }) as Promise<Answers[Kind]>
  }
}
