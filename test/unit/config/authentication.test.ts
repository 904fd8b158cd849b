/** The authentication of listeners: methods, where their users and keys are, and what prevents the start. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authenticationOf, listenersOf, loadConfig } from '../../../src/config/index.ts'

const USERS = 'sluice.auth.users.file=/users'
const JWKS = 'oauthbearer.jwks.endpoint.url=https://idp/keys'
const PLUG_IN = 'io.confluent.common.security.jetty.initializer.InstallBearerOrBasicSecurityHandler'

function load(sets: readonly string[], environment = {}) {
  return loadConfig({ sets: ['bootstrap.servers=k:9092', ...sets], environment })
}

function faultsOf(...sets: string[]): string[] {
  return load(sets).faults.map(({ key, expected }) => `${key}: ${expected}`)
}

function authenticationsOf(...sets: string[]) {
  const { config, faults } = load(sets)
  assert.deepEqual(faults, [])
  return listenersOf(config).map((listener) => authenticationOf(config, listener))
}

test('without a method clients need no credentials', () => {
  for (const value of ['NONE', '']) {
    assert.deepEqual(authenticationsOf(`authentication.method=${value}`)[0]?.methods, [])
  }
})

test('a listener has the methods, realm, roles and paths of all, or its own', () => {
  const [first, second] = authenticationsOf(
    'listeners=http://a:1,internal://a:2',
    'listener.protocol.map=INTERNAL:http',
    USERS,
    JWKS,
    'authentication.method=BASIC,BEARER',
    'authentication.realm=Kafka',
    'authentication.roles=admin, dev',
    'authentication.skip.paths=/metrics,/api-reference/*',
    'listener.name.internal.authentication.method=BASIC',
    'listener.name.internal.authentication.roles=**',
    'listener.name.internal.authentication.realm=Other',
    'listener.name.internal.authentication.skip.paths=',
  )
  assert.deepEqual(first, {
    methods: ['BASIC', 'BEARER'],
    realm: 'Kafka',
    roles: ['admin', 'dev'],
    skipPaths: ['/metrics', '/api-reference/*'],
  })
  assert.deepEqual(second, { methods: ['BASIC'], realm: 'Other', roles: ['**'], skipPaths: [] })
})

test('the roles are any by default, and an empty list is nobody', () => {
  const method = 'authentication.method=BASIC'
  assert.deepEqual(authenticationsOf(method, USERS)[0]?.roles, ['*'])
  assert.deepEqual(authenticationsOf(method, USERS, 'authentication.roles=')[0]?.roles, [])
})

test('a method is written in upper case, and only a known one', () => {
  for (const value of ['basic', 'NONE,BASIC', 'DIGEST', 'BASIC,', ',']) {
    assert.deepEqual(faultsOf(`authentication.method=${value}`, USERS).slice(0, 1), [
      'authentication.method: NONE, BASIC, BEARER, or BASIC,BEARER, in upper case',
    ])
  }
})

test('a method needs its users or keys', () => {
  assert.match(faultsOf('authentication.method=BASIC').join(), /^sluice.auth.users.file: a file/)
  assert.deepEqual(faultsOf('authentication.method=BASIC', 'sluice.auth.jaas.file=/j'), [
    'authentication.realm: the name of an entry of sluice.auth.jaas.file',
  ])
  assert.match(
    faultsOf('authentication.method=BEARER').join(),
    /^oauthbearer.jwks.endpoint.url: the URL of the keys/,
  )
})

test('users or keys without their method prevent the start: somebody meant to have it', () => {
  for (const set of [USERS, JWKS, 'public.key.path=/key.pem']) {
    assert.match(faultsOf(set).join(), /no value without authentication.method/, set)
  }
})

test('realm, roles and paths without a method cause a warning', () => {
  const { warnings } = load(['authentication.realm=Kafka', 'authentication.roles=a'])
  assert.deepEqual(warnings, [
    'authentication.realm (--set): no effect without authentication.method',
    'authentication.roles (--set): no effect without authentication.method',
  ])
})

test("Confluent's plug-ins mean tokens, and passwords where there are users", () => {
  const plugIn = `rest.servlet.initializor.classes=${PLUG_IN}`
  assert.deepEqual(authenticationsOf(plugIn, JWKS)[0]?.methods, ['BEARER'])
  assert.deepEqual(authenticationsOf(plugIn, JWKS, USERS)[0]?.methods, ['BASIC', 'BEARER'])
  const ofRealm = [plugIn, JWKS, 'sluice.auth.jaas.file=/j', 'authentication.realm=Kafka']
  assert.deepEqual(authenticationsOf(...ofRealm)[0]?.methods, ['BASIC', 'BEARER'])
  assert.match(
    faultsOf('rest.servlet.initializor.classes=org.example.Filter').join(),
    /Sluice loads no Java plug-ins/,
  )
})

test('a plug-in that a listener opts out of still counts', () => {
  const [listener] = authenticationsOf(
    `rest.servlet.initializor.classes=${PLUG_IN}`,
    JWKS,
    'listener.name.http.authentication.method=NONE',
  )
  assert.deepEqual(listener?.methods, ['BEARER'])
})

test('paths are /path or /path/*', () => {
  const method = 'authentication.method=BASIC'
  for (const path of ['metrics', '/a*', '/*/b', '/a//b', '/%61', '/a?b']) {
    assert.match(
      faultsOf(method, USERS, `authentication.skip.paths=${path}`).join(),
      /^authentication.skip.paths: \/path, or \/path\/\* for all paths below it/,
      path,
    )
  }
})

test('the JAAS file of the JVM is that of Sluice', () => {
  const fileOf = (options: string) =>
    load([], { KAFKAREST_OPTS: options }).config['sluice.auth.jaas.file']
  const option = '-Djava.security.auth.login.config'
  assert.equal(fileOf(`${option}=/etc/kafka-rest/jaas.conf`), '/etc/kafka-rest/jaas.conf')
  assert.equal(fileOf(`-Xmx1g "${option}=/a b/jaas.conf"`), '/a')
  assert.equal(fileOf(`-Xmx1g ${option}="/a b/jaas.conf" -Da=b`), '/a b/jaas.conf')
  assert.equal(fileOf(`'${option}==/jaas.conf'`), '/jaas.conf')
  assert.equal(fileOf(`${option}=/first ${option}=file:///last`), '/last')
  assert.equal(fileOf(`-X${option}=/no`), '')
  const own = load(['sluice.auth.jaas.file=/own'], { KAFKAREST_OPTS: `${option}=/jvm` })
  assert.equal(own.config['sluice.auth.jaas.file'], '/own')
})
