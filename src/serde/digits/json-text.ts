/**
 * JSON texts in their original spelling. `JSON.parse` rounds numbers to doubles and drops all but the last member of a
 * name. One pass over the text removes its white space and finds what `JSON.parse` would lose.
 */
import { PayloadError } from '../codec.ts'
import { parseDecimal, precisionOf } from './decimal.ts'

/** The nesting limit of the engine's parser and of Confluent's REST proxy. */
const MAX_DEPTH = 1000

/** The result of one pass over a text. */
export interface JsonText {
  /** The text without white space between tokens, otherwise unchanged. */
  readonly compact: string
  /** Whether a double represents each number uniquely: at most 15 digits and a moderate exponent. */
  readonly fitsDoubles: boolean
  /** The number of members in all objects, with duplicates. */
  readonly members: number
}

const QUOTE = 0x22
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const SPACE = 0x20
const LAST_OF_LATIN = 0xff

/**
 * Scans a text.
 *
 * @param json a well-formed text
 * @throws {PayloadError} when the text nests deeper than 1000 levels, or a number has more than 1000 characters
 */
export function readJsonText(json: string): JsonText {
  return new Scan(json).run()
}

class Scan {
  readonly #json: string
  #fitsDoubles = true
  #depth = 0
  #members = 0
  #hasWhiteSpace = false

  constructor(json: string) {
    this.#json = json
  }

  run(): JsonText {
    for (let at = 0; at < this.#json.length; ) at = this.#next(at)
    const compact = this.#hasWhiteSpace ? withoutWhiteSpace(this.#json) : this.#json
    return { compact, fitsDoubles: this.#fitsDoubles, members: this.#members }
  }

  /** Returns the end of the token that starts at a position. */
  #next(at: number): number {
    const code = this.#json.charCodeAt(at)
    if (code === QUOTE) return endOfString(this.#json, at)
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#passNumber(at)
    if (code <= SPACE) this.#hasWhiteSpace = true
    if (code === COLON) this.#members++
    this.#depth += change(code)
    if (this.#depth > MAX_DEPTH) throw new PayloadError(`nested deeper than ${MAX_DEPTH}`)
    return at + 1
  }

  #passNumber(at: number): number {
    const end = endOfNumber(this.#json, at)
    this.#fitsDoubles &&= fitsDouble(this.#json.slice(at, end))
    return end
  }
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
 * Returns the change of depth at a character. `[` and `{` differ in one bit, as `]` and `}` do, and no other token
 * shares these codes.
 */
function change(code: number): number {
  const bracket = code | 0x20
  return bracket === 0x7b ? 1 : bracket === 0x7d ? -1 : 0
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
  const values = Object.values(value)
  return values.reduce<number>(
    (count, one) => count + countMembers(one),
    Array.isArray(value) ? 0 : values.length,
  )
}

/** The limit of Confluent's REST proxy. The cost of a number grows faster than its length. */
const MAX_NUMBER_LENGTH = 1000

const BACKSLASH = 0x5c

/** Returns the position behind the closing quote of the string that starts at a position. */
export function endOfString(json: string, start: number): number {
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
  while (end < json.length && isOfNumber(json.charCodeAt(end))) end++
  if (end - start > MAX_NUMBER_LENGTH) {
    throw new PayloadError(`a number of more than ${MAX_NUMBER_LENGTH} characters`)
  }
  return end
}

/** Digits, `+`, `-`, `.`, `E` and `e`. */
function isOfNumber(code: number): boolean {
  return (
    (code >= ZERO && code <= NINE) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x2e ||
    (code | 0x20) === 0x65
  )
}

/**
 * Whether a double represents a number uniquely. Up to 15 digits and within these exponents, decimals and their
 * doubles have the same order, and no two decimals share a double.
 */
export function fitsDouble(text: string): boolean {
  if (text.length <= 15 && !/[eE]/.test(text)) return true
  const decimal = parseDecimal(text)
  if (decimal === undefined || precisionOf(decimal) > 15) return false
  return Math.abs(decimal.exponent + precisionOf(decimal)) <= 305
}
