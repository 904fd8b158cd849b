/** The numbers of open connections of a process, in memory that its event loops share. */

/** Counts the connections of each listener, over all event loops. */
export class ConnectionTotals {
  /** Can be given to other threads. */
  readonly memory: SharedArrayBuffer
  readonly #counts: Int32Array

  /** @param memory that of another object for the same listeners */
  constructor(
    listeners: number,
    memory = new SharedArrayBuffer(listeners * Int32Array.BYTES_PER_ELEMENT),
  ) {
    this.memory = memory
    this.#counts = new Int32Array(memory)
  }

  /** A connection was opened (1) or closed (-1). @param listener the index of its listener */
  add(listener: number, change: 1 | -1): void {
    Atomics.add(this.#counts, listener, change)
  }

  /** The number of connections of a listener. */
  at(listener: number): number {
    return Atomics.load(this.#counts, listener)
  }

  /** The number of all connections. */
  get all(): number {
    return this.#counts.reduce((sum, _, listener) => sum + this.at(listener), 0)
  }
}
