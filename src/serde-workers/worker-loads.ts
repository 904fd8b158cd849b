/** The numbers of jobs at the workers for schemas, in memory that all event loops share. */

/** Safe from any thread. The numbers of an event loop that has ended by an error stay. */
export class WorkerLoads {
  readonly memory: SharedArrayBuffer
  readonly #jobs: Int32Array

  /** @param from the number of workers, or the memory of another object */
  constructor(from: number | SharedArrayBuffer) {
    const bytes = Int32Array.BYTES_PER_ELEMENT
    this.memory = typeof from === 'number' ? new SharedArrayBuffer(bytes * from) : from
    this.#jobs = new Int32Array(this.memory)
  }

  get count(): number {
    return this.#jobs.length
  }

  /** The jobs of all workers. */
  get total(): number {
    return this.#jobs.reduce((sum, jobs) => sum + jobs)
  }

  of(worker: number): number {
    return Atomics.load(this.#jobs, worker)
  }

  add(worker: number, jobs: number): void {
    Atomics.add(this.#jobs, worker, jobs)
  }

  leastLoaded(): number {
    let least = 0
    for (let index = 1; index < this.#jobs.length; index++) {
      if (this.of(index) < this.of(least)) least = index
    }
    return least
  }
}
