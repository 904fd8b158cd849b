/** Regular expressions as java.util.regex reads and matches them: compared with what that says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linearFormOf } from '../../../src/serde/java-regex/linear.ts'
import { find } from '../../../src/serde/java-regex/matcher.ts'
import { parseExpression } from '../../../src/serde/java-regex/parser.ts'
import { compileProgram } from '../../../src/serde/java-regex/program.ts'
import { compilePattern } from '../../../src/serde/json-schema/patterns.ts'
import { Steps } from '../../../src/serde/json-schema/steps.ts'
import { CASES } from '../../golden/java-regex/cases.ts'
import { digitsOf, readVectors } from '../../golden/java-regex/vectors.ts'

const VECTORS = readVectors()
/** As if each text were so long: the budget of a check depends on that. */
const ENOUGH = 90_000

/** What Java refuses for its way of looking behind has a meaning all the same. */
const LOOKS_BEHIND = /\(\?<[=!]/

function verdictOf(isFound: (text: string) => boolean): string {
  return digitsOf(CASES.texts.map((text) => (isFound(text) ? '1' : '0')).join(''))
}

test('patterns are found where Java finds them', () => {
  for (const pattern of CASES.patterns) {
    const expected = VECTORS[pattern]
    assert.notEqual(expected, undefined, 'run test/golden/java-regex/generate.ts')
    if (expected === null) continue
    const compiled = compilePattern(pattern)
    const steps = new Steps()
    steps.start(ENOUGH)
    const verdict = verdictOf((text) => compiled.test(text, steps))
    assert.equal(verdict, expected, pattern)
  }
})

test('the matcher alone finds them too, so that it can stand in for RE2', () => {
  for (const pattern of CASES.patterns) {
    const expected = VECTORS[pattern]
    if (expected === null) continue
    const { node, groups } = parseExpression(pattern)
    const program = compileProgram(node, groups)
    let steps = 0
    const charge = (count: number) => {
      steps += count
      assert.ok(steps < 1_000_000, `${pattern} does not come to an end`)
    }
    assert.equal(
      verdictOf((text) => {
        steps = 0
        return find(program, text, charge)
      }),
      expected,
      pattern,
    )
  }
})

test('what is no pattern for Java is refused', () => {
  for (const pattern of CASES.patterns) {
    if (VECTORS[pattern] !== null || LOOKS_BEHIND.test(pattern)) continue
    assert.throws(() => parseExpression(pattern), SyntaxError, pattern)
  }
})

test('a refusal says what is wrong, and where', () => {
  const faults: [pattern: string, fault: RegExp][] = [
    ['^\\i', /^\\i is no escape of java\.util\.regex here, at character 4 of the pattern \^\\i$/],
    ['a{', /is no repetition: write \\\{/],
    ['(a', /a parenthesis is not closed/],
    ['a)', /is closed that is not open, at character 2/],
    ['[z-a]', /a range of characters/],
    ['\\p{InGreek}', /\\p\{InGreek\} is not known/],
    ['(?U)a', /\(\?U\) is not supported/],
    ['(?P<x>a)', /\(\?P begins no group/],
    ['('.repeat(300), /nest deeper than 250/],
    ['['.repeat(300), /nest deeper than 100/],
  ]
  for (const [pattern, fault] of faults) {
    assert.throws(
      () => parseExpression(pattern),
      (error) => {
        assert.ok(error instanceof SyntaxError)
        assert.match(error.message, fault)
        return true
      },
    )
  }
})

test('what ECMAScript alone knows is taken where Java has no meaning for it', () => {
  for (const [pattern, text] of [
    ['^\\u{1F600}$', '😀'],
    ['^\\p{Letter}+$', 'é'],
    ['^\\p{Script=Greek}$', 'α'],
    ['^\\p{Emoji_Presentation}$', '😀'],
  ] as const) {
    const steps = new Steps()
    steps.start(1)
    assert.ok(compilePattern(pattern).test(text, steps), pattern)
  }
})

test('most expressions are matched in linear time, also those that look ahead at their start', () => {
  const isLinear = (pattern: string) => linearFormOf(parseExpression(pattern)) !== undefined
  for (const pattern of ['^(?!admin$)(?=.*\\d).{2,8}$', '^\\p{Alnum}+\\Z', '(a|b)*c', '\\bx']) {
    assert.ok(isLinear(pattern), pattern)
  }
  for (const pattern of ['a(?=b)', '(a)\\1', 'a*+', '(?>a)', '(?<=a)b', '^(?=a)b|c(?!d)', 'a$b']) {
    assert.ok(!isLinear(pattern), pattern)
  }
})
