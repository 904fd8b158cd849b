/** The random numbers of the signatures that a process has accepted. */

/** Remembers each number for at least `validMs`, and for at most twice as long. */
export class Nonces {
  readonly #validMs: number
  readonly #now: () => number
  #recent = new Set<string>()
  #earlier = new Set<string>()
  #periodEnds = 0

  constructor(validMs: number, now: () => number = Date.now) {
    this.#validMs = validMs
    this.#now = now
  }

  /** Whether the number was not accepted before. */
  accept(nonce: string): boolean {
    const now = this.#now()
    if (now >= this.#periodEnds) {
      this.#earlier = this.#recent
      this.#recent = new Set()
      this.#periodEnds = now + this.#validMs
    }
    if (this.#recent.has(nonce) || this.#earlier.has(nonce)) return false
    this.#recent.add(nonce)
    return true
  }
}
