/**
 * The regular expressions of schemas, with the semantics of java.util.regex. RE2 matches most of them in linear time.
 * A backtracking matcher with a step limit runs the others: look-around except at the start, back references,
 * possessive quantifiers and repetitions above 1000.
 */
import type { RegExpEngine, RegExpLike } from 'ajv/dist/types/index.js'
import { RE2JS } from 're2js'
import { type Condition, type LinearForm, linearFormOf } from '../java-regex/linear.ts'
import { find } from '../java-regex/matcher.ts'
import { type Expression, parseExpression } from '../java-regex/parser.ts'
import { compileProgram, type Program } from '../java-regex/program.ts'
import type { Steps } from './steps.ts'

/** The limit for the RE2 instructions of a schema. Usual expressions have tens. */
const MAX_SIZE = 300_000
/** Characters times instructions that count as one step. RE2 seldom runs all instructions at each character. */
const WORK_PER_STEP = 100
/** The work that RE2 finishes within 20 ms in the worst case. */
const UNWATCHED_WORK = 200_000

/** A compiled expression. */
export interface Pattern {
  /** The number of RE2 instructions; zero for the backtracking matcher. */
  readonly size: number
  /** Whether the expression matches anywhere in a text. Throws the errors of `steps`. */
  test(text: string, steps: Steps): boolean
}

/**
 * Returns the regular expression engine for Ajv's `pattern` and `patternProperties`. Throws `SyntaxError` for invalid
 * expressions.
 */
export function patternEngine(steps: Steps): RegExpEngine {
  let size = 0
  const compile = (source: string): RegExpLike => {
    const pattern = compilePattern(source)
    size += pattern.size
    if (size > MAX_SIZE)
      throw new SyntaxError('the regular expressions of the schema are too large')
    const test = (text: string) => pattern.test(text, steps)
    // Ajv identifies patterns by their text.
    return Object.assign({ test }, { toString: () => source })
  }
  // Ajv needs this name for standalone modules only.
  return Object.assign(compile, { code: 'patternEngine' })
}

/** Compiles an expression. @throws {SyntaxError} when it is invalid */
export function compilePattern(source: string): Pattern {
  return new JavaPattern(parseExpression(source))
}

class JavaPattern implements Pattern {
  readonly size: number
  readonly #expression: Expression
  readonly #linear: Linear | undefined
  /** The program of the backtracking matcher, for texts that RE2 would match differently. */
  #program: Program | undefined

  constructor(expression: Expression) {
    this.#expression = expression
    this.#linear = linear(expression)
    this.size = this.#linear?.size ?? 0
  }

  test(text: string, steps: Steps): boolean {
    if (this.#linear?.isValidFor(text)) return this.#linear.test(text, steps)
    const { node, groups } = this.#expression
    this.#program ??= compileProgram(node, groups)
    return find(this.#program, text, (count) => steps.match(count))
  }
}

/** Returns undefined for expressions that RE2 does not support or that are too large for it. */
function linear(expression: Expression): Linear | undefined {
  const form = linearFormOf(expression)
  if (form === undefined) return undefined
  try {
    return new Linear(form)
  } catch {
    return undefined
  }
}

const OUTSIDE_OF_ASCII = /[^\0-\x7f]/

/** A conjunction of RE2 expressions. */
class Linear {
  readonly size: number
  readonly #conditions: readonly LinearCondition[]
  readonly #form: LinearForm

  constructor(form: LinearForm) {
    this.#form = form
    this.#conditions = form.conditions.map((condition) => new LinearCondition(condition))
    this.size = this.#conditions.reduce((sum, { size }) => sum + size, 0)
  }

  isValidFor(text: string): boolean {
    const { needsAscii, hasLineEnd } = this.#form
    if (hasLineEnd && text.endsWith('\r\n')) return false
    return !needsAscii || !OUTSIDE_OF_ASCII.test(text)
  }

  test(text: string, steps: Steps): boolean {
    return this.#conditions.every((condition) => condition.holds(text, steps))
  }
}

/**
 * One RE2 expression. Its tables may take megabytes, and schemas may have many expressions, so it is held weakly and
 * recompiled after collection.
 */
class LinearCondition {
  readonly size: number
  readonly #condition: Condition
  #expression: WeakRef<RE2JS>
  /** Whether a match was interrupted, which leaves the expression's tables in an undefined state. */
  #isMatching = false

  constructor(condition: Condition) {
    const expression = RE2JS.compile(condition.pattern)
    this.#condition = condition
    this.#expression = new WeakRef(expression)
    this.size = expression.programSize()
  }

  holds(text: string, steps: Steps): boolean {
    const work = text.length * this.size
    steps.match(Math.ceil(work / WORK_PER_STEP))
    const isMatch =
      work <= UNWATCHED_WORK ? this.#match(text) : steps.watched(() => this.#match(text))
    return isMatch !== this.#condition.isNegated
  }

  #match(text: string): boolean {
    const expression = (this.#isMatching ? undefined : this.#expression.deref()) ?? this.#compile()
    this.#isMatching = true
    const isMatch = expression.test(text)
    this.#isMatching = false
    return isMatch
  }

  #compile(): RE2JS {
    const expression = RE2JS.compile(this.#condition.pattern)
    this.#expression = new WeakRef(expression)
    return expression
  }
}
