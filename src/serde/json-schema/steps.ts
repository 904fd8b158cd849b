/**
 * What one check may cost. References are counted: a schema of a few lines can make a validator follow 2^n of them, or
 * go round in a circle, and how many are too many depends on the value alone. All else is in proportion to schema and
 * value together, which may still be hours, and has a time.
 */
import { PayloadError } from '../codec.ts'
import { DeadlineError, withDeadline } from '../deadline.ts'

const LEAST_STEPS = 100_000
const STEPS_PER_CHARACTER = 20

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

/** Takes part in a check, in its keywords and patterns. All throw a PayloadError when it is to end. */
export class Steps {
  readonly #schemaLength: number
  #references = 0
  #untilLook = STEPS_PER_LOOK
  /** When the time is over; zero before the first look at the clock, which most checks never need. */
  #deadline = 0

  /** @param schemaLength of the texts of the schema and what it refers to */
  constructor(schemaLength: number) {
    this.#schemaLength = schemaLength
  }

  /** Does the check of a value whose text has a length. */
  run<T>(length: number, check: () => T): T {
    this.#references = LEAST_STEPS + STEPS_PER_CHARACTER * length
    this.#deadline = 0
    const isLong = length > WATCHED_LENGTH || length * this.#schemaLength > WATCHED_PRODUCT
    return isLong ? watched(check) : check()
  }

  /** A reference is followed. */
  readonly follow = (): void => {
    if (this.#references-- <= 0) {
      throw new PayloadError('the schema refers to itself too often to be checked with this value')
    }
    this.take()
  }

  /** Something small is done. */
  take(): void {
    if (--this.#untilLook > 0) return
    this.#untilLook = STEPS_PER_LOOK
    this.look()
  }

  /** Something is done that may take long. */
  look(): void {
    const now = performance.now()
    if (this.#deadline === 0) this.#deadline = now + LIMIT_MS
    if (now > this.#deadline) throw tooSlow()
  }
}

function watched<T>(check: () => T): T {
  try {
    return withDeadline(LIMIT_MS, check)
  } catch (error) {
    throw error instanceof DeadlineError ? tooSlow() : error
  }
}

function tooSlow(): PayloadError {
  return new PayloadError(
    `the value takes more than ${LIMIT_MS} ms to check: send a smaller one, or use a simpler schema`,
  )
}
