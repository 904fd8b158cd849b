/** A reader of Avro's binary encoding with checks of all bounds. */
import { PayloadError } from '../codec.ts'

const FLOAT = new Float32Array(1)
const FLOAT_BYTES = new Uint8Array(FLOAT.buffer)
const DOUBLE = new Float64Array(1)
const DOUBLE_BYTES = new Uint8Array(DOUBLE.buffer)

const GROUP_BYTES = 4
const GROUP = 2 ** 28
/** From this value on, two groups of an integer exceed the exact range of doubles. */
const EXACT_MIDDLE = 2 ** 24

/** A position in a payload. */
export class PayloadSource {
  readonly bytes: Uint8Array
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Reads one byte. */
  byte(): number {
    if (this.position >= this.bytes.length) this.#refuseEnd()
    return this.bytes[this.position++] as number
  }

  /** Reads a long. Returns a bigint if it may have more than 51 bits. */
  integer(): number | bigint {
    const byte = this.bytes[this.position] as number
    if (byte < 0x80) {
      this.position++
      return (byte >> 1) ^ -(byte & 1)
    }
    return this.#longer()
  }

  #longer(): number | bigint {
    const low = this.#group()
    if (!this.#hasMore()) return (low >>> 1) ^ -(low & 1)
    const middle = this.#group()
    const hasHigh = this.#hasMore()
    if (!hasHigh && middle < EXACT_MIDDLE) {
      const zigzag = middle * GROUP + low
      return (low & 1) === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    }
    const high = hasHigh ? this.#high() : 0
    const zigzag = (BigInt(high) << 56n) | (BigInt(middle) << 28n) | BigInt(low)
    return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n))
  }

  /** Reads up to four bytes of an integer: 28 bits. */
  #group(): number {
    let value = 0
    for (let shift = 0; shift < 7 * GROUP_BYTES; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return value
  }

  /** Whether the integer continues behind a group. */
  #hasMore(): boolean {
    return (this.bytes[this.position - 1] as number) >= 0x80
  }

  /** Reads the last two bytes: 8 bits. */
  #high(): number {
    const first = this.byte()
    if (first < 0x80) return first
    const second = this.byte()
    if (second > 1) throw new PayloadError('An integer of more than 64 bits')
    return (first & 0x7f) | (second << 7)
  }

  /** Reads a length in bytes, within the payload. */
  length(): number {
    const value = this.integer()
    if (value < 0) throw new PayloadError(`A length of ${value}`)
    if (value > this.bytes.length - this.position) this.#refuseEnd()
    return value as number
  }

  /** Reads a count of items; 0 ends the blocks. The count may exceed the payload. */
  count(): number {
    const value = this.integer()
    if (typeof value === 'bigint') throw new PayloadError(`A block of ${value} items`)
    if (value >= 0) return value
    // A negative count precedes the size of the block in bytes.
    this.integer()
    return -value
  }

  /** Reads four bytes. */
  float(): number {
    this.#copy(FLOAT_BYTES)
    return FLOAT[0] as number
  }

  /** Reads eight bytes. */
  double(): number {
    this.#copy(DOUBLE_BYTES)
    return DOUBLE[0] as number
  }

  /** Skips bytes. Returns their start. */
  skip(size: number): number {
    const from = this.position
    if (size > this.bytes.length - from) this.#refuseEnd()
    this.position += size
    return from
  }

  #copy(target: Uint8Array): void {
    const size = target.length
    const from = this.skip(size)
    for (let at = 0; at < size; at++) target[at] = this.bytes[from + at] as number
  }

  #refuseEnd(): never {
    throw new PayloadError('The payload ends too early')
  }
}
