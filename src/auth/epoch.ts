/** The number of the current users and keys, in memory that all threads of the process share. */

/** Advances when users or keys change: what was verified before is verified again. */
export class Epoch {
  /** Can be given to other threads. */
  readonly memory: SharedArrayBuffer
  readonly #cell: Int32Array

  /** @param memory that of another object */
  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#cell = new Int32Array(memory)
  }

  get current(): number {
    return Atomics.load(this.#cell, 0)
  }

  advance(): void {
    Atomics.add(this.#cell, 0, 1)
  }
}
