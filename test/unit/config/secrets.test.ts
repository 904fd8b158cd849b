/** What is never shown. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { masked } from '../../../src/config/secrets.ts'

const secretKeys = [
  'ssl.keystore.password',
  'client.ssl.key.password',
  'listener.name.external.ssl.truststore.password',
  'client.sasl.jaas.config',
  'client.sasl.password',
  'client.sasl.oauthbearer.client.secret',
  'client.sasl.oauthbearer.assertion.private.key.passphrase',
  'client.ssl.key.pem',
  'client.ssl.keystore.key',
  'schema.registry.basic.auth.user.info',
  'schema.registry.bearer.auth.token',
  'client.token',
  'client.sasl.kerberos.kinit.cmd',
  'client.api.key',
]

for (const key of secretKeys) {
  test(`${key} is a secret`, () => assert.equal(masked(key, 'hunter2'), '[hidden]'))
}

const openKeys = [
  'client.ssl.keystore.location',
  'client.sasl.username',
  'client.sasl.oauthbearer.token.endpoint.url',
  'csrf.prevention.token.endpoint',
]

for (const key of openKeys) {
  test(`${key} is no secret`, () => assert.equal(masked(key, 'open'), 'open'))
}

test('an empty secret is shown as empty', () => {
  assert.equal(masked('client.sasl.password', ''), '')
})

const urls: [text: string, shown: string][] = [
  ['http://registry:8081', 'http://registry:8081'],
  ['http://u:p@registry:8081/path', 'http://[hidden]@registry:8081/path'],
  ['https://u:p@a:1,https://v:q@b:2', 'https://[hidden]@a:1,https://[hidden]@b:2'],
  ['u:p@registry:8081', '[hidden]@registry:8081'],
  ['a:1,u:p@b', 'a:1,[hidden]@b'],
  ['registry:8081', 'registry:8081'],
  ['a:9092,b:9092', 'a:9092,b:9092'],
  ['http://u:p@ss,w/rd@registry', 'http://[hidden]@registry'],
]

for (const [text, shown] of urls) {
  test(`${text} is shown as ${shown}`, () => {
    assert.equal(masked('schema.registry.url', text), shown)
  })
}
