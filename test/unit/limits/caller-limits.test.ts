/** `sluice.limits`: its grammar, and who draws on which limit. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { networkOf, parseLimits, ValueFault } from '../../../src/config/index.ts'
import { type Caller, CallerLimits, cellsOfLimits } from '../../../src/limits/caller-limits.ts'

const START = 10n ** 18n
const seconds = (count: number) => START + BigInt(Math.round(count * 1e9))

function limitsOf(text: string, cells?: BigInt64Array): CallerLimits {
  const limits = parseLimits(text)
  const own = cells ?? new BigInt64Array(cellsOfLimits(limits))
  return new CallerLimits(limits, own, new Uint8Array(32))
}

const caller = (given: Partial<Caller> = {}): Caller => ({
  principal: undefined,
  address: '192.0.2.1',
  topic: undefined,
  ...given,
})

/** How many of some requests at one moment are admitted. */
function admitted(limits: CallerLimits, who: Caller, moment = START, bytes = 0): number {
  const answers = Array.from({ length: 50 }, () => limits.admit(who, bytes, moment))
  return answers.filter((exceeded) => exceeded === undefined).length
}

describe('the text of limits', () => {
  test('has subjects, names, rates and bursts', () => {
    assert.deepEqual(parseLimits(''), [])
    const [first, second, third, fourth] = parseLimits(
      ' principal 100 requests/s, principal:"CN=a, O=\\"b\\"" 5 requests/s burst 7,topic:orders 9 bytes/s , address:2001:DB8:0::1 1 bytes/s',
    )
    const general = { subject: 'principal', unit: 'requests', name: undefined }
    assert.deepEqual(first, { ...general, perSecond: 100, burst: 100 })
    assert.deepEqual(second, { ...general, name: 'CN=a, O="b"', perSecond: 5, burst: 7 })
    assert.deepEqual([third?.subject, third?.name, third?.unit], ['topic', 'orders', 'bytes'])
    assert.equal(fourth?.name, '2001:db8::1')
  })

  test('is a fault when it is malformed or contradicts itself', () => {
    for (const text of [
      'principal',
      'user 1 requests/s',
      'principal 1 requests',
      'principal 0 requests/s',
      'principal 1.5 requests/s',
      'principal 1 requests/s burst 0',
      'principal 1 requests/s burst 86401',
      'address:example.com 1 requests/s',
      'principal:a b 1 requests/s',
      'principal 1 requests/s principal 2 bytes/s',
      'topic 1 bytes/s, topic 2 bytes/s',
    ]) {
      assert.throws(() => parseLimits(text), ValueFault, text)
    }
  })
})

describe('limits of callers', () => {
  test('are those of each principal, and one for all without a name', () => {
    const limits = limitsOf('principal 10 requests/s burst 3')
    assert.equal(admitted(limits, caller({ principal: 'alice' })), 3)
    assert.equal(admitted(limits, caller({ principal: 'bob', address: '192.0.2.2' })), 3)
    assert.equal(admitted(limits, caller({ address: '192.0.2.3' })), 3)
    assert.equal(admitted(limits, caller({ address: '192.0.2.4' })), 0)
    assert.equal(admitted(limits, caller({ principal: 'alice' }), seconds(0.2)), 2)
  })

  test('give one name a limit in place of the general one', () => {
    const limits = limitsOf('principal 1 requests/s, principal:batch 20 requests/s')
    assert.equal(admitted(limits, caller({ principal: 'batch' })), 20)
    assert.equal(admitted(limits, caller({ principal: 'alice' })), 1)
  })

  test('count a request that one of them refuses for none', () => {
    const limits = limitsOf('principal 10 requests/s, topic 2 requests/s')
    assert.equal(admitted(limits, caller({ principal: 'alice', topic: 'orders' })), 2)
    assert.equal(admitted(limits, caller({ principal: 'alice' })), 8)
  })

  test('tell the limit that lasts longest, and how long', () => {
    const limits = limitsOf('address 10 requests/s burst 1, topic:t 1 requests/s')
    const who = caller({ topic: 't' })
    assert.equal(limits.admit(who, 0, START), undefined)
    const exceeded = limits.admit(who, 0, START)
    assert.deepEqual([exceeded?.limit.subject, exceeded?.waitMs], ['topic', 1000])
  })

  test('of bytes let a request in while earlier ones are paid for', () => {
    const limits = limitsOf('principal 1000 bytes/s')
    const who = caller({ principal: 'alice' })
    assert.equal(limits.admit(who, 5000, START), undefined)
    assert.equal(limits.admit(who, 1, START)?.waitMs, 4000)
    assert.equal(limits.admit(who, 0, seconds(4)), undefined)
    limits.addBytes(who, 1000, seconds(4))
    assert.equal(limits.admit(who, 0, seconds(4))?.waitMs, 1000)
  })

  test('are shared by event loops on the same memory', () => {
    const text = 'address 10 requests/s burst 4'
    const cells = new BigInt64Array(cellsOfLimits(parseLimits(text)))
    const [one, other] = [limitsOf(text, cells), limitsOf(text, cells)]
    assert.equal(admitted(one, caller()), 4)
    assert.equal(admitted(other, caller()), 0)
  })

  test('take an IPv6 network for one client', () => {
    assert.equal(networkOf('192.0.2.1'), '192.0.2.1')
    assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0')
    assert.equal(networkOf('2001:db8:0:1:2:3:4:5'), '2001:db8:0:1')
    assert.equal(networkOf('::1'), '0:0:0:0')
    assert.equal(networkOf('1:2:3::'), '1:2:3:0')
    assert.equal(networkOf('1:2:3:4:5:6::'), '1:2:3:4')
  })
})
