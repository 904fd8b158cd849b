/** The pace of logins: who guesses is slowed down, and nobody locks out others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Login, LoginPace } from '../../../src/auth/login-pace.ts'
import { networkOf } from '../../../src/config/index.ts'

function paceAt(start = 0) {
  const clock = { now: start }
  const pace = new LoginPace(() => clock.now)
  const fail = (name: string, address: string) => typeof pace.begin(name, address) !== 'number'
  const succeed = (name: string, address: string) => (pace.begin(name, address) as Login).succeed()
  return { clock, pace, fail, succeed }
}

/** The number of attempts that are checked, of many. */
function checkedOf(attempt: (number: number) => boolean, attempts = 100): number {
  return Array.from({ length: attempts }, (_, number) => attempt(number)).filter(Boolean).length
}

test('a name at an address has five failures, and another one each ten seconds', () => {
  const { clock, pace, fail } = paceAt()
  assert.equal(
    checkedOf(() => fail('alice', 'a')),
    5,
  )
  assert.equal(pace.begin('alice', 'a'), 10_000)
  clock.now = 10_000
  assert.equal(
    checkedOf(() => fail('alice', 'a')),
    1,
  )
  assert.equal(fail('bob', 'a'), true, 'others at the address still log in')
})

test('an address that tries many names, and a name that is tried from many addresses, are slowed down', () => {
  const { fail } = paceAt()
  assert.equal(
    checkedOf((number) => fail(`name-${number}`, 'a')),
    20,
  )
  assert.equal(
    checkedOf((number) => fail('alice', `address-${number}`)),
    20,
  )
})

test('a client that has logged in before is not locked out by others', () => {
  const { fail, succeed } = paceAt()
  succeed('alice', 'home')
  checkedOf((number) => fail('alice', `address-${number}`))
  checkedOf((number) => fail(`name-${number}`, 'home'))
  assert.equal(fail('bob', 'home'), false)
  assert.equal(fail('alice', 'elsewhere'), false)
  assert.equal(
    checkedOf(() => fail('alice', 'home')),
    5,
  )
})

test('right passwords and cancelled checks use up nothing', () => {
  const { pace, succeed } = paceAt()
  for (let count = 0; count < 100; count++) succeed('alice', 'a')
  for (let count = 0; count < 100; count++) (pace.begin('bob', 'b') as Login).cancel()
})

test('the addresses of a client with IPv6 count as one', () => {
  assert.equal(networkOf('192.0.2.7'), '192.0.2.7')
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0')
  assert.equal(networkOf('2001:db8:1:2::'), '2001:db8:1:2')
  assert.equal(networkOf('::1'), '0:0:0:0')
  assert.equal(networkOf(''), '')
})
