/**
 * The regular expressions of a schema. RE2 matches in linear time whatever the expression; what it doesn't know
 * (look-around but at the start, back references, repetitions above 1000) JavaScript matches under a deadline, which
 * costs up to a millisecond each time. Linear is long for a large expression and a long text, so that those two have a
 * deadline as well.
 */
import type { RegExpEngine, RegExpLike } from 'ajv/dist/types/index.js'
import { RE2JS } from 're2js'
import { brief } from '../brief.ts'
import { DeadlineError, withDeadline } from '../deadline.ts'
import { splitLookahead } from './lookahead.ts'
import type { Steps } from './steps.ts'

/** For one match; then once more, because on a busy machine a short one may take its time too. */
const MATCH_LIMITS_MS = [50, 200]
/** What RE2 may take more for each character: several times what it takes with an expression of usual size. */
const MATCH_LIMIT_MS_PER_CHARACTER = 0.0002

/** Characters of a text times instructions of an expression, which RE2 goes through in 20 ms at worst. */
const UNWATCHED_WORK = 200_000

/** What Ajv compiles `pattern` and `patternProperties` with. Throws `SyntaxError` of what is no expression. */
export function patternEngine(steps: Steps): RegExpEngine {
  const compile = (pattern: string): RegExpLike => {
    const expression = compilePattern(pattern)
    const test = (text: string) => {
      steps.take()
      return expression.test(text)
    }
    // Ajv takes patterns whose texts are the same for the same.
    return Object.assign({ test }, { toString: () => pattern })
  }
  // Ajv would write this into modules that it generates; here none are.
  return Object.assign(compile, { code: 'patternEngine' })
}

/** One expression. @throws {SyntaxError} when it is none */
export function compilePattern(pattern: string): RegExpLike {
  return linear(pattern) ?? conjunction(pattern) ?? backtracking(pattern)
}

/**
 * What RE2 takes for something else instead of an error: a reference to a named group for the letter k, and a character
 * that is escaped by its two surrogates for two. Whatever is escaped before is passed over in whole.
 */
const MISREAD_BY_RE2 = /^(?:[^\\]|\\.)*?\\(?:k<|u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F])/s

function linear(pattern: string): RegExpLike | undefined {
  if (MISREAD_BY_RE2.test(pattern)) return undefined
  try {
    return new Linear(pattern)
  } catch {
    return undefined
  }
}

/**
 * By RE2. What that makes of a short expression may be megabytes, and there may be many expressions in many schemas; so
 * it is held weakly, and made again when it was collected.
 */
class Linear {
  readonly #pattern: string
  readonly #watch: Watch
  readonly #size: number
  #expression: WeakRef<RE2JS>
  /** Still set when a match was broken off, after which the expression's tables are in no state to be used. */
  #isMatching = false

  constructor(pattern: string) {
    this.#pattern = RE2JS.translateRegExp(pattern)
    this.#watch = new Watch(pattern)
    const expression = RE2JS.compile(this.#pattern)
    this.#expression = new WeakRef(expression)
    this.#size = expression.programSize()
  }

  test(text: string): boolean {
    if (text.length * this.#size <= UNWATCHED_WORK) return this.#match(text)
    return this.#watch.run(() => this.#match(text), text.length * MATCH_LIMIT_MS_PER_CHARACTER)
  }

  #match(text: string): boolean {
    const expression = (this.#isMatching ? undefined : this.#expression.deref()) ?? this.#compile()
    this.#isMatching = true
    const isMatch = expression.test(text)
    this.#isMatching = false
    return isMatch
  }

  #compile(): RE2JS {
    const expression = RE2JS.compile(this.#pattern)
    this.#expression = new WeakRef(expression)
    return expression
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

/** By JavaScript. */
function backtracking(pattern: string): RegExpLike {
  const expression = ecmaScript(pattern)
  const watch = new Watch(pattern)
  return { test: (text) => watch.run(() => expression.test(text)) }
}

/** Runs an expression's matches, each for so long at most. */
class Watch {
  readonly #pattern: string

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  run(match: () => boolean, moreMs = 0): boolean {
    const isMatch = matchInTime(match, moreMs)
    if (isMatch !== undefined) return isMatch
    throw tooSlow(this.#pattern)
  }
}

/** Undefined when it takes too long to say. */
function matchInTime(match: () => boolean, moreMs: number): boolean | undefined {
  for (const limit of MATCH_LIMITS_MS) {
    try {
      return withDeadline(limit + Math.ceil(moreMs), match)
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

function tooSlow(pattern: string): DeadlineError {
  return new DeadlineError(`the schema's pattern ${brief(pattern)} takes too long to match`)
}
