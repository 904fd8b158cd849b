/** Logins as identities in Kafka: which of them are the same caller, and which are none. */
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KafkaCaller, kafkaServicesOf } from '../../../src/api/kafka-identity.ts'
import type { SharedServices } from '../../../src/api/services.ts'
import { loadConfig } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'
import { native } from '../../../src/kafka/native.ts'
import { PrincipalClients } from '../../../src/kafka/principal-clients.ts'
import { adminProperties } from '../../../src/kafka/settings/client-config.ts'
import type {
  KafkaIdentity,
  PasswordIdentity,
  TokenIdentity,
} from '../../../src/kafka/settings/identity.ts'
import { PassedLogins } from '../../../src/kafka/settings/passed-logins.ts'

afterEach(() => mock.restoreAll())

const BOTH = new PassedLogins({ password: 'SCRAM-SHA-256', tokens: true })
const HOUR = 3_600_000

/** A token that nobody has signed: it was verified before. */
function tokenOf(claims: object | string): string {
  const text = typeof claims === 'string' ? claims : JSON.stringify(claims)
  return `e30.${Buffer.from(text).toString('base64url')}.signature`
}

function identityOf(claims: object | string, principal = 'app'): TokenIdentity {
  const token = tokenOf(claims)
  const identity = BOTH.identityOf(principal, {
    kind: 'token',
    token,
    expiresAt: Date.now() + HOUR,
  })
  assert.ok(identity?.mechanism === 'OAUTHBEARER')
  return identity
}

test('a password is passed under the name of its principal', () => {
  assert.deepEqual(BOTH.identityOf('alice', { kind: 'password', password: 'a:b ' }), {
    mechanism: 'SCRAM-SHA-256',
    username: 'alice',
    password: 'a:b ',
  })
})

test('what is not to be passed, or what Kafka would shorten, is no identity', () => {
  const none = new PassedLogins({ password: undefined, tokens: false })
  assert.equal(none.identityOf('alice', { kind: 'password', password: 'p' }), undefined)
  const token = { kind: 'token', token: tokenOf({}), expiresAt: Date.now() + HOUR } as const
  assert.equal(none.identityOf('alice', token), undefined)
  for (const [name, password] of [
    ['alice', ''],
    ['alice', 'p\0q'],
    ['alice\0', 'p'],
  ] as const) {
    assert.equal(BOTH.identityOf(name, { kind: 'password', password }), undefined)
  }
})

test('a later token of a caller is the same identity', () => {
  const claims = { iss: 'i', sub: 's', groups: ['a', 'b'], realm: { x: 1, y: 2 } }
  const first = identityOf({ ...claims, exp: 1, iat: 1, nbf: 1, jti: 'a', auth_time: 1 })
  const later = identityOf({ exp: 2, iat: 2, nbf: 2, jti: 'b', auth_time: 2, ...claims })
  assert.deepEqual(later, first)
  const ordered = identityOf({ realm: { y: 2, x: 1 }, groups: ['a', 'b'], sub: 's', iss: 'i' })
  assert.deepEqual(ordered, first)
  assert.equal(identityOf({ ...claims, sid: 'new' }).owner, first.owner)
})

test('tokens that a broker can tell apart are different identities', () => {
  const claims = { iss: 'i', sub: 's', groups: ['a', 'b'] }
  const all = [
    identityOf(claims),
    identityOf(claims, 'other'),
    identityOf({ ...claims, sub: 't' }),
    identityOf({ ...claims, iss: 'j' }),
    identityOf({ ...claims, groups: ['b', 'a'] }),
    identityOf({ ...claims, groups: ['a'] }),
    identityOf({ ...claims, email: 'x' }),
    identityOf('{"iss":"i","sub":"s","uid":12345678901234567891}'),
    identityOf('{"iss":"i","sub":"s","uid":12345678901234567892}'),
    identityOf('{"iss":"i","sub":"s","uid":1e400}'),
    identityOf('{"iss":"i","sub":"s","uid":1e401}'),
    identityOf('no claims'),
    identityOf('[]'),
  ]
  assert.equal(new Set(all.map(({ tokenName }) => tokenName)).size, all.length)
  const [first, , otherSubject, otherIssuer] = all as [
    TokenIdentity,
    TokenIdentity,
    TokenIdentity,
    TokenIdentity,
  ]
  for (const { owner } of [otherSubject, otherIssuer]) assert.notEqual(owner, first.owner)
})

