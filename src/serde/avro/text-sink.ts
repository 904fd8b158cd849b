/** A writer of JSON in UTF-8. All codecs share one, because decoding is synchronous. */
import { constants } from 'node:buffer'
import { PayloadError } from '../codec.ts'
import { maxJsonLength } from '../limits/text-length.ts'
import { MAX_DEPTH } from './json-reader.ts'

const INITIAL_SIZE = 16 * 1024
/** Larger buffers are released after use. */
const MAX_KEPT_SIZE = 1024 * 1024
/** The longest number. */
const MAX_NUMBER = 32
/** The longest escape, and the closing quote. */
const MAX_ESCAPE = 7

const BILLION = 1e9
const BILLION_DIGITS = 9

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const LOWER_U = 0x75
const HEX = Buffer.from('0123456789ABCDEF')

/** The character behind the backslash for each byte; 0 for bytes without an escape. */
const ESCAPES = new Uint8Array(256).fill(LOWER_U, 0, 0x20)
for (const [char, letter] of ['\bb', '\tt', '\nn', '\ff', '\rr', '""', '\\\\']) {
  ESCAPES[(char as string).charCodeAt(0)] = (letter as string).charCodeAt(0)
}

/** Writes JSON without white space. */
export class TextSink {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE)
  #length = 0
  #limit = 0
  #depth = 0

  /** Starts a new text. @param payloadSize in bytes; bounds the text */
  reset(payloadSize: number): void {
    this.#length = 0
    this.#depth = 0
    this.#limit = Math.min(maxJsonLength(payloadSize), constants.MAX_STRING_LENGTH)
  }

  /** Finishes the text. Invalid UTF-8 in strings becomes U+FFFD, as in Java. */
  text(): string {
    const text = this.#bytes.toString('utf8', 0, this.#length)
    if (this.#bytes.length > MAX_KEPT_SIZE) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE)
    return text
  }

  /** Writes an opening bracket and the bytes that always follow it. */
  open(start: Uint8Array): void {
    if (++this.#depth > MAX_DEPTH) throw new PayloadError(`Nested deeper than ${MAX_DEPTH} levels`)
    this.part(start)
  }

  /** Writes a closing bracket. */
  close(char: number): void {
    this.#depth--
    this.#char(char)
  }

  /** Writes a comma. */
  comma(): void {
    this.#char(COMMA)
  }

  #char(char: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = char
  }

  /** Writes bytes that are JSON already. */
  part(part: Uint8Array): void {
    const { length } = part
    this.#reserve(length)
    const bytes = this.#bytes
    let end = this.#length
    for (let at = 0; at < length; at++) bytes[end++] = part[at] as number
    this.#length = end
  }

  /** Writes ASCII that is JSON already. @param text at most 32 characters */
  number(text: string): void {
    const { length } = text
    this.#reserve(MAX_NUMBER)
    const bytes = this.#bytes
    let end = this.#length
    for (let at = 0; at < length; at++) bytes[end++] = text.charCodeAt(at)
    this.#length = end
  }

  /** Writes an integer. */
  integer(value: number | bigint): void {
    if (typeof value === 'number' && Math.abs(value) < BILLION * BILLION) this.#digits(value)
    else this.number(String(value))
  }

  #digits(value: number): void {
    this.#reserve(MAX_NUMBER)
    if (value < 0) this.#bytes[this.#length++] = MINUS
    const size = Math.abs(value)
    if (size < BILLION) this.#billion(size, 1)
    else {
      const high = Math.floor(size / BILLION)
      this.#billion(high, 1)
      this.#billion(size - high * BILLION, BILLION_DIGITS)
    }
  }

  /** Writes a number below a billion, which fits into 32 bits, padded with zeros. */
  #billion(value: number, minDigits: number): void {
    const bytes = this.#bytes
    const start = this.#length
    let digits = minDigits
    for (let bound = 10 ** minDigits; value >= bound; bound *= 10) digits++
    this.#length = start + digits
    let rest = value | 0
    for (let at = this.#length - 1; at >= start; at--) {
      const tens = (rest / 10) | 0
      bytes[at] = ZERO + rest - tens * 10
      rest = tens
    }
  }

  /** Writes UTF-8 as a string. */
  utf8(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from + MAX_ESCAPE)
    const bytes = this.#bytes
    let end = this.#length
    bytes[end++] = QUOTE
    let at = from
    for (; at < to; at++) {
      const byte = source[at] as number
      if (ESCAPES[byte] !== 0) break
      bytes[end++] = byte
    }
    this.#length = end
    for (; at < to; at++) this.#character(source[at] as number, to - at)
    this.#bytes[this.#length++] = QUOTE
  }

  /** Writes ISO-8859-1 as a string. */
  latin1(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from + MAX_ESCAPE)
    this.#bytes[this.#length++] = QUOTE
    for (let at = from; at < to; at++) {
      const byte = source[at] as number
      if (byte < 0x80) this.#character(byte, to - at)
      else {
        this.#character(0xc0 | (byte >> 6), to - at + 1)
        this.#character(0x80 | (byte & 0x3f), to - at)
      }
    }
    this.#bytes[this.#length++] = QUOTE
  }

  /** Writes a byte of a string, escaped where necessary, and reserves space for the remaining bytes. */
  #character(byte: number, left: number): void {
    this.#reserve(left + MAX_ESCAPE)
    const letter = ESCAPES[byte] as number
    if (letter === 0) {
      this.#bytes[this.#length++] = byte
      return
    }
    this.#bytes[this.#length++] = BACKSLASH
    this.#bytes[this.#length++] = letter
    if (letter === LOWER_U) this.#hex(byte)
  }

  #hex(byte: number): void {
    this.#bytes[this.#length++] = ZERO
    this.#bytes[this.#length++] = ZERO
    this.#bytes[this.#length++] = HEX[byte >> 4] as number
    this.#bytes[this.#length++] = HEX[byte & 0xf] as number
  }

  #reserve(size: number): void {
    const needed = this.#length + size
    if (needed > this.#bytes.length) this.#grow(needed)
  }

  #grow(needed: number): void {
    if (needed > this.#limit) throw new PayloadError(`A value of more than ${this.#limit} bytes`)
    const larger = Buffer.allocUnsafeSlow(
      Math.min(Math.max(needed, this.#bytes.length * 2), this.#limit),
    )
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
