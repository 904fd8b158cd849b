/** Authentication by tokens, of a process as an operator runs it. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { exportJWK, type JWTPayload, SignJWT } from 'jose'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { RestClient } from '../rest-client.ts'
import { until } from '../until.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-bearer-'))
const ofIssuer = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ofFile = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const server = createServer(async (_, response) => {
  response.end(JSON.stringify({ keys: [{ ...(await exportJWK(ofIssuer.publicKey)), kid: 'one' }] }))
})

let sluice: Sluice
let rest: RestClient
const sent: string[] = []

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const key = join(folder, 'key.pem')
  writeFileSync(key, ofFile.publicKey.export({ type: 'spki', format: 'pem' }))
  sluice = await startSluice('', {
    'sluice.embedded': 'true',
    'sluice.log.requests': 'true',
    'sluice.http.threads': '2',
    'rest.servlet.initializor.classes':
      'io.confluent.common.security.jetty.initializer.InstallBearerOrBasicSecurityHandler',
    'authentication.method': 'BEARER',
    'authentication.roles': 'kafka',
    'oauthbearer.jwks.endpoint.url': `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    'oauthbearer.expected.issuer': 'https://idp',
    'oauthbearer.expected.audience': 'sluice',
    'oauthbearer.sub.claim.name': 'client_id',
    'oauthbearer.groups.claim.name': 'teams',
    'public.key.path': key,
  })
  rest = new RestClient(sluice.url)
})

after(async () => {
  rest.close()
  server.close()
  await sluice.stop()
  rmSync(folder, { recursive: true })
  for (const token of sent) assert.ok(!sluice.log().includes(token))
})

const VALID = { iss: 'https://idp', aud: 'sluice', client_id: 'app-7', teams: ['kafka'] }

async function statusOf(
  claims: JWTPayload = {},
  lifeSeconds = 600,
  key: KeyObject = ofIssuer.privateKey,
): Promise<number> {
  const alg = key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256'
  const exp = Math.floor(Date.now() / 1000) + lifeSeconds
  const token = await new SignJWT({ ...VALID, exp, ...claims })
    .setProtectedHeader({ alg, kid: 'one' })
    .sign(key)
  sent.push(token)
  return (await rest.get('/topics', { authorization: `Bearer ${token}` })).status
}

test('a request without a token is challenged', async () => {
  const { status, headers } = await rest.get('/topics')
  assert.equal(status, 401)
  assert.equal(headers['www-authenticate'], 'Bearer realm="Sluice"')
  const invalid = await rest.get('/topics', { authorization: 'Bearer x.y.z' })
  assert.equal(invalid.headers['www-authenticate'], 'Bearer realm="Sluice", error="invalid_token"')
})

test('valid tokens are admitted under the name and by the groups of their claims', async () => {
  assert.equal(await statusOf(), 200)
  await until('the log names the client', () => sluice.log().includes('"principal":"app-7"'))
  assert.equal(await statusOf({ teams: ['other'] }), 403)
  assert.equal(await statusOf({ client_id: '' }), 401)
  assert.equal(await statusOf({ iss: 'https://other' }), 401)
  assert.equal(await statusOf({ aud: 'other' }), 401)
  assert.equal(await statusOf({}, -600), 401)
})

test('the key of a file counts, too', async () => {
  assert.equal(await statusOf({}, 600, ofFile.privateKey), 200)
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  assert.equal(await statusOf({}, 600, stranger.privateKey), 401)
})

test('a token that was valid is not remembered beyond its end', async () => {
  const exp = Math.floor((Date.now() + 3000) / 1000)
  const token = await new SignJWT({ ...VALID, exp })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .sign(ofIssuer.privateKey)
  const status = async () =>
    (await rest.get('/topics', { authorization: `Bearer ${token}` })).status
  assert.equal(await status(), 200)
  // The clocks may differ by 30 seconds.
  await until('the token has ended', async () => (await status()) === 401, 120_000)
})

test('while the identity provider is down, the known keys count', async () => {
  server.close()
  server.closeAllConnections()
  assert.equal(await statusOf(), 200)
})