test('consumer instances of a caller with long numbers in its token are those of its subject', () => {
  const ownerOf = (claims: string) => identityOf(claims).owner
  const alice = ownerOf('{"iss":"i","sub":"alice","uid":12345678901234567891,"exp":1}')
  assert.equal(ownerOf('{"iss":"i","sub":"alice","uid":12345678901234567891,"exp":2}'), alice)
  assert.equal(ownerOf('{"iss":"i","sub":"alice"}'), alice)
  assert.notEqual(ownerOf('{"iss":"i","sub":"bob","uid":12345678901234567891}'), alice)
  assert.notEqual(
    ownerOf('{"iss":"i","sub":12345678901234567891}'),
    ownerOf('{"iss":"i","sub":12345678901234567892}'),
  )
  assert.notEqual(ownerOf('no claims'), ownerOf('no other claims'))
})

const SETS = [
  'bootstrap.servers=127.0.0.1:1',
  'client.security.protocol=SASL_SSL',
  'client.sasl.mechanism=OAUTHBEARER',
  'client.sasl.oauthbearer.token.endpoint.url=https://idp/token',
  'client.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="c" clientSecret="s";',
  'sluice.kafka.identity=propagate',
  'sluice.kafka.identity.pass.through=PLAIN,OAUTHBEARER',
  'authentication.method=BASIC,BEARER',
  'sluice.auth.users.file=/users',
  'public.key.path=/key',
]

test('no setting of the shared user stays in use', () => {
  const { config } = loadConfig({ sets: SETS })
  const identity = identityOf({ sub: 's' })
  const { properties } = adminProperties(config, identity)
  assert.deepEqual(
    properties.filter(([name]) => name.includes('sasl')),
    [
      ['sasl.mechanisms', 'OAUTHBEARER'],
      ['sasl.oauthbearer.config', identity.tokenName],
    ],
  )
})

/** What the registry is shown of the principals of requests; those with files have the credentials in `files`. */
function registryStage(sources: string[], files: Record<string, KafkaIdentity> = {}) {
  class Fake {}
  mock.method(native, 'Producer', Fake as unknown as typeof native.Producer)
  mock.method(native, 'Admin', Fake as unknown as typeof native.Admin)
  mock.method(native, 'setToken', () => true)
  const { config } = loadConfig({ sets: [...SETS, ...sources] })
  const find = (principal: string) => files[principal] as PasswordIdentity | undefined
  const principals = new PrincipalClients(config, { find })
  const shown: unknown[] = []
  const own = { as: (loginOf: () => unknown) => ({ show: () => shown.push(loginOf()) }) }
  const shared = { principals, schemas: own } as unknown as SharedServices
  const serve = (caller: KafkaCaller) => kafkaServicesOf(shared, caller, true)
  const show = (caller: KafkaCaller): unknown => {
    const { schemas } = serve(caller) as unknown as { schemas: { show(): void } }
    schemas.show()
    return shown.at(-1)
  }
  return { serve, show, own }
}

const SOURCE = 'schema.registry.basic.auth.credentials.source'
const INHERITED = [
  `${SOURCE}=SASL_INHERIT`,
  'schema.registry.bearer.auth.credentials.source=SASL_OAUTHBEARER_INHERIT',
]
const byBasic = (userInfo: string) => `Basic ${Buffer.from(userInfo).toString('base64')}`

test('the registry is shown the credentials that a principal has in Kafka', () => {
  const inFile = { mechanism: 'PLAIN', username: 'filed', password: 'ö:' } as const
  const { show } = registryStage(INHERITED, { filed: inFile })
  const token = tokenOf({ sub: 's' })
  assert.equal(show(bearer(token)), `Bearer ${token}`)
  assert.equal(show(basic('alice')), byBasic('alice:p'))
  for (const caller of [basic('filed'), bearer(token, 'filed')]) {
    assert.equal(show(caller), byBasic('filed:ö:'))
  }
})

test('a login is shown in the kind that the configuration names, and no other', () => {
  const token = tokenOf({ sub: 's' })
  const [passwords, tokens] = INHERITED.map((source) => registryStage([source]))
  assert.equal(passwords?.show(basic('alice')), byBasic('alice:p'))
  assert.equal(passwords?.show(bearer(token)), undefined)
  assert.equal(tokens?.show(basic('alice')), undefined)
  assert.equal(tokens?.show(bearer(token)), `Bearer ${token}`)
})

