/** The gate of an authenticator module: what it admits, and what becomes of defects of the module. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Authenticator, AuthenticatorRequest } from '../../../authenticator.d.ts'
import {
  faultsOfAuthenticator,
  type ModuleCaller,
  ModuleGate,
} from '../../../src/auth/module-gate.ts'
import { loadConfig } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-module-'))
after(() => rmSync(folder, { recursive: true }))

const LISTENER = { name: 'http', methods: [], realm: 'x', roles: ['*'], skipPaths: ['/open'] }
const PARTS = { listeners: [LISTENER], basePath: '/kafka' }

function callerAt(path: string): ModuleCaller {
  return {
    listener: 0,
    method: 'GET',
    path: `/kafka${path}`,
    authorization: 'Key 1',
    clientAddress: '192.0.2.1',
    certificateSubject: undefined,
    principal: undefined,
    roles: [],
    login: undefined,
  }
}

/** Sends a request through a gate whose module answers with a value. */
async function enter(value: unknown, { path = '/topics', roles = ['*'], challenge = '' } = {}) {
  const seen: AuthenticatorRequest[] = []
  const authenticator = {
    authenticate(request: AuthenticatorRequest) {
      seen.push(request)
      return typeof value === 'function' ? value() : value
    },
    ...(challenge && { challenge }),
  } as Authenticator
  const gate = new ModuleGate(authenticator, { ...PARTS, listeners: [{ ...LISTENER, roles }] }, 50)
  const caller = callerAt(path)
  await gate.authenticate(caller)
  return { caller, seen }
}

function isRefusal(status: number) {
  return (error: unknown) => error instanceof RestError && error.status === status
}

test('a client that the module names is admitted under that name', async () => {
  for (const value of [
    { principal: 'alice', roles: ['r'] },
    Promise.resolve({ principal: 'alice', roles: ['r'] }),
  ]) {
    const { caller, seen } = await enter(value)
    assert.deepEqual([caller.principal, caller.roles, caller.login], ['alice', ['r'], undefined])
    assert.deepEqual(seen, [
      {
        method: 'GET',
        path: '/kafka/topics',
        authorization: 'Key 1',
        clientAddress: '192.0.2.1',
        certificateSubject: undefined,
        listener: 'http',
      },
    ])
  }
  assert.deepEqual((await enter({ principal: 'alice' })).caller.roles, [])
})

test('what is no client is refused', async () => {
  const none = enter(undefined, { challenge: 'Key realm="x"' })
  await assert.rejects(none, (error) => {
    assert.ok(isRefusal(401)(error))
    assert.deepEqual((error as RestError).headers[0], ['WWW-Authenticate', 'Key realm="x"'])
    return true
  })
  await assert.rejects(enter(Promise.resolve(undefined)), isRefusal(401))
  await assert.rejects(
    enter({ principal: 'alice', roles: ['r'] }, { roles: ['other'] }),
    isRefusal(403),
  )
  await assert.rejects(enter(new Promise(() => {})), isRefusal(503))
})

test('a defect of the module is an error that quotes nothing, and admits nobody', async () => {
  for (const value of [
    null,
    true,
    'alice',
    {},
    { principal: '' },
    { principal: 'a\nb' },
    { principal: 7 },
    { principal: 'secret', roles: 'admin' },
    { principal: 'secret', roles: [1] },
    Promise.resolve({ principal: { toString: () => 'secret' } }),
  ]) {
    await assert.rejects(enter(value), (error) => {
      assert.ok(!(error instanceof RestError))
      assert.doesNotMatch((error as Error).message, /secret/)
      return true
    })
  }
  const failing = () => {
    throw new Error('no database')
  }
  await assert.rejects(enter(failing), /no database/)
  await assert.rejects(enter(Promise.reject(new Error('no database'))), /no database/)
})

test('the module is not asked about probes and skipped paths', async () => {
  for (const path of ['/healthy', '/ready', '/open']) {
    const { seen, caller } = await enter(undefined, { path })
    assert.deepEqual([seen, caller.principal], [[], undefined])
  }
})

test('a module is loaded from its file, or the error tells what it lacks', async () => {
  const file = join(folder, 'module.mjs')
  const load = async (text: string) => {
    const own = join(folder, `${crypto.randomUUID()}.mjs`)
    writeFileSync(own, text)
    return ModuleGate.load(own, PARTS)
  }
  const gate = await load(
    'export default async () => ({ authenticate: ({ authorization }) => ({ principal: authorization }) })',
  )
  const caller = callerAt('/topics')
  await gate.authenticate(caller)
  assert.equal(caller.principal, 'Key 1')
  for (const [text, lack] of [
    ['export const x = 1', /no function as its default export/],
    ['export default () => ({})', /no object with a method authenticate/],
    ['export default () => undefined', /no object with a method authenticate/],
    ['export default () => ({ authenticate() {}, challenge: "a\\nb" })', /challenge/],
    ['nonsense(', /cannot be used/],
  ] as const) {
    await assert.rejects(load(text), lack)
  }
  await assert.rejects(ModuleGate.load(file, PARTS), /cannot be used/)
})

test('a module that is not there, or that has to share requests with other methods, prevents the start', () => {
  const load = (...sets: string[]) =>
    loadConfig({ sets: ['bootstrap.servers=127.0.0.1:1', ...sets] })
  const missing = `sluice.authenticator.module=${join(folder, 'missing.mjs')}`
  const [fault] = faultsOfAuthenticator(load(missing).config)
  assert.match(fault?.expected ?? '', /ENOENT/)
  assert.deepEqual(faultsOfAuthenticator(load().config), [])
  const both = load(missing, 'authentication.method=BASIC', 'sluice.auth.users.file=/users')
  assert.deepEqual(
    both.faults.map(({ key }) => key),
    ['sluice.authenticator.module'],
  )
  assert.deepEqual(load(missing, 'authentication.roles=a').warnings, [])
})
