/** JSON values with all digits of their numbers, for texts with numbers that no double is. */
import { isInteger, parseDecimal } from './decimal.ts'
import { endOfNumber, endOfString, fitsDouble } from './json-text.ts'

/** The texts of those numbers of a value that aren't what their doubles are. */
export class KeptDigits {
  readonly #byContainer = new Map<object, Map<string | number, string>>()
  readonly #withSpellings: boolean

  /** @param withSpellings whether `1.50` and `1e3` are kept too: their doubles say all but how they are written */
  constructor(withSpellings = false) {
    this.#withSpellings = withSpellings
  }

  /** Those of no value. */
  static readonly NONE = new KeptDigits()

  /** The text of the number that stands in a container under a name or an index, unless its double says all. */
  textOf(container: object | undefined, key: string | number): string | undefined {
    return container && this.#byContainer.get(container)?.get(key)
  }

  /** Whether a text whose double says all is to be kept. */
  keepsSpelling(text: string, number: number): boolean {
    return this.#withSpellings && `${number}` !== text
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
 * @param placeholder what stands in the place of a number that no double is; unless told otherwise one that is finite,
 *   and integral exactly if the number is
 */
export function parseKeepingDigits(
  json: string,
  digits = new KeptDigits(),
  placeholder = finitePlaceholder,
): ParsedText {
  return new Parser(json, digits, placeholder).parse()
}

/** By recursive descent, which the bound on depth allows. Relies on the text's being compact and well-formed. */
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
    const fits = fitsDouble(text)
    const number = fits ? Number(text) : this.#placeholder(text)
    const isKept = !fits || this.#digits.keepsSpelling(text, number)
    if (isKept) this.#digits.keep(container, key, text)
    return number
  }
}

/** An assignment would take the name for the prototype. */
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