test('a name that would be read as another one, a key and a token that is none are not shown', () => {
  const user = { mechanism: 'PLAIN', username: 'alice:x', password: 'p' } as const
  const key = { mechanism: 'CERTIFICATE', key: 'k', certificateChain: 'c' } as const
  const { show } = registryStage(INHERITED, { user, key })
  assert.equal(show(basic('user')), undefined)
  assert.equal(show(basic('key')), undefined)
  assert.equal(show(bearer('a"b')), undefined)
})

test('a request shows the registry nothing where it knows the process only', () => {
  const { serve } = registryStage([`${SOURCE}=USER_INFO`])
  assert.equal('schemas' in (serve(basic('alice')) ?? {}), false)
})

/** Principals whose clients are objects without an engine. */
function stage(...sets: string[]) {
  class Fake {}
  mock.method(native, 'Producer', Fake as unknown as typeof native.Producer)
  mock.method(native, 'Admin', Fake as unknown as typeof native.Admin)
  const given: unknown[][] = []
  const engine = { isValid: true }
  mock.method(native, 'setToken', (...args: unknown[]) => {
    given.push(args)
    return engine.isValid
  })
  const { config } = loadConfig({ sets: [...SETS, ...sets] })
  const principals = new PrincipalClients(config, undefined)
  const shared = { principals } as unknown as SharedServices
  const serve = (caller: KafkaCaller) => kafkaServicesOf(shared, caller, true)
  return { given, engine, serve }
}

function basic(principal: string, login = principal): KafkaCaller {
  return {
    principal,
    login: { method: 'BASIC', principal: login, expiresAt: Number.POSITIVE_INFINITY },
    authorization: `basic  ${Buffer.from(`${login}:p`).toString('base64')} `,
  }
}

function bearer(token: string, principal = 'app'): KafkaCaller {
  const login = { method: 'BEARER', principal, expiresAt: Date.now() + HOUR } as const
  return { principal, login, authorization: `Bearer ${token}` }
}

function isRefusal(status: number) {
  return (error: unknown) => error instanceof RestError && error.status === status
}

test('a request has the clients of its login, which must have named its principal', () => {
  const { serve } = stage()
  assert.equal(serve(basic('alice')), serve(basic('alice')))
  assert.notEqual(serve(basic('alice')), serve(basic('bob')))
  // A certificate, or another process, has named it.
  assert.throws(() => serve({ ...basic('alice'), login: undefined }), isRefusal(403))
  assert.throws(() => serve(basic('alice', 'bob')), isRefusal(403))
  const token = bearer(tokenOf({ sub: 's' }))
  assert.throws(() => serve({ ...token, principal: 'named otherwise' }), isRefusal(403))
  assert.throws(() => serve({ ...basic('alice'), principal: undefined }), isRefusal(401))
})

test('each token is given to the engine once, and clients stay', () => {
  const { serve, given } = stage()
  const first = tokenOf({ sub: 's', exp: 1 })
  const clients = serve(bearer(first))
  assert.equal(serve(bearer(first)), clients)
  assert.equal(given.length, 1)
  const next = tokenOf({ sub: 's', exp: 2 })
  assert.equal(serve(bearer(next)), clients)
  assert.deepEqual(
    given.map(([, token]) => token),
    [first, next],
  )
  assert.notEqual(serve(bearer(tokenOf({ sub: 't', exp: 2 }))), clients)
})

test('a token that has ended is refused, and given again when it is tried again', () => {
  const { serve, engine, given } = stage()
  engine.isValid = false
  const token = tokenOf({ sub: 's' })
  assert.throws(() => serve(bearer(token)), isRefusal(401))
  assert.throws(() => serve(bearer(token)), isRefusal(401))
  assert.equal(given.length, 2)
})

test('credentials are forgotten when they are not used', async () => {
  const clock = mock.method(performance, 'now', () => 1)
  const { serve } = stage('sluice.kafka.identity.idle.ms=1000')
  const clients = serve(basic('alice'))
  // The cache reads its clock once in a millisecond.
  await sleep(5)
  clock.mock.mockImplementation(() => 900)
  assert.equal(serve(basic('alice')), clients)
  await sleep(5)
  clock.mock.mockImplementation(() => 3000)
  assert.notEqual(serve(basic('alice')), clients)
})
