/** Signed tokens: what is valid, keys that change, and an issuer that does not answer. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { exportJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { RemoteKeys } from '../../../src/auth/remote-keys.ts'
import { parsePublicKey, type TokenRules, Tokens } from '../../../src/auth/tokens.ts'
import type { Verdict } from '../../../src/auth/verdict.ts'
import { ValueFault } from '../../../src/config/index.ts'
import type { Logger } from '../../../src/log.ts'

interface Signer {
  readonly kid: string | undefined
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

function rsa(kid: string | undefined): Signer {
  return { kid, alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}

const first = rsa('first')
const second = rsa('second')
const elliptic: Signer = {
  kid: 'elliptic',
  alg: 'ES256',
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}
const RULES: TokenRules = {
  issuer: 'https://idp',
  audiences: ['sluice'],
  nameClaim: 'sub',
  groupsClaim: 'groups',
}
const NOW = Math.floor(Date.now() / 1000)
const CLAIMS = { iss: 'https://idp', aud: 'sluice', sub: 'alice', exp: NOW + 600, groups: ['dev'] }

function sign({ kid, alg, privateKey }: Signer, claims: JWTPayload = {}): Promise<string> {
  const payload = Object.entries({ ...CLAIMS, ...claims }).filter(
    ([, value]) => value !== undefined,
  )
  return new SignJWT(Object.fromEntries(payload))
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }) })
    .sign(privateKey)
}

/** The issuer of the tokens. */
const issuer = { keys: [first, elliptic] as Signer[], status: 200, body: '', asked: 0 }
const server = createServer(async (_, response) => {
  issuer.asked++
  const keys = issuer.keys.map(async ({ kid, alg, publicKey }) => ({
    ...(await exportJWK(publicKey)),
    ...(kid !== undefined && { kid }),
    alg,
  }))
  response.statusCode = issuer.status
  response.end(issuer.body || JSON.stringify({ keys: await Promise.all(keys) }))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
after(() => server.close())
const URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`

function remoteKeys() {
  const clock = { now: 0 }
  const changes: string[] = []
  const loads: string[] = []
  const log = { error: () => {} } as unknown as Logger
  const keys = new RemoteKeys(URL, {
    log,
    onChange: () => changes.push('changed'),
    onLoad: (result) => loads.push(result),
    now: () => clock.now,
  })
  Object.assign(issuer, { keys: [first, elliptic], status: 200, body: '', asked: 0 })
  return { keys, clock, changes, loads }
}

function tokensOf(rules: Partial<TokenRules> = {}) {
  const remote = remoteKeys()
  const tokens = new Tokens(
    { ...RULES, ...rules },
    { find: remote.keys.find, ownKey: () => undefined },
  )
  return { ...remote, tokens }
}

function kindOf({ kind }: Verdict): string {
  return kind
}

test('a valid token gives a name, groups, and its end', async () => {
  const { tokens } = tokensOf()
  for (const signer of [first, elliptic]) {
    assert.deepEqual(await tokens.check(await sign(signer)), {
      kind: 'accepted',
      identity: {
        method: 'BEARER',
        principal: 'alice',
        roles: ['dev'],
        expiresAt: CLAIMS.exp * 1000,
      },
    })
  }
})

test('name and groups come from the claims that the configuration names', async () => {
  const { tokens } = tokensOf({ nameClaim: 'client_id', groupsClaim: 'scope' })
  const verdict = await tokens.check(await sign(first, { client_id: 'app', scope: 'read' }))
  assert.ok(verdict.kind === 'accepted')
  assert.deepEqual([verdict.identity.principal, verdict.identity.roles], ['app', ['read']])
})

test('issuer, audience, name and end are required', async () => {
  const { tokens } = tokensOf()
  const wrong: JWTPayload[] = [
    { iss: 'https://other' },
    { aud: 'other' },
    { sub: '' },
    { exp: undefined as never },
    { sub: undefined as never },
    { sub: 7 as never },
  ]
  for (const claims of wrong) {
    assert.equal(
      kindOf(await tokens.check(await sign(first, claims))),
      'refused',
      JSON.stringify(claims),
    )
  }
  const { tokens: lenient } = tokensOf({ issuer: '', audiences: [] })
  assert.equal(kindOf(await lenient.check(await sign(first, { iss: 'x', aud: 'y' }))), 'accepted')
})

test('clocks may differ by half a minute, and not by ten minutes', async () => {
  const { tokens } = tokensOf()
  const kinds = async (claims: JWTPayload) => kindOf(await tokens.check(await sign(first, claims)))
  assert.equal(await kinds({ exp: NOW - 10 }), 'accepted')
  assert.equal(await kinds({ nbf: NOW + 10 }), 'accepted')
  assert.equal(await kinds({ exp: NOW - 600 }), 'refused')
  assert.equal(await kinds({ nbf: NOW + 600 }), 'refused')
})

test('a token without a signature, or signed with a public key as a secret, is not valid', async () => {
  const { tokens } = tokensOf()
  const pem = first.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const forged = await new SignJWT(CLAIMS)
    .setProtectedHeader({ alg: 'HS256', kid: 'first' })
    .sign(Buffer.from(pem))
  assert.equal(kindOf(await tokens.check(forged)), 'refused')
  assert.equal(kindOf(await tokens.check(new UnsecuredJWT(CLAIMS).encode())), 'refused')
  const [head, body, signature] = (await sign(first)).split('.')
  const changed = Buffer.from(JSON.stringify({ ...CLAIMS, sub: 'root' })).toString('base64url')
  assert.equal(kindOf(await tokens.check(`${head}.${changed}.${signature}`)), 'refused')
  assert.equal(kindOf(await tokens.check(`${head}.${body}.`)), 'refused')
})

test('an unknown key is asked for, at most every ten seconds', async () => {
  const { tokens, clock, changes } = tokensOf()
  await tokens.check(await sign(first))
  issuer.keys = [second]
  assert.equal(kindOf(await tokens.check(await sign(second))), 'refused')
  assert.equal(issuer.asked, 1)
  clock.now += 10_000
  assert.equal(kindOf(await tokens.check(await sign(second))), 'accepted')
  assert.equal(kindOf(await tokens.check(await sign(first))), 'refused')
  assert.equal(issuer.asked, 2)
  assert.equal(changes.length, 2)
})

test('an issuer that fails keeps the known keys, whatever it answers', async () => {
  const { tokens, clock, loads, keys } = tokensOf()
  await tokens.check(await sign(first))
  const failures = [
    { status: 500, body: '' },
    { status: 200, body: 'garbage' },
    { status: 200, body: '{"keys":7}' },
    { status: 200, body: ' '.repeat(2 * 1024 * 1024) },
  ]
  for (const failure of failures) {
    Object.assign(issuer, failure)
    clock.now += 700_000
    await keys.refresh()
    assert.equal(loads.at(-1), 'failure')
    assert.equal(kindOf(await tokens.check(await sign(first))), 'accepted')
  }
})

test('without any key a check is not possible, until the issuer answers', async () => {
  const { tokens, clock } = tokensOf()
  issuer.status = 503
  assert.equal(kindOf(await tokens.check(await sign(first))), 'unavailable')
  issuer.status = 200
  assert.equal(kindOf(await tokens.check(await sign(first))), 'unavailable')
  clock.now += 10_000
  assert.equal(kindOf(await tokens.check(await sign(first))), 'accepted')
})

test('a token that names no key may be signed by any', async () => {
  const { tokens, keys } = tokensOf()
  issuer.keys = [first, second]
  await keys.refresh()
  assert.equal(kindOf(await tokens.check(await sign({ ...second, kid: undefined }))), 'accepted')
  assert.equal(kindOf(await tokens.check(await sign(rsa(undefined)))), 'refused')
})

test('a key of a file counts beside those of the issuer', async () => {
  const pem = second.publicKey.export({ type: 'spki', format: 'pem' })
  const own = parsePublicKey(Buffer.from(pem))
  const alone = new Tokens(RULES, { find: undefined, ownKey: () => own })
  assert.equal(kindOf(await alone.check(await sign(second))), 'accepted')
  assert.equal(kindOf(await alone.check(await sign(first))), 'refused')
  assert.equal(kindOf(await alone.check(await sign(elliptic))), 'refused')
  const both = new Tokens(RULES, { find: remoteKeys().keys.find, ownKey: () => own })
  for (const signer of [first, second, elliptic]) {
    assert.equal(kindOf(await both.check(await sign(signer))), 'accepted')
  }
  assert.equal(kindOf(await both.check(await sign(second, { exp: NOW - 600 }))), 'refused')
})

test('a key of a file is public, and strong', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  const pems = [
    weak.export({ type: 'spki', format: 'pem' }),
    first.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'garbage',
  ]
  for (const pem of pems) assert.throws(() => parsePublicKey(Buffer.from(pem)), ValueFault)
})

test('no text is more than refused', async () => {
  const { tokens } = tokensOf()
  const token = await sign(first)
  const json = fc.json().map((text) => Buffer.from(text).toString('base64url'))
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(json, json, json).map((parts) => parts.join('.')),
    fc.nat(token.length - 1).map((at) => token.slice(0, at) + token.slice(at + 1)),
    fc.constantFrom('RS256', 'none', 'HS256', 'ES256', 'x').map((alg) => {
      const head = Buffer.from(JSON.stringify({ alg, kid: 'first' })).toString('base64url')
      return `${head}.${token.split('.').slice(1).join('.')}`
    }),
  )
  await fc.assert(
    fc.asyncProperty(text, async (given) => {
      if (given === token) return
      assert.equal(kindOf(await tokens.check(given)), 'refused', given)
    }),
    { numRuns: 500 },
  )
})
