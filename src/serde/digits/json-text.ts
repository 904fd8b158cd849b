/**
 * JSON texts in their original spelling. `JSON.parse` rounds numbers to doubles and drops all but the last member of a
 * name. One pass over the text removes its white space and finds what `JSON.parse` would lose.
 */
import { PayloadError } from '../codec.ts'
import { parseDecimal } from './decimal.ts'

/** As many as the engine's parser and the original take. */
const MAX_DEPTH = 1000

/** What one pass over a text finds. */
export interface JsonText {
  /** Without the white space between tokens; all else as it was. */
  readonly compact: string
  /** Whether each number has a double of its own: at most 15 digits and an exponent of moderate size. */
  readonly fitsDoubles: boolean
  /** How many members its objects have in all, those of the same name counted each. */
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
 * @param json a well-formed text
 * @throws {PayloadError} when it is nested deeper than 1000, or has a number of more than 1000 characters
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

  /** Where the token ends that starts here. */
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
 * Character by character: with a space behind each comma there would be as many pieces as there are values. A string of
 * Latin letters takes a byte for each, and half of the time of whoever goes through it.
 */
function withoutWhiteSpace(json: string): string {
  const bytes = Buffer.allocUnsafe(json.length)
  const { length, allBits } = keepTokens(json, bytes)
  if (allBits <= LAST_OF_LATIN) return bytes.toString('latin1', 0, length)
  const units = new Uint16Array(json.length)
  keepTokens(json, units)
  return Buffer.from(units.buffer, 0, 2 * length).toString('utf16le')
}

/** Returns how many characters are kept, and the bits that one of them has. */
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

/** What a character does to the depth: `[` and `{`, `]` and `}` differ in one bit, and no other token has theirs. */
function change(code: number): number {
  const bracket = code | 0x20
  return bracket === 0x7b ? 1 : bracket === 0x7d ? -1 : 0
}

/**
 * @param value what a text was parsed to
 * @param members how many the text has
 * @throws {PayloadError} when a name came twice in one object, so that a member is lost
 */
export function refuseLostMembers(value: unknown, members: number): void {
  if (countMembers(value) !== members) throw new PayloadError('a name stands twice in one object')
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const values = Object.values(value)
  return values.reduce<number>(
    (count, one) => count + countMembers(one),
    Array.isArray(value) ? 0 : values.length,
  )
}

/** The original's limit: the work on a number grows faster than its length. */
const MAX_NUMBER_LENGTH = 1000

const BACKSLASH = 0x5c

/** Behind the closing quote of the string that starts at a place. */
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
 * Behind the number that starts at a place.
 *
 * @throws {PayloadError} when it has more than 1000 characters
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

/** Decimals of up to 15 digits and doubles of these sizes stand in the same order, and none shares its double. */
export function fitsDouble(text: string): boolean {
  if (text.length <= 15 && !/[eE]/.test(text)) return true
  const decimal = parseDecimal(text)
  if (decimal === undefined || decimal.precision > 15) return false
  return Math.abs(decimal.exponent + decimal.precision) <= 305
}
