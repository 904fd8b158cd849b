/**
 * The regular expressions of a schema, with the meaning that they have for java.util.regex. RE2 matches in linear time
 * whatever the expression; what it does not know (look-around but at the start, back references, possessive repetitions,
 * repetitions above 1000) is matched by trying one way after the other, in counted steps.
 */
import type { RegExpEngine, RegExpLike } from 'ajv/dist/types/index.js'
import { RE2JS } from 're2js'
import { type Condition, type LinearForm, linearFormOf } from '../java-regex/linear.ts'
import { find } from '../java-regex/matcher.ts'
import { type Expression, parseExpression } from '../java-regex/parser.ts'
import { compileProgram, type Program } from '../java-regex/program.ts'
import type { Steps } from './steps.ts'

/** Instructions of RE2 for all expressions of a schema together; usual ones have tens. */
const MAX_SIZE = 300_000
/** Characters of a text times instructions of an expression that are worth one step: RE2 seldom needs them all. */
const WORK_PER_STEP = 100
/** So much RE2 does in 20 ms at worst. */
const UNWATCHED_WORK = 200_000

/** An expression that is ready. */
export interface Pattern {
  /** How much RE2 has made of it; zero when it is not RE2's. */
  readonly size: number
  /** Whether it is somewhere in a text. Throws what `steps` throws. */
  test(text: string, steps: Steps): boolean
}

/** What Ajv compiles `pattern` and `patternProperties` with. Throws `SyntaxError` of what is no expression. */
export function patternEngine(steps: Steps): RegExpEngine {
  let size = 0
  const compile = (source: string): RegExpLike => {
    const pattern = compilePattern(source)
    size += pattern.size
    if (size > MAX_SIZE)
      throw new SyntaxError('the regular expressions of the schema are too large')
    const test = (text: string) => pattern.test(text, steps)
    // Ajv takes patterns whose texts are the same for the same.
    return Object.assign({ test }, { toString: () => source })
  }
  // Ajv would write this into modules that it generates; here none are.
  return Object.assign(compile, { code: 'patternEngine' })
}

/** One expression. @throws {SyntaxError} when it is none */
export function compilePattern(source: string): Pattern {
  return new JavaPattern(parseExpression(source))
}

class JavaPattern implements Pattern {
  readonly size: number
  readonly #expression: Expression
  readonly #linear: Linear | undefined
  /** For texts that RE2 would get wrong, or for all. */
  #program: Program | undefined

  constructor(expression: Expression) {
    this.#expression = expression
    this.#linear = linear(expression)
    this.size = this.#linear?.size ?? 0
  }

  test(text: string, steps: Steps): boolean {
    if (this.#linear?.isRightFor(text)) return this.#linear.test(text, steps)
    const { node, groups } = this.#expression
    this.#program ??= compileProgram(node, groups)
    return find(this.#program, text, (count) => steps.match(count))
  }
}

/** Undefined for an expression that RE2 does not know, or that is too large for it. */
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

/** Conditions that must all hold. */
class Linear {
  readonly size: number
  readonly #conditions: readonly LinearCondition[]
  readonly #form: LinearForm

  constructor(form: LinearForm) {
    this.#form = form
    this.#conditions = form.conditions.map((condition) => new LinearCondition(condition))
    this.size = this.#conditions.reduce((sum, { size }) => sum + size, 0)
  }

  isRightFor(text: string): boolean {
    const { needsAscii, hasLineEnd } = this.#form
    if (hasLineEnd && text.endsWith('\r\n')) return false
    return !needsAscii || !OUTSIDE_OF_ASCII.test(text)
  }

  test(text: string, steps: Steps): boolean {
    return this.#conditions.every((condition) => condition.holds(text, steps))
  }
}

/**
 * What RE2 makes of a short expression may be megabytes, and there may be many expressions in many schemas; so it is held
 * weakly, and made again when it was collected.
 */
class LinearCondition {
  readonly size: number
  readonly #condition: Condition
  #expression: WeakRef<RE2JS>
  /** Still set when a match was broken off, after which the expression's tables are in no state to be used. */
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
