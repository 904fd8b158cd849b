/** The commands that an embedded cluster prints: they have the credentials that the listener asks for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../../src/config/index.ts'
import { firstSteps } from '../../../src/process/first-steps.ts'

function stepsWith(...sets: string[]): string {
  return firstSteps(loadConfig({ sets: ['sluice.embedded=true', ...sets] }).config, 8082)
}

test('without credentials the commands are as they are pasted', () => {
  const steps = stepsWith()
  assert.match(steps, /nothing is stored\. In another terminal:\n/)
  assert.match(steps, /\n {2}curl -X POST .*\n.*\n {4}http:\/\/localhost:8082\/topics\/first\n/)
})

test('each command has a place for the password, and what to fill in is told', () => {
  const steps = stepsWith('authentication.method=BASIC', 'sluice.auth.users.file=/users')
  assert.equal(steps.match(/curl --user NAME:PASSWORD /g)?.length, 4)
  assert.match(steps, /with your NAME and PASSWORD:/)
})

test('a listener with TLS and tokens has all of theirs', () => {
  const steps = stepsWith(
    ...['listeners=https://localhost:8443', 'ssl.keystore.location=/k'],
    ...['ssl.client.authentication=REQUIRED', 'ssl.truststore.location=/t'],
    ...['authentication.method=BEARER', 'public.key.path=/key'],
  )
  const options = "curl --cacert CERTIFICATE --cert PEM -H 'Authorization: Bearer TOKEN' "
  assert.equal(steps.split(options).length - 1, 4)
  assert.match(steps, /https:\/\/localhost:8082\//)
})
