/** Work that is broken off, and errors of compiling. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidSchemaError } from '../../../src/serde/codec.ts'
import { compileInTime, DeadlineError, withDeadline } from '../../../src/serde/limits/deadline.ts'

test('work that ends gives its result, or its error', () => {
  assert.equal(
    withDeadline(1000, () => 5),
    5,
  )
  assert.throws(() => {
    withDeadline(1000, () => {
      throw new RangeError('mine')
    })
  }, new RangeError('mine'))
})

test('work that does not end is broken off', () => {
  assert.throws(() => {
    withDeadline(20, () => {
      for (;;);
    })
  }, DeadlineError)
  assert.throws(() => withDeadline(20, () => /^(a+)+$/.test(`${'a'.repeat(60)}!`)), DeadlineError)
})

test('work within work has its own deadline, and the outer goes on', () => {
  const result = withDeadline(5000, () => {
    assert.throws(() => {
      withDeadline(20, () => {
        for (;;);
      })
    }, DeadlineError)
    return withDeadline(1000, () => 'inner')
  })
  assert.equal(result, 'inner')
})

test('whatever goes wrong with a schema is one kind of error', () => {
  assert.throws(() => {
    compileInTime(() => {
      throw new TypeError('mine')
    })
  }, new InvalidSchemaError('mine'))
  const recurse = (): number => recurse() + 1
  assert.throws(() => compileInTime(recurse), InvalidSchemaError)
})

test('no time says nothing of a schema', () => {
  const late = new DeadlineError('late')
  assert.throws(() => {
    compileInTime(() => {
      throw late
    })
  }, late)
})
