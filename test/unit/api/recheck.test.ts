/** Requests that last for hours, whose clients are looked at again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Authenticate, type LastingRequest, recheckOf } from '../../../src/api/recheck.ts'
import { RestError } from '../../../src/errors.ts'

function requestOf(login: LastingRequest['login']): LastingRequest {
  return {
    listener: 0,
    path: '/v3/clusters/c/topics/t/records',
    authorization: 'Basic YTpi',
    clientAddress: '192.0.2.1',
    login,
    principal: login?.principal,
    roles: ['writers'],
    route: undefined,
    params: [],
    contentType: '',
    accepted: undefined,
    withdrawal: undefined,
  }
}

const ALICE = { method: 'BASIC', principal: 'alice', expiresAt: Number.POSITIVE_INFINITY } as const

async function refusalOf(check: ReturnType<typeof recheckOf>): Promise<number | undefined> {
  try {
    await check?.()
    return undefined
  } catch (error) {
    assert.ok(error instanceof RestError)
    return error.status
  }
}

function refusing(name: ConstructorParameters<typeof RestError>[0]): Authenticate {
  return async () => {
    throw new RestError(name)
  }
}

test('a client whose login was withdrawn is refused', async () => {
  assert.equal(
    await refusalOf(recheckOf(requestOf(ALICE), refusing('UNAUTHENTICATED'), undefined)),
    401,
  )
  assert.equal(await refusalOf(recheckOf(requestOf(ALICE), refusing('FORBIDDEN'), undefined)), 403)
})

test('the refusal is noted on the request', async () => {
  const noted = async (authenticate: Authenticate) => {
    const request = requestOf(ALICE)
    await refusalOf(recheckOf(request, authenticate, undefined))
    return request.withdrawal?.name
  }
  assert.equal(await noted(async () => {}), undefined)
  assert.equal(await noted(refusing('UNAUTHENTICATED')), 'UNAUTHENTICATED')
})

test('a login whose check has to wait goes on until its end', async () => {
  for (const name of ['TOO_MANY_LOGINS', 'AUTHENTICATION_UNAVAILABLE', 'OUT_OF_TIME'] as const) {
    assert.equal(await refusalOf(recheckOf(requestOf(ALICE), refusing(name), undefined)), undefined)
    const ended = requestOf({ ...ALICE, expiresAt: Date.now() })
    assert.equal(await refusalOf(recheckOf(ended, refusing(name), undefined)), 401)
  }
})

test('new rules count, for the groups that the login has now', async () => {
  const request = requestOf(ALICE)
  const authenticate: Authenticate = (caller) => {
    assert.deepEqual([caller.principal, caller.roles], [undefined, []])
    caller.roles = ['readers']
  }
  const access = {
    checkHead({ roles }: Pick<LastingRequest, 'roles'>) {
      if (!roles.includes('writers')) throw new RestError('ACCESS_DENIED')
    },
  }
  assert.equal(await refusalOf(recheckOf(request, undefined, access)), undefined)
  assert.equal(await refusalOf(recheckOf(request, authenticate, access)), 403)
})

test('a client without a login is looked at for rules only', () => {
  assert.equal(recheckOf(requestOf(undefined), refusing('UNAUTHENTICATED'), undefined), undefined)
  assert.equal(recheckOf(requestOf(ALICE), undefined, undefined), undefined)
})

test('a principal that has no credentials in Kafka any more is refused, with a login or without', async () => {
  for (const login of [ALICE, undefined]) {
    let hasCredentials = true
    const check = recheckOf(
      requestOf(login),
      async () => {},
      undefined,
      () => {
        if (!hasCredentials) throw new RestError('NO_KAFKA_CREDENTIALS')
      },
    )
    assert.equal(await refusalOf(check), undefined)
    hasCredentials = false
    assert.equal(await refusalOf(check), 403)
  }
})
