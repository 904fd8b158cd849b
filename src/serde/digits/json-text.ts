/**
 * JSON texts in their original spelling. `JSON.parse` rounds numbers to doubles and drops all but the last member of a
 * name. One pass over the text removes its white space and finds what `JSON.parse` would lose.
 */
import { PayloadError } from '../codec.ts'
import { canonical, type Decimal, parseDecimal, precisionOf } from './decimal.ts'

/** The nesting limit of the engine's parser and of Confluent's REST proxy. */
const MAX_DEPTH = 1000

/** The result of one pass over a text. */
export interface JsonText {
  /** The text without white space between tokens, otherwise unchanged. */
  readonly compact: string
  /** Whether a double represents each number uniquely, see `fitsDouble`. */
  readonly fitsDoubles: boolean
  /** The number of members in all objects, with duplicates. */
  readonly members: number
}

const QUOTE = 0x22
const SPACE = 0x20
const LAST_OF_LATIN = 0xff

/** What a character begins, outside of strings. Zero stands for words and commas. */
const WHITE_SPACE = 1
const STRING = 2
const NUMBER = 3
const MEMBER = 4
const OPENING = 5
const CLOSING = 6

const BEGINS = new Uint8Array(128).fill(WHITE_SPACE, 0, SPACE + 1)
for (const [characters, what] of [
  ['"', STRING],
  ['-0123456789', NUMBER],
  [':', MEMBER],
  ['[{', OPENING],
  [']}', CLOSING],
] as const) {
  for (const character of characters) BEGINS[character.charCodeAt(0)] = what
}

/**
 * Scans a text.
 *
 * @param json a well-formed text
 * @throws {PayloadError} when the text nests deeper than 1000 levels, or a number has more than 1000 characters
 */
export function readJsonText(json: string): JsonText {
  let [fitsDoubles, hasWhiteSpace] = [true, false]
  let [depth, members] = [0, 0]
  for (let at = 0; at < json.length; ) {
    let end = at + 1
    switch (BEGINS[json.charCodeAt(at)]) {
      case STRING:
        end = endOfString(json, at)
        break
      case NUMBER:
        end = endOfNumber(json, at)
        fitsDoubles &&= fitsDoubleAt(json, at, end)
        break
      case MEMBER:
        members++
        break
      case OPENING:
        depth = deeper(depth)
        break
      case CLOSING:
        depth--
        break
      case WHITE_SPACE:
        hasWhiteSpace = true
    }
    at = end
  }
  return { compact: hasWhiteSpace ? withoutWhiteSpace(json) : json, fitsDoubles, members }
}

function deeper(depth: number): number {
  if (depth === MAX_DEPTH) throw new PayloadError(`nested deeper than ${MAX_DEPTH}`)
  return depth + 1
}

/**
 * Copies character by character: slices would be as many strings as there are values. A Latin-1 text becomes a
 * one-byte string, which halves the time of later passes.
 */
function withoutWhiteSpace(json: string): string {
  const bytes = Buffer.allocUnsafe(json.length)
  const { length, allBits } = keepTokens(json, bytes)
  if (allBits <= LAST_OF_LATIN) return bytes.toString('latin1', 0, length)
  const units = new Uint16Array(json.length)
  keepTokens(json, units)
  return Buffer.from(units.buffer, 0, 2 * length).toString('utf16le')
}

/** Returns the number of kept characters, and the union of their bits. */
function keepTokens(json: string, kept: Buffer | Uint16Array): { length: number; allBits: number } {
  let length = 0
  let allBits = 0
  for (let at = 0; at < json.length; ) {
    const code = json.charCodeAt(at)
    const end = code === QUOTE ? endOfString(json, at) : at + 1
    if (code <= SPACE) at = end
    for (; at < end; at++) {
      const unit = json.charCodeAt(at)
      allBits |= unit
      kept[length++] = unit
    }
  }
  return { length, allBits }
}

/**
 * Refuses values that lost members.
 *
 * @param value the parsed text
 * @param members the number of members in the text
 * @throws {PayloadError} when an object has two members of one name
 */
export function refuseLostMembers(value: unknown, members: number): void {
  if (countMembers(value) !== members)
    throw new PayloadError('an object has two members with the same name')
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) for (const item of value) count += countMembers(item)
  // Objects of `JSON.parse` inherit nothing that this loop visits, and it is faster than a list of their values.
  else for (const name in value) count += 1 + countMembers((value as Record<string, unknown>)[name])
  return count
}

/** The limit of Confluent's REST proxy. The cost of a number grows faster than its length. */
const MAX_NUMBER_LENGTH = 1000

const BACKSLASH = 0x5c

/** A search takes longer than passing this many characters. */
const SHORT = 32

/** Returns the position behind the closing quote of the string that starts at a position. */
export function endOfString(json: string, start: number): number {
  const limit = Math.min(json.length, start + SHORT)
  for (let at = start + 1; at < limit; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code === BACKSLASH) break
  }
  let end = json.indexOf('"', start + 1)
  while (end > 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end < 0 ? json.length : end + 1
}

function isEscaped(json: string, at: number): boolean {
  let before = at - 1
  while (json.charCodeAt(before) === BACKSLASH) before--
  return (at - before) % 2 === 0
}

/**
 * Returns the position behind the number that starts at a position.
 *
 * @throws {PayloadError} when the number has more than 1000 characters
 */
export function endOfNumber(json: string, start: number): number {
  let end = start + 1
  while (end < json.length && OF_NUMBER[json.charCodeAt(end)] === 1) end++
  if (end - start > MAX_NUMBER_LENGTH) {
    throw new PayloadError(`a number of more than ${MAX_NUMBER_LENGTH} characters`)
  }
  return end
}

const OF_NUMBER = new Uint8Array(128)
for (const character of '0123456789+-.eE') OF_NUMBER[character.charCodeAt(0)] = 1

/** Up to this many digits, no two decimals share a double. */
const EXACT_DIGITS = 15
const LOWER_E = 0x65
/** Below this number doubles have fewer digits. */
const SMALLEST = 1e-300

/**
 * Whether a double represents a number uniquely: it has up to 15 digits and a moderate exponent, or it is the shortest
 * decimal of its double, as most computed numbers are. Such decimals and their doubles have the same order, and no two
 * decimals share a double. Integers above 2^53 have neither property beside longer ones.
 */
export function fitsDouble(text: string): boolean {
  return fitsDoubleAt(text, 0, text.length)
}

function fitsDoubleAt(json: string, start: number, end: number): boolean {
  if (end - start <= EXACT_DIGITS && !hasExponent(json, start, end)) return true
  const text = json.slice(start, end)
  const number = Number(text)
  const isExact =
    (Number.isSafeInteger(number) || !Number.isInteger(number)) && Math.abs(number) > SMALLEST
  if (isExact && `${number}` === text) return true
  const decimal = parseDecimal(text)
  if (decimal === undefined) return false
  const precision = precisionOf(decimal)
  if (precision <= EXACT_DIGITS) return Math.abs(decimal.exponent + precision) <= 305
  return isExact && Number.isFinite(number) && isShortest(decimal, number)
}

/** Whether a double is printed as a decimal, in any spelling. */
function isShortest(decimal: Decimal, number: number): boolean {
  const shortest = parseDecimal(`${number}`)
  return shortest !== undefined && canonical(shortest) === canonical(decimal)
}

function hasExponent(json: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if ((json.charCodeAt(at) | 0x20) === LOWER_E) return true
  }
  return false
}
