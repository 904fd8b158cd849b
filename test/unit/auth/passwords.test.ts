/** The check of passwords: what is remembered, who is slowed down, and how many checks run at a time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChecksInProgress } from '../../../src/auth/checks-in-progress.ts'
import { Passwords } from '../../../src/auth/passwords.ts'
import type { StoredPassword } from '../../../src/auth/stored-password.ts'
import { Users } from '../../../src/auth/users.ts'

/** Users whose passwords are counted when they are compared. */
function usersOf(passwords: Record<string, string>, roles = ['user']) {
  const compared: string[] = []
  const entries = Object.entries(passwords).map(([name, stored]) => {
    const password: StoredPassword = {
      async matches(given) {
        compared.push(name)
        return given === stored
      },
    }
    return [name, { name, stored, roles, password }] as const
  })
  return { users: new Users(new Map(entries)), compared }
}

function attempt(name: string, password: string, realm = 'Kafka', address = '192.0.2.1') {
  const credentials = Buffer.from(`${name}:${password}`).toString('base64')
  return { method: 'BASIC', credentials, realm, address } as const
}

async function kindOf(passwords: Passwords, ...args: Parameters<typeof attempt>) {
  return (await passwords.check(attempt(...args))).kind
}

test('a password is compared once, until the file has another one', async () => {
  let current = usersOf({ alice: 'old' })
  const passwords = new Passwords(() => current.users)
  for (let count = 0; count < 3; count++) {
    assert.equal(await kindOf(passwords, 'alice', 'old'), 'accepted')
  }
  assert.equal(current.compared.length, 1)
  current = usersOf({ alice: 'new' })
  assert.equal(await kindOf(passwords, 'alice', 'old'), 'refused')
  assert.equal(await kindOf(passwords, 'alice', 'new'), 'accepted')
  current = usersOf({ bob: 'new' })
  assert.equal(await kindOf(passwords, 'alice', 'new'), 'refused')
})

test('a remembered password has the roles that the file has now', async () => {
  let current = usersOf({ alice: 'pass' }, ['admin'])
  const passwords = new Passwords(() => current.users)
  await passwords.check(attempt('alice', 'pass'))
  current = usersOf({ alice: 'pass' }, ['reader'])
  const verdict = await passwords.check(attempt('alice', 'pass'))
  assert.deepEqual(verdict.kind === 'accepted' && verdict.identity.roles, ['reader'])
})

test('an unknown name is compared with the password of a user, and never accepted', async () => {
  const { users, compared } = usersOf({ alice: 'pass' })
  const passwords = new Passwords(() => users)
  assert.equal(await kindOf(passwords, 'eve', 'pass'), 'refused')
  assert.deepEqual(compared, ['alice'])
})

test('a user of one realm is none of another', async () => {
  const inside = usersOf({ alice: 'pass' }).users
  const outside = usersOf({ bob: 'pass' }).users
  const passwords = new Passwords((realm) => ({ inside, outside })[realm])
  assert.equal(await kindOf(passwords, 'alice', 'pass', 'inside'), 'accepted')
  assert.equal(await kindOf(passwords, 'alice', 'pass', 'outside'), 'refused')
  assert.equal(await kindOf(passwords, 'alice', 'pass', 'nowhere'), 'refused')
})

test('after five wrong passwords no further one is compared', async () => {
  const { users, compared } = usersOf({ alice: 'pass' })
  const passwords = new Passwords(() => users)
  for (let count = 0; count < 5; count++) {
    assert.equal(await kindOf(passwords, 'alice', `guess ${count}`), 'refused')
  }
  const verdict = await passwords.check(attempt('alice', 'pass'))
  assert.equal(verdict.kind, 'slowed')
  assert.ok(verdict.kind === 'slowed' && verdict.retryAfterSeconds >= 1)
  assert.equal(compared.length, 5)
})

test('a client that logs in at several event loops at once is one client', async () => {
  let current = usersOf({ alice: 'pass' })
  const passwords = new Passwords(() => current.users)
  const loops = () => Array.from({ length: 8 }, () => kindOf(passwords, 'alice', 'pass'))
  assert.deepEqual(await Promise.all(loops()), Array(8).fill('accepted'))
  assert.equal(current.compared.length, 1)
  const before = kindOf(passwords, 'alice', 'next')
  current = usersOf({ alice: 'next' })
  const after = kindOf(passwords, 'alice', 'next')
  assert.deepEqual(await Promise.all([before, after]), ['refused', 'accepted'], 'other users')
})

test('the same wrong password from another address is another failure', async () => {
  const { users, compared } = usersOf({ alice: 'pass' })
  const passwords = new Passwords(() => users)
  const addresses = ['192.0.2.1', '192.0.2.2']
  await Promise.all(
    addresses.map((address) => kindOf(passwords, 'alice', 'guess', 'Kafka', address)),
  )
  assert.equal(compared.length, 2)
})

test('a comparison that fails is no failure of the client', async () => {
  const password: StoredPassword = { matches: () => Promise.reject(new Error('no memory')) }
  const alice = { name: 'alice', stored: 'x', roles: [], password }
  const passwords = new Passwords(() => new Users(new Map([['alice', alice]])))
  for (let count = 0; count < 10; count++) {
    await assert.rejects(passwords.check(attempt('alice', 'pass')), /no memory/)
  }
})

test('some checks run, some wait, and it shows when there are too many', async () => {
  const checks = new ChecksInProgress({ maxRunning: 2, maxWaiting: 3 })
  const ends: (() => void)[] = []
  let running = 0
  const all = Array.from({ length: 5 }, () =>
    checks.run(async () => {
      running++
      await new Promise<void>((resolve) => ends.push(resolve))
      running--
    }),
  )
  assert.equal(running, 2)
  assert.equal(checks.isFull, true)
  for (let ended = 0; ended < 5; ended++) {
    ends[ended]?.()
    await all[ended]
    await Promise.resolve()
    assert.ok(running <= 2)
  }
  assert.equal(checks.isFull, false)
})
