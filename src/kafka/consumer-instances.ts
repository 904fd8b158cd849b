/**
 * Consumer instances by group and name. The engine holds them, for the whole process. This file creates and finds
 * them, and matches the patterns of their subscriptions.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Config } from '../config/index.ts'
import { RestError } from '../errors.ts'
import type { Admin } from './admin.ts'
import { Consumer } from './consumer.ts'
import { callForJson, FORMATS, type FormatName, native } from './native.ts'
import { type ConsumerChoices, consumerProperties } from './settings/client-config.ts'

/** A consumer instance to be created. Absent members have the configuration's values. */
export interface NewInstance extends Omit<ConsumerChoices, 'group'> {
  readonly name?: string | undefined
  readonly format: FormatName
  /** Between -1, for none, and 10,000,000. */
  readonly fetchMinBytes?: number | undefined
  readonly requestTimeoutMs?: number | undefined
}

/** Matches whole names of topics. */
export interface TopicPattern {
  matches(topic: string): boolean
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

/** The interval of the search for new topics, equal to librdkafka's interval for topics that a subscription names. */
const PATTERN_REFRESH_MS = 5_000

/** The time for which a match may block the event loop. */
const TURN_MS = 5

/** The subscription of an instance by a pattern. */
interface Subscription {
  readonly consumer: Consumer
  readonly pattern: TopicPattern
}

/** The instances of the process, by group and name. */
export class ConsumerInstances {
  readonly #config: Config
  readonly #admin: Admin
  /** The subscriptions by patterns, by the ids of their consumers. */
  readonly #subscriptions = new Map<number, Subscription>()
  readonly #refresh: NodeJS.Timeout
  #isRefreshing = false
  /** The results of findConsumer(): id, format, requestTimeoutMs, fetchMinBytes. */
  readonly #found = new Float64Array(4)

  constructor(config: Config, admin: Admin) {
    this.#config = config
    this.#admin = admin
    this.#refresh = setInterval(() => void this.#refreshAll(), PATTERN_REFRESH_MS)
    this.#refresh.unref()
  }

  /**
   * Creates an instance and resolves to its name. Rejects with 40902 when the name is taken, and with 42204 when
   * librdkafka refuses the configuration.
   */
  async create(group: string, wanted: NewInstance): Promise<string> {
    const name = wanted.name ?? this.#newName()
    await callForJson<number>((ticket) =>
      native.createConsumer(
        group,
        name,
        FORMATS[wanted.format],
        consumerProperties(this.#config, { ...wanted, group }).properties.flat(),
        this.#config['consumer.instance.timeout.ms'],
        // The engine's integers do not hold all negative values.
        Math.max(0, wanted.requestTimeoutMs ?? this.#config['consumer.request.timeout.ms']),
        wanted.fetchMinBytes ?? this.#config['fetch.min.bytes'],
        // The engine does not know the size of decoded records: the decoder applies the setting.
        this.#returnsOversized || wanted.format === 'schema',
        this.#config['sluice.consumer.commit.wait.ms'],
        ticket,
      ),
    )
    return name
  }

  /** Returns an instance, and postpones its expiry. Throws 40403. */
  get(group: string, name: string): Instance {
    if (!native.findConsumer(group, name, this.#found)) {
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
    const previous = this.#subscriptions.get(consumer.id)
    await consumer.subscribe([...new Set(topics)])
    if (this.#subscriptions.get(consumer.id) === previous) this.#subscriptions.delete(consumer.id)
  }

  /** Subscribes to the topics that match, now and later. */
  async subscribePattern({ consumer }: Instance, pattern: TopicPattern): Promise<void> {
    const subscribed: Subscription = { consumer, pattern }
    const isCurrent = () => this.#subscriptions.get(consumer.id) === subscribed
    const previous = this.#subscriptions.get(consumer.id)
    // Stored before the topics are known: a request that comes in the meantime replaces it.
    this.#subscriptions.set(consumer.id, subscribed)
    try {
      const names = await matching(pattern, await this.#admin.listTopics())
      if (isCurrent()) await consumer.subscribe(names, true)
    } catch (error) {
      if (isCurrent()) {
        if (previous) this.#subscriptions.set(consumer.id, previous)
        else this.#subscriptions.delete(consumer.id)
      }
      throw error
    }
  }

  async unsubscribe({ consumer }: Instance): Promise<void> {
    this.#subscriptions.delete(consumer.id)
    await consumer.unsubscribe()
  }

  /** Resolves when the instance has left its group. */
  async close({ consumer }: Instance): Promise<void> {
    this.#subscriptions.delete(consumer.id)
    await consumer.close()
  }

  /** Closes all instances of the process. */
  async closeAll(): Promise<void> {
    clearInterval(this.#refresh)
    await Promise.allSettled(native.listConsumers().map((id) => new Consumer(id).close()))
  }

  get #returnsOversized(): boolean {
    return this.#config['sluice.consumer.oversized.record'] === 'return'
  }

  /** `rest-consumer-<id>-<uuid>`. */
  #newName(): string {
    const id = this.#config['id']
    return `rest-consumer-${id === '' ? '' : `${id}-`}${crypto.randomUUID()}`
  }

  async #refreshAll(): Promise<void> {
    if (this.#subscriptions.size === 0 || this.#isRefreshing) return
    this.#isRefreshing = true
    try {
      const topics = await this.#admin.listTopics()
      for (const each of [...this.#subscriptions.values()]) await this.#refreshOne(each, topics)
    } catch {
      // The cluster does not answer. The next refresh asks again.
    } finally {
      this.#isRefreshing = false
    }
  }

  async #refreshOne(subscription: Subscription, topics: readonly string[]): Promise<void> {
    const { consumer, pattern } = subscription
    const names = await matching(pattern, topics)
    // A request may have replaced the subscription meanwhile.
    if (this.#subscriptions.get(consumer.id) !== subscription) return
    // The engine ignores a subscription to the same topics.
    consumer.subscribe(names, true).catch((error: unknown) => {
      // After any other error the next refresh tries again.
      if (isNotFound(error)) this.#subscriptions.delete(consumer.id)
    })
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof RestError && error.name === 'CONSUMER_INSTANCE_NOT_FOUND'
}

/** Returns the topics that match, in order. The event loop serves requests in between. */
async function matching(pattern: TopicPattern, topics: readonly string[]): Promise<string[]> {
  const names: string[] = []
  let turnEnds = performance.now() + TURN_MS
  for (const topic of topics) {
    if (performance.now() > turnEnds) {
      await nextTurn()
      turnEnds = performance.now() + TURN_MS
    }
    if (pattern.matches(topic)) names.push(topic)
  }
  return names.sort()
}
