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

/** For one match. An expression that once needed more is not tried again. */
const MATCH_LIMIT_MS = 50

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
  let isHostile = false
  return {
    test(text) {
      if (isHostile) throw tooSlow(pattern)
      try {
        return withDeadline(MATCH_LIMIT_MS, () => expression.test(text))
      } catch (error) {
        if (!(error instanceof DeadlineError)) throw error
        isHostile = true
        throw tooSlow(pattern)
      }
    },
  }
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
