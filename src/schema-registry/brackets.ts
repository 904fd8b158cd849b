/** The brackets and commas of texts that somebody else wrote: counted before a parser, which is recursive or slow there, gets them. */

const QUOTE = 0x22
const COMMA = 0x2c
const APOSTROPHE = 0x27
const ASTERISK = 0x2a
const SLASH = 0x2f
const BACKSLASH = 0x5c
/** `[` and `{` differ in this bit, as `]` and `}` do. */
const BRACE_BIT = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/** What brackets and commas outside of strings and comments a text has. */
export interface Brackets {
  /** How deep they nest at most. */
  readonly depth: number
  /** How many open. */
  readonly count: number
  readonly commas: number
}

/** Of a text, which needs not be well-formed, in JSON or Protobuf's language. Linear time, no recursion. */
export function bracketsOf(text: string, language: 'json' | 'protobuf'): Brackets {
  let depth = 0
  let deepest = 0
  let count = 0
  let commas = 0
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    const end = endOfHidden(text, at, code, language === 'protobuf')
    if (end === at + 1) {
      const change = changeOfDepth(code)
      depth = Math.max(0, depth + change)
      if (change > 0) {
        count++
        deepest = Math.max(deepest, depth)
      }
      if (code === COMMA) commas++
    }
    at = end
  }
  return { depth: deepest, count, commas }
}

function changeOfDepth(code: number): number {
  const bracket = code | BRACE_BIT
  return bracket === OPENING ? 1 : bracket === CLOSING ? -1 : 0
}

/** Behind the string or comment that begins at a place, or behind the character there. */
function endOfHidden(text: string, at: number, code: number, isProtobuf: boolean): number {
  if (code === QUOTE || (isProtobuf && code === APOSTROPHE)) return endOfString(text, at, code)
  if (!isProtobuf || code !== SLASH) return at + 1
  const next = text.charCodeAt(at + 1)
  if (next === SLASH) return behind(text, '\n', at + 2)
  return next === ASTERISK ? behind(text, '*/', at + 2) : at + 1
}

/** A string that is not closed ends with its line, lest it hides what a parser sees. */
function endOfString(text: string, start: number, quote: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === quote || code === 0x0a) return at + 1
  }
  return Math.max(text.length, start + 2)
}

function behind(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from)
  return at < 0 ? text.length : at + end.length
}
