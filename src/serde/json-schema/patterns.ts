/**
 * The regular expressions of schemas, with the semantics of java.util.regex. RE2 matches most of them in linear time.
 * A backtracking matcher with a step limit runs the others: look-around except at the start, back references,
 * possessive quantifiers and repetitions above 1000.
 */
import type { RegExpEngine, RegExpLike } from 'ajv/dist/types/index.js'
import { RE2JS } from 're2js'
import { PayloadError } from '../codec.ts'
import { type Condition, type LinearForm, linearFormOf } from '../java-regex/linear.ts'
import { find } from '../java-regex/matcher.ts'
import { type Expression, parseExpression } from '../java-regex/parser.ts'
import { compileProgram, type Program } from '../java-regex/program.ts'
import { sizeOf } from '../java-regex/syntax.ts'
import type { Steps } from './steps.ts'

/** The limit for the RE2 instructions of a schema. Usual expressions have tens. */
const MAX_SIZE = 300_000
/** The limit for the ranges in the classes of a schema's expressions. */
const MAX_RANGES = 1_000_000
/** RE2 compiles an instruction in the time of this many steps of matching. */
const STEPS_TO_COMPILE = 10
/** A match takes the time of this many steps, however short the text is. */
const STEPS_TO_START = 10
/** RE2 passes this many characters in the time of a step when its states are ready. */
const CHARACTERS_PER_STEP = 2

/** A compiled expression. */
export interface Pattern {
  /** An estimate of the number of RE2 instructions; zero for the backtracking matcher. */
  readonly size: number
  /** The number of ranges in its classes. */
  readonly ranges: number
  /** Whether the expression matches anywhere in a text. Throws the errors of `steps`. */
  test(text: string, steps: Steps): boolean
}

/**
 * Returns the regular expression engine for Ajv's `pattern` and `patternProperties`. Throws `SyntaxError` for invalid
 * expressions.
 */
export function patternEngine(steps: Steps): RegExpEngine {
  let size = 0
  let ranges = 0
  const compile = (source: string): RegExpLike => {
    const pattern = compilePattern(source)
    size += pattern.size
    ranges += pattern.ranges
    if (ranges > MAX_RANGES) {
      throw new SyntaxError(
        `the regular expressions of the schema have more than ${MAX_RANGES} ranges of characters`,
      )
    }
    if (size > MAX_SIZE) {
      throw new SyntaxError(
        `the regular expressions of the schema are too large, more than ${MAX_SIZE} instructions`,
      )
    }
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
  readonly ranges: number
  readonly #expression: Expression
  /** Undefined for an expression that RE2 does not support. */
  #linear: Linear | undefined
  /** The program of the backtracking matcher, for texts that RE2 would match differently. */
  #program: Program | undefined

  constructor(expression: Expression) {
    this.#expression = expression
    this.ranges = expression.ranges
    const form = linearFormOf(expression)
    this.size = form === undefined ? 0 : sizeOf(expression.node)
    this.#linear = form && new Linear(form)
  }

  test(text: string, steps: Steps): boolean {
    if (this.#linear?.isValidFor(text)) {
      const isMatch = this.#linear.test(text, steps)
      if (isMatch !== undefined) return isMatch
      this.#linear = undefined
    }
    const { node, groups } = this.#expression
    this.#program ??= compileProgram(node, groups)
    return find(this.#program, text, (count) => steps.match(count))
  }
}

const OUTSIDE_OF_ASCII = /[^\0-\x7f]/

/** A conjunction of RE2 expressions. */
class Linear {
  readonly #conditions: readonly LinearCondition[]
  readonly #form: LinearForm

  constructor(form: LinearForm) {
    this.#form = form
    this.#conditions = form.conditions.map((condition) => new LinearCondition(condition))
  }

  isValidFor(text: string): boolean {
    const { needsAscii, hasLineEnd } = this.#form
    if (hasLineEnd && text.endsWith('\r\n')) return false
    return !needsAscii || !OUTSIDE_OF_ASCII.test(text)
  }

  /** Returns undefined when RE2 does not support one of the expressions, or it is too large for it. */
  test(text: string, steps: Steps): boolean | undefined {
    for (const condition of this.#conditions) {
      const holds = condition.holds(text, steps)
      if (holds !== true) return holds
    }
    return true
  }
}

/**
 * One RE2 expression, compiled with the first text. Its tables may take megabytes, and schemas may have many
 * expressions, so it is held weakly and recompiled after collection.
 */
class LinearCondition {
  readonly #condition: Condition
  #expression: WeakRef<CountedExpression> | undefined
  #isUnsupported = false

  constructor(condition: Condition) {
    this.#condition = condition
  }

  /** Returns undefined when RE2 does not support the expression. */
  holds(text: string, steps: Steps): boolean | undefined {
    if (this.#isUnsupported) return undefined
    const expression = this.#expression?.deref() ?? this.#compile(steps)
    if (expression === undefined) {
      this.#isUnsupported = true
      return undefined
    }
    try {
      return expression.test(text, steps) !== this.#condition.isNegated
    } catch (error) {
      this.#expression = undefined
      throw error
    }
  }

  #compile(steps: Steps): CountedExpression | undefined {
    try {
      const expression = new CountedExpression(RE2JS.compile(this.#condition.pattern))
      this.#expression = new WeakRef(expression)
      steps.match(STEPS_TO_COMPILE * expression.size)
      return expression
    } catch (error) {
      if (error instanceof PayloadError) throw error
      return undefined
    }
  }
}

/** The members of RE2JS that count: its engines read instructions through the first, but one that does not. */
interface Engine {
  readonly prog: { getInst(index: number): unknown }
  doExecuteNFA(input: { endPos(): number }, ...more: unknown[]): unknown
}

/**
 * An RE2 expression whose instructions are counted. A match with ready states reads none; a text that needs ever new
 * states reads as many as the product of the sizes of text and expression. States of earlier texts are used again, so
 * a value at the limit may take fewer steps later.
 */
class CountedExpression {
  readonly size: number
  readonly #expression: RE2JS
  /** The counter of the current match. */
  #steps: Steps | undefined

  constructor(expression: RE2JS) {
    this.#expression = expression
    this.size = expression.programSize()
    const engine = expression.re2() as unknown as Engine
    const getInstruction = engine.prog.getInst.bind(engine.prog)
    engine.prog.getInst = (index) => {
      this.#steps?.match(1)
      return getInstruction(index)
    }
    const runThreads = engine.doExecuteNFA.bind(engine)
    engine.doExecuteNFA = (input, ...more) => {
      this.#steps?.match(input.endPos() * this.size)
      return runThreads(input, ...more)
    }
  }

  /** @throws {PayloadError} above the limit of steps; the expression's tables are undefined then */
  test(text: string, steps: Steps): boolean {
    steps.match(STEPS_TO_START + text.length / CHARACTERS_PER_STEP)
    this.#steps = steps
    return this.#expression.test(text)
  }
}
