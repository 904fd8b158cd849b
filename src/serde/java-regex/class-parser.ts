/** Parses character classes in brackets, and escapes of characters and classes. */
import { CodeSet, MAX_CODE } from './code-set.ts'
import { caseVariantsOf } from './letter-case.ts'
import {
  DIGITS,
  HORIZONTAL_SPACE,
  propertyOf,
  VERTICAL_SPACE,
  WHITE_SPACE,
  WORD,
} from './properties.ts'
import type { Flags, Reader } from './reader.ts'

/** Escapes of classes. Upper-case letters stand for the complements. */
const CLASSES: Readonly<Record<string, CodeSet>> = {
  d: DIGITS,
  D: DIGITS.negated(),
  s: WHITE_SPACE,
  S: WHITE_SPACE.negated(),
  w: WORD,
  W: WORD.negated(),
  h: HORIZONTAL_SPACE,
  H: HORIZONTAL_SPACE.negated(),
  v: VERTICAL_SPACE,
  V: VERTICAL_SPACE.negated(),
}

const CONTROLS: Readonly<Record<string, number>> = {
  t: 0x09,
  n: 0x0a,
  r: 0x0d,
  f: 0x0c,
  a: 0x07,
  e: 0x1b,
}

/** The limit for nested classes. */
const MAX_DEPTH = 100
/** The limit for the ranges of all parts of an expression's classes. `\p{L}` has 650. */
const MAX_RANGES = 500_000

/** Parses from the reader's position. */
export class ClassParser {
  readonly #reader: Reader
  #depth = 0
  /** The number of ranges of all parts of classes so far. */
  ranges = 0

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Parses a class behind its opening bracket. */
  read(flags: Flags): CodeSet {
    if (++this.#depth > MAX_DEPTH) throw this.#reader.fault(`classes nest deeper than ${MAX_DEPTH}`)
    const isNegated = this.#reader.accept('^')
    const set = this.#operands(flags)
    this.#reader.skip()
    this.#depth--
    return isNegated ? set.negated() : set
  }

  /** Parses the operands up to the closing bracket, which stays unread. */
  #operands(flags: Flags): CodeSet {
    const sets: CodeSet[] = []
    while (this.#peek(flags) !== ']' || sets.length === 0) {
      if (this.#reader.accept('&&')) sets.splice(0, sets.length, this.#intersection(sets, flags))
      else sets.push(this.#counted(this.#operand(flags)))
    }
    return CodeSet.union(sets)
  }

  #operand(flags: Flags): CodeSet {
    return this.#reader.accept('[') ? this.read(flags) : this.#range(flags)
  }

  /** Counts the ranges of a part of a class: a letter of the pattern may stand for hundreds. */
  #counted(set: CodeSet): CodeSet {
    this.ranges += set.ranges.length / 2
    if (this.ranges > MAX_RANGES) {
      throw this.#reader.fault(`classes of more than ${MAX_RANGES} ranges of characters`)
    }
    return set
  }

