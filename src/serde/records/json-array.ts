/** The JSON of a response, written record by record into a buffer, and taken out of it in parts. */

const FIRST_BYTES = 128 * 1024
/** A buffer that had to be larger is not kept for long. */
const MAX_KEPT_BYTES = 1024 * 1024

const BETWEEN = Buffer.from(',"value":')
const OPENING = 0x5b
const CLOSING = 0x5d
const COMMA = 0x2c

/** What stands before the key and behind the value of a record, as in its frame. */
export interface Surroundings {
  readonly begin: Uint8Array
  readonly rest: Uint8Array
}

/** An array of records. */
export class JsonArray {
  #buffer = Buffer.allocUnsafe(0)
  #used = 0
  #isEmpty = true

  /** Whether it has no record, also none that was taken out. */
  get isEmpty(): boolean {
    return this.#isEmpty
  }

  /** How much there is to be taken. */
  get bytes(): number {
    return this.#used
  }

  /** Writes a record. The key and the value are JSON of so many bytes together, or fewer. */
  add({ begin, rest }: Surroundings, key: string, value: string, bytes: number): void {
    this.#reserve(1 + begin.length + BETWEEN.length + bytes + rest.length)
    this.#buffer[this.#used++] = this.#isEmpty ? OPENING : COMMA
    this.#isEmpty = false
    this.#append(begin)
    this.#used += this.#buffer.write(key, this.#used)
    this.#append(BETWEEN)
    this.#used += this.#buffer.write(value, this.#used)
    this.#append(rest)
  }

  /** Writes its end. */
  close(): void {
    this.#reserve(2)
    if (this.#isEmpty) this.#buffer[this.#used++] = OPENING
    this.#buffer[this.#used++] = CLOSING
  }

  /** What was written since the last time; overwritten by what comes next. */
  take(): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#used)
    if (this.#buffer.length > MAX_KEPT_BYTES) this.#buffer = Buffer.allocUnsafe(0)
    this.#used = 0
    return bytes
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
