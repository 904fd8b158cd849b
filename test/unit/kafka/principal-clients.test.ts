/** The clients that act for principals, and the services of requests that use them. */
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { type KafkaCaller, kafkaServicesOf } from '../../../src/api/kafka-identity.ts'
import type { SharedServices } from '../../../src/api/services.ts'
import { loadConfig } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'
import { native } from '../../../src/kafka/native.ts'
import { PrincipalClients } from '../../../src/kafka/principal-clients.ts'
import type { PasswordIdentity } from '../../../src/kafka/settings/identity.ts'
import { createLog } from '../../../src/log.ts'

afterEach(() => mock.restoreAll())

const { config } = loadConfig({ sets: ['bootstrap.servers=127.0.0.1:1'] })

/** Stands in for the engine's clients, and notes what they are made of. */
function fakeClients() {
  const made: { properties: Map<string, string>; isPooled: boolean }[] = []
  class Fake {
    constructor(flat: string[], isPooled: boolean) {
      const pairs = flat.flatMap((name, at) =>
        at % 2 ? [] : [[name, flat[at + 1] ?? ''] as const],
      )
      made.push({ properties: new Map(pairs), isPooled })
    }
  }
  mock.method(native, 'Producer', Fake as unknown as typeof native.Producer)
  mock.method(native, 'Admin', Fake as unknown as typeof native.Admin)
  return made
}

function user(username: string, password = 'p'): PasswordIdentity {
  return { mechanism: 'PLAIN', username, password }
}

/** A request whose principal something else than a login has named. */
function callerNamed(principal: string | undefined): KafkaCaller {
  return { principal, login: undefined, authorization: '' }
}

function isRefusal(status: number) {
  return (error: unknown) => error instanceof RestError && error.status === status
}

test('a principal keeps its clients while its credentials are the same', () => {
  const made = fakeClients()
  const known = new Map([['a', user('a')]])
  const principals = new PrincipalClients(config, { find: (name) => known.get(name) })
  const clients = principals.get('a')
  known.set('a', user('a'))
  assert.equal(principals.get('a'), clients)
  assert.equal(made.length, 2)
  for (const { properties, isPooled } of made) {
    assert.deepEqual([properties.get('sasl.username'), isPooled], ['a', true])
  }
  known.set('a', user('a', 'new'))
  assert.notEqual(principals.get('a'), clients)
  assert.equal(made.at(-1)?.properties.get('sasl.password'), 'new')
})

test('a principal without credentials, or whose credentials were taken away, is refused', () => {
  fakeClients()
  const known = new Map([['a', user('a')]])
  const principals = new PrincipalClients(config, { find: (name) => known.get(name) })
  principals.get('a')
  known.delete('a')
  for (const name of ['a', 'b', '']) assert.throws(() => principals.get(name), isRefusal(403))
})

test('without the key all requests share the clients of the process', () => {
  const log = createLog({ level: 'silent', format: 'json' })
  assert.equal(PrincipalClients.of(config, log), undefined)
})

test('a request has the clients of its principal, or is refused', () => {
  fakeClients()
  const principals = new PrincipalClients(config, {
    find: (name) => (name === 'a' ? user(name) : undefined),
  })
  const shared = { principals } as unknown as SharedServices
  assert.equal(kafkaServicesOf(shared, callerNamed('a'), true), principals.get('a'))
  assert.throws(() => kafkaServicesOf(shared, callerNamed(undefined), true), isRefusal(401))
  assert.throws(() => kafkaServicesOf(shared, callerNamed('b'), true), isRefusal(403))
  assert.equal(kafkaServicesOf(shared, callerNamed(undefined), false), undefined)
})

test('with one identity for all, a principal has instances of its own', () => {
  const own = {}
  const consumers = { ownedBy: (principal: string) => ({ own, principal }) }
  const shared = { consumers } as unknown as SharedServices
  assert.deepEqual(kafkaServicesOf(shared, callerNamed('a'), true), {
    consumers: { own, principal: 'a' },
  })
  assert.equal(kafkaServicesOf(shared, callerNamed(undefined), true), undefined)
})
