/**
 * Places for keys, of a fixed number, which the event loops of a process share. A place whose key has no history gives
 * itself to another key. Keys whose places are all in use share one more place: a limit is never exceeded by naming many
 * keys.
 */
import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** The number of places for keys of their own. The place behind them, with this index, is the shared one. */
export const PLACES = 8192
/** Places in which a key can be. */
const WAYS = 8
/** Hashes of keys that an event loop remembers. */
const REMEMBERED_KEYS = 8192
const FREE = 0n

/** See the top of this file. */
export class Places {
  readonly #hashes: BigInt64Array
  readonly #seed: Uint8Array
  readonly #hasHistory: (place: number, moment: bigint) => boolean
  readonly #known = new LRUCache<string, bigint>({ max: REMEMBERED_KEYS })

  /**
   * @param hashes PLACES cells
   * @param seed random bytes, the same for all event loops: clients cannot choose keys that share their places
   * @param hasHistory whether the key of a place would lose something with it
   */
  constructor(
    hashes: BigInt64Array,
    seed: Uint8Array,
    hasHistory: (place: number, moment: bigint) => boolean,
  ) {
    this.#hashes = hashes
    this.#seed = seed
    this.#hasHistory = hasHistory
  }

  /** Returns the place of a key, from 0 to PLACES. */
  of(key: string, moment: bigint): number {
    const hash = this.#hashOf(key)
    const first = Number(BigInt.asUintN(32, hash) % BigInt(PLACES / WAYS)) * WAYS
    let unused = -1
    for (let place = first; place < first + WAYS; place++) {
      const found = Atomics.load(this.#hashes, place)
      if (found === hash) return place
      if (unused < 0 && (found === FREE || !this.#hasHistory(place, moment))) unused = place
    }
    if (unused < 0) return PLACES
    const old = Atomics.load(this.#hashes, unused)
    // Another event loop may take the place for another key meanwhile: the next round finds what it left.
    const isTaken = Atomics.compareExchange(this.#hashes, unused, old, hash) === old
    return isTaken ? unused : PLACES
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
