/** The gate of an event loop: what it asks the process, what it remembers, and what it answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Epoch } from '../../../src/auth/epoch.ts'
import { type Caller, Gate } from '../../../src/auth/gate.ts'
import { parseBasic } from '../../../src/auth/passwords.ts'
import type { Attempt, Verdict } from '../../../src/auth/verdict.ts'
import type { ListenerAuthentication } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'

const BASIC: ListenerAuthentication = {
  methods: ['BASIC'],
  realm: 'Kafka',
  roles: ['*'],
  skipPaths: ['/open', '/docs/*'],
}

function accepted(roles = ['user'], expiresAt = Number.POSITIVE_INFINITY): Verdict {
  return { kind: 'accepted', identity: { method: 'BASIC', principal: 'alice', roles, expiresAt } }
}

/** A gate whose process gives one verdict. */
function gateOf(listener: Partial<ListenerAuthentication> = {}, verdict: Verdict = accepted()) {
  const asked: Attempt[] = []
  const state = { verdict }
  const epoch = new Epoch()
  const gate = new Gate(
    {
      listeners: [
        { ...BASIC, ...listener },
        { ...BASIC, methods: [] },
        { ...BASIC, realm: 'Other' },
      ],
      basePath: '/kafka',
      epoch,
      checker: {
        async checkCredentials(attempt) {
          asked.push(attempt)
          return state.verdict
        },
      },
    },
    1,
  )
  const enter = async (authorization: string, path = '/topics', index = 0) => {
    const caller: Caller = {
      listener: index,
      path: `/kafka${path}`,
      authorization,
      clientAddress: '192.0.2.1',
      principal: undefined,
      roles: [],
      login: undefined,
    }
    await gate.authenticate(caller)
    return caller
  }
  return { gate, asked, epoch, enter, state }
}

async function refusalOf(work: Promise<unknown>): Promise<RestError> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof RestError, String(error))
    return error
  }
  throw new Error('not refused')
}

test('valid credentials give a request its name and roles, and are asked for once', async () => {
  const { enter, asked } = gateOf()
  for (let count = 0; count < 3; count++) {
    const { principal, roles } = await enter('Basic YTpi')
    assert.deepEqual([principal, roles], ['alice', ['user']])
  }
  assert.deepEqual(asked, [
    { method: 'BASIC', credentials: 'YTpi', realm: 'Kafka', address: '192.0.2.1' },
  ])
})

test('requests with the same credentials wait for one check', async () => {
  const { enter, asked } = gateOf()
  await Promise.all([enter('Basic YTpi'), enter('Basic YTpi'), enter('Basic YTpj')])
  assert.equal(asked.length, 2)
})

test('credentials of one realm are asked for again in another', async () => {
  const { enter, asked } = gateOf()
  await enter('Basic YTpi')
  await enter('Basic YTpi', '/topics', 2)
  assert.deepEqual(
    asked.map(({ realm }) => realm),
    ['Kafka', 'Other'],
  )
})

test('what was remembered is asked for again after a change, and after its end', async () => {
  const { enter, asked, epoch, state } = gateOf()
  await enter('Basic YTpi')
  epoch.advance()
  state.verdict = accepted([], Date.now() - 1)
  await refusalOf(enter('Basic YTpi'))
  state.verdict = accepted()
  await enter('Basic YTpi')
  assert.equal(asked.length, 3)
})

test('a check that begins before a change of the users admits nobody after it', async () => {
  const epoch = new Epoch()
  const checks: ((verdict: Verdict) => void)[] = []
  const checker = {
    checkCredentials: () => new Promise<Verdict>((resolve) => checks.push(resolve)),
  }
  const gate = new Gate({ listeners: [BASIC], basePath: '', checker, epoch })
  const enter = async () => {
    const caller: Caller = {
      listener: 0,
      path: '/topics',
      authorization: 'Basic YTpi',
      clientAddress: '192.0.2.1',
      principal: undefined,
      roles: [],
      login: undefined,
    }
    await gate.authenticate(caller)
    return caller
  }
  const before = enter()
  epoch.advance()
  const behind = enter()
  assert.equal(checks.length, 2, 'a request behind the change has a check of its own')
  checks[1]?.({ kind: 'refused' })
  assert.equal((await refusalOf(behind)).status, 401)
  checks[0]?.(accepted())
  // Its promise is settled in the same turn.
  await new Promise(setImmediate)
  assert.equal(checks.length, 3, 'the request before the change is checked again')
  checks[2]?.({ kind: 'refused' })
  assert.equal((await refusalOf(before)).status, 401)
})

test('wrong credentials are not remembered', async () => {
  const { enter, asked, state } = gateOf({}, { kind: 'refused' })
  assert.equal((await refusalOf(enter('Basic YTpi'))).status, 401)
  state.verdict = accepted()
  await enter('Basic YTpi')
  assert.equal(asked.length, 2)
})

