/**
 * A JSON text, read from front to back by somebody who knows what must come.
 *
 * The text is well-formed, which others have checked; one that isn't ends in an error or in nonsense,
 * but it ends.
 */
import { PayloadError } from '../codec.ts'
import { pathTo } from './json-path.ts'

/** How deep objects and arrays may be nested, as in Jackson. It bounds the recursion. */
export const MAX_DEPTH = 1000
const MAX_NUMBER = 1000
const MAX_SHOWN = 100

/** The characters at which tokens begin and end. */
export const CHARS = {
  QUOTE: 0x22,
  COMMA: 0x2c,
  COLON: 0x3a,
  BACKSLASH: 0x5c,
  OPEN_BRACKET: 0x5b,
  CLOSE_BRACKET: 0x5d,
  OPEN_BRACE: 0x7b,
  CLOSE_BRACE: 0x7d,
  /** The first of `true`, `false` and `null`. */
  TRUE: 0x74,
  FALSE: 0x66,
  NULL: 0x6e,
} as const

const { QUOTE, COMMA, COLON, BACKSLASH } = CHARS
const { OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE, FALSE } = CHARS
const SPACE = 0x20
const [PLUS, MINUS, POINT, LOWER_E] = [0x2b, 0x2d, 0x2e, 0x65]
/** Such as have no partner, and therefore no form in UTF-8. */
const LONE_SURROGATE = /[\ud800-\udfff]/u

/** A place in a text. */
export class JsonText {
  readonly text: string
  position = 0

  // The string that was passed last: where its characters are, what all of their bits are, and
  // whether some are escaped.
  from = 0
  to = 0
  bits = 0
  isEscaped = false

  #depth = 0
  /** Ends of objects and arrays that were skipped, by where they begin: each is skipped once. */
  #ends: Map<number, number> | undefined

  constructor(text: string) {
    this.text = text
  }

  /** Passes white space. The first character of what follows; NaN at the end. */
  peek(): number {
    const { text } = this
    let char = text.charCodeAt(this.position)
    while (char <= SPACE) char = text.charCodeAt(++this.position)
    return char
  }

  /** Passes a character, and white space before it. */
  take(char: number): void {
    if (this.peek() !== char) this.refuse('Malformed JSON')
    this.position++
  }

  /** Passes a character if it is the next. */
  takeIf(char: number): boolean {
    if (this.peek() !== char) return false
    this.position++
    return true
  }

  /** Passes what opens an object or an array. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) this.refuse(`Nested deeper than ${MAX_DEPTH} levels`)
    this.position++
  }

  /** Passes what closes it. */
  leave(): void {
    this.#depth--
    this.position++
  }

  /** To the next element: whether there is one. Passes the comma before it, which the first lacks. */
  hasElement(isFirst: boolean, close: number): boolean {
    const char = this.peek()
    if (char === close) return false
    if (isFirst) return true
    if (char !== COMMA) this.refuse('Malformed JSON')
    this.position++
    this.peek()
    return true
  }

  /** Passes a key, when it is this one, and its colon. @param quoted as it most likely stands there */
  takeKey(quoted: string): boolean {
    if (!this.text.startsWith(quoted, this.position)) return false
    this.position += quoted.length
    this.take(COLON)
    return true
  }

  /** Passes any key, and its colon. */
  key(): string {
    this.peek()
    const key = this.string()
    this.take(COLON)
    return key
  }

  /** Passes a string; the fields above tell of it. */
  scanString(): void {
    const { text } = this
    const { length } = text
    let at = this.position + 1
    let bits = 0
    this.from = at
    this.isEscaped = false
    for (; at < length; at++) {
      const char = text.charCodeAt(at)
      if (char === QUOTE) break
      bits |= char
      if (char === BACKSLASH) {
        this.isEscaped = true
        at++
      }
    }
    this.to = at
    this.bits = bits
    this.position = at + 1
  }

  /** The string that was passed last. */
  unescaped(): string {
    const raw = this.text.slice(this.from, this.to)
    return this.isEscaped ? JSON.parse(`"${raw}"`) : raw
  }

