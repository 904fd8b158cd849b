/**
 * A writer of Avro's binary encoding. All codecs share one, because encoding is synchronous.
 *
 * A count precedes its items but is known only after them. The writer reserves one byte for each count and inserts the
 * few longer counts at the end, so that nothing moves twice.
 */
import { PayloadSizeError } from '../codec.ts'

/** The size of a slab, which many payloads share. */
const SLAB_SIZE = 64 * 1024
/** The longest encoding of a long. */
const MAX_VARINT = 10
/** Up to this length a loop is faster than a call into the runtime. */
const SHORT = 48

/** The largest count that one byte encodes. */
const MAX_SHORT_COUNT = 63

interface LongCount {
  readonly at: number
  readonly count: number
}

/** Writes Avro's binary encoding. */
export class PayloadSink {
  #bytes = Buffer.allocUnsafeSlow(SLAB_SIZE)
  /** The start of the payload. Earlier bytes belong to finished payloads. */
  #start = 0
  /** The end of the payload. */
  #length = 0
  #maxBytes = 0
  #longCounts: LongCount[] = []
  readonly #float = new Float32Array(1)
  readonly #floatBytes = new Uint8Array(this.#float.buffer)
  readonly #double = new Float64Array(1)
  readonly #doubleBytes = new Uint8Array(this.#double.buffer)

  /** Starts a new payload and discards an unfinished one. @param maxBytes the limit of the payload */
  reset(maxBytes: number): void {
    this.#maxBytes = maxBytes
    if (this.#bytes.length > SLAB_SIZE) this.#renew()
    this.#length = this.#start
    if (this.#longCounts.length > 0) this.#longCounts = []
  }

  /** Finishes the payload. Its bytes are never overwritten. */
  take(): Buffer {
    if (this.#longCounts.length > 0) this.#insertLongCounts()
    const payload = this.#bytes.subarray(this.#start, this.#length)
    this.#start = this.#length
    // A slab for one large payload is released.
    if (this.#bytes.length > SLAB_SIZE) this.#renew()
    return payload
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** Writes an int or a long. @param value of at most 52 bits */
  integer(value: number): void {
    this.#reserve(MAX_VARINT)
    if (value >= -0x40000000 && value < 0x40000000) this.#varint((value << 1) ^ (value >> 31))
    else {
      const zigzag = value >= 0 ? value * 2 : -value * 2 - 1
      this.#longVarint(zigzag % 2 ** 28, Math.floor(zigzag / 2 ** 28), 0)
    }
  }

  /** Writes a long. @param value of at most 64 bits */
  long(value: bigint): void {
    this.#reserve(MAX_VARINT)
    const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    const low = Number(zigzag & 0xfffffffn)
    const middle = Number((zigzag >> 28n) & 0xfffffffn)
    this.#longVarint(low, middle, Number(zigzag >> 56n))
  }

  /** Writes four bytes. */
  float(value: number): void {
    this.#float[0] = value
    this.#number(this.#floatBytes)
  }

  /** Writes eight bytes. */
  double(value: number): void {
    this.#double[0] = value
    this.#number(this.#doubleBytes)
  }

  /** Writes a length and bytes. */
  copy(source: Uint8Array, from: number, to: number): void {
    const length = to - from
    this.#reserve(length + MAX_VARINT)
    this.#varint(length << 1)
    const bytes = this.#bytes
    if (length > SHORT) bytes.set(source.subarray(from, to), this.#length)
    else {
      const shift = this.#length - from
      for (let at = from; at < to; at++) bytes[at + shift] = source[at] as number
    }
    this.#length += length
  }

  /** Writes the length in bytes of a text without lone surrogates, and the text. */
  utf8(text: string): void {
    const length = Buffer.byteLength(text)
    this.#reserve(length + MAX_VARINT)
    this.integer(length)
    this.#length += this.#bytes.write(text, this.#length, 'utf8')
  }

  /** Writes one byte per character. No character is above U+00FF. */
  latin1(text: string): void {
    this.#reserve(text.length)
    this.#length += this.#bytes.write(text, this.#length, 'latin1')
  }

  /** Reserves a byte for a count. Returns its position for `endCount`. */
  beginCount(): number {
    this.#reserve(1)
    return this.#length++ - this.#start
  }

  /** Writes a count, and the empty block behind its items. */
  endCount(at: number, count: number): void {
    if (count === 0) this.#bytes[this.#start + at] = 0
    else {
      if (count <= MAX_SHORT_COUNT) this.#bytes[this.#start + at] = count << 1
      else this.#longCounts.push({ at, count })
      this.byte(0)
    }
  }

  #insertLongCounts(): void {
    // Inner counts end before outer ones.
    const counts = this.#longCounts.sort((one, other) => one.at - other.at)
    const source = this.#bytes.subarray(this.#start, this.#length)
    this.#bytes = Buffer.allocUnsafeSlow(source.length + counts.length * MAX_VARINT)
    this.#start = 0
    this.#length = 0
    let done = 0
    for (const { at, count } of counts) {
      this.#append(source.subarray(done, at))
      this.integer(count)
      done = at + 1
    }
    this.#append(source.subarray(done))
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Copies the bytes of a number in a loop, which is faster than a call into the runtime. */
  #number(bytes: Uint8Array): void {
    const size = bytes.length
    this.#reserve(size)
    for (let at = 0; at < size; at++) this.#bytes[this.#length++] = bytes[at] as number
  }

  #reserve(size: number): void {
    if (this.#length + size > this.#bytes.length) this.#changeSlab(size)
  }

  #renew(): void {
    this.#bytes = Buffer.allocUnsafeSlow(SLAB_SIZE)
    this.#start = 0
    this.#length = 0
  }

  /** Moves the payload to a larger slab. @throws {PayloadSizeError} when it exceeds its limit; `size` may be a little too large */
  #changeSlab(size: number): void {
    const length = this.#length - this.#start
    if (length + size - MAX_VARINT > this.#maxBytes) throw new PayloadSizeError(this.#maxBytes)
    const slab = Buffer.allocUnsafeSlow(Math.max((length + size) * 2, SLAB_SIZE))
    this.#bytes.copy(slab, 0, this.#start, this.#length)
    this.#bytes = slab
    this.#start = 0
    this.#length = length
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

  /** Writes a number of 28 + 28 + 8 bits. */
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
