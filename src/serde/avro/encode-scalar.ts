/** Encoders of scalars, fixed values and enums, without a loss of digits. */
import { integerText, isInteger, parseDecimal } from '../digits/decimal.ts'
import { CHARS, isDigit, isNumberStart, type JsonReader, Names, shorten } from './json-reader.ts'
import type { PayloadSink } from './payload-sink.ts'
import type { EnumType, FixedType } from './type.ts'

/**
 * Reads one value from a JSON text and writes it to a payload. @throws {PayloadError} when the value does not match
 * the type
 */
export type Encoder = (json: JsonReader, sink: PayloadSink) => void

const INT_MAX = 2 ** 31 - 1
const LONG_MAX = 2n ** 63n - 1n

/** Strings for the numbers that JSON lacks. Avro accepts the short forms too. */
const NOT_FINITE = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['INF', Number.POSITIVE_INFINITY],
  ['-INF', Number.NEGATIVE_INFINITY],
])
const ABOVE_FF = /[\u0100-\u{10ffff}]/u

const { QUOTE, TRUE, FALSE, NULL } = CHARS

/** Writes nothing: null has no bytes. */
export const encodeNull: Encoder = (json) => {
  if (json.peek() !== NULL) json.refuseToken('null')
  json.literal(NULL)
}

/** Writes one byte. */
export const encodeBoolean: Encoder = (json, sink) => {
  const char = json.peek()
  if (char !== TRUE && char !== FALSE) json.refuseToken('boolean')
  json.literal(char)
  sink.byte(char === TRUE ? 1 : 0)
}

/** Accepts any number that is an integer, such as `3.0` and `3e0`. */
export const encodeInt: Encoder = (json, sink) => {
  json.peek()
  const at = json.position
  const value = passShortInteger(json)
  if (value >= -INT_MAX - 1 && value <= INT_MAX) return sink.integer(value)
  json.position = at
  sink.long(integerAt(json, 'int', BigInt(INT_MAX)))
}

/** Accepts any number that is an integer of 64 bits. */
export const encodeLong: Encoder = (json, sink) => {
  const value = passShortInteger(json)
  if (Number.isNaN(value)) sink.long(integerAt(json, 'long', LONG_MAX))
  else sink.integer(value)
}

function integerAt(json: JsonReader, type: string, max: bigint): bigint {
  if (!isNumberStart(json.peek())) json.refuseToken(type)
  const at = json.position
  const text = json.number()
  const number = parseDecimal(text)
  if (number === undefined || !isInteger(number)) {
    json.position = at
    return json.refuseToken(type)
  }
  const digits = integerText(number, MAX_LONG_DIGITS)
  const value = digits === undefined ? undefined : BigInt(digits)
  if (value === undefined || value > max || value < -max - 1n) {
    return refuseRange(json, at, text, `${type} (${-max - 1n} - ${max})`)
  }
  return value
}

/** Rounds to a double and then to a float, as Java does. */
export const encodeFloat: Encoder = (json, sink) => {
  sink.float(finiteOr(json, 'float', Math.fround))
}

/** Rounds to a double. */
export const encodeDouble: Encoder = (json, sink) => {
  sink.double(finiteOr(json, 'double', Number))
}

/** Returns a number that is still finite after rounding, or the value of a string for a non-finite number. */
function finiteOr(json: JsonReader, type: string, round: (value: number) => number): number {
  const short = passShortDecimal(json)
  if (!Number.isNaN(short)) return round(short)
  const char = json.peek()
  const at = json.position
  if (char === QUOTE) return NOT_FINITE.get(json.string()) ?? refuseString(json, at, type)
  if (!isNumberStart(char)) json.refuseToken(type)
  const text = json.number()
  const value = round(Number(text))
  return Number.isFinite(value) ? value : refuseRange(json, at, text, type)
}

function refuseString(json: JsonReader, at: number, type: string): never {
  json.position = at
  return json.refuseToken(type)
}

/** Reports a number out of range, in Jackson's words. */
function refuseRange(json: JsonReader, at: number, text: string, range: string): never {
  return json.refuse(`Numeric value (${shorten(text)}) out of range of ${range}`, at)
}

