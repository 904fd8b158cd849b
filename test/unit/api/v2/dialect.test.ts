/** How v2 writes errors: their bodies, and their types before and after the negotiation. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { v2Dialect } from '../../../../src/api/v2/dialect.ts'
import type { Config } from '../../../../src/config/index.ts'
import { RestError } from '../../../../src/errors.ts'

const dialect = v2Dialect({
  'response.mediatype.preferred': ['application/json', 'application/vnd.kafka.v2+json'],
  'response.mediatype.default': 'text/json',
} as unknown as Config)

const UNSUPPORTED = new RestError('UNSUPPORTED_MEDIA_TYPE')

test('an error is its code and its message', () => {
  assert.deepEqual(JSON.parse(dialect.encodeError(new RestError('ILLEGAL_STATE', 'No.'))), {
    error_code: 40903,
    message: 'No.',
  })
})

test('an error before the negotiation has a preferred type if the client accepts one', () => {
  const typeFor = (accept: string) =>
    dialect.typeOfError(UNSUPPORTED, { accept, accepted: undefined })
  assert.equal(typeFor('application/vnd.kafka.v2+json'), 'application/vnd.kafka.v2+json')
  assert.equal(typeFor('*/*'), 'application/json')
  for (const accept of ['', 'text/html', 'not a type']) assert.equal(typeFor(accept), 'text/json')
})

test('an unknown path, another method and another Accept have no type', () => {
  for (const name of ['NOT_FOUND', 'METHOD_NOT_ALLOWED', 'NOT_ACCEPTABLE'] as const) {
    const error = new RestError(name)
    assert.equal(dialect.typeOfError(error, { accept: '*/*', accepted: undefined }), '', name)
  }
})

test('an error behind the negotiation has the negotiated type', () => {
  const accepted = { type: 'application/vnd.kafka.binary.v2+json', quality: 1 }
  const error = new RestError('NOT_FOUND')
  assert.equal(dialect.typeOfError(error, { accept: '', accepted }), accepted.type)
})
