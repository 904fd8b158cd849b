/**
 * Buckets by key, in memory of a fixed size that the event loops of a process share. A bucket that is as one that was
 * never used gives its place to another key, which loses nothing. When the places of a key are all in use, the key
 * shares one bucket with all others that found no place: a limit is never exceeded by naming many keys.
 */
import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type BucketRate, charge, isUnused, waitOf } from './bucket.ts'

/** Places in which a key can be. */
const WAYS = 8
const PLACES = 8192
/** Hashes of keys that an event loop remembers. */
const REMEMBERED_KEYS = 8192
const FREE = 0n

/** The cells that a table uses: hashes, moments, and the moment of the shared bucket. */
export const TABLE_CELLS: number = 2 * PLACES + 1

/** See the top of this file. */
export class BucketTable {
  readonly #hashes: BigInt64Array
  /** The last one is that of the shared bucket. */
  readonly #moments: BigInt64Array
  readonly #seed: Uint8Array
  readonly #rate: BucketRate
  readonly #known = new LRUCache<string, bigint>({ max: REMEMBERED_KEYS })

  /**
   * @param cells TABLE_CELLS cells
   * @param seed random bytes, the same for all event loops: clients cannot choose keys that share their places
   */
  constructor(cells: BigInt64Array, seed: Uint8Array, rate: BucketRate) {
    this.#hashes = cells.subarray(0, PLACES)
    this.#moments = cells.subarray(PLACES, TABLE_CELLS)
    this.#seed = seed
    this.#rate = rate
  }

  /** See waitOf() of a bucket. */
  waitOf(key: string, moment: bigint): number {
    return waitOf(this.#moments, this.#placeOf(key, moment), moment)
  }

  /** See charge() of a bucket. */
  charge(key: string, tokens: number, moment: bigint): void {
    charge(this.#moments, this.#placeOf(key, moment), this.#rate, tokens, moment)
  }

  #placeOf(key: string, moment: bigint): number {
    const hash = this.#hashOf(key)
    const first = Number(BigInt.asUintN(32, hash) % BigInt(PLACES / WAYS)) * WAYS
    let unused = -1
    for (let place = first; place < first + WAYS; place++) {
      const found = Atomics.load(this.#hashes, place)
      if (found === hash) return place
      if (unused < 0 && this.#isUnused(place, found, moment)) unused = place
    }
    if (unused < 0) return PLACES
    const old = Atomics.load(this.#hashes, unused)
    // Another event loop may take the place for another key meanwhile: the next round finds what it left.
    const isTaken = Atomics.compareExchange(this.#hashes, unused, old, hash) === old
    return isTaken ? unused : PLACES
  }

  #isUnused(place: number, hash: bigint, moment: bigint): boolean {
    return hash === FREE || isUnused(this.#moments, place, this.#rate.burst, moment)
  }

  #hashOf(key: string): bigint {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const digest = createHmac('sha256', this.#seed).update(key).digest()
    const hash = digest.readBigInt64LE() || 1n
    this.#known.set(key, hash)
    return hash
  }
}
