/**
 * Answers to questions, so that few are asked: kept as long as they are good, asked once for all
 * who ask at the same time, failures remembered for a moment. Doesn't know what is asked.
 */
import { LRUCache } from 'lru-cache'
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

interface CachedAnswer {
  /** Of the right type, since a key belongs to one kind of question. */
  readonly answer: unknown
  readonly error?: RegistryError
  readonly until: number
}

/** While the registry is down, this long passes before it is asked again for what is known, in ms. */
const STALE_FOR_MS = 5000

/** Bytes that a remembered failure takes, about. */
const ERROR_BYTES = 500
/** Bytes that every entry takes besides its key and its answer, about. */
const ENTRY_BYTES = 200

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
  readonly #answers: LRUCache<string, CachedAnswer>
  readonly #pending = new Map<string, Promise<unknown>>()
  readonly counts: AnswerCounts = { hits: 0, misses: 0, stale: 0 }

  constructor(options: AnswerCacheOptions) {
    this.#options = options
    this.#answers = new LRUCache({ maxSize: Math.max(1, options.maxBytes) })
  }

  /** Memory for answers. */
  get bytes(): number {
    return this.#answers.calculatedSize
  }

  /**
   * The answer: a known one, that of a question on its way, or a new one. When a new one cannot be
   * had from a registry that is down, one that is too old.
   */
  async get<T>(question: Question<T>): Promise<T> {
    const known = this.#answers.get(question.key)
    if (known !== undefined && this.#options.now() < known.until) {
      this.counts.hits++
      if (known.error) throw known.error
      return known.answer as T
    }
    const request = this.#pending.get(question.key)
    if (request) return request as Promise<T>
    this.counts.misses++
    return this.#request(question, known?.error ? undefined : known)
  }

  /** An answer that came with another. */
  set<T>({ key, ttlMs, weigh }: Omit<Question<T>, 'ask'>, answer: T): void {
    this.#keep(key, { answer, until: this.#options.now() + ttlMs }, weigh(answer))
  }

  /** It is to be asked anew; an answer that is on its way is not kept. */
  forget(key: string): void {
    this.#answers.delete(key)
    this.#pending.delete(key)
  }

  #keep(key: string, answer: CachedAnswer, answerBytes: number): void {
    this.#answers.set(key, answer, { size: ENTRY_BYTES + 2 * key.length + answerBytes })
  }

  #request<T>(question: Question<T>, old: CachedAnswer | undefined): Promise<T> {
    const { key } = question
    const isCurrent = () => this.#pending.get(key) === request
    const request: Promise<T> = question.ask(old !== undefined).then(
      (answer) => {
        if (isCurrent()) this.set(question, answer)
        return answer
      },
      (error: unknown) => this.#afterFailure(question, old, error, isCurrent()),
    )
    const settled = request.finally(() => {
      if (isCurrent()) this.#pending.delete(key)
    })
    settled.catch(() => {})
    this.#pending.set(key, request)
    return request
  }

  #afterFailure<T>(
    question: Question<T>,
    old: CachedAnswer | undefined,
    error: unknown,
    isCurrent: boolean,
  ): T {
    if (!(error instanceof RegistryError)) throw error
    const now = this.#options.now()
    if (old !== undefined && error.failure !== 'refused') {
      const answer = old.answer as T
      this.counts.stale++
      const until = now + STALE_FOR_MS
      if (isCurrent) this.#keep(question.key, { answer, until }, question.weigh(answer))
      return answer
    }
    const until = now + this.#options.failureTtlMs
    if (isCurrent) this.#keep(question.key, { answer: undefined, error, until }, ERROR_BYTES)
    throw error
  }
}
