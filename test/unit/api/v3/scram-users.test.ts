/** Users of SCRAM in the v3 API. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RestError } from '../../../../src/errors.ts'
import { serve } from '../fake-server.ts'

test('a user without a password is told by name, without the bytes that librdkafka appends to its text', async () => {
  const admin = {
    clusterId: async () => 'c',
    describeScramUsers: async () => {
      throw new RestError('NOT_FOUND', 'Attempt to describe a user credential: alice\u0001')
    },
  }
  const { status, json } = await serve({ admin, resourceNameAuthority: '' }).ask(
    '/v3/clusters/c/scram-users/alice',
  )
  assert.equal(status, 404)
  assert.deepEqual(json, { error_code: 404, message: 'User alice has no password of SCRAM.' })
})
