/**
 * A cache of the registry's responses. Concurrent callers share one request, failures are cached for a short time, and
 * a registry that is down is covered by expired responses.
 */
import { LRUCache } from 'lru-cache'
import { RegistryError } from './registry-error.ts'

/** The settings of the cache. */
export interface AnswerCacheOptions {
  readonly maxBytes: number
  /** The time for which a failure is cached, in ms. */
  readonly failureTtlMs: number
  /** Milliseconds of a monotonic clock. */
  now(): number
}

/** A request as the cache sees it. */
export interface Question<T> {
  /** Identifies the request. */
  readonly key: string
  /** The time for which the response is valid, in ms; `Infinity` for immutable responses. */
  readonly ttlMs: number
  /** The memory of a response, in bytes, estimated. */
  weigh(answer: T): number
  /**
   * Whether the answer depends on rights, which may have been withdrawn: then an expired one is no reason for haste, and the page
   * of a gateway in the place of an answer is no outage.
   */
  readonly needsRights?: boolean
  /**
   * Sends the request. Rejects with a `RegistryError`.
   * @param isUrgent whether the cache holds an expired response for a slow registry
   */
  ask(isUrgent: boolean): Promise<T>
}

/** A cache, or the part of one that a caller may use. */
export interface Answers {
  /** See AnswerCache. */
  get<T>(question: Question<T>): Promise<T>
  /** See AnswerCache. */
  set<T>(question: Omit<Question<T>, 'ask'>, answer: T): void
  /** See AnswerCache. */
  forget(key: string): void
}

interface CachedAnswer {
  /** The type follows from the key, because a key belongs to one kind of request. */
  readonly answer: unknown
  readonly error?: RegistryError
  readonly until: number
}

/** While the registry is down, the cache serves an expired response for this long before it asks again, in ms. */
const STALE_FOR_MS = 5000

/** The memory of a cached failure, in bytes, estimated. */
const ERROR_BYTES = 500
/** The memory of an entry besides its key and its response, in bytes, estimated. */
const ENTRY_BYTES = 200

/** Counts by the origin of responses. */
export interface AnswerCounts {
  /** Responses and failures from the cache. */
  hits: number
  /** Requests to the registry. */
  misses: number
  /** Expired responses that were served because the registry was down. */
  stale: number
}

/** Caches the responses of one registry. */
export class AnswerCache implements Answers {
  readonly #options: AnswerCacheOptions
  readonly #answers: LRUCache<string, CachedAnswer>
  readonly #pending = new Map<string, Promise<unknown>>()
  readonly counts: AnswerCounts = { hits: 0, misses: 0, stale: 0 }

  constructor(options: AnswerCacheOptions) {
    this.#options = options
    this.#answers = new LRUCache({ maxSize: Math.max(1, options.maxBytes) })
  }

  /** The memory in use. */
  get bytes(): number {
    return this.#answers.calculatedSize
  }

  /**
   * Returns the cached response, that of a pending request, or a new one. When the registry is down, an expired
   * response is returned.
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

  /** Stores a response that arrived with another one. */
  set<T>({ key, ttlMs, weigh }: Omit<Question<T>, 'ask'>, answer: T): void {
    this.#keep(key, { answer, until: this.#options.now() + ttlMs }, weigh(answer))
  }

  /** Removes a response. The response of a pending request will not be cached. */
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
    const isUrgent = old !== undefined && !question.needsRights
    const request: Promise<T> = question.ask(isUrgent).then(
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
    if (old !== undefined && isOutage(error, question)) {
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

/** Whether the failure says nothing about the answer, so that an expired one will do. */
function isOutage(
  { failure }: RegistryError,
  { needsRights = false }: Pick<Question<unknown>, 'needsRights'>,
): boolean {
  return failure === 'unavailable' || (failure === 'unreadable' && !needsRights)
}
