/**
 * The limits of one validation:
 *
 * 1. References are counted: a few lines of schema can make a validator follow 2^n references, or recurse without end.
 * 2. Steps of regular expressions are counted, because matching may take exponential time.
 * 3. The remaining work is proportional to the sizes of schema and value, but may take minutes. It has a deadline.
 *
 * The first two limits are deterministic and refuse the value. The third throws a DeadlineError, and the client may
 * retry.
 */
import { PayloadError } from '../codec.ts'
import { DEADLINES, DeadlineError, withDeadline } from '../limits/deadline.ts'

const MIN_REFERENCES = 100_000
const REFERENCES_PER_CHARACTER = 20

/** Limits for regular expressions. A step tries a part of an expression at a position of a text. */
const MIN_MATCHING = 2_000_000
const MATCHING_PER_CHARACTER = 200

/** Reading the clock costs as much as a few steps. */
const STEPS_PER_LOOK = 16
/**
 * Validations that may take more than about 10 ms get a watchdog thread, which costs a tenth of a millisecond. It also
 * interrupts Ajv's own loops, which count no steps.
 */
const WATCHED_LENGTH = 100_000
const WATCHED_PRODUCT = 500_000_000

const WHAT = 'checking the value against its schema'

/** Counts the work of one validation. */
export class Steps {
  readonly #schemaLength: number
  #references = 0
  #matching = 0
  #untilLook = STEPS_PER_LOOK
  /** The deadline; zero until the first reading of the clock, which most validations never need. */
  #deadline = 0

  /** @param schemaLength the length of the schema's texts with its references */
  constructor(schemaLength: number) {
    this.#schemaLength = schemaLength
  }

  /** Runs the validation of a value. @param length the length of its text */
  run<T>(length: number, check: () => T): T {
    this.#references = MIN_REFERENCES + REFERENCES_PER_CHARACTER * length
    this.#matching = MIN_MATCHING + MATCHING_PER_CHARACTER * length
    this.#deadline = 0
    const isLong = length > WATCHED_LENGTH || length * this.#schemaLength > WATCHED_PRODUCT
    return isLong ? withDeadline(DEADLINES.checkMs, check, WHAT) : check()
  }

  /** Counts a followed reference. @throws {PayloadError} above the limit */
  readonly follow = (): void => {
    if (this.#references-- <= 0) {
      throw new PayloadError('the schema needs too many references for this value: simplify it')
    }
    this.take()
  }

  /** Counts work of regular expressions. @throws {PayloadError} above the limit */
  match(work: number): void {
    this.#matching -= work
    if (this.#matching < 0) {
      throw new PayloadError(
        "the schema's regular expressions take too many steps for this value: simplify them",
      )
    }
    this.take()
  }

  /** Counts a small step. */
  take(): void {
    if (--this.#untilLook > 0) return
    this.#untilLook = STEPS_PER_LOOK
    this.#leftMs()
  }

  /** Runs work that counts no steps, within the remaining time. */
  watched<T>(work: () => T): T {
    return withDeadline(Math.ceil(this.#leftMs()), work, WHAT)
  }

  /** Returns the remaining time, above zero. @throws {DeadlineError} when none is left */
  #leftMs(): number {
    const now = performance.now()
    if (this.#deadline === 0) this.#deadline = now + DEADLINES.checkMs
    if (now >= this.#deadline) {
      throw new DeadlineError(`${WHAT} took more than ${DEADLINES.checkMs} ms`)
    }
    return this.#deadline - now
  }
}
