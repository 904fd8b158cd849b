/**
 * The budgets of one validation. All of them count steps, so they are the same on every machine:
 *
 * 1. References: a few lines of schema can make a validator follow 2^n references, or recurse without end.
 * 2. Subschemas that are applied to a part of the value, and what keywords with lists compare: the product of the
 *    sizes of schema and value takes minutes.
 * 3. Regular expressions, whose matching may take exponential time.
 */
import { PayloadError } from '../codec.ts'

const MIN_REFERENCES = 100_000
const REFERENCES_PER_CHARACTER = 20

/** Limits for the generated code. A step is a subschema, a member of a list in the schema, or some characters. */
const MIN_WORK = 4_000_000
const WORK_PER_CHARACTER = 5
/** Keywords with the lengths of texts read this many characters in the time of a step. */
const CHARACTERS_PER_STEP = 16

/** Going through the members of an object costs more than going through a list. */
export const STEPS_PER_MEMBER = 4

/** Limits for regular expressions. A step tries a part of an expression at a position of a text. */
const MIN_MATCHING = 5_000_000
const MATCHING_PER_CHARACTER = 10

/** Counts the work of one validation. The generated code (`counted-code.ts`) counts `work` down itself. */
export class Steps {
  /** The remaining work. Code that finds it below zero calls `refuse`. */
  work = 0
  #maxWork = 0
  #references = 0
  #maxReferences = 0
  #matching = 0
  #maxMatching = 0

  /** Starts the validation of a value. @param length the length of its text */
  start(length: number): void {
    this.#maxReferences = MIN_REFERENCES + REFERENCES_PER_CHARACTER * length
    this.#maxMatching = MIN_MATCHING + MATCHING_PER_CHARACTER * length
    this.#maxWork = MIN_WORK + WORK_PER_CHARACTER * length
    this.#references = this.#maxReferences
    this.#matching = this.#maxMatching
    this.work = this.#maxWork
  }

  /** Counts a followed reference. @throws {PayloadError} above the limit */
  follow(): void {
    if (this.#references-- <= 0) {
      throw new PayloadError(
        `the schema needs too many references for this value, more than ${this.#maxReferences}: simplify it`,
      )
    }
  }

  /** Counts steps. @throws {PayloadError} above the limit */
  take(count: number): void {
    this.work -= count
    if (this.work < 0) this.refuse()
  }

  /** Counts a keyword that reads a whole text. @param cost for one character, beside that of its length */
  read(value: unknown, cost: number): void {
    if (typeof value === 'string') this.take((cost * value.length) / CHARACTERS_PER_STEP)
  }

  /** Counts a keyword that goes through the members of an object. @throws {PayloadError} above the limit */
  visitMembers(value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      this.take(STEPS_PER_MEMBER * Object.keys(value).length)
    }
  }

  /** @throws {PayloadError} the error of work above the limit */
  refuse(): never {
    throw new PayloadError(
      `the schema takes too many steps for this value, more than ${this.#maxWork}: simplify it`,
    )
  }

  /** Counts work of regular expressions. @throws {PayloadError} above the limit */
  match(count: number): void {
    this.#matching -= count
    if (this.#matching < 0) {
      throw new PayloadError(
        `the schema's regular expressions take too many steps for this value, more than ${this.#maxMatching}: simplify them`,
      )
    }
  }
}
