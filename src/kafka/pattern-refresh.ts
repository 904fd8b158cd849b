/** Matches the patterns of subscriptions again, because topics come and go. One object serves the whole process. */
import type { Admin } from './admin.ts'
import { Consumer, type PatternSubscription } from './consumer.ts'
import { native } from './native.ts'
import { compilePattern, matchingTopics, type TopicPattern } from './topic-pattern.ts'

/** The interval of the search for new topics, equal to librdkafka's interval for topics that a subscription names. */
const REFRESH_MS = 5_000

type TopicLister = Pick<Admin, 'listTopics'>

/** Subscribes each instance with a pattern to the topics that match it, every five seconds. */
export class PatternRefresh {
  readonly #adminOf: (principal: string) => TopicLister
  /** The compiled patterns of the last refresh, by their texts. */
  #compiled = new Map<string, TopicPattern>()
  #timer: NodeJS.Timeout | undefined
  #isRunning = false

  /** @param adminOf returns the admin client that lists the topics of a principal's subscriptions; may throw */
  constructor(adminOf: (principal: string) => TopicLister) {
    this.#adminOf = adminOf
  }

  /** Starts the timer, which does not keep the process alive. */
  start(): void {
    this.#timer = setInterval(() => void this.#refresh(), REFRESH_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #refresh(): Promise<void> {
    if (this.#isRunning) return
    const subscriptions = listPatterns()
    this.#compile(subscriptions)
    if (subscriptions.length === 0) return
    this.#isRunning = true
    const principals = [...new Set(subscriptions.map(({ principal }) => principal))]
    await Promise.all(
      principals.map((name) =>
        this.#refreshThoseOf(
          name,
          subscriptions.filter(({ principal }) => principal === name),
        ),
      ),
    )
    this.#isRunning = false
  }

  async #refreshThoseOf(principal: string, subscriptions: readonly Subscribed[]): Promise<void> {
    try {
      const topics = await this.#adminOf(principal).listTopics()
      for (const each of subscriptions) await this.#refreshOne(each, topics)
    } catch {
      // The cluster does not answer, or refuses the principal. The next refresh asks again.
    }
  }

  #compile(subscriptions: readonly Subscribed[]): void {
    const texts = new Set(subscriptions.map(({ pattern }) => pattern))
    this.#compiled = new Map(
      [...texts].map((text) => [text, this.#compiled.get(text) ?? compilePattern(text)]),
    )
  }

  async #refreshOne(subscribed: Subscribed, topics: readonly string[]): Promise<void> {
    const names = await matchingTopics(
      this.#compiled.get(subscribed.pattern) as TopicPattern,
      topics,
    )
    // The engine ignores the same topics, and an instance whose subscription has changed meanwhile. After
    // an error the next refresh tries again.
    new Consumer(subscribed.id).subscribePattern(subscribed, names).catch(() => {})
  }
}

/** An instance that is subscribed to a pattern, by its id. */
interface Subscribed extends PatternSubscription {
  readonly id: number
  /** The owner of the instance; empty without authentication. */
  readonly principal: string
}

/** The number of fields of a subscription in the engine's list. */
const FIELDS = 4

function listPatterns(): Subscribed[] {
  const flat = native.listPatterns()
  const subscriptions: Subscribed[] = []
  for (let at = 0; at < flat.length; at += FIELDS) {
    const row = flat.slice(at, at + FIELDS) as [number, number, string, string]
    const [id, version, pattern, principal] = row
    subscriptions.push({ id, version, pattern, principal })
  }
  return subscriptions
}
