/** Values without parts. */
import type { Encoder } from './encoder.ts'
import { integerOf, passShortDecimal, passShortInteger } from './json-number.ts'
import { CHARS, isNumberStart, type JsonText, shorten } from './json-text.ts'
import { Names } from './names-in-json.ts'
import type { EnumType, FixedType } from './type.ts'

const INT_MAX = 2 ** 31 - 1
const LONG_MAX = 2n ** 63n - 1n

/** What has no number in JSON. The short forms are Avro's, too. */
const NOT_FINITE = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['INF', Number.POSITIVE_INFINITY],
  ['-INF', Number.NEGATIVE_INFINITY],
])
const ABOVE_FF = /[\u0100-\u{10ffff}]/u

const { QUOTE, TRUE, FALSE, NULL } = CHARS

/** Nothing is written. */
export const encodeNull: Encoder = (json) => {
  if (json.peek() !== NULL) json.refuseToken('null')
  json.literal(NULL)
}

/** One byte. */
export const encodeBoolean: Encoder = (json, sink) => {
  const char = json.peek()
  if (char !== TRUE && char !== FALSE) json.refuseToken('boolean')
  json.literal(char)
  sink.byte(char === TRUE ? 1 : 0)
}

/** From any number that is an integer: `3.0` and `3e0` are. */
export const encodeInt: Encoder = (json, sink) => {
  json.peek()
  const at = json.position
  const value = passShortInteger(json)
  if (value >= -INT_MAX - 1 && value <= INT_MAX) return sink.integer(value)
  json.position = at
  sink.long(integerAt(json, 'int', BigInt(INT_MAX)))
}

/** The same, with all of 64 bits. */
export const encodeLong: Encoder = (json, sink) => {
  const value = passShortInteger(json)
  if (Number.isNaN(value)) sink.long(integerAt(json, 'long', LONG_MAX))
  else sink.integer(value)
}

function integerAt(json: JsonText, type: string, max: bigint): bigint {
  if (!isNumberStart(json.peek())) json.refuseToken(type)
  const at = json.position
  const text = json.number()
  const value = integerOf(text)
  if (value === undefined) {
    json.position = at
    return json.refuseToken(type)
  }
  if (value > max || value < -max - 1n)
    refuseRange(json, at, text, `${type} (${-max - 1n} - ${max})`)
  return value as bigint
}

/** The float that is nearest to the nearest double, as in Java. */
export const encodeFloat: Encoder = (json, sink) => {
  sink.float(finiteOr(json, 'float', Math.fround))
}

/** The nearest double. */
export const encodeDouble: Encoder = (json, sink) => {
  sink.double(finiteOr(json, 'double', Number))
}

/** A number that is still finite when it is rounded, or one of the strings for those that are not. */
function finiteOr(json: JsonText, type: string, round: (value: number) => number): number {
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

function refuseString(json: JsonText, at: number, type: string): never {
  json.position = at
  return json.refuseToken(type)
}

/** In Jackson's words. */
function refuseRange(json: JsonText, at: number, text: string, range: string): never {
  return json.refuse(`Numeric value (${shorten(text)}) out of range of ${range}`, at)
}

/** UTF-8, which is copied unless something is escaped. */
export const encodeString: Encoder = (json, sink) => {
  if (json.peek() !== QUOTE) json.refuseToken('string')
  json.scanString()
  if (json.isEscaped) sink.utf8(json.scannedString())
  else sink.copy(json.bytes, json.from, json.to)
}

/** ISO-8859-1: a character for a byte. */
export const encodeBytes: Encoder = (json, sink) => {
  const text = bytesAt(json, 'bytes')
  sink.integer(text.length)
  sink.latin1(text)
}

/** The same, of a length that is known. */
export function encodeFixed({ size }: FixedType): Encoder {
  return (json, sink) => {
    json.peek()
    const at = json.position
    const text = bytesAt(json, 'fixed')
    // Avro's text, in which a space is missing.
    if (text.length !== size)
      json.refuse(`Expected fixed length ${size}, but got${text.length}`, at)
    sink.latin1(text)
  }
}

/** Passes a string whose characters are bytes. @throws {PayloadError} when one is no byte */
export function bytesAt(json: JsonText, type: string): string {
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

/** The index of a symbol. */
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
