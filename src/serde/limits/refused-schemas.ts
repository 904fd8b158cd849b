/**
 * Schemas that are refused for a while, because work on them has ended a thread. All threads that use schemas share the
 * list.
 */
import type { SchemaMark } from '../schema-mark.ts'
import { DeadlineError } from './deadline.ts'

/** The time for which a schema is refused. */
const REFUSED_SECONDS = 60
/** The list has so many places. The oldest entry goes first. */
const PLACES = 256
/** Mark and end of the time, in seconds of the monotonic clock. */
const WORDS = 3

/** One thread adds, all threads read. */
export class RefusedSchemas {
  readonly memory: SharedArrayBuffer
  /** Behind the entries: the number of those that were ever added. */
  readonly #words: Int32Array
  readonly #maxMs: number

  /** @param maxMs the limit that such work has exceeded, for messages: `sluice.schema.work.max.ms` */
  constructor(maxMs: number, memory?: SharedArrayBuffer) {
    this.memory =
      memory ?? new SharedArrayBuffer((WORDS * PLACES + 1) * Int32Array.BYTES_PER_ELEMENT)
    this.#words = new Int32Array(this.memory)
    this.#maxMs = maxMs
  }

  /** Refuses a schema from now on. */
  add({ high, low }: SchemaMark): void {
    const count = Atomics.load(this.#words, WORDS * PLACES)
    const at = WORDS * (count % PLACES)
    // The time is written at last: with the old one an entry that is not complete refuses nothing new.
    Atomics.store(this.#words, at + 2, 0)
    Atomics.store(this.#words, at, high)
    Atomics.store(this.#words, at + 1, low)
    Atomics.store(this.#words, at + 2, seconds() + REFUSED_SECONDS)
    Atomics.store(this.#words, WORDS * PLACES, count + 1)
  }

  /** @throws {DeadlineError} when the schema is refused now */
  check({ high, low }: SchemaMark): void {
    const count = Math.min(Atomics.load(this.#words, WORDS * PLACES), PLACES)
    for (let at = 0; at < WORDS * count; at += WORDS) {
      if (this.#words[at] !== high || this.#words[at + 1] !== low) continue
      const left = Atomics.load(this.#words, at + 2) - seconds()
      if (left > 0) throw new DeadlineError(this.#message(left))
    }
  }

  #message(left: number): string {
    return (
      `the work on a schema, or on a value of it, took more than sluice.schema.work.max.ms=${this.#maxMs} of ` +
      `processor time, or all of sluice.schema.heap.max.bytes; the schema is refused for another ${left} s`
    )
  }
}

/** The same in all threads. */
function seconds(): number {
  return process.hrtime()[0] | 0
}
