/** Places for calls that are being made at the same time, shared among callers. */

/**
 * Places of a number that is fixed. A caller gets another one while it has fewer than are free. One caller alone thereby gets
 * half of them, the next one half of the rest: some are always left for a caller that has none.
 */
export class Places {
  readonly #taken = new Map<string, number>()
  #free: number

  /** @param places 1 or more */
  constructor(places: number) {
    this.#free = places
  }

  /** Takes a place, which has to be given back once; false if there is none for this caller. */
  take(caller: string): boolean {
    const taken = this.#taken.get(caller) ?? 0
    if (taken >= this.#free) return false
    this.#taken.set(caller, taken + 1)
    this.#free--
    return true
  }

  /** Gives a place back. */
  giveBack(caller: string): void {
    const taken = this.#taken.get(caller) ?? 0
    if (taken > 1) this.#taken.set(caller, taken - 1)
    else this.#taken.delete(caller)
    this.#free++
  }
}
