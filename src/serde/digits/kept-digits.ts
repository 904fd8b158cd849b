/** JSON values with the digits of their numbers, for texts with numbers that doubles cannot represent. */
import { PayloadError } from '../codec.ts'
import { MAX_VALUE_HEAP, mebibytes } from '../limits/heap.ts'
import { isInteger, parseDecimal } from './decimal.ts'
import { endOfNumber, endOfString, fitsDouble } from './json-text.ts'

/** Estimated bytes of a container with the texts of its numbers: a short array has room for many items. And of each text. */
const HEAP_OF_OBJECT = 300
const HEAP_OF_ARRAY = 450
const HEAP_OF_TEXT = 50

/**
 * The original texts of a value's numbers, by their container and their name or index, where the double loses digits.
 */
export class KeptDigits {
  readonly #byContainer = new Map<object, Map<string | number, string>>()
  readonly #withSpellings: boolean
  #heap = 0

  /** @param withSpellings whether to keep `1.50` and `1e3` too, whose doubles lose only the spelling */
  constructor(withSpellings = false) {
    this.#withSpellings = withSpellings
  }

  /** The digits of a value without such numbers. */
  static readonly NONE = new KeptDigits()

  /** Returns the text of a number in a container; undefined when its double is exact. */
  textOf(container: object | undefined, key: string | number): string | undefined {
    return container && this.#byContainer.get(container)?.get(key)
  }

  /** Whether a container has a number whose text is kept. */
  isIn(container: object): boolean {
    return this.#byContainer.has(container)
  }

  /** Whether to keep a text whose double is exact. */
  keepsSpelling(text: string, number: number): boolean {
    return this.#withSpellings && `${number}` !== text
  }

  /** Stores the text of a number. @throws {PayloadError} when there are so many that they would fill the heap of the thread */
  keep(container: object, key: string | number, text: string): void {
    const texts = this.#byContainer.get(container)
    this.#heap += HEAP_OF_TEXT
    if (texts === undefined) {
      this.#heap += Array.isArray(container) ? HEAP_OF_ARRAY : HEAP_OF_OBJECT
      this.#byContainer.set(container, new Map([[key, text]]))
    } else texts.set(key, text)
    if (this.#heap > MAX_VALUE_HEAP) throw tooManyTexts()
  }

  /** Removes the text of a number whose member was overwritten by a later one of the same name. */
  forget(container: object, key: string | number): void {
    this.#byContainer.get(container)?.delete(key)
  }
}

/** A container for the root value, so that a single number has a container too. */
export interface Holder {
  value: unknown
  [key: string | number]: unknown
}

/** A value, and the digits of its numbers. */
export interface ParsedText {
  readonly holder: Holder
  readonly digits: KeptDigits
}

/**
 * Parses a text with numbers of any length.
 *
 * @param json a compact text within the depth limit of `readJsonText`
 * @param digits receives the digits; several texts may share one
 * @param placeholder returns the double that represents a number in the value; by default it is finite, and integral
 *   exactly if the number is
 */
export function parseKeepingDigits(
  json: string,
  digits = new KeptDigits(),
  placeholder = finitePlaceholder,
): ParsedText {
  return new Parser(json, digits, placeholder).parse()
}

/** A recursive-descent parser for compact, well-formed texts within the depth limit. */
class Parser {
  readonly #json: string
  readonly #digits: KeptDigits
  readonly #placeholder: (text: string) => number
  #at = 0

  constructor(json: string, digits: KeptDigits, placeholder: (text: string) => number) {
    this.#json = json
    this.#digits = digits
    this.#placeholder = placeholder
  }

  parse(): ParsedText {
    const holder: Holder = { value: undefined }
    this.#readInto(holder, 'value')
    return { holder, digits: this.#digits }
  }

  #readInto(container: object, key: string | number): void {
    const value = this.#readValue(container, key)
    if (key === '__proto__') define(container, key, value)
    else (container as Holder)[key] = value
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

  /** Passes a bracket or a comma. At the end of a container it passes the closing bracket too and returns false. */
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
    const fits = fitsDouble(text)
    const number = fits ? Number(text) : this.#placeholder(text)
    const isKept = !fits || this.#digits.keepsSpelling(text, number)
    if (isKept) this.#digits.keep(container, key, text)
    return number
  }
}

/** Defines a member; an assignment to `__proto__` would set the prototype. */
function define(container: object, key: string, value: unknown): void {
  const options = { writable: true, enumerable: true, configurable: true }
  Object.defineProperty(container, key, { value, ...options })
}

function finitePlaceholder(text: string): number {
  const decimal = parseDecimal(text)
  const number = Number(text)
  if (decimal === undefined || isInteger(decimal)) {
    return Number.isFinite(number) ? number : Math.sign(number) * Number.MAX_VALUE
  }
  return Number.isInteger(number) || !Number.isFinite(number) ? 0.5 : number
}

function tooManyTexts(): PayloadError {
  return new PayloadError(
    `the numbers of this value, whose digits are kept, take more than ${mebibytes(MAX_VALUE_HEAP)} of memory, the share of ` +
      'sluice.schema.heap.max.bytes for one value; write fewer of them into a record',
  )
}
