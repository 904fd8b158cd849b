/** A cache that is bounded by the bytes of what it holds. Knows neither time nor requests. */

interface Entry<V> {
  readonly value: V
  readonly bytes: number
}

/** What every entry takes for itself, about. */
const ENTRY_BYTES = 200

/** Values by key; what was not used for longest makes room for what is new. */
export class LruCache<V> {
  /** In the order of their last use, since a Map keeps that of insertion. */
  readonly #entries = new Map<string, Entry<V>>()
  readonly #maxBytes: number
  #bytes = 0

  /** @param maxBytes 0 for a cache that holds nothing */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Of all that it holds, as it was told. */
  get bytes(): number {
    return this.#bytes
  }

  /** The value, which is thereby used. */
  find(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Replaces what is there. A value that alone is too large isn't kept. */
  set(key: string, value: V, valueBytes: number): void {
    this.delete(key)
    const bytes = ENTRY_BYTES + 2 * key.length + valueBytes
    if (bytes > this.#maxBytes) return
    this.#entries.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}
