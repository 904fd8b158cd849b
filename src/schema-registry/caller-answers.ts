/** The part of the cache that one caller of the registry may use. */
import type { Answers, Question } from './answer-cache.ts'

/** The time for which an answer to a caller is used, in ms: until then a right that the registry has withdrawn still counts. */
export const RIGHTS_MS = 30_000

/** Answers that only callers with the same credentials get. Owns nothing: many of them share one cache and its bound. */
export class CallerAnswers implements Answers {
  readonly #all: Answers
  readonly #caller: string

  /** @param caller a name that no other credentials have */
  constructor(all: Answers, caller: string) {
    this.#all = all
    this.#caller = caller
  }

  get<T>(question: Question<T>): Promise<T> {
    return this.#all.get(this.#ofCaller(question))
  }

  set<T>(question: Omit<Question<T>, 'ask'>, answer: T): void {
    this.#all.set(this.#ofCaller(question), answer)
  }

  forget(key: string): void {
    this.#all.forget(this.#keyOf(key))
  }

  #ofCaller<Asked extends Pick<Question<unknown>, 'key' | 'ttlMs' | 'needsRights'>>(
    question: Asked,
  ): Asked {
    const { key, ttlMs } = question
    return {
      ...question,
      key: this.#keyOf(key),
      ttlMs: Math.min(ttlMs, RIGHTS_MS),
      needsRights: true,
    }
  }

  #keyOf(key: string): string {
    return `${this.#caller} ${key}`
  }
}
