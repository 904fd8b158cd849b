/** What the description of the API tells of credentials. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { securityOf } from '../../../src/api/security-description.ts'
import { loadConfig } from '../../../src/config/index.ts'

function securityWith(...sets: string[]) {
  const { config } = loadConfig({ sets: ['sluice.embedded=true', ...sets] })
  return securityOf(config)
}

const USERS = 'sluice.auth.users.file=/users'

test('without credentials nothing is told', () => {
  assert.equal(securityWith(), undefined)
})

test('of two methods each is sufficient, and probes and skipped paths need none', () => {
  const security = securityWith(
    ...['authentication.method=BASIC,BEARER', USERS, 'public.key.path=/key.pem'],
    'authentication.skip.paths=/topics/*',
  )
  assert.deepEqual(Object.keys(security?.schemes ?? {}).sort(), ['basic', 'bearer'])
  assert.deepEqual(security?.requirementsOf('/brokers'), [{ basic: [] }, { bearer: [] }])
  for (const path of ['/healthy', '/ready', '/topics', '/topics/{topic_name}']) {
    assert.deepEqual(security?.requirementsOf(path), [{}], path)
  }
})

test('listeners with different methods are told together, and certificates belong to passwords', () => {
  const security = securityWith(
    ...['listeners=inner://127.0.0.1:1,https://127.0.0.1:2', 'listener.protocol.map=inner:http'],
    ...['ssl.keystore.location=/k', 'ssl.truststore.location=/t'],
    ...['ssl.client.authentication=REQUIRED', USERS],
    ...['listener.name.https.authentication.method=BASIC'],
  )
  assert.deepEqual(Object.keys(security?.schemes ?? {}).sort(), ['basic', 'certificate'])
  assert.deepEqual(security?.requirementsOf('/brokers'), [{}, { certificate: [], basic: [] }])
  assert.deepEqual(security?.requirementsOf('/ready'), [{}, { certificate: [] }])
})
