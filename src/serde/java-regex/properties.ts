/** Named character sets of java.util.regex, with the Unicode version of the JavaScript engine. */
import { CodeSet, MAX_CODE } from './code-set.ts'

export const DIGITS = CodeSet.of(0x30, 0x39)
export const WORD = CodeSet.of(0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a)
export const WHITE_SPACE = CodeSet.ofText(' \t\n\v\f\r')
export const HORIZONTAL_SPACE = CodeSet.ofText(' \t\xa0\u1680\u180e\u202f\u205f\u3000').or(
  CodeSet.of(0x2000, 0x200a),
)
export const VERTICAL_SPACE = CodeSet.ofText('\n\v\f\r\x85\u2028\u2029')
/** The complement of `.`; in Unix mode `\n` alone. */
export const LINE_TERMINATORS = CodeSet.ofText('\n\r\x85\u2028\u2029')

const UPPER = CodeSet.of(0x41, 0x5a)
const LOWER = CodeSet.of(0x61, 0x7a)
const ALPHA = UPPER.or(LOWER)
const ALNUM = ALPHA.or(DIGITS)
const GRAPH = CodeSet.of(0x21, 0x7e)

/** POSIX classes, which contain ASCII only. */
const POSIX: Readonly<Record<string, CodeSet>> = {
  Lower: LOWER,
  Upper: UPPER,
  ASCII: CodeSet.of(0, 0x7f),
  Alpha: ALPHA,
  Digit: DIGITS,
  Alnum: ALNUM,
  Punct: GRAPH.and(ALNUM.negated()),
  Graph: GRAPH,
  Print: CodeSet.of(0x20, 0x7e),
  Blank: CodeSet.ofText(' \t'),
  Cntrl: CodeSet.of(0, 0x1f, 0x7f, 0x7f),
  XDigit: DIGITS.or(CodeSet.of(0x41, 0x46, 0x61, 0x66)),
  Space: WHITE_SPACE,
  L1: CodeSet.of(0, 0xff),
  all: CodeSet.ALL,
  ALL: CodeSet.ALL,
}

/** Java's names, by the items of a JavaScript class. */
const OF_JAVA: Readonly<Record<string, string>> = {
  LC: '\\p{LC}',
  LD: '\\p{L}\\p{Nd}',
  javaLowerCase: '\\p{Lowercase}',
  javaUpperCase: '\\p{Uppercase}',
  javaTitleCase: '\\p{Lt}',
  javaAlphabetic: '\\p{Alphabetic}',
  javaIdeographic: '\\p{Ideographic}',
  javaDigit: '\\p{Nd}',
  javaLetter: '\\p{L}',
  javaLetterOrDigit: '\\p{L}\\p{Nd}',
  javaSpaceChar: '\\p{Z}',
  javaWhitespace: '\\p{Zs}\\p{Zl}\\p{Zp}\\t\\n\\v\\f\\r\\x1c-\\x1f',
  javaISOControl: '\\p{Cc}',
  javaDefined: '\\p{Assigned}',
}
/** Spaces that Java does not count as white space. */
const NO_BREAK_SPACES = CodeSet.ofText('\xa0\u2007\u202f')

/** Names behind `Is`, in upper case. */
const BINARY: Readonly<Record<string, string>> = {
  ALPHABETIC: '\\p{Alphabetic}',
  LETTER: '\\p{L}',
  IDEOGRAPHIC: '\\p{Ideographic}',
  LOWERCASE: '\\p{Lowercase}',
  UPPERCASE: '\\p{Uppercase}',
  TITLECASE: '\\p{Lt}',
  WHITE_SPACE: '\\p{White_Space}',
  WHITESPACE: '\\p{White_Space}',
  CONTROL: '\\p{Cc}',
  PUNCTUATION: '\\p{P}',
  HEX_DIGIT: '\\p{Hex_Digit}',
  HEXDIGIT: '\\p{Hex_Digit}',
  ASSIGNED: '\\p{Assigned}',
  NONCHARACTER_CODE_POINT: '\\p{Noncharacter_Code_Point}',
  NONCHARACTERCODEPOINT: '\\p{Noncharacter_Code_Point}',
  DIGIT: '\\p{Nd}',
  ALNUM: '\\p{Alphabetic}\\p{Nd}',
  JOIN_CONTROL: '\\p{Join_Control}',
  JOINCONTROL: '\\p{Join_Control}',
}

