/** Matches the patterns of subscriptions again, because topics come and go. One object serves the whole process. */
import { listTopicsAs } from './admin.ts'
import { Consumer, type PatternSubscription } from './consumer.ts'
import { native } from './native.ts'
import { compilePattern, matchingTopics, type TopicPattern } from './topic-pattern.ts'

/** The interval of the search for new topics, equal to librdkafka's interval for topics that a subscription names. */
const REFRESH_MS = 5_000

/** Subscribes each instance with a pattern to the topics that match it, every five seconds. */
export class PatternRefresh {
  readonly #listTopicsAs: (instance: number) => Promise<string[]>
  /** The compiled patterns of the last refresh, by their texts. */
  #compiled = new Map<string, TopicPattern>()
  #timer: NodeJS.Timeout | undefined
  #isRunning = false

  /** @param list lists the topics that an instance may see, by its id; may reject */
  constructor(list: (instance: number) => Promise<string[]> = listTopicsAs) {
    this.#listTopicsAs = list
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
    const all = [...new Set(subscriptions.map(({ credentials }) => credentials))]
    await Promise.all(
      all.map((one) =>
        this.#refreshAll(subscriptions.filter(({ credentials }) => credentials === one)),
      ),
    )
    this.#isRunning = false
  }

  /** @param subscriptions with the same credentials; at least one */
  async #refreshAll(subscriptions: readonly Subscribed[]): Promise<void> {
    try {
      const topics = await this.#listTopicsAs((subscriptions[0] as Subscribed).id)
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
  /** Equal for instances with the same credentials. */
  readonly credentials: number
}

/** The number of fields of a subscription in the engine's list. */
const FIELDS = 4

function listPatterns(): Subscribed[] {
  const flat = native.listPatterns()
  const subscriptions: Subscribed[] = []
  for (let at = 0; at < flat.length; at += FIELDS) {
    const row = flat.slice(at, at + FIELDS) as [number, number, string, number]
    const [id, version, pattern, credentials] = row
    subscriptions.push({ id, version, pattern, credentials })
  }
  return subscriptions
}
