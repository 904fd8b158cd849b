/** The principal of a request, from a login or a certificate. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { principals } from '../../../src/api/principal.ts'
import { loadConfig } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'

const PLUG_IN =
  'kafka.rest.resource.extension.class=io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension'

function principalOf(login: string | undefined, subject: string | undefined, ...sets: string[]) {
  const { config } = loadConfig({
    sets: ['bootstrap.servers=b:1', 'auth.ssl.principal.mapping.rules=RULE:^CN=(.*)$/$1/', ...sets],
  })
  return principals(config)({ principal: login, certificateSubject: subject })
}

test('a login takes precedence over a certificate', () => {
  assert.equal(principalOf('login', 'CN=cert'), 'login')
  assert.equal(principalOf(undefined, 'CN=cert'), 'cert')
  assert.equal(principalOf('login', undefined), 'login')
  assert.equal(principalOf(undefined, undefined), undefined)
})

test('with SSL only a certificate names the principal', () => {
  assert.equal(principalOf('login', 'CN=cert', PLUG_IN), 'cert')
  assert.equal(principalOf('login', undefined, PLUG_IN), undefined)
})

test('with JETTY_AUTH only a login names the principal', () => {
  const method = 'confluent.rest.auth.propagate.method=JETTY_AUTH'
  assert.equal(principalOf('login', 'CN=cert', PLUG_IN, method), 'login')
  assert.equal(principalOf(undefined, 'CN=cert', PLUG_IN, method), undefined)
})

test('a certificate that no rule names, or that cannot be read, is refused', () => {
  for (const subject of ['O=other', '']) {
    assert.throws(
      () => principalOf('login', subject),
      (error) => error instanceof RestError && error.name === 'UNKNOWN_CERTIFICATE',
    )
  }
})
