/**
 * A JSON text, read from front to back by somebody who knows what must come.
 *
 * It is read as UTF-8, which is what strings become in the payload. The text is well-formed, which
 * others have checked; one that isn't ends in an error or in nonsense, but it ends.
 */
import { PayloadError } from '../codec.ts'
import { pathTo } from './json-path.ts'

/** How deep objects and arrays may be nested, as in Jackson. It bounds the recursion. */
export const MAX_DEPTH = 1000
/** How long a number may be, as in Jackson. */
const MAX_NUMBER = 1000
/** How much of what a client wrote a message shows. */
const MAX_SHOWN = 200

const INITIAL_SIZE = 16 * 1024
/** A buffer that one large text has needed isn't kept. */
const MAX_KEPT_SIZE = 1024 * 1024
/** How many bytes a UTF-16 code unit can become. */
const MAX_BYTES = 3

/** The bytes at which tokens begin and end. */
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
const { OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE } = CHARS
const SPACE = 0x20
const [PLUS, MINUS, POINT, LOWER_E] = [0x2b, 0x2d, 0x2e, 0x65]
/** Stands behind the text, so that nothing looks beyond. Never in UTF-8. */
const END = 0xff

/** Such as have no partner, and therefore no form in UTF-8. */
const LONE_SURROGATE = /[\ud800-\udfff]/u

/** A place in a text. One for all codecs: encoding doesn't wait. */
export class JsonText {
  /** The text, and a byte that is in no text. */
  bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE)
  position = 0

  // The string that was passed last: where its characters are, and whether some are escaped.
  from = 0
  to = 0
  isEscaped = false

  #end = 0
  #depth = 0
  /** Ends of objects and arrays that were skipped, by where they begin: each is skipped once. */
  #ends: Map<number, number> | undefined

  /** Begins anew. @throws {PayloadError} when UTF-8 can't express the text */
  reset(text: string): void {
    this.#makeRoom(text)
    this.#end = this.bytes.write(text, 'utf8')
    this.bytes[this.#end] = END
    this.position = 0
    this.#depth = 0
    this.#ends = undefined
    if (this.#end !== text.length) checkCharacters(text)
  }

  #makeRoom(text: string): void {
    if (text.length * MAX_BYTES < this.bytes.length) return
    const needed = Buffer.byteLength(text) + 1
    if (needed <= this.bytes.length) return
    this.bytes = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(needed * 2, MAX_KEPT_SIZE)))
  }

  /** Passes white space. What follows. */
  peek(): number {
    const { bytes } = this
    let byte = bytes[this.position] as number
    while (byte <= SPACE) byte = bytes[++this.position] as number
    return byte
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

  /** Passes bytes, if it is these that follow. */
  takeExactly(expected: Uint8Array): boolean {
    const { bytes, position } = this
    const { length } = expected
    for (let at = 0; at < length; at++) {
      if (bytes[position + at] !== expected[at]) return false
    }
    this.position += length
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
    const { bytes } = this
    const end = this.#end
    let at = this.position + 1
    this.from = at
    this.isEscaped = false
    for (; at < end; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) break
      if (byte === BACKSLASH) {
        this.isEscaped = true
        at++
      }
    }
    if (at >= end) this.refuse('Malformed JSON')
    this.to = at
    this.position = at + 1
  }

  /** The string that was passed last. @throws {PayloadError} when UTF-8 can't express it */
  scannedString(): string {
    const { from, to } = this
    if (!this.isEscaped) return this.bytes.toString('utf8', from, to)
    const text = this.#unescape(from - 1, to + 1)
    if (LONE_SURROGATE.test(text)) this.refuse(NO_CHARACTER, from - 1)
    return text
  }

  #unescape(from: number, to: number): string {
    try {
      return JSON.parse(this.bytes.toString('utf8', from, to))
    } catch {
      return this.refuse('Malformed JSON', from)
    }
  }

  /** Passes a string. */
  string(): string {
    this.scanString()
    return this.scannedString()
  }

  /** Passes a number. Its text. */
  number(): string {
    const from = this.position
    this.#passNumber()
    if (this.position - from > MAX_NUMBER) this.refuse(`More than ${MAX_NUMBER} digits`, from)
    return this.bytes.toString('latin1', from, this.position)
  }

  #passNumber(): void {
    while (isPartOfNumber(this.bytes[this.position] as number)) this.position++
  }

  /** Passes any value. */
  skip(): void {
    const char = this.peek()
    if (char === QUOTE) this.scanString()
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) this.#skipNested()
    else if (isPartOfNumber(char)) this.#passNumber()
    else this.literal(char)
  }

  /** Passes `true`, `false` or `null`. @param char with which it begins */
  literal(char: number): void {
    const literal = LITERALS.get(char)
    if (literal === undefined || !this.takeExactly(literal)) this.refuse('Malformed JSON')
  }

  #skipNested(): void {
    this.position = this.#ends?.get(this.position) ?? this.#findEnds()
  }

  /** Remembers the ends of all that is nested, so that skipping is linear however deep that is. */
  #findEnds(): number {
    this.#ends ??= new Map()
    const open: number[] = []
    while (this.position < this.#end) {
      const at = this.position
      const char = this.bytes[at]
      if (char === QUOTE) this.scanString()
      else this.position++
      if (char === OPEN_BRACE || char === OPEN_BRACKET) open.push(at)
      else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
        this.#ends.set(open.pop() as number, this.position)
        if (open.length === 0) break
      }
    }
    return this.position
  }

  /** Passes what must be the end of the text. */
  end(): void {
    this.peek()
    if (this.position < this.#end) this.refuse('Malformed JSON')
    if (this.bytes.length > MAX_KEPT_SIZE) this.bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE)
  }

  /** @throws {PayloadError} in Avro's words, and how to mend it */
  refuseToken(expectation: string, hint = ''): never {
    const name = this.#tokenName()
    return this.refuse(`Expected ${expectation}. Got ${name}`, this.position, hint)
  }

  /** Jackson's name of the token that is next. */
  #tokenName(): string {
    const char = this.peek()
    if (!isNumberStart(char)) return TOKEN_NAMES.get(char) ?? 'nothing'
    const from = this.position
    this.#passNumber()
    const text = this.bytes.toString('latin1', from, this.position)
    this.position = from
    return /[.eE]/.test(text) ? 'VALUE_NUMBER_FLOAT' : 'VALUE_NUMBER_INT'
  }

  /**
   * @param at the start of the value that is wrong
   * @param hint how to mend it
   * @throws {PayloadError}
   */
  refuse(message: string, at = this.position, hint = ''): never {
    const path = pathTo(this.bytes.subarray(0, this.#end), at)
    throw new PayloadError(`${message}${path && ` at ${path}`}${hint && `: ${hint}`}`)
  }
}

const NO_CHARACTER = 'A lone surrogate is no character'

function checkCharacters(text: string): void {
  if (LONE_SURROGATE.test(text)) throw new PayloadError(NO_CHARACTER)
}

const LITERALS = new Map(
  ['true', 'false', 'null'].map((text) => [text.charCodeAt(0), Buffer.from(text)]),
)

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
