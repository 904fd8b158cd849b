/**
 * The bytes of a payload while it is written. One for all codecs: encoding doesn't wait, and so is
 * never begun before another has ended.
 *
 * A count precedes the items that it counts, and is known after them. One byte is left free for it;
 * the few counts that need more are put in at the end, so that nothing is moved twice.
 */

const INITIAL_SIZE = 16 * 1024
/** A buffer that one large payload has needed isn't kept. */
const MAX_KEPT_SIZE = 1024 * 1024
/** The longest form of a long. */
const MAX_VARINT = 10
/** Up to here a loop is faster than a call into the runtime. */
const SHORT = 48

/** Counts up to here are one byte. */
const MAX_SHORT_COUNT = 63

interface LongCount {
  readonly at: number
  readonly count: number
}

/** Writes Avro's binary encoding. */
export class PayloadSink {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE)
  #length = 0
  #longCounts: LongCount[] = []
  readonly #float = new Float32Array(1)
  readonly #floatBytes = new Uint8Array(this.#float.buffer)
  readonly #double = new Float64Array(1)
  readonly #doubleBytes = new Uint8Array(this.#double.buffer)

  /** Begins anew. */
  reset(): void {
    this.#length = 0
    if (this.#longCounts.length > 0) this.#longCounts = []
    if (this.#bytes.length > MAX_KEPT_SIZE) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE)
  }

  /** All that was written since, as a buffer of the caller's own. */
  take(): Buffer {
    if (this.#longCounts.length > 0) this.#insertLongCounts()
    const payload = Buffer.allocUnsafe(this.#length)
    this.#bytes.copy(payload, 0, 0, this.#length)
    return payload
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** @param value an integer of at most 52 bits */
  integer(value: number): void {
    this.#reserve(MAX_VARINT)
    if (value >= -0x40000000 && value < 0x40000000) this.#varint((value << 1) ^ (value >> 31))
    else {
      const zigzag = value >= 0 ? value * 2 : -value * 2 - 1
      this.#longVarint(zigzag % 2 ** 28, Math.floor(zigzag / 2 ** 28), 0)
    }
  }

  /** @param value of at most 64 bits */
  long(value: bigint): void {
    this.#reserve(MAX_VARINT)
    const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    const low = Number(zigzag & 0xfffffffn)
    const middle = Number((zigzag >> 28n) & 0xfffffffn)
    this.#longVarint(low, middle, Number(zigzag >> 56n))
  }

  float(value: number): void {
    this.#float[0] = value
    this.#number(this.#floatBytes)
  }

  double(value: number): void {
    this.#double[0] = value
    this.#number(this.#doubleBytes)
  }

  /** A length, and so many characters of a text, which are ASCII. */
  ascii(text: string, from: number, to: number): void {
    const length = to - from
    this.#reserve(length + MAX_VARINT)
    this.#varint(length << 1)
    if (length > SHORT) {
      this.#length += this.#bytes.write(text.slice(from, to), this.#length, 'latin1')
      return
    }
    const bytes = this.#bytes
    let end = this.#length
    for (let at = from; at < to; at++) bytes[end++] = text.charCodeAt(at)
    this.#length = end
  }

  /** A length in bytes, and a text without lone surrogates. */
  utf8(text: string): void {
    const length = Buffer.byteLength(text)
    this.#reserve(length + MAX_VARINT)
    this.integer(length)
    this.#length += this.#bytes.write(text, this.#length, 'utf8')
  }

  /** A byte for each character, none of which is above U+00FF. */
  latin1(text: string): void {
    this.#reserve(text.length)
    this.#length += this.#bytes.write(text, this.#length, 'latin1')
  }

  /** Leaves room for a count. The place, for `endCount`. */
  beginCount(): number {
    this.#reserve(1)
    return this.#length++
  }

  /** Writes how many items came since, and ends them. */
  endCount(at: number, count: number): void {
    if (count === 0) this.#bytes[at] = 0
    else {
      if (count <= MAX_SHORT_COUNT) this.#bytes[at] = count << 1
      else this.#longCounts.push({ at, count })
      this.byte(0)
    }
  }

  #insertLongCounts(): void {
    // Those inside have ended before those around them.
    const counts = this.#longCounts.sort((one, other) => one.at - other.at)
    const source = this.#bytes.subarray(0, this.#length)
    this.#bytes = Buffer.allocUnsafeSlow(this.#length + counts.length * MAX_VARINT)
    this.#length = 0
    let done = 0
    for (const { at, count } of counts) {
      this.#copy(source.subarray(done, at))
      this.integer(count)
      done = at + 1
    }
    this.#copy(source.subarray(done))
  }

  #copy(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** The bytes of a number, which a loop copies faster than a call into the runtime. */
  #number(bytes: Uint8Array): void {
    const size = bytes.length
    this.#reserve(size)
    for (let at = 0; at < size; at++) this.#bytes[this.#length++] = bytes[at] as number
  }

  #reserve(size: number): void {
    const needed = this.#length + size
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }

  #varint(value: number): void {
    const bytes = this.#bytes
    let end = this.#length
    let rest = value >>> 0
    while (rest > 0x7f) {
      bytes[end++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[end++] = rest
    this.#length = end
  }

  /** A number of 28 + 28 + 8 bits. */
  #longVarint(low: number, middle: number, high: number): void {
    const groups = high > 0 ? 3 : middle > 0 ? 2 : 1
    if (groups > 1) this.#fourBytes(low)
    if (groups > 2) this.#fourBytes(middle)
    this.#varint(groups === 1 ? low : groups === 2 ? middle : high)
  }

  #fourBytes(value: number): void {
    for (let shift = 0; shift < 28; shift += 7) {
      this.#bytes[this.#length++] = ((value >> shift) & 0x7f) | 0x80
    }
  }
}
