/** Consumer instances by group and name, and their owners. The engine holds them, for the whole process. */
import type { Config } from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { Admin } from './admin.ts'
import { Consumer } from './consumer.ts'
import { callForJson, FORMATS, type FormatName, native } from './native.ts'
import { type ConsumerChoices, consumerProperties } from './settings/client-config.ts'
import type { KafkaIdentity } from './settings/identity.ts'
import { matchingTopics, type TopicPattern } from './topic-pattern.ts'

/** A consumer instance to be created. Absent members have the configuration's values. */
export interface NewInstance extends Omit<ConsumerChoices, 'group'> {
  readonly name?: string | undefined
  readonly format: FormatName
  /** Between -1, for none, and 10,000,000. */
  readonly fetchMinBytes?: number | undefined
  readonly requestTimeoutMs?: number | undefined
}

/** An instance, with its settings for reads. */
export interface Instance {
  readonly consumer: Consumer
  readonly format: FormatName
  readonly requestTimeoutMs: number
  /** Negative: none. */
  readonly fetchMinBytes: number
  /** Whether a response may exceed its byte limit with its first record, which is then its only one. */
  readonly returnsOversized: boolean
}

const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[]

/** Whose instances these are. */
export interface InstanceOwner {
  /** The name of the authenticated client, and what else tells it from others; empty without authentication. */
  readonly principal: string
  /** The credentials of its consumers; undefined for the configured ones. */
  readonly identity?: KafkaIdentity | undefined
}

const NOBODY: InstanceOwner = { principal: '' }

/** The instances of one principal in this process, by group and name. Those of others do not exist for it. */
export class ConsumerInstances {
  readonly #config: Config
  readonly #admin: Admin
  readonly #owner: InstanceOwner
  /** The results of findConsumer(): id, format, requestTimeoutMs, fetchMinBytes. */
  readonly #found = new Float64Array(4)

  constructor(config: Config, admin: Admin, owner: InstanceOwner = NOBODY) {
    this.#config = config
    this.#admin = admin
    this.#owner = owner
  }

  /** Whose instances these are. */
  get owner(): string {
    return this.#owner.principal
  }

  /** Returns the instances of a principal that uses Kafka with the same credentials. */
  ownedBy(principal: string): ConsumerInstances {
    return new ConsumerInstances(this.#config, this.#admin, { ...this.#owner, principal })
  }

  /**
   * Creates an instance and resolves to its name. Rejects with 40902 when the name is taken, and with 42204 when
   * librdkafka refuses the configuration.
   */
  async create(group: string, wanted: NewInstance): Promise<string> {
    const name = wanted.name ?? newInstanceName(this.#config)
    const { principal, identity } = this.#owner
    const { properties } = consumerProperties(this.#config, { ...wanted, group }, identity)
    await callForJson<number>((ticket) =>
      native.createConsumer(
        group,
        name,
        principal,
        FORMATS[wanted.format],
        properties.flat(),
        this.#config['consumer.instance.timeout.ms'],
        // The engine's integers do not hold all negative values.
        Math.max(0, wanted.requestTimeoutMs ?? this.#config['consumer.request.timeout.ms']),
        wanted.fetchMinBytes ?? this.#config['fetch.min.bytes'],
        // The engine does not know the size of decoded records: the decoder applies the setting.
        this.#returnsOversized || wanted.format === 'schema',
        this.#config['sluice.consumer.commit.wait.ms'],
        this.#admin.native,
        ticket,
      ),
    )
    return name
  }

  /** Whether an instance exists. Postpones its expiry. */
  has(group: string, name: string): boolean {
    return native.findConsumer(group, name, this.#owner.principal, this.#found)
  }

  /** Returns an instance, and postpones its expiry. Throws 40403. */
  get(group: string, name: string): Instance {
    if (!native.findConsumer(group, name, this.#owner.principal, this.#found)) {
      throw new RestError('CONSUMER_INSTANCE_NOT_FOUND')
    }
    const [id = 0, format = 0, requestTimeoutMs = 0, fetchMinBytes = 0] = this.#found
    return {
      consumer: new Consumer(id),
      format: FORMAT_NAMES[format] as FormatName,
      requestTimeoutMs,
      fetchMinBytes,
      returnsOversized: this.#returnsOversized,
    }
  }

  /** Subscribes to topics, without duplicates. */
  async subscribe({ consumer }: Instance, topics: readonly string[]): Promise<void> {
    await consumer.subscribe([...new Set(topics)])
  }

  /**
   * Subscribes to the topics that match, now and later. Another change of the subscription that is made meanwhile
   * counts as the later one.
   */
  async subscribePattern({ consumer }: Instance, pattern: TopicPattern): Promise<void> {
    const version = consumer.reserveSubscription()
    const topics = await matchingTopics(pattern, await this.#admin.listTopics())
    await consumer.subscribePattern({ version, pattern: pattern.text }, topics)
  }

  async unsubscribe({ consumer }: Instance): Promise<void> {
    await consumer.unsubscribe()
  }

  /** Resolves when the instance has left its group. */
  async close({ consumer }: Instance): Promise<void> {
    await consumer.close()
  }

  get #returnsOversized(): boolean {
    return this.#config['sluice.consumer.oversized.record'] === 'return'
  }
}

/** Returns the name of an instance whose client names none: `rest-consumer-<id>-<uuid>`. */
export function newInstanceName({ id }: Config): string {
  return `rest-consumer-${id === '' ? '' : `${id}-`}${crypto.randomUUID()}`
}

/** Closes all instances of the process. */
export async function closeAllInstances(): Promise<void> {
  await Promise.allSettled(native.listConsumers().map((id) => new Consumer(id).close()))
}
