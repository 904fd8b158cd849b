/** What the output of a failed lane tells. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failedFiles, failedPrograms, failures } from '../../../scripts/lane-failures.mjs'

const MAKE = [
  'run build/plain/test/kafka/a_test',
  'a_test.cc:7: Failure',
  '[  FAILED  ] A.Waits (60002 ms)',
  'make: *** [Makefile:153: build/plain/test/kafka/a_test.run] Error 1',
  'make: *** [Makefile:153: build/plain/test/kafka/b_test.run] Error 124',
  "make: Target 'test' not remade because of errors.",
].join('\n')

const NODE = [
  '✖ waits (60.1ms)',
  '✖ failing tests:',
  '',
  'test at test/unit/a.test.ts:7:1',
  '✖ waits (60.1ms)',
  'test at test/unit/a.test.ts:9:3',
  'test at test/unit/b.test.ts:1:1',
].join('\n')

test('programs that failed are goals of make, also those that took too long', () => {
  assert.deepEqual(failedPrograms(MAKE), [
    'build/plain/test/kafka/a_test.run',
    'build/plain/test/kafka/b_test.run',
  ])
  assert.deepEqual(failedPrograms('make: *** [Makefile:98: build/plain/a.o] Error 1'), [])
})

test('a file with several failed tests is one', () => {
  assert.deepEqual(failedFiles(NODE), ['test/unit/a.test.ts', 'test/unit/b.test.ts'])
  assert.deepEqual(failedFiles('✔ test at test/unit/a.test.ts:7:1'), [])
})

test('the lines that tell why are the summary, or what failed with the lines before it', () => {
  assert.match(failures(NODE), /^\ntest at/)
  assert.match(
    failures(MAKE),
    /^✖ A.Waits\n.*\na_test.cc:7: Failure\nmake: .*a_test.*\nmake: .*b_test/s,
  )
})

test('of other output the end is shown', () => {
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`)
  assert.equal(failures(lines.join('\n')).split('\n')[0], 'line 120')
})
