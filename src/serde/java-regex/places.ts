/** Zero-width assertions: positions in a text that consume no character. */
import type { Place } from './syntax.ts'

/** @param count receives the number of steps of a test that looks at more than one character */
type Test = (text: string, at: number, count: (steps: number) => void) => boolean

const TESTS: Readonly<Record<Place, Test>> = {
  start: (_, at) => at === 0,
  end: isEnd,
  'last line end': (text, at) =>
    isEnd(text, at) || (isTerminator(text, at) && isLastTerminator(text, at)),
  'last unix line end': (text, at) =>
    isEnd(text, at) || (at === text.length - 1 && text[at] === '\n'),
  // Java matches neither behind the last terminator nor in an empty text.
  'line start': (text, at) => !isEnd(text, at) && (at === 0 || endsLine(text, at)),
  'unix line start': (text, at) => !isEnd(text, at) && (at === 0 || text[at - 1] === '\n'),
  'line end': (text, at) => isEnd(text, at) || isTerminator(text, at),
  'unix line end': (text, at) => isEnd(text, at) || text[at] === '\n',
  'word boundary': (text, at, count) => isWord(text, at - 1, count) !== isWord(text, at, count),
  'no word boundary': (text, at, count) => isWord(text, at - 1, count) === isWord(text, at, count),
}

/** Whether an assertion holds at a position. @param count receives further steps */
export function isAt(
  place: Place,
  text: string,
  at: number,
  count: (steps: number) => void,
): boolean {
  return TESTS[place](text, at, count)
}

function isEnd(text: string, at: number): boolean {
  return at === text.length
}

/** Whether a line terminator begins at a position outside of `\r\n`. */
function isTerminator(text: string, at: number): boolean {
  if (text[at] === '\n') return text[at - 1] !== '\r'
  return /^[\r\x85\u2028\u2029]$/.test(text.charAt(at))
}

function isLastTerminator(text: string, at: number): boolean {
  const size = text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1
  return at + size === text.length
}

/** Whether a line terminator ends at a position outside of `\r\n`. */
function endsLine(text: string, at: number): boolean {
  if (text[at - 1] === '\r') return text[at] !== '\n'
  return /^[\n\x85\u2028\u2029]$/.test(text.charAt(at - 1))
}

const LETTER_OR_DIGIT = /^[\p{L}\p{Nd}_]$/u
const MARK = /^\p{Mn}$/u

/** Whether a word character is at a position, as in Java 17: Unicode letters, digits, and marks on them. */
function isWord(text: string, at: number, count: (steps: number) => void): boolean {
  const character = characterAt(text, at)
  if (character === '') return false
  if (LETTER_OR_DIGIT.test(character)) return true
  return MARK.test(character) && hasBase(text, at, count)
}

function hasBase(text: string, mark: number, count: (steps: number) => void): boolean {
  for (let at = mark - 1; at >= 0; at--) {
    count(1)
    const character = characterAt(text, at)
    if (LETTER_OR_DIGIT.test(character) && character !== '_') return true
    if (!MARK.test(character)) return false
  }
  return false
}

/** Returns the whole character of a code unit. */
function characterAt(text: string, at: number): string {
  if (at < 0 || at >= text.length) return ''
  const isSecondHalf = (text.charCodeAt(at) & 0xfc00) === 0xdc00
  const start = isSecondHalf && at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff ? at - 1 : at
  return String.fromCodePoint(text.codePointAt(start) ?? 0)
}
