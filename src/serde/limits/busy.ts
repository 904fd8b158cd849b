/**
 * What a thread works on, in memory that a watcher of the thread reads. A watcher that sees the same piece of work for too
 * long ends the thread.
 */
import type { SchemaMark } from '../schema-mark.ts'

/** The number of the piece of work, odd while it lasts; the mark of its schema; its job, or what it is. */
const WORDS = 4

/** In the place of a job: nobody knows yet, or a schema is compiled, which is the work of all jobs that need it. */
const UNKNOWN = 0
const COMPILES = -1

/** What a watcher sees. */
export interface Work {
  /** Another number is another piece of work. */
  readonly number: number
  /** Whether it lasts. */
  readonly lasts: boolean
  /** Its schema; undefined while it has used none. */
  readonly mark: SchemaMark | undefined
  /** The job whose value it is about; undefined for other work. */
  readonly job: number | undefined
}

/** Written by the thread, read by the watcher. */
export class Busy {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  #since = 0
  #workedMs = 0

  constructor(memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  /** The time of all work so far, in ms. Only the thread itself knows it. */
  get workedMs(): number {
    return this.#workedMs
  }

  /** A piece of work begins. */
  begin(): void {
    this.#words[3] = UNKNOWN
    this.#since = performance.now()
    Atomics.add(this.#words, 0, 1)
  }

  /** It ends. */
  end(): void {
    Atomics.add(this.#words, 0, 1)
    this.#workedMs += performance.now() - this.#since
  }

  /** The work is about a value of this schema from now on. @param job above 0 */
  use({ high, low }: SchemaMark, job: number): void {
    this.#words[1] = high
    this.#words[2] = low
    this.#words[3] = job
  }

  /** Runs the compilation of a schema as a piece of work. Not to be called within another one. */
  compile<T>(mark: SchemaMark, work: () => T): T {
    this.begin()
    this.use(mark, COMPILES)
    try {
      return work()
    } finally {
      this.end()
    }
  }

  read(): Work {
    const number = Atomics.load(this.#words, 0)
    const job = this.#words[3] as number
    const mark = { high: this.#words[1] as number, low: this.#words[2] as number }
    return {
      number,
      lasts: (number & 1) === 1,
      mark: job === UNKNOWN ? undefined : mark,
      job: job > 0 ? job : undefined,
    }
  }
}