const ANY_CASE = '\\p{Lowercase}\\p{Uppercase}\\p{Lt}'

const CATEGORY = /^[A-Z][a-z]?$/

/** Returns the set of `\p{name}`; undefined for unknown names. */
export function propertyOf(name: string, ignoresCase: boolean): CodeSet | undefined {
  const [, key = '', value = ''] = /^([^=]*)=(.*)$/.exec(name) ?? []
  if (/^(?:sc|script)$/i.test(key)) return scriptOf(value)
  if (/^(?:gc|general_category)$/i.test(key)) return categoryOf(value, ignoresCase)
  if (name.startsWith('Is')) return ofUnicode(name.slice(2), ignoresCase)
  // The remaining names are ECMAScript's: Java does not define them.
  return ofPosix(name, ignoresCase) ?? ofJava(name, ignoresCase) ?? setOf(`\\p{${name}}`)
}

function ofPosix(name: string, ignoresCase: boolean): CodeSet | undefined {
  if (ignoresCase && (name === 'Lower' || name === 'Upper')) return ALPHA
  return Object.hasOwn(POSIX, name) ? POSIX[name] : categoryOf(name, ignoresCase)
}

function ofJava(name: string, ignoresCase: boolean): CodeSet | undefined {
  if (!Object.hasOwn(OF_JAVA, name)) return undefined
  if (ignoresCase && /Case$/.test(name)) return setOf(ANY_CASE)
  const set = setOf(OF_JAVA[name] ?? '')
  return name === 'javaWhitespace' ? set?.and(NO_BREAK_SPACES.negated()) : set
}

function ofUnicode(name: string, ignoresCase: boolean): CodeSet | undefined {
  const upper = name.toUpperCase()
  const isCased = ['LOWERCASE', 'UPPERCASE', 'TITLECASE'].includes(upper)
  if (ignoresCase && isCased) return setOf(ANY_CASE)
  if (Object.hasOwn(BINARY, upper)) return setOf(BINARY[upper] ?? '')
  return categoryOf(name, ignoresCase) ?? scriptOf(name)
}

function categoryOf(name: string, ignoresCase: boolean): CodeSet | undefined {
  if (!CATEGORY.test(name)) return undefined
  if (ignoresCase && /^L[ult]$/.test(name)) return setOf('\\p{LC}')
  return setOf(`\\p{${name}}`)?.named(`\\p{${name}}`)
}

/** Returns a script by its name in any case, as Java does. */
function scriptOf(name: string): CodeSet | undefined {
  if (!/^\w+$/.test(name)) return undefined
  const usual = name.toLowerCase().replace(/(?:^|_)[a-z]/g, (letter) => letter.toUpperCase())
  return setOf(`\\p{Script=${usual}}`)
}

const known = new Map<string, CodeSet | undefined>()

/** Returns the set of a JavaScript class; undefined for unknown names. */
function setOf(items: string): CodeSet | undefined {
  if (!known.has(items)) known.set(items, find(items))
  return known.get(items)
}

/**
 * Finds the ranges of a class by matching runs in blocks of characters, which is faster than testing each code point.
 */
function find(items: string): CodeSet | undefined {
  let runs: RegExp
  try {
    runs = new RegExp(`[${items}]+`, 'gu')
  } catch {
    return undefined
  }
  const ranges: number[] = []
  for (let first = 0; first <= MAX_CODE; first += BLOCK) {
    const isSurrogates = first === FIRST_SURROGATE
    for (const match of blockOf(first, isSurrogates).matchAll(runs)) {
      const from = match[0].codePointAt(0) ?? 0
      const to = lastCodeOf(match[0])
      ranges.push(from, to)
    }
  }
  return CodeSet.of(...ranges)
}

const BLOCK = 0x800
const FIRST_SURROGATE = 0xd800

/** Surrogates come in reverse order, so that they form no pairs. */
function blockOf(first: number, isSurrogates: boolean): string {
  const codes = Array.from({ length: BLOCK }, (_, index) => first + index)
  return String.fromCodePoint(...(isSurrogates ? codes.reverse() : codes))
}

function lastCodeOf(text: string): number {
  const last = text.charCodeAt(text.length - 1)
  const isPair = text.length > 1 && (last & 0xfc00) === 0xdc00
  return (isPair ? text.codePointAt(text.length - 2) : last) ?? last
}
