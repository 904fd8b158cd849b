/** The lists of mutants: each has its place in the sources, and tests that exist. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { KEYS } from '../../../src/config/index.ts'
import { IGNORED_KEYS } from '../../mutation/ignored-keys.ts'
import { KEY_TESTS } from '../../mutation/key-tests.ts'
import { MISTAKES } from '../../mutation/mistakes/index.ts'

const MUTANTS = [...MISTAKES, ...IGNORED_KEYS]
const ROOT = join(import.meta.dirname, '../../..')

test('every supported key, and no other, has tests that show what it changes', () => {
  const supported = [...KEYS].filter(([, row]) => row.support === 'supported').map(([key]) => key)
  const shown = Object.keys(KEY_TESTS).filter((key) => (KEY_TESTS[key] ?? []).length > 0)
  assert.deepEqual(shown.sort(), supported.sort())
})

test('the tests of every mutant exist', () => {
  const missing = MUTANTS.flatMap(({ name, tests }) =>
    tests.filter((path) => !existsSync(join(ROOT, path))).map((path) => `${name}: ${path}`),
  )
  assert.deepEqual(missing, [])
})

test('every mutant has a name of its own, a place in its file, and tests', () => {
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length)
  for (const { name, file, change, tests } of MUTANTS) {
    assert.ok(tests.length > 0, name)
    assert.doesNotThrow(() => change(readFileSync(join(ROOT, file), 'utf8')))
  }
})
