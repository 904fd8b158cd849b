/** Matches the patterns of subscriptions again, because topics come and go. One object serves the whole process. */
import type { Admin } from './admin.ts'
import { Consumer, type PatternSubscription } from './consumer.ts'
import { native } from './native.ts'
import { compilePattern, matchingTopics, type TopicPattern } from './topic-pattern.ts'

/** The interval of the search for new topics, equal to librdkafka's interval for topics that a subscription names. */
const REFRESH_MS = 5_000

/** Subscribes each instance with a pattern to the topics that match it, every five seconds. */
export class PatternRefresh {
  readonly #admin: Pick<Admin, 'listTopics'>
  /** The compiled patterns of the last refresh, by their texts. */
  #compiled = new Map<string, TopicPattern>()
  #timer: NodeJS.Timeout | undefined
  #isRunning = false

  constructor(admin: Pick<Admin, 'listTopics'>) {
    this.#admin = admin
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
    try {
      const topics = await this.#admin.listTopics()
      for (const each of subscriptions) await this.#refreshOne(each, topics)
    } catch {
      // The cluster does not answer. The next refresh asks again.
    } finally {
      this.#isRunning = false
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
}

function listPatterns(): Subscribed[] {
  const flat = native.listPatterns()
  const subscriptions: Subscribed[] = []
  for (let at = 0; at < flat.length; at += 3) {
    const [id, version, pattern] = flat.slice(at, at + 3) as [number, number, string]
    subscriptions.push({ id, version, pattern })
  }
  return subscriptions
}
