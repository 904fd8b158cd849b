/** A buffer for the JSON array of a response. */

const FIRST_BYTES = 128 * 1024
/** Larger buffers are released after use. */
const MAX_KEPT_BYTES = 1024 * 1024

const BETWEEN = Buffer.from(',"value":')
const OPENING = 0x5b
const CLOSING = 0x5d
const COMMA = 0x2c

/** The JSON before the key and behind the value, as in a frame. */
export interface Surroundings {
  readonly begin: Uint8Array
  readonly rest: Uint8Array
}

/** Writes an array of records. */
export class JsonArray {
  #buffer = Buffer.allocUnsafe(0)
  #used = 0
  #isEmpty = true
  #count = 0

  /** Whether no record was written yet. */
  get isEmpty(): boolean {
    return this.#isEmpty
  }

  /** The number of bytes that take() would return. */
  get bytes(): number {
    return this.#used
  }

  /** Writes a record. @param bytes an upper bound on the size of key and value together */
  add({ begin, rest }: Surroundings, key: string, value: string, bytes: number): void {
    this.#reserve(1 + begin.length + BETWEEN.length + bytes + rest.length)
    this.#buffer[this.#used++] = this.#isEmpty ? OPENING : COMMA
    this.#isEmpty = false
    this.#count++
    this.#append(begin)
    this.#used += this.#buffer.write(key, this.#used)
    this.#append(BETWEEN)
    this.#used += this.#buffer.write(value, this.#used)
    this.#append(rest)
  }

  /** Writes the end of the array. */
  close(): void {
    this.#reserve(2)
    if (this.#isEmpty) this.#buffer[this.#used++] = OPENING
    this.#buffer[this.#used++] = CLOSING
  }

  /** Returns the bytes since the last call. The next write overwrites them. */
  take(): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#used)
    if (this.#buffer.length > MAX_KEPT_BYTES) this.#buffer = Buffer.allocUnsafe(0)
    this.#used = 0
    return bytes
  }

  /** Returns the number of records since the last call. */
  takeCount(): number {
    const count = this.#count
    this.#count = 0
    return count
  }

  #append(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#used)
    this.#used += bytes.length
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length, FIRST_BYTES))
    this.#buffer.copy(grown, 0, 0, this.#used)
    this.#buffer = grown
  }
}
