/** The check of the tests' own secrets. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import {
  checkText,
  forgetSecrets,
  registerAuthorization,
  registerSecret,
  registerSettings,
  secretFindings,
} from '../cluster/secrets.ts'

// What this file finds on purpose must not fail it.
afterEach(forgetSecrets)

test('secrets of settings and of requests are found in texts, and not shown', () => {
  registerSettings({
    'client.ssl.keystore.password': 'first-secret',
    'client.sasl.jaas.config': 'Plain required username="u" password="second-secret";',
    'schema.registry.basic.auth.user.info': 'user:third-secret',
    'schema.registry.url': 'http://user:fourth-secret@registry:1',
    'sluice.peer.secret': 'fifth-secret-of-peers',
    'client.sasl.mechanism': 'PLAIN-AND-LONG',
  })
  registerAuthorization(`Basic ${Buffer.from('alice:sixth:secret').toString('base64')}`)
  registerAuthorization('Bearer seventh.secret.token')
  for (const [text, count] of [
    ['a first-secret here', 1],
    ['{"password":"second-secret"}', 1],
    [Buffer.from('third-secret').toString('base64'), 1],
    ['http://user:fourth-secret@registry', 1],
    ['fifth-secret-of-peers', 1],
    ['sixth%3Asecret', 1],
    ['seventh.secret.token', 1],
    ['PLAIN-AND-LONG alice user', 0],
  ] as const) {
    const before = secretFindings().length
    checkText(text.length > 0 ? `text ${before}` : '', text)
    assert.equal(secretFindings().length - before, count, text)
  }
  assert.doesNotMatch(secretFindings().join('\n'), /-secret/)
})

test('short texts are no secrets, as they are a part of many others', () => {
  registerSecret('a word', 'short')
  checkText('a text', 'a short text')
  assert.deepEqual(secretFindings(), [])
})