test('a challenge names the methods and the realm', async () => {
  const { enter } = gateOf({ methods: ['BASIC', 'BEARER'], realm: 'a "b" \\' }, { kind: 'refused' })
  const without = await refusalOf(enter(''))
  assert.deepEqual(without.headers.slice(0, 2), [
    ['WWW-Authenticate', 'Basic realm="a \\"b\\" \\\\"'],
    ['WWW-Authenticate', 'Bearer realm="a \\"b\\" \\\\"'],
  ])
  const invalid = await refusalOf(enter('Bearer x.y.z'))
  assert.equal(invalid.headers[1]?.[1], 'Bearer realm="a \\"b\\" \\\\", error="invalid_token"')
})

test('a method that the listener does not have is refused without a check', async () => {
  const { enter, asked } = gateOf()
  for (const header of [
    'Bearer x',
    'Digest x',
    'Basic',
    'Basic ',
    'YTpi',
    'Basic YTpi, Basic YTpj',
  ]) {
    assert.equal((await refusalOf(enter(header))).status, 401, header)
  }
  assert.equal(asked.length, 0)
})

test('roles decide: any one, all users, named ones, nobody', async () => {
  const admits = async (allowed: string[], own: string[]) => {
    const { enter } = gateOf({ roles: allowed }, accepted(own))
    return enter('Basic YTpi').then(
      () => true,
      (error: RestError) => error.status !== 403,
    )
  }
  assert.equal(await admits(['*'], ['any']), true)
  assert.equal(await admits(['*'], []), false)
  assert.equal(await admits(['**'], []), true)
  assert.equal(await admits(['admin', 'dev'], ['dev']), true)
  assert.equal(await admits(['admin'], ['dev']), false)
  assert.equal(await admits([], ['dev']), false)
})

test('probes, skipped paths and listeners without a method need no credentials', async () => {
  const { enter } = gateOf()
  for (const path of ['/healthy', '/ready', '/open', '/docs', '/docs/', '/docs/a/b']) {
    assert.equal((await enter('', path)).principal, undefined)
  }
  const guarded = ['/metrics', '/open/', '/opened', '/docs2', '/%6fpen', '/healthy/', '/a/../open']
  for (const path of guarded) assert.equal((await refusalOf(enter('', path))).status, 401, path)
  await enter('', '/topics', 1)
})

test('too many failures get 429 with the time to wait, and unknown keys 503', async () => {
  const { enter, state } = gateOf({}, { kind: 'slowed', retryAfterSeconds: 7 })
  const slowed = await refusalOf(enter('Basic YTpi'))
  assert.deepEqual([slowed.status, slowed.retryAfterSeconds], [429, 7])
  state.verdict = { kind: 'unavailable' }
  assert.equal((await refusalOf(enter('Basic YTpi'))).status, 503)
})

test('a check that does not end has a deadline', async () => {
  const gate = new Gate(
    {
      listeners: [BASIC],
      basePath: '',
      epoch: new Epoch(),
      checker: { checkCredentials: () => new Promise(() => {}) },
    },
    1,
  )
  const caller = {
    listener: 0,
    path: '/topics',
    authorization: 'Basic YTpi',
    clientAddress: '',
    principal: undefined,
    roles: [],
    login: undefined,
  }
  const error = await refusalOf(Promise.resolve(gate.authenticate(caller)))
  assert.equal(error.status, 503)
})

test('no Authorization header is more than a refusal', async () => {
  const { enter } = gateOf({}, { kind: 'refused' })
  const header = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.base64String().map((text) => `Basic ${text}`),
    fc.string().map((text) => `basic  ${text}`),
  )
  await fc.assert(
    fc.asyncProperty(header, async (text) => {
      assert.equal((await refusalOf(enter(text))).status, 401)
    }),
  )
})

test('credentials of Basic are split at the first colon, and are UTF-8 or else ISO-8859-1', () => {
  const parse = (text: string | Uint8Array) => parseBasic(Buffer.from(text).toString('base64'))
  assert.deepEqual(parse('a:b:c'), { name: 'a', password: 'b:c' })
  assert.deepEqual(parse('ä:ö'), { name: 'ä', password: 'ö' })
  assert.deepEqual(parse(Buffer.from('ä:ö', 'latin1')), { name: 'ä', password: 'ö' })
  assert.deepEqual(parse('a:'), { name: 'a', password: '' })
  assert.equal(parse(':b'), undefined)
  assert.equal(parse('ab'), undefined)
  assert.equal(parseBasic('YTpi='.repeat(2)), undefined)
  assert.equal(parseBasic('***'), undefined)
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseBasic(text)))
})
