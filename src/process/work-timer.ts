/** Measures the pieces of work of a thread. */
import type { Work } from '../serde/limits/busy.ts'

/** What is seen of a thread at one moment. */
export interface Observed {
  readonly work: Work
  /** Of the thread since its start; -1 if it has none. */
  readonly processorMicros: number
  /** Milliseconds of a monotonic clock. */
  readonly now: number
}

/**
 * Work that waits for a processor does not use it: on a busy machine it takes longer than its limit allows. Work that uses
 * none at all is too long after this many times the limit.
 */
const PATIENCE = 20

/** Of one thread. */
export class WorkTimer {
  readonly #maxMs: number
  #number = 0
  #processorMicros = 0
  #since = 0

  /** @param maxMs the processor time of one piece of work */
  constructor(maxMs: number) {
    this.#maxMs = maxMs
  }

  /** Whether the piece of work that lasts has taken more than the limit since it was first seen. */
  isTooLong({ work, processorMicros, now }: Observed): boolean {
    if (!work.lasts) return false
    if (work.number !== this.#number) {
      this.#number = work.number
      this.#processorMicros = processorMicros
      this.#since = now
      return false
    }
    const usedMs = (processorMicros - this.#processorMicros) / 1000
    return usedMs > this.#maxMs || now - this.#since > PATIENCE * this.#maxMs
  }
}
