/** Regular expressions of schemas: they match what JavaScript's would, where Java's mean the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import {
  compilePattern,
  type Pattern,
  patternEngine,
} from '../../../src/serde/json-schema/patterns.ts'
import { Steps } from '../../../src/serde/json-schema/steps.ts'

/** With the steps of a value of usual length. */
function isIn(text: string, pattern: Pattern): boolean {
  const steps = new Steps()
  steps.start(text.length)
  return pattern.test(text, steps)
}

const PATTERNS = [
  '^[A-Z]{2}-\\d+$',
  'a|^b$',
  '^\\p{L}+$',
  '^[\\w.\\-]+@[\\w\\-]+$',
  '^\\u0041/[^/]$',
  '(?<year>\\d{4})-(?:\\d{2})',
  '^(?!b)a*',
  '^(?!admin$)(?=.*\\d)(?=.*[a-z]).{2,8}$',
  '^(?!.*[()|\\]]{2})[^)]*$',
  '^(?!(a|b)\\))a?',
  '^(?=a)b|c',
  '^(?=a)?b',
  '^(?!a|b)(c|d)',
  '(?!a)b',
  '^(?=(?!b)a)a',
  '^a(?=b)',
  '(?<=a)b',
  '^(a)\\1$',
  '^a{0,1500}$',
  '^(?<y>a)\\k<y>$',
  '^(?!b)(?<y>a)\\k<y>$',
  '^\\\\k<y>$',
  '^\\ud83d\\ude00$',
  '^[\\uD83D\\uDE00a]b?$',
]
const text = fc.oneof(
  fc.constantFrom(
    'admin',
    'AB-12',
    'A/b',
    'a@b',
    'abc1',
    '2020-01',
    'aa',
    'ab',
    '((',
    'é',
    'ak<y>',
    '\\k<y>',
    '😀',
  ),
  fc.string({ unit: fc.constantFrom(...'abcd1()|]/-@A.'), maxLength: 9 }),
)

for (const pattern of PATTERNS) {
  test(`as JavaScript: ${pattern}`, () => {
    const expression = compilePattern(pattern)
    const oracle = new RegExp(pattern, pattern.includes('?=a)?') ? '' : 'u')
    fc.assert(
      fc.property(text, (one) => assert.equal(isIn(one, expression), oracle.test(one), one)),
      { numRuns: 150 },
    )
  })
}

test('expressions are told apart by their texts', () => {
  const engine = patternEngine(new Steps())
  assert.notEqual(`${engine('a', 'u')}`, `${engine('b', 'u')}`)
})

test('what is made of an expression is not kept when memory is needed, and made again', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const heap = async () => {
    await nextTurn()
    collect()
    return process.memoryUsage().heapUsed
  }
  compilePattern('first')
  const before = await heap()
  // About 300 kB each.
  const expressions = Array.from({ length: 100 }, (_, n) => compilePattern(`(a{1,30}){1,30}${n}`))
  assert.ok((await heap()) - before < 5_000_000)
  assert.deepEqual(
    expressions.map((expression, n) => [isIn(`aaa${n}`, expression), isIn('aaa', expression)]),
    expressions.map(() => [true, false]),
  )
})

test('what is no expression is an error', () => {
  for (const pattern of ['(', '[a', '*', 'a{2,1}']) {
    assert.throws(() => compilePattern(pattern), SyntaxError, pattern)
  }
})