  /** The same. @throws {PayloadError} when UTF-8 cannot express it */
  wellFormed(): string {
    const text = this.unescaped()
    const mayBeWrong = this.isEscaped || this.bits >= 0xd800
    if (mayBeWrong && LONE_SURROGATE.test(text)) {
      this.refuse('A lone surrogate is no character', this.from - 1)
    }
    return text
  }

  /** Passes a string. */
  string(): string {
    this.scanString()
    return this.wellFormed()
  }

  /** Passes a number. Its text, of which Jackson, too, takes no more than a thousand characters. */
  number(): string {
    const from = this.position
    this.#passNumber()
    if (this.position - from > MAX_NUMBER) this.refuse(`More than ${MAX_NUMBER} digits`, from)
    return this.text.slice(from, this.position)
  }

  #passNumber(): void {
    const { text } = this
    while (isPartOfNumber(text.charCodeAt(this.position))) this.position++
  }

  /** Passes any value. */
  skip(): void {
    const char = this.peek()
    if (char === OPEN_BRACE || char === OPEN_BRACKET) this.#skipNested()
    else if (char === QUOTE) this.scanString()
    else if (isPartOfNumber(char)) this.#passNumber()
    else this.position += char === FALSE ? 5 : 4
  }

  #skipNested(): void {
    this.position = this.#ends?.get(this.position) ?? this.#findEnds()
  }

  /** Remembers the ends of all that is nested, so that skipping is linear however deep that is. */
  #findEnds(): number {
    this.#ends ??= new Map()
    const { text } = this
    const { length } = text
    const open: number[] = []
    while (this.position < length) {
      const char = text.charCodeAt(this.position)
      if (char === QUOTE) this.scanString()
      else this.position++
      if (char === OPEN_BRACE || char === OPEN_BRACKET) open.push(this.position - 1)
      else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
        this.#ends.set(open.pop() as number, this.position)
        if (open.length === 0) break
      }
    }
    return this.position
  }

  /** Whether nothing but white space is left. */
  isAtEnd(): boolean {
    return Number.isNaN(this.peek())
  }

  /** Jackson's name of the token that is next. */
  tokenName(): string {
    const char = this.peek()
    if (isNumberStart(char)) {
      const from = this.position
      this.#passNumber()
      const isInteger = !/[.eE]/.test(this.text.slice(from, this.position))
      return isInteger ? 'VALUE_NUMBER_INT' : 'VALUE_NUMBER_FLOAT'
    }
    return TOKEN_NAMES.get(char) ?? 'nothing'
  }

  /** @throws {PayloadError} in Avro's words, and how to mend it */
  refuseToken(expectation: string, hint = ''): never {
    this.peek()
    const at = this.position
    return this.refuse(`Expected ${expectation}. Got ${this.tokenName()}`, at, hint)
  }

  /**
   * @param at the start of the value that is wrong
   * @param hint how to mend it
   * @throws {PayloadError}
   */
  refuse(message: string, at = this.position, hint = ''): never {
    const path = pathTo(this.text, at)
    throw new PayloadError(`${message}${path === '' ? '' : ` at ${path}`}${hint && `: ${hint}`}`)
  }
}

const TOKEN_NAMES = new Map<number, string>([
  [OPEN_BRACE, 'START_OBJECT'],
  [CLOSE_BRACE, 'END_OBJECT'],
  [OPEN_BRACKET, 'START_ARRAY'],
  [CLOSE_BRACKET, 'END_ARRAY'],
  [QUOTE, 'VALUE_STRING'],
  [CHARS.TRUE, 'VALUE_TRUE'],
  [CHARS.FALSE, 'VALUE_FALSE'],
  [CHARS.NULL, 'VALUE_NULL'],
])

/** A text of a client, of a length that a message can have. */
export function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/** Whether a character is a decimal digit. */
export function isDigit(char: number): boolean {
  return char >= 0x30 && char <= 0x39
}

/** Whether a value that begins with this character is a number. */
export function isNumberStart(char: number): boolean {
  return char === MINUS || isDigit(char)
}

function isPartOfNumber(char: number): boolean {
  return isNumberStart(char) || char === POINT || char === PLUS || (char | 0x20) === LOWER_E
}
