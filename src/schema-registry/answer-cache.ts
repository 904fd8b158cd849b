/**
 * Answers to questions, so that few are asked: kept as long as they are good, asked once for all
 * who ask at the same time, failures remembered for a moment. Doesn't know what is asked.
 */
import { LruCache } from './lru-cache.ts'
import { RegistryError } from './registry-error.ts'

/** How answers are kept. */
export interface AnswerCacheOptions {
  readonly maxBytes: number
  /** How long a failure is the answer to the same question, in ms. */
  readonly failureTtlMs: number
  /** Milliseconds of a clock that never goes back. */
  now(): number
}

/** A question as the cache sees it. */
export interface Question<T> {
  /** The same for the same question, and for no other. */
  readonly key: string
  /** How long an answer is good, in ms; `Infinity` for what never changes. */
  readonly ttlMs: number
  /** Memory that an answer takes, in bytes, about. */
  weigh(answer: T): number
  /**
   * Gets the answer. Rejects with a `RegistryError`.
   * @param isUrgent there is an old answer to give when this one takes too long
   */
  ask(isUrgent: boolean): Promise<T>
}

interface Known {
  /** Of the right type, since a key belongs to one kind of question. */
  readonly answer: unknown
  readonly error?: RegistryError
  readonly until: number
}

/** While the registry is down, this long passes before it is asked again for what is known, in ms. */
const STALE_FOR_MS = 5000

/** Bytes that a remembered failure takes, about. */
const ERROR_BYTES = 500

/** How often answers came from where. */
export interface AnswerCounts {
  /** Answers, and failures, that were known. */
  hits: number
  /** Questions that had to be asked. */
  misses: number
  /** Old answers that were given because there was no new one. */
  stale: number
}

/** See above. */
export class AnswerCache {
  readonly #options: AnswerCacheOptions
  readonly #known: LruCache<Known>
  readonly #flights = new Map<string, Promise<unknown>>()
  readonly counts: AnswerCounts = { hits: 0, misses: 0, stale: 0 }

  constructor(options: AnswerCacheOptions) {
    this.#options = options
    this.#known = new LruCache(options.maxBytes)
  }

  /** Memory for answers. */
  get bytes(): number {
    return this.#known.bytes
  }

  /**
   * The answer: a known one, that of a question on its way, or a new one. When a new one cannot be
   * had from a registry that is down, one that is too old.
   */
  async get<T>(question: Question<T>): Promise<T> {
    const known = this.#known.find(question.key)
    if (known !== undefined && this.#options.now() < known.until) {
      this.counts.hits++
      if (known.error) throw known.error
      return known.answer as T
    }
    const flight = this.#flights.get(question.key)
    if (flight) return flight as Promise<T>
    this.counts.misses++
    return this.#fly(question, known?.error ? undefined : known)
  }

  /** An answer that came with another. */
  set<T>({ key, ttlMs, weigh }: Omit<Question<T>, 'ask'>, answer: T): void {
    this.#known.set(key, { answer, until: this.#options.now() + ttlMs }, weigh(answer))
  }

  /** It is to be asked anew; an answer that is on its way is not kept. */
  forget(key: string): void {
    this.#known.delete(key)
    this.#flights.delete(key)
  }

  #fly<T>(question: Question<T>, old: Known | undefined): Promise<T> {
    const { key } = question
    const isCurrent = () => this.#flights.get(key) === flight
    const flight: Promise<T> = question.ask(old !== undefined).then(
      (answer) => {
        if (isCurrent()) this.set(question, answer)
        return answer
      },
      (error: unknown) => this.#afterFailure(question, old, error, isCurrent()),
    )
    const landed = flight.finally(() => {
      if (isCurrent()) this.#flights.delete(key)
    })
    landed.catch(() => {})
    this.#flights.set(key, flight)
    return flight
  }

  #afterFailure<T>(
    question: Question<T>,
    old: Known | undefined,
    error: unknown,
    isCurrent: boolean,
  ): T {
    if (!(error instanceof RegistryError)) throw error
    const now = this.#options.now()
    if (old !== undefined && error.failure !== 'refused') {
      const answer = old.answer as T
      this.counts.stale++
      const until = now + STALE_FOR_MS
      if (isCurrent) this.#known.set(question.key, { answer, until }, question.weigh(answer))
      return answer
    }
    const until = now + this.#options.failureTtlMs
    if (isCurrent) this.#known.set(question.key, { answer: undefined, error, until }, ERROR_BYTES)
    throw error
  }
}
