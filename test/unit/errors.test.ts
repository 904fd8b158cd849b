/** Error codes, their statuses, and the error that carries them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERRORS, type ErrorName, isRetriable, RestError, statusOf } from '../../src/errors.ts'

const NAMES = Object.keys(ERRORS) as ErrorName[]

test('the status of a code is the code itself, or its first three digits', () => {
  assert.deepEqual([404, 40403, 50002, 422, 42204].map(statusOf), [404, 404, 500, 422, 422])
})

test('40001 is a 422: the one code that does not say so', () => {
  assert.equal(statusOf(40001), 422)
})

test('every error has a status that HTTP knows, and a message', () => {
  for (const name of NAMES) {
    const { code, status, message } = new RestError(name)
    assert.equal(code, ERRORS[name][0])
    assert.ok(status >= 400 && status < 600, name)
    assert.notEqual(message, '', name)
  }
})

test('a message replaces the default one', () => {
  assert.equal(new RestError('KAFKA_ERROR').message, 'Kafka error.')
  assert.equal(new RestError('KAFKA_ERROR', 'Something else.').message, 'Something else.')
})

test('an error is identified by its name: codes are not unique', () => {
  for (const name of NAMES) assert.equal(new RestError(name).name, name)
  assert.equal(ERRORS.CONSUMER_INSTANCE_NOT_FOUND[0], ERRORS.UNKNOWN_TOPIC_OR_PARTITION[0])
})

test('errors that name a time to wait are retriable', () => {
  for (const name of NAMES) {
    if (new RestError(name).retryAfterSeconds !== undefined) assert.ok(isRetriable(name), name)
  }
  assert.ok(!isRetriable('UNPROCESSABLE'))
})

test('429 and 503 invite to try again, and no other', () => {
  for (const name of NAMES) {
    const { status, retryAfterSeconds } = new RestError(name)
    assert.equal(retryAfterSeconds, status === 429 || status === 503 ? 1 : undefined, name)
  }
})

test('an expected error has no stack, and others keep theirs', () => {
  const limit = Error.stackTraceLimit
  assert.doesNotMatch(new RestError('NOT_FOUND').stack ?? '', /\n\s+at /)
  assert.equal(Error.stackTraceLimit, limit)
  assert.match(new Error('ours').stack ?? '', /\n\s+at /)
})

test('a code of the engine finds its error; an empty message stands for the default', () => {
  const fault = RestError.ofCode(40801, '')
  assert.deepEqual(
    [fault.code, fault.status, fault.message],
    [40801, 408, ERRORS.UNDECODABLE_RECORD[1]],
  )
  assert.equal(RestError.ofCode(40801, 'It is cut.').message, 'It is cut.')
})

test('of two errors with one code, the engine means the first', () => {
  assert.equal(RestError.ofCode(40403, '').message, ERRORS.CONSUMER_INSTANCE_NOT_FOUND[1])
})

test('a code that nobody knows is ours', () => {
  assert.equal(RestError.ofCode(12345, '').status, 500)
})

test('a message that quotes megabytes is cut, between characters', () => {
  const { message } = new RestError('BAD_REQUEST', `${'x'.repeat(8191)}${'😀'.repeat(500_000)}`)
  assert.equal(message, `${'x'.repeat(8191)}… (1008191 characters)`)
  assert.ok(RestError.ofCode(400, 'y'.repeat(900_000)).message.length < 9000)
})
