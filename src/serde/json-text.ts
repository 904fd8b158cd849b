/**
 * JSON texts with every digit: `JSON.parse` turns numbers into doubles, and what a client wrote is lost. One
 * pass makes a text compact and tells whether any of its numbers is more than a double can hold; texts with
 * such numbers (few) are parsed here, the others by `JSON.parse`.
 */
import { PayloadError } from './codec.ts'
import { isInteger, parseDecimal } from './decimal.ts'

/** As many as the engine's parser and the original take. */
const MAX_DEPTH = 1000
/** The original's limit: the work on a number grows faster than its length. */
const MAX_NUMBER_LENGTH = 1000

/** What one pass over a text finds. */
export interface JsonText {
  /** Without the white space between tokens; all else as it was. */
  readonly compact: string
  /** Whether each number has a double of its own: at most 15 digits and an exponent of moderate size. */
  readonly fitsDoubles: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const SPACE = 0x20

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
  #compact = ''
  /** Up to here the text is in `#compact`, or was white space. */
  #kept = 0

  constructor(json: string) {
    this.#json = json
  }

  run(): JsonText {
    for (let at = 0; at < this.#json.length; ) at = this.#next(at)
    const compact = this.#kept === 0 ? this.#json : this.#compact + this.#json.slice(this.#kept)
    return { compact, fitsDoubles: this.#fitsDoubles }
  }

  /** Where the token ends that starts here. */
  #next(at: number): number {
    const code = this.#json.charCodeAt(at)
    if (code === QUOTE) return endOfString(this.#json, at)
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#passNumber(at)
    if (code <= SPACE) return this.#dropWhiteSpace(at)
    this.#depth += change(code)
    if (this.#depth > MAX_DEPTH) throw new PayloadError(`nested deeper than ${MAX_DEPTH}`)
    return at + 1
  }

  #passNumber(at: number): number {
    const end = endOfNumber(this.#json, at)
    this.#fitsDoubles &&= fitsDouble(this.#json.slice(at, end))
    return end
  }

  #dropWhiteSpace(at: number): number {
    this.#compact += this.#json.slice(this.#kept, at)
    this.#kept = at + 1
    while (this.#json.charCodeAt(this.#kept) <= SPACE) this.#kept++
    return this.#kept
  }
}

/** What a character does to the depth: `[` and `{`, `]` and `}` differ in one bit, and no other token has theirs. */
function change(code: number): number {
  const bracket = code | 0x20
  return bracket === 0x7b ? 1 : bracket === 0x7d ? -1 : 0
}

function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1)
  while (end > 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end < 0 ? json.length : end + 1
}

function isEscaped(json: string, at: number): boolean {
  let before = at - 1
  while (json.charCodeAt(before) === BACKSLASH) before--
  return (at - before) % 2 === 0
}

function endOfNumber(json: string, start: number): number {
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
function fitsDouble(text: string): boolean {
  if (text.length <= 15 && !/[eE]/.test(text)) return true
  const decimal = parseDecimal(text)
  if (decimal === undefined || decimal.precision > 15) return false
  return Math.abs(decimal.exponent + decimal.precision) <= 305
}

/** The texts of those numbers of a value that aren't what their doubles are. */
export class KeptDigits {
  readonly #byContainer = new Map<object, Map<string | number, string>>()

  /** Those of no value. */
  static readonly NONE = new KeptDigits()

  /** The text of the number that stands in a container under a name or an index, unless its double says all. */
  textOf(container: object | undefined, key: string | number): string | undefined {
    return container && this.#byContainer.get(container)?.get(key)
  }

  /** Notes a number's text. */
  keep(container: object, key: string | number, text: string): void {
    const texts = this.#byContainer.get(container)
    if (texts === undefined) this.#byContainer.set(container, new Map([[key, text]]))
    else texts.set(key, text)
  }

  /** The number isn't there any more: its name came again, and the last one counts. */
  forget(container: object, key: string | number): void {
    this.#byContainer.get(container)?.delete(key)
  }
}

/** A value in a place, so that even a number alone stands in a container. */
export interface Holder {
  value: unknown
  [key: string | number]: unknown
}

/** A value with the digits of its numbers. */
export interface ParsedText {
  readonly holder: Holder
  readonly digits: KeptDigits
}

/**
 * Parses a text, whatever its numbers.
 *
 * @param json compact, and not deeper than `readJsonText` allows
 * @param digits where they are kept, if several texts are to share one
 * @param standIn what stands in the place of a number that no double is; unless told otherwise one that is finite,
 *   and integral exactly if the number is
 */
export function parseKeepingDigits(
  json: string,
  digits = new KeptDigits(),
  standIn = judgeable,
): ParsedText {
  return new Parser(json, digits, standIn).parse()
}

/** By recursive descent, which the bound on depth allows. Relies on the text's being compact and well-formed. */
class Parser {
  readonly #json: string
  readonly #digits: KeptDigits
  readonly #standIn: (text: string) => number
  #at = 0

  constructor(json: string, digits: KeptDigits, standIn: (text: string) => number) {
    this.#json = json
    this.#digits = digits
    this.#standIn = standIn
  }

  parse(): ParsedText {
    const holder: Holder = { value: undefined }
    this.#readInto(holder, 'value')
    return { holder, digits: this.#digits }
  }

  #readInto(container: object, key: string | number): void {
    const value = this.#readValue(container, key)
    // An assignment would take `__proto__` for the prototype.
    Object.defineProperty(container, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }

  #readValue(container: object, key: string | number): unknown {
    switch (this.#json.charAt(this.#at)) {
      case '{':
        return this.#readObject()
      case '[':
        return this.#readArray()
      case '"':
        return this.#readString()
      case 't':
        return this.#readWord('true', true)
      case 'f':
        return this.#readWord('false', false)
      case 'n':
        return this.#readWord('null', null)
      default:
        return this.#readNumber(container, key)
    }
  }

  #readObject(): object {
    const object = {}
    while (this.#startsItem('}')) {
      const name = this.#readString()
      this.#at++
      this.#digits.forget(object, name)
      this.#readInto(object, name)
    }
    return object
  }

  #readArray(): unknown[] {
    const array: unknown[] = []
    while (this.#startsItem(']')) this.#readInto(array, array.length)
    return array
  }

  /** Goes over a bracket or a comma; if that ends the container, or opens an empty one, also over its end. */
  #startsItem(closing: string): boolean {
    const isLast = this.#json.charAt(this.#at++) === closing
    if (isLast) return false
    if (this.#json.charAt(this.#at) !== closing) return true
    this.#at++
    return false
  }

  #readString(): string {
    const end = endOfString(this.#json, this.#at)
    const text = this.#json.slice(this.#at, end)
    this.#at = end
    return JSON.parse(text) as string
  }

  #readWord<T>(word: string, value: T): T {
    this.#at += word.length
    return value
  }

  #readNumber(container: object, key: string | number): number {
    const end = endOfNumber(this.#json, this.#at)
    const text = this.#json.slice(this.#at, end)
    this.#at = end
    if (fitsDouble(text)) return Number(text)
    this.#digits.keep(container, key, text)
    return this.#standIn(text)
  }
}

function judgeable(text: string): number {
  const decimal = parseDecimal(text)
  const number = Number(text)
  if (decimal === undefined || isInteger(decimal)) {
    return Number.isFinite(number) ? number : Math.sign(number) * Number.MAX_VALUE
  }
  return Number.isInteger(number) || !Number.isFinite(number) ? 0.5 : number
}
