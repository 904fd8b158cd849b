/**
 * Counts the brackets and commas of a foreign text before a parser sees it: nested texts make parsers slow or overflow the stack.
 */

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

/** The brackets and commas of a text outside strings and comments. */
export interface Brackets {
  /** The deepest nesting. */
  readonly depth: number
  /** The number of opening brackets. */
  readonly count: number
  readonly commas: number
}

/** Counts brackets and commas in a JSON or Protobuf text, which may be malformed. The time is linear, without recursion. */
export function bracketsOf(text: string, language: 'json' | 'protobuf'): Brackets {
  let depth = 0
  let deepest = 0
  let count = 0
  let commas = 0
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    const end = endOfSpan(text, at, code, language === 'protobuf')
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

/** Returns the end of the span at a position: a string, a comment or a single character. */
function endOfSpan(text: string, at: number, code: number, isProtobuf: boolean): number {
  if (code === QUOTE || (isProtobuf && code === APOSTROPHE)) return endOfString(text, at, code)
  if (!isProtobuf || code !== SLASH) return at + 1
  const next = text.charCodeAt(at + 1)
  if (next === SLASH) return behind(text, '\n', at + 2)
  return next === ASTERISK ? behind(text, '*/', at + 2) : at + 1
}

/** An unclosed string ends with its line, so that it cannot hide brackets from this scan that a parser would see. */
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
