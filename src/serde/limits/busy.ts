/**
 * What a thread works on, in memory that a watcher of the thread reads. A watcher that sees the same piece of work for too
 * long ends the thread.
 */
import type { SchemaMark } from '../schema-mark.ts'

/** The number of the piece of work, odd while it lasts; and the mark of its schema. */
const WORDS = 3

/** What a watcher sees. */
export interface Work {
  /** Another number is another piece of work. */
  readonly number: number
  /** Whether it lasts. */
  readonly lasts: boolean
  readonly mark: SchemaMark
}

/** Written by the thread, read by the watcher. */
export class Busy {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  /** A piece of work begins. */
  begin(): void {
    Atomics.add(this.#words, 0, 1)
  }

  /** It ends. */
  end(): void {
    Atomics.add(this.#words, 0, 1)
  }

  /** The work is about this schema from now on. */
  use({ high, low }: SchemaMark): void {
    this.#words[1] = high
    this.#words[2] = low
  }

  /** Runs work of its own, or as a part of the work that lasts. */
  during<T>(mark: SchemaMark, work: () => T): T {
    const isInside = this.read().lasts
    if (!isInside) this.begin()
    this.use(mark)
    try {
      return work()
    } finally {
      if (!isInside) this.end()
    }
  }

  read(): Work {
    const number = Atomics.load(this.#words, 0)
    const mark = { high: this.#words[1] as number, low: this.#words[2] as number }
    return { number, lasts: (number & 1) === 1, mark }
  }
}
