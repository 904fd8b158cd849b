/** Errors of compiling. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidSchemaError } from '../../../src/serde/codec.ts'
import { compileSchema } from '../../../src/serde/limits/schema-errors.ts'

test('work that ends gives its result', () => {
  assert.equal(
    compileSchema(() => 5),
    5,
  )
})

test('whatever goes wrong with a schema is one kind of error, of bounded length', () => {
  assert.throws(() => {
    compileSchema(() => {
      throw new TypeError('mine')
    })
  }, new InvalidSchemaError('mine'))
  const recurse = (): number => recurse() + 1
  assert.throws(() => compileSchema(recurse), InvalidSchemaError)
  assert.throws(
    () =>
      compileSchema(() => {
        throw new Error('x'.repeat(10_000))
      }),
    (error) => error instanceof InvalidSchemaError && error.message.length <= 501,
  )
})
