/** The token of the registry's client: client credentials at an issuer, and what becomes of its faults. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { RegistryClient } from '../../../src/schema-registry/client.ts'
import { FaultyRegistry, failure, json, text } from './faulty-registry.ts'
import { errorOf, newClient, type RegistryKeys } from './registry-client.ts'

let registry: FaultyRegistry
let issuer: FaultyRegistry
const clients: RegistryClient[] = []
const log: string[] = []

beforeEach(async () => {
  registry = await FaultyRegistry.start()
  issuer = await FaultyRegistry.start()
  issuer.behaviour = json(200, { access_token: 'token-1', expires_in: 3600 })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await Promise.all([registry.stop(), issuer.stop()])
  assert.doesNotMatch(log.splice(0).join(), /hush|token-\d|c2x1aWNl/)
})

function connect(keys: RegistryKeys = {}): RegistryClient {
  const own = {
    'bearer.auth.credentials.source': 'OAUTHBEARER',
    'bearer.auth.issuer.endpoint.url': `${issuer.url}/token`,
    'bearer.auth.client.id': 'sluice',
    'bearer.auth.client.secret': 'hush',
    ...keys,
  }
  const client = newClient(registry.url, own, { log })
  clients.push(client)
  return client
}

function sent(): (string | undefined)[] {
  return registry.requests.map(({ headers }) => headers.authorization)
}

test('the issuer is asked once, by the client’s name and secret, and its token is sent', async () => {
  const client = connect({
    'bearer.auth.scope': 'registry',
    'bearer.auth.logical.cluster': 'lsrc-1',
  })
  await Promise.all([client.getSchema(1), client.getSchema(2)])
  await client.getSchema(3)
  assert.deepEqual(new Set(sent()), new Set(['Bearer token-1']))
  assert.equal(registry.requests[0]?.headers['target-sr-cluster'], 'lsrc-1')
  assert.equal(issuer.requests.length, 1)
  const [asked] = issuer.requests
  assert.equal(asked?.path, '/token')
  assert.equal(
    asked?.headers.authorization,
    `Basic ${Buffer.from('sluice:hush').toString('base64')}`,
  )
  assert.deepEqual(Object.fromEntries(new URLSearchParams(asked?.body)), {
    grant_type: 'client_credentials',
    scope: 'registry',
  })
})

test('without a scope none is asked for', async () => {
  await connect().getSchema(1)
  assert.equal(issuer.requests[0]?.body, 'grant_type=client_credentials')
})

test('a token is replaced before its end, and when the registry refuses it', async () => {
  issuer.behaviour = json(200, { access_token: 'token-2', expires_in: 3600 })
  issuer.next(json(200, { access_token: 'token-1', expires_in: 3600 }))
  const client = connect()
  await client.getSchema(1)
  registry.next(failure(401, 40101))
  await errorOf(client.getSchema(2))
  await client.getSchema(3)
  assert.deepEqual(sent(), ['Bearer token-1', 'Bearer token-1', 'Bearer token-2'])
  issuer.behaviour = json(200, { access_token: 'token-3', expires_in: 1e-6 })
  const impatient = connect({ 'bearer.auth.cache.expiry.buffer.seconds': 0 })
  await impatient.getSchema(1)
  await impatient.getSchema(2)
  // A life of a microsecond is over.
  assert.equal(issuer.requests.length, 4)
})

test('the buffer before the end of a token shortens its use, to half of its life at the most', async () => {
  issuer.behaviour = json(200, { access_token: 'token-1', expires_in: 60 })
  const client = connect({ 'bearer.auth.cache.expiry.buffer.seconds': 3600 })
  await client.getSchema(1)
  await client.getSchema(2)
  assert.equal(issuer.requests.length, 1)
})

test('faults of the issuer are told without what it answers, and the registry is not asked', async () => {
  for (const [behaviour, reason] of [
    [json(401, { error: 'invalid_client', secret: 'hush' }), /status 401/],
    [json(503, {}), /status 503/],
    [text(200, 'text/html', '<html>token-9</html>'), /no JSON/],
    [json(200, { token: 'token-9' }), /no token/],
    [json(200, { access_token: 'token-9\r\nx: y' }), /no token/],
    [json(200, { access_token: 'token-9', expires_in: -1 }), /has ended/],
    [json(200, null), /no token/],
  ] as const) {
    issuer.behaviour = behaviour
    const error = await errorOf(connect().getSchema(1))
    assert.match(error.message, /the issuer of tokens/)
    assert.match(error.message, reason)
    assert.doesNotMatch(error.message, /hush|token-9/)
  }
  assert.equal(registry.requests.length, 0)
})

test('an issuer that has refused is not asked again at once', async () => {
  issuer.behaviour = json(401, { error: 'invalid_client' })
  const client = connect()
  for (let id = 1; id <= 3; id++) {
    assert.match((await errorOf(client.getSchema(id))).message, /status 401/)
  }
  assert.equal(issuer.requests.length, 1)
})

test('a registry that refuses each token has the issuer asked for one other', async () => {
  const client = connect()
  registry.behaviour = failure(401, 40101)
  for (let id = 1; id <= 4; id++) await errorOf(client.getSchema(id))
  assert.equal(registry.requests.length, 4)
  assert.equal(issuer.requests.length, 2)
})
