/** Tokens of an OpenID provider for connections that are not librdkafka's. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { oidcToken } from '../../../../src/kafka/direct/oidc-token.ts'
import { type OidcGrant, oidcGrantOf } from '../../../../src/kafka/settings/oidc-grant.ts'
import { createAuthority, createIdentity } from '../../../certificates.ts'

const LONG_MS = 120_000
const SECRET = 'secret-of-the-client'

const PROPERTIES = {
  'security.protocol': 'SASL_SSL',
  'sasl.mechanisms': 'OAUTHBEARER',
  'sasl.oauthbearer.method': 'oidc',
  'sasl.oauthbearer.client.id': 'sluice',
  'sasl.oauthbearer.client.secret': SECRET,
  'sasl.oauthbearer.token.endpoint.url': 'http://h/token',
}

const grantOf = (changes: Readonly<Record<string, string>>) =>
  oidcGrantOf(Object.entries({ ...PROPERTIES, ...changes }))

interface Asked {
  readonly authorization: string | undefined
  readonly form: string
}

/** A provider; its answers are those of `answer`. */
async function provider(
  answer: (asked: readonly Asked[]) => readonly [status: number, body: string] | undefined,
  tls?: { readonly cert: Buffer; readonly key: Buffer },
) {
  const asked: Asked[] = []
  const listener: RequestListener = async (request, response) => {
    const form = Buffer.concat(await request.toArray()).toString()
    asked.push({ authorization: request.headers.authorization, form })
    const given = answer(asked)
    if (given) response.writeHead(given[0]).end(given[1])
  }
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  return { asked, grant: grantOf({ 'sasl.oauthbearer.token.endpoint.url': url }) as OidcGrant }
}

const tokenOf = (token: string, life: unknown) =>
  [200, JSON.stringify({ access_token: token, expires_in: life })] as const

function refusal(name: string, pattern: RegExp) {
  return (error: Error) => {
    assert.equal(error.name, name)
    assert.match(error.message, pattern)
    assert.doesNotMatch(error.message, /secret/)
    return true
  }
}

test('the grant is that of the properties, under either of their names', () => {
  const grant = {
    url: 'http://h/token',
    clientId: 'sluice',
    clientSecret: SECRET,
    scope: '',
    caPem: undefined,
    caLocation: undefined,
  }
  assert.deepEqual(grantOf({}), grant)
  const more = { 'sasl.oauthbearer.scope': 'kafka', 'https.ca.location': 'probe' }
  assert.deepEqual(grantOf(more), { ...grant, scope: 'kafka' })
  assert.equal(grantOf({ 'https.ca.location': '/ca' })?.caLocation, '/ca')
})

test('a client with another way to its tokens has no grant', () => {
  for (const changes of [
    { 'sasl.mechanisms': 'PLAIN' },
    { 'sasl.oauthbearer.method': 'default' },
    { 'sasl.oauthbearer.grant.type': 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
    { 'sasl.oauthbearer.assertion.algorithm': 'RS256' },
    { 'sasl.oauthbearer.extensions': 'a=b' },
    { 'sasl.oauthbearer.metadata.authentication.type': 'azure_imds' },
    // A caller must not act as the process.
    { 'sasl.oauthbearer.config': 'caller' },
  ]) {
    assert.equal(grantOf(changes), undefined, JSON.stringify(changes))
  }
  const { 'sasl.oauthbearer.client.secret': _, ...incomplete } = PROPERTIES
  assert.equal(oidcGrantOf(Object.entries(incomplete)), undefined)
})

test('a token is kept for most of its life, for this client only', async () => {
  const { asked, grant } = await provider((all) => tokenOf(`token-${all.length}`, 300))
  assert.equal(await oidcToken(grant, LONG_MS), 'token-1')
  assert.equal(await oidcToken(grant, LONG_MS), 'token-1')
  assert.equal(await oidcToken({ ...grant, scope: 'a b' }, LONG_MS), 'token-2')
  const authorization = `Basic ${Buffer.from(`sluice:${SECRET}`).toString('base64')}`
  assert.deepEqual(asked, [
    { authorization, form: 'grant_type=client_credentials' },
    { authorization, form: 'grant_type=client_credentials&scope=a+b' },
  ])
})

test('a token without a life is used once', async () => {
  const { grant } = await provider((all) => tokenOf(`token-${all.length}`, undefined))
  assert.equal(await oidcToken(grant, LONG_MS), 'token-1')
  assert.equal(await oidcToken(grant, LONG_MS), 'token-2')
})

test('what the provider refuses or does not understand is an error without its words', async () => {
  for (const [answer, name, pattern] of [
    [[401, '{"error":"secret"}'], 'KAFKA_AUTHENTICATION', /./],
    [[302, ''], 'KAFKA_AUTHENTICATION', /./],
    [[503, 'secret'], 'KAFKA_RETRIABLE_ERROR', /status 503/],
    [[200, 'secret'], 'KAFKA_RETRIABLE_ERROR', /without JSON/],
    [[200, 'null'], 'KAFKA_RETRIABLE_ERROR', /without a token/],
    [[200, '{"access_token":"a secret\\n"}'], 'KAFKA_RETRIABLE_ERROR', /without a token/],
    [[200, 'x'.repeat(300_000)], 'KAFKA_RETRIABLE_ERROR', /too much/],
  ] as const) {
    const { grant } = await provider(() => answer)
    await assert.rejects(oidcToken(grant, LONG_MS), refusal(name, pattern))
  }
})

test('a provider that does not answer costs the time of the call; one that is not there costs none', async () => {
  const { grant } = await provider(() => undefined)
  await assert.rejects(oidcToken(grant, 200), refusal('KAFKA_RETRIABLE_ERROR', /timed out/i))
  const nobody = { ...grant, url: 'http://127.0.0.1:1/token' }
  await assert.rejects(
    oidcToken(nobody, LONG_MS),
    refusal('KAFKA_RETRIABLE_ERROR', /cannot be reached: ECONNREFUSED/),
  )
})

test('a provider with TLS has to be trusted', async () => {
  const authority = createAuthority('authority')
  const { cert, key } = createIdentity('provider', authority, 'IP:127.0.0.1')
  const tls = { cert: readFileSync(cert), key: readFileSync(key) }
  const { grant } = await provider(() => tokenOf('token', 300), tls)
  await assert.rejects(
    oidcToken(grant, LONG_MS),
    refusal('KAFKA_RETRIABLE_ERROR', /cannot be reached/),
  )
  assert.equal(await oidcToken({ ...grant, caLocation: authority.cert }, LONG_MS), 'token')
  const caPem = readFileSync(authority.cert, 'utf8')
  assert.equal(await oidcToken({ ...grant, caPem }, LONG_MS), 'token')
  await assert.rejects(
    oidcToken({ ...grant, caLocation: '/nowhere' }, LONG_MS),
    refusal('KAFKA_RETRIABLE_ERROR', /https\.ca\.location .* ENOENT/),
  )
})