  /** Returns the next significant character. */
  #peek(flags: Flags): string {
    if (flags.hasComments) this.#reader.skipComments()
    const next = this.#reader.peek()
    if (next === '') throw this.#reader.fault('a class of characters is not closed by ]')
    return next
  }

  /** Parses the right operand of `&&`: everything up to the next `&&` or the end. */
  #intersection(left: readonly CodeSet[], flags: Flags): CodeSet {
    const right: CodeSet[] = []
    while (!/^[\]&]$/.test(this.#peek(flags))) {
      right.push(this.#reader.accept('[') ? this.read(flags) : this.#operands(flags))
    }
    const [first, second] = [left, right].filter(({ length }) => length > 0).map(CodeSet.union)
    if (first === undefined) {
      throw this.#reader.fault('an intersection of classes has no operands')
    }
    this.#counted(first)
    return second === undefined ? first : first.and(this.#counted(second))
  }

  /** Parses a character, a range or an escape. */
  #range(flags: Flags): CodeSet {
    const from = this.#item(flags)
    if (typeof from !== 'number') return from
    if (this.#reader.peek() !== '-' || /^[[\]]?$/.test(this.#reader.peek(1))) {
      return caseVariantsOf(CodeSet.of(from, from), flags)
    }
    this.#reader.skip()
    const to = this.#item(flags)
    if (typeof to !== 'number' || to < from) {
      throw this.#reader.fault('a range of characters has no end, or one before its beginning')
    }
    return caseVariantsOf(CodeSet.of(from, to), flags)
  }

  #item(flags: Flags): number | CodeSet {
    if (this.#reader.accept('\\')) return this.escape(flags)
    return this.#reader.take().codePointAt(0) ?? 0
  }

  /** Parses a character or a class behind the backslash. */
  escape(flags: Flags): number | CodeSet {
    const letter = this.#reader.take()
    if (Object.hasOwn(CLASSES, letter)) return CLASSES[letter] ?? CodeSet.NONE
    if (Object.hasOwn(CONTROLS, letter)) return CONTROLS[letter] ?? 0
    switch (letter) {
      case '0':
        return this.#octal()
      case 'x':
        return this.#hexadecimal(2)
      case 'u':
        return this.#hexadecimal(4)
      case 'c':
        return (this.#reader.take().codePointAt(0) ?? 0) ^ 0x40
      case 'p':
      case 'P':
        return this.#property(letter === 'P', flags)
    }
    if (letter === '') throw this.#reader.fault('a backslash has nothing behind it')
    if (/^[a-zA-Z1-9]$/.test(letter)) {
      throw this.#reader.fault(`\\${letter} is no escape of java.util.regex here`)
    }
    return letter.codePointAt(0) ?? 0
  }

  /** Parses up to three octal digits, at most 377. */
  #octal(): number {
    const first = this.#octalDigit()
    if (first === undefined) throw this.#reader.fault('\\0 is not followed by octal digits')
    const second = this.#octalDigit()
    if (second === undefined) return first
    const third = first <= 3 ? this.#octalDigit() : undefined
    return third === undefined ? 8 * first + second : 64 * first + 8 * second + third
  }

  #octalDigit(): number | undefined {
    return /^[0-7]$/.test(this.#reader.peek()) ? Number(this.#reader.take()) : undefined
  }

  /** Parses a number of digits, or any number of digits in braces. Two surrogates form one character. */
  #hexadecimal(count: number): number {
    const code = this.#reader.accept('{') ? this.#braced() : this.#reader.hex(count)
    if (code === undefined) {
      throw this.#reader.fault(
        `${count} hexadecimal digits, or a code point in braces, are missing`,
      )
    }
    const isHigh = count === 4 && code >= 0xd800 && code <= 0xdbff
    if (!isHigh || this.#reader.peek() !== '\\' || this.#reader.peek(1) !== 'u') return code
    const digits = [2, 3, 4, 5].map((ahead) => this.#reader.peek(ahead)).join('')
    if (!/^[dD][c-fC-F][\da-fA-F]{2}$/.test(digits)) return code
    for (let index = 0; index < 6; index++) this.#reader.skip()
    return 0x10000 + ((code & 0x3ff) << 10) + (Number.parseInt(digits, 16) & 0x3ff)
  }

  #braced(): number | undefined {
    const digits = this.#reader.until('}') ?? ''
    const code = /^[\da-fA-F]{1,8}$/.test(digits) ? Number.parseInt(digits, 16) : MAX_CODE + 1
    return code <= MAX_CODE ? code : undefined
  }

  #property(isNegated: boolean, flags: Flags): CodeSet {
    const name = this.#reader.accept('{') ? this.#reader.until('}') : this.#reader.take()
    const set = name === undefined ? undefined : propertyOf(name, flags.ignoresCase)
    if (set === undefined) throw this.#reader.fault(`\\p{${name}} is not known`)
    return isNegated ? set.negated() : set
  }
}
