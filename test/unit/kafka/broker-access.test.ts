/** How the settings of Kafka clients become those of direct connections. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brokerAccess } from '../../../src/kafka/settings/broker-access.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-access-'))
after(() => rmSync(folder, { recursive: true }))

const access = (properties: Readonly<Record<string, string>>) =>
  brokerAccess(Object.entries(properties))

test('without security a connection has none, whatever else is set', () => {
  assert.deepEqual(access({ 'client.id': 'a', 'sasl.username': 'u', 'ssl.engine.id': 'e' }), {
    clientId: 'a',
    tls: undefined,
    sasl: undefined,
  })
})

test('names and passwords are those of librdkafka, under either name of the mechanism', () => {
  for (const name of ['sasl.mechanism', 'sasl.mechanisms']) {
    const { sasl, tls } = access({
      'security.protocol': 'SASL_PLAINTEXT',
      [name]: 'SCRAM-SHA-512',
      'sasl.username': 'alice',
      'sasl.password': 'secret',
      'sasl.kerberos.service.name': 'kafka',
    })
    assert.deepEqual(sasl, { mechanism: 'SCRAM-SHA-512', username: 'alice', password: 'secret' })
    assert.equal(tls, undefined)
  }
})

test('TLS has the stores, and checks certificates and hosts unless it is told not to', () => {
  const file = join(folder, 'ca.pem')
  writeFileSync(file, 'CA')
  const all = {
    'security.protocol': 'ssl',
    'ssl.ca.location': file,
    'ssl.certificate.pem': 'CERT',
    'ssl.key.pem': 'KEY',
    'ssl.key.password': 'secret',
    'ssl.cipher.suites': 'A:B',
  }
  assert.deepEqual(access(all).tls, {
    ca: 'CA',
    cert: 'CERT',
    key: 'KEY',
    passphrase: 'secret',
    ciphers: 'A:B',
    rejectUnauthorized: true,
    checksHost: true,
  })
  const lax = access({
    ...all,
    'ssl.endpoint.identification.algorithm': 'none',
    'enable.ssl.certificate.verification': 'false',
  }).tls
  assert.deepEqual([lax?.rejectUnauthorized, lax?.checksHost], [false, false])
})

test('a caller with a token of its own acts with it, unless extensions would have to be sent', () => {
  const properties = {
    'security.protocol': 'sasl_plaintext',
    'sasl.mechanisms': 'OAUTHBEARER',
    'sasl.oauthbearer.config': 'name',
  }
  const token = 'a.b.c'
  assert.deepEqual(brokerAccess(Object.entries(properties), token).sasl, {
    mechanism: 'OAUTHBEARER',
    token,
  })
  const extended = { ...properties, 'sasl.oauthbearer.extensions': 'a=b' }
  assert.throws(() => brokerAccess(Object.entries(extended), token), /OAUTHBEARER/)
})

test('what has no equivalent is refused by its name, and without a secret', () => {
  const tls = { 'security.protocol': 'ssl', 'ssl.ca.pem': 'CA' }
  const sasl = { 'security.protocol': 'sasl_plaintext', 'sasl.password': 'secret' }
  for (const [properties, pattern] of [
    [sasl, /sasl\.mechanism=GSSAPI/],
    [{ ...sasl, 'sasl.mechanisms': 'OAUTHBEARER' }, /sasl\.mechanism=OAUTHBEARER/],
    [{ ...sasl, 'sasl.mechanisms': 'PLAIN', 'sasl.new.secret': 'secret' }, /sasl\.new\.secret/],
    [{ ...tls, 'ssl.engine.location': '/e' }, /ssl\.engine\.location/],
    [{ ...tls, 'ssl.providers': 'fips' }, /ssl\.providers/],
    [{ ...tls, 'ssl.crl.location': join(folder, 'none') }, /ssl\.crl\.location .* ENOENT/],
    [{ 'security.protocol': 'ssl', 'ssl.ca.location': folder }, /ssl\.ca\.location .* EISDIR/],
  ] as const) {
    assert.throws(
      () => access(properties),
      (error: Error & { code: number }) => {
        assert.equal(error.code, 50002)
        assert.match(error.message, pattern)
        assert.doesNotMatch(error.message, /=secret|"secret"/)
        return true
      },
    )
  }
})
