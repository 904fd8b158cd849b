/**
 * Counts requests as Jetty's DoS filter does: a request is above a limit of N per second if the N-th request before it
 * came less than a second before it. Requests above the limit count, too: a client comes below it only by asking less
 * often. The state is a ring of moments in cells that the event loops of a process share; see bucket.ts for moments.
 */
import { PLACES, Places } from './places.ts'

const SECOND = 1_000_000_000n
/** A ring has at most so many moments. Above that number several requests share one, and count up to a thousandth less. */
const MAX_MOMENTS = 1024

/** The ring of a limit: a cell with the number of requests, and the moments of the last ones. */
export class RequestRing {
  /** The cells that a ring uses. */
  readonly cells: number
  /** Requests that share a moment: the first of them writes it. */
  readonly #step: number
  readonly #moments: number

  /** @param limit requests per second, at least 1 */
  constructor(limit: number) {
    this.#step = Math.ceil(limit / MAX_MOMENTS)
    this.#moments = Math.ceil(limit / this.#step) + 1
    this.cells = 1 + this.#moments
  }

  /** Counts a request. Returns whether it is above the limit. `at` is the first cell of the ring. */
  count(cells: BigInt64Array, at: number, moment: bigint): boolean {
    const before = Number(Atomics.add(cells, at, 1n))
    const group = Math.floor(before / this.#step)
    if (before % this.#step === 0) Atomics.store(cells, this.#cellOf(at, group), moment)
    // The oldest moment is that of as many requests ago as the limit allows.
    const oldest = Atomics.load(cells, this.#cellOf(at, group + 1))
    return oldest !== 0n && moment - oldest < SECOND
  }

  /** Whether the last request was less than a second ago. Older ones have no effect. */
  isActive(cells: BigInt64Array, at: number, moment: bigint): boolean {
    const count = Number(Atomics.load(cells, at))
    if (count === 0) return false
    const last = this.#cellOf(at, Math.floor((count - 1) / this.#step))
    return moment - Atomics.load(cells, last) < SECOND
  }

  #cellOf(at: number, group: number): number {
    return at + 1 + (group % this.#moments)
  }
}

/** The rings of many keys. */
export class RequestRings {
  readonly #cells: BigInt64Array
  readonly #ring: RequestRing
  readonly #places: Places

  /** The cells that the rings of a limit use. */
  static cellsFor(limit: number): number {
    return PLACES + (PLACES + 1) * new RequestRing(limit).cells
  }

  /**
   * @param cells cellsFor(limit) cells
   * @param seed see Places
   */
  constructor(limit: number, cells: BigInt64Array, seed: Uint8Array) {
    const ring = new RequestRing(limit)
    this.#ring = ring
    const ofRings = cells.subarray(PLACES)
    this.#cells = ofRings
    this.#places = new Places(cells.subarray(0, PLACES), seed, (place, moment) =>
      ring.isActive(ofRings, place * ring.cells, moment),
    )
  }

  /** Counts a request of a key. Returns whether it is above the limit. */
  count(key: string, moment: bigint): boolean {
    return this.#ring.count(this.#cells, this.#places.of(key, moment) * this.#ring.cells, moment)
  }
}
