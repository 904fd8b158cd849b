/** Every key has tests that set it to something else than its default; the mutants prove them. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { KEYS } from '../../../src/config/index.ts'
import { KEY_TESTS } from '../../mutation/key-tests.ts'
import { MUTANTS } from '../../mutation/mutants.ts'

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
