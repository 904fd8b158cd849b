/** Every error that a route declares was provoked by some test. Runs after all others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROUTES } from '../../src/api/routes.ts'
import { ERRORS } from '../../src/errors.ts'
import { SEEN_ERRORS_FOLDER, seenErrors } from './seen-errors.ts'

/** Errors that no test provokes, and why. Those that one does must leave this list. */
const EXCUSED: Readonly<Record<string, string>> = {}

const skip = SEEN_ERRORS_FOLDER === undefined && 'only scripts/test.mjs collects the errors'

test('every declared error was provoked', { skip }, () => {
  const seen = seenErrors(SEEN_ERRORS_FOLDER ?? '')
  const missing = ROUTES.flatMap(({ operationId, errors }) =>
    errors
      .filter((name) => !seen.has(`${operationId} ${ERRORS[name][0]}`))
      .map((name) => `${operationId} ${name}`),
  )
  assert.deepEqual(missing.sort(), Object.keys(EXCUSED).sort())
})
