/**
 * The regular expressions of a schema. RE2 matches in linear time whatever the expression; what it doesn't know
 * (look-around but at the start, back references, repetitions above 1000) JavaScript matches under a deadline, which
 * costs up to a millisecond each time.
 */
import type { RegExpEngine, RegExpLike } from 'ajv/dist/types/index.js'
import { RE2JS } from 're2js'
import { brief } from '../brief.ts'
import { PayloadError } from '../codec.ts'
import { DeadlineError, withDeadline } from '../deadline.ts'
import { splitLookahead } from './lookahead.ts'

/**
 * For one match; then once more, because on a busy machine a short one may take its time too. An expression that needs
 * more is refused for a while, so that it can't hold the event loop again and again.
 */
const MATCH_LIMITS_MS = [50, 200]
const REFUSED_FOR_MS = 60_000

/** What Ajv compiles `pattern` and `patternProperties` with. Throws `SyntaxError` of what is no expression. */
export const compilePattern: RegExpEngine = Object.assign(
  (pattern: string): RegExpLike => {
    // Ajv takes patterns whose texts are the same for the same.
    return Object.assign(linear(pattern) ?? conjunction(pattern) ?? watched(pattern), {
      toString: () => pattern,
    })
  },
  // Ajv would write this into modules that it generates; here none are.
  { code: 'compilePattern' },
)

function linear(pattern: string): RegExpLike | undefined {
  try {
    const expression = RE2JS.compile(RE2JS.translateRegExp(pattern))
    return { test: (text) => expression.test(text) }
  } catch {
    return undefined
  }
}

/** Of several linear ones. */
function conjunction(pattern: string): RegExpLike | undefined {
  const conditions = splitLookahead(pattern)?.map(({ pattern, isNegated }) => ({
    expression: linear(pattern),
    isNegated,
  }))
  if (conditions?.every(({ expression }) => expression !== undefined) !== true) return undefined
  return {
    test: (text) =>
      conditions.every(({ expression, isNegated }) => expression?.test(text) !== isNegated),
  }
}

function watched(pattern: string): RegExpLike {
  const expression = ecmaScript(pattern)
  let refusedUntil = 0
  return {
    test(text) {
      if (performance.now() < refusedUntil) throw tooSlow(pattern)
      const isMatch = matchInTime(expression, text)
      if (isMatch !== undefined) return isMatch
      refusedUntil = performance.now() + REFUSED_FOR_MS
      throw tooSlow(pattern)
    },
  }
}

/** Undefined when it takes too long to say. */
function matchInTime(expression: RegExp, text: string): boolean | undefined {
  for (const limit of MATCH_LIMITS_MS) {
    try {
      return withDeadline(limit, () => expression.test(text))
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error
    }
  }
  return undefined
}

/** With Unicode if it can be: escapes of characters that need none are errors then, but common. */
function ecmaScript(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    return new RegExp(pattern)
  }
}

function tooSlow(pattern: string): PayloadError {
  return new PayloadError(`the schema's pattern ${brief(pattern)} takes too long to match`)
}
