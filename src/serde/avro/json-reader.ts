/**
 * A pull parser for JSON: the caller knows from the schema which token must come.
 *
 * The reader works on UTF-8, the encoding of strings in payloads. The engine has checked that the text is well-formed;
 * a malformed text causes an error or a wrong payload, but no endless loop.
 */
import { PayloadError } from '../codec.ts'
import { pathTo } from './json-path.ts'

/** Jackson's nesting limit. It bounds the recursion. */
export const MAX_DEPTH = 1000
/** Jackson's limit for numbers. */
const MAX_NUMBER = 1000
/** Limit for texts of clients in messages. */
const MAX_SHOWN = 200

const INITIAL_SIZE = 16 * 1024
/** Larger buffers are released after use. */
const MAX_KEPT_SIZE = 1024 * 1024
/** The UTF-8 bytes of a UTF-16 code unit at most. */
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
  /** The first bytes of `true`, `false` and `null`. */
  TRUE: 0x74,
  FALSE: 0x66,
  NULL: 0x6e,
} as const

const { QUOTE, COMMA, COLON, BACKSLASH } = CHARS
const { OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE } = CHARS
const SPACE = 0x20
const [PLUS, MINUS, POINT, LOWER_E] = [0x2b, 0x2d, 0x2e, 0x65]
/** The sentinel behind the text, a byte that UTF-8 does not contain. */
const END = 0xff

/** Unpaired surrogates, which UTF-8 cannot encode. */
const LONE_SURROGATE = /[\ud800-\udfff]/u

/** A position in a text. All codecs share one reader, because encoding is synchronous. */
export class JsonReader {
  /** The text and the sentinel. */
  bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE)
  position = 0

  // The last string: the range of its characters, and whether it contains escapes.
  from = 0
  to = 0
  isEscaped = false

  #end = 0
  #depth = 0
  /** The ends of skipped objects and arrays by their starts, so that each is scanned once. */
  #ends: Map<number, number> | undefined

  /** Starts with a new text. @throws {PayloadError} when UTF-8 cannot encode the text */
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

  /** Skips white space and returns the next byte. */
  peek(): number {
    const { bytes } = this
    let byte = bytes[this.position] as number
    while (byte <= SPACE) byte = bytes[++this.position] as number
    return byte
  }

  /** Reads a character after white space. */
  take(char: number): void {
    if (this.peek() !== char) this.refuse('Malformed JSON')
    this.position++
  }

  /** Reads a character if it is next. */
  takeIf(char: number): boolean {
    if (this.peek() !== char) return false
    this.position++
    return true
  }

  /** Reads an opening bracket. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) this.refuse(`Nested deeper than ${MAX_DEPTH} levels`)
    this.position++
  }

  /** Reads a closing bracket. */
  leave(): void {
    this.#depth--
    this.position++
  }

  /** Advances to the next element, past the comma. Returns whether there is one. */
  hasElement(isFirst: boolean, close: number): boolean {
    const char = this.peek()
    if (char === close) return false
    if (isFirst) return true
    if (char !== COMMA) this.refuse('Malformed JSON')
    this.position++
    this.peek()
    return true
  }

  /** Reads bytes if they are next. */
  takeExactly(expected: Uint8Array): boolean {
    const { bytes, position } = this
    const { length } = expected
    for (let at = 0; at < length; at++) {
      if (bytes[position + at] !== expected[at]) return false
    }
    this.position += length
    return true
  }

  /** Reads a key and its colon. */
  key(): string {
    this.peek()
    const key = this.string()
    this.take(COLON)
    return key
  }

  /** Reads a string into `from`, `to` and `isEscaped`. */
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

  /** Returns the last string. @throws {PayloadError} when UTF-8 cannot encode it */
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

  /** Reads a string. */
  string(): string {
    this.scanString()
    return this.scannedString()
  }

  /** Reads a number and returns its text. */
  number(): string {
    const from = this.position
    this.#passNumber()
    if (this.position - from > MAX_NUMBER) this.refuse(`More than ${MAX_NUMBER} digits`, from)
    return this.bytes.toString('latin1', from, this.position)
  }

  #passNumber(): void {
    while (isPartOfNumber(this.bytes[this.position] as number)) this.position++
  }

  /** Skips any value. */
  skip(): void {
    const char = this.peek()
    if (char === QUOTE) this.scanString()
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) this.#skipNested()
    else if (isPartOfNumber(char)) this.#passNumber()
    else this.literal(char)
  }

  /** Reads `true`, `false` or `null`. @param char the first byte */
  literal(char: number): void {
    const literal = LITERALS.get(char)
    if (literal === undefined || !this.takeExactly(literal)) this.refuse('Malformed JSON')
  }

  #skipNested(): void {
    this.position = this.#ends?.get(this.position) ?? this.#findEnds()
  }

  /** Records the ends of all nested values, so that skipping takes linear time at any depth. */
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

  /** Reads the end of the text. */
  end(): void {
    this.peek()
    if (this.position < this.#end) this.refuse('Malformed JSON')
    if (this.bytes.length > MAX_KEPT_SIZE) this.bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE)
  }

  /** @throws {PayloadError} in Avro's words, with a hint */
  refuseToken(expectation: string, hint = ''): never {
    const name = this.#tokenName()
    return this.refuse(`Expected ${expectation}. Got ${name}`, this.position, hint)
  }

  /** Returns Jackson's name of the next token. */
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
   * @param at the start of the invalid value
   * @param hint how to correct the value
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

/** Cuts a text of a client to the length limit of messages. */
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

/** Comparing this many names one by one is faster than creating a string for a look-up. */
const FEW = 32

/** A list of names, matched by their bytes. */
export class Names {
  readonly #few: readonly Uint8Array[]
  readonly #indexes: ReadonlyMap<string, number>

  constructor(names: readonly string[]) {
    this.#few = names.slice(0, FEW).map((name) => Buffer.from(JSON.stringify(name)))
    this.#indexes = new Map(names.map((name, index) => [name, index]))
  }

  /** Reads a string. Returns the index of the name; -1 for other strings. */
  take(json: JsonReader): number {
    const few = this.#few
    for (let index = 0; index < few.length; index++) {
      if (json.takeExactly(few[index] as Uint8Array)) return index
    }
    return this.#indexes.get(json.string()) ?? -1
  }
}
