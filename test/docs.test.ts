/** Every derived file says what the code says. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findStaleFiles } from '../scripts/derived-files.ts'

test('no derived file is stale (else run "npm run docs")', () => {
  assert.deepEqual(
    findStaleFiles().map(({ path }) => path),
    [],
  )
})