/** Writes UTF-8. Strings without escapes are copied. */
export const encodeString: Encoder = (json, sink) => {
  if (json.peek() !== QUOTE) json.refuseToken('string')
  json.scanString()
  if (json.isEscaped) sink.utf8(json.scannedString())
  else sink.copy(json.bytes, json.from, json.to)
}

/** Writes each character of ISO-8859-1 as a byte. */
export const encodeBytes: Encoder = (json, sink) => {
  const text = bytesAt(json, 'bytes')
  sink.integer(text.length)
  sink.latin1(text)
}

/** Writes bytes of a fixed size. */
export function encodeFixed({ size }: FixedType): Encoder {
  return (json, sink) => {
    json.peek()
    const at = json.position
    const text = bytesAt(json, 'fixed')
    // The missing space is in Avro's text.
    if (text.length !== size)
      json.refuse(`Expected fixed length ${size}, but got${text.length}`, at)
    sink.latin1(text)
  }
}

/** Reads a string of bytes. @throws {PayloadError} when a character is above U+00FF */
export function bytesAt(json: JsonReader, type: string): string {
  if (json.peek() !== QUOTE) json.refuseToken(type)
  const at = json.position
  const text = json.string()
  const other = ABOVE_FF.exec(text)
  if (other !== null) {
    const code = (other[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')
    json.refuse(`Expected ${type}. Got the character U+${code}, which is no byte`, at)
  }
  return text
}

/** Writes the index of a symbol. */
export function encodeEnum({ symbols }: EnumType): Encoder {
  const names = new Names(symbols)
  return (json, sink) => {
    if (json.peek() !== QUOTE) json.refuseToken('enum')
    const at = json.position
    const index = names.take(json)
    if (index >= 0) return sink.integer(index)
    json.position = at
    json.refuse(`Unknown symbol in enum ${shorten(json.string())}`, at)
  }
}

/** Doubles represent all integers of this many digits exactly. */
const EXACT_DIGITS = 15
/** The digits of the longest long. */
const MAX_LONG_DIGITS = 19
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power)

const MINUS = 0x2d
const POINT = 0x2e

/** The result of the last scan. All readers share it, because each consumes it at once. */
const SCANNED = { end: 0, value: 0 }

/** Reads an integer of at most 15 digits. For other tokens it returns NaN and stays at its position. */
export function passShortInteger(json: JsonReader): number {
  const from = afterSign(json)
  scanDigits(json.bytes, from, 0)
  return passScanned(json, from, 0)
}

/**
 * Reads a number of fewer than 15 digits without an exponent. The quotient of two exact integers is correctly rounded.
 * For other tokens it returns NaN and stays at its position.
 */
export function passShortDecimal(json: JsonReader): number {
  const { bytes } = json
  const from = afterSign(json)
  scanDigits(bytes, from, 0)
  const point = SCANNED.end
  if (bytes[point] !== POINT) return passScanned(json, from, 0)
  scanDigits(bytes, point + 1, SCANNED.value)
  return passScanned(json, from, SCANNED.end - point - 1)
}

function afterSign(json: JsonReader): number {
  return json.peek() === MINUS ? json.position + 1 : json.position
}

/** @param before the value of the preceding digits */
function scanDigits(bytes: Uint8Array, from: number, before: number): void {
  let end = from
  let value = before
  let byte = bytes[end] as number
  while (isDigit(byte)) {
    value = value * 10 + (byte - 0x30)
    byte = bytes[++end] as number
  }
  SCANNED.end = end
  SCANNED.value = value
}

/** @param decimals the number of digits behind the point */
function passScanned(json: JsonReader, from: number, decimals: number): number {
  const { end, value } = SCANNED
  const size = end - from
  if (size === 0 || size > EXACT_DIGITS || continuesNumber(json.bytes[end] as number)) {
    return Number.NaN
  }
  const isNegative = from > json.position
  json.position = end
  const magnitude = value / (POWERS_OF_TEN[decimals] as number)
  return isNegative ? -magnitude : magnitude
}

/** Whether a character continues a number after its digits: `.`, `e` or `E`. */
function continuesNumber(char: number): boolean {
  return char === POINT || (char | 0x20) === 0x65
}
