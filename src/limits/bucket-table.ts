/** Buckets by key, in memory of a fixed size that the event loops of a process share: each key has one of the places. */
import { type BucketRate, charge, isUnused, waitOf } from './bucket.ts'
import { PLACES, Places } from './places.ts'

/** The cells that a table uses: hashes, moments, and the moment of the shared bucket. */
export const TABLE_CELLS: number = 2 * PLACES + 1

/** See the top of this file. */
export class BucketTable {
  /** The last one is that of the shared bucket. */
  readonly #moments: BigInt64Array
  readonly #places: Places
  readonly #rate: BucketRate

  /**
   * @param cells TABLE_CELLS cells
   * @param seed see Places
   */
  constructor(cells: BigInt64Array, seed: Uint8Array, rate: BucketRate) {
    this.#moments = cells.subarray(PLACES, TABLE_CELLS)
    this.#rate = rate
    // A bucket that is as one that was never used loses nothing.
    this.#places = new Places(
      cells.subarray(0, PLACES),
      seed,
      (place, moment) => !isUnused(this.#moments, place, rate.burst, moment),
    )
  }

  /** See waitOf() of a bucket. */
  waitOf(key: string, moment: bigint): number {
    return waitOf(this.#moments, this.#places.of(key, moment), moment)
  }

  /** See charge() of a bucket. */
  charge(key: string, tokens: number, moment: bigint): void {
    charge(this.#moments, this.#places.of(key, moment), this.#rate, tokens, moment)
  }
}
