/**
 * What one check may cost, in three measures.
 *
 * 1. References are counted: a schema of a few lines can make a validator follow 2^n of them, or go round in a circle.
 * 2. So is the work of regular expressions, which may be exponential.
 * 3. All else is in proportion to schema and value together, which may still be minutes: that has a time.
 *
 * The first two are the same on every machine, and decide that a value is refused. The third says nothing of the value:
 * it is a DeadlineError, and the client may try again.
 */
import { PayloadError } from '../codec.ts'
import { DeadlineError, withDeadline } from '../deadline.ts'

const LEAST_REFERENCES = 100_000
const REFERENCES_PER_CHARACTER = 20

/** Of regular expressions: a position of a text at which a part of an expression is tried. */
const LEAST_MATCHING = 2_000_000
const MATCHING_PER_CHARACTER = 200

/** A value of 10 MB takes some 100 ms; the rest is for machines that do other things. */
const LIMIT_MS = 2000
/** Looking at the clock takes as long as a few steps. */
const STEPS_PER_LOOK = 16
/**
 * A check of which we must expect more than some 10 ms has a thread that watches it, which costs a tenth of one: it
 * sees also the loops that are Ajv's, where no steps are taken.
 */
const WATCHED_LENGTH = 100_000
const WATCHED_PRODUCT = 500_000_000

const WHAT = 'checking the value against its schema'

/** Takes part in a check, in its keywords and patterns. */
export class Steps {
  readonly #schemaLength: number
  #references = 0
  #matching = 0
  #untilLook = STEPS_PER_LOOK
  /** When the time is over; zero before the first look at the clock, which most checks never need. */
  #deadline = 0

  /** @param schemaLength of the texts of the schema and what it refers to */
  constructor(schemaLength: number) {
    this.#schemaLength = schemaLength
  }

  /** Does the check of a value whose text has a length. */
  run<T>(length: number, check: () => T): T {
    this.#references = LEAST_REFERENCES + REFERENCES_PER_CHARACTER * length
    this.#matching = LEAST_MATCHING + MATCHING_PER_CHARACTER * length
    this.#deadline = 0
    const isLong = length > WATCHED_LENGTH || length * this.#schemaLength > WATCHED_PRODUCT
    return isLong ? withDeadline(LIMIT_MS, check, WHAT) : check()
  }

  /** A reference is followed. @throws {PayloadError} when it is one too many */
  readonly follow = (): void => {
    if (this.#references-- <= 0) {
      throw new PayloadError('the schema refers to itself too often to be checked with this value')
    }
    this.take()
  }

  /** A regular expression does so much work. @throws {PayloadError} when it is too much */
  match(work: number): void {
    this.#matching -= work
    if (this.#matching < 0) {
      throw new PayloadError(
        "the schema's regular expressions take too many steps for this value: simplify them",
      )
    }
    this.take()
  }

  /** Something small is done. */
  take(): void {
    if (--this.#untilLook > 0) return
    this.#untilLook = STEPS_PER_LOOK
    this.#leftMs()
  }

  /** Does something that may take long and takes no steps, for as long as the check has time. */
  watched<T>(work: () => T): T {
    return withDeadline(Math.ceil(this.#leftMs()), work, WHAT)
  }

  /** More than zero. @throws {DeadlineError} when the time is over */
  #leftMs(): number {
    const now = performance.now()
    if (this.#deadline === 0) this.#deadline = now + LIMIT_MS
    if (now >= this.#deadline) throw new DeadlineError(`${WHAT} took more than ${LIMIT_MS} ms`)
    return this.#deadline - now
  }
}
