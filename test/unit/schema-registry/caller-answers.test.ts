/** The answers of the registry to callers with logins of their own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerCache, type Question } from '../../../src/schema-registry/answer-cache.ts'
import { CallerAnswers, RIGHTS_MS } from '../../../src/schema-registry/caller-answers.ts'
import { RegistryError, type RegistryFailure } from '../../../src/schema-registry/registry-error.ts'

/** The same cache for alice, for bob, and for the process; what each is answered is its name and a number. */
function setUp() {
  const clock = { now: 0 }
  const cache = new AnswerCache({ maxBytes: 1e6, failureTtlMs: 1000, now: () => clock.now })
  const failures = new Map<string, RegistryFailure>()
  let asked = 0
  const question = (name: string, ttlMs = Infinity): Question<string> => ({
    key: 'id 1',
    ttlMs,
    weigh: () => 8,
    async ask(isUrgent) {
      asked++
      assert.equal(isUrgent, false, 'a slow refusal is no outage')
      const failure = failures.get(name)
      if (failure) throw new RegistryError(failure, `${failure} to ${name}`)
      return `${name} ${asked}`
    },
  })
  const answers = { alice: new CallerAnswers(cache, 'alice'), bob: new CallerAnswers(cache, 'bob') }
  return {
    clock,
    cache,
    failures,
    question,
    answers,
    ask: (name: 'alice' | 'bob') => answers[name].get(question(name)),
  }
}

test("an answer to one caller is nobody else's", async () => {
  const { cache, question, ask } = setUp()
  assert.deepEqual(await Promise.all([ask('alice'), ask('bob')]), ['alice 1', 'bob 2'])
  assert.equal(await cache.get(question('process')), 'process 3')
  assert.deepEqual(await Promise.all([ask('bob'), ask('alice')]), ['bob 2', 'alice 1'])
})

test('a refusal is remembered for its caller only', async () => {
  const { failures, ask, clock } = setUp()
  failures.set('bob', 'refused')
  await assert.rejects(ask('bob'), /refused to bob/)
  assert.equal(await ask('alice'), 'alice 2')
  failures.clear()
  await assert.rejects(ask('bob'), /refused to bob/)
  clock.now = 1000
  assert.equal(await ask('bob'), 'bob 3')
})

test('what came with another answer, and what is forgotten, is that of the caller', async () => {
  const { answers, question, ask } = setUp()
  answers.alice.set(question('alice'), 'given')
  assert.equal(await ask('alice'), 'given')
  assert.equal(await ask('bob'), 'bob 1')
  answers.bob.forget('id 1')
  assert.equal(await ask('alice'), 'given')
  assert.equal(await ask('bob'), 'bob 2')
})

test('an answer counts until its right may have been withdrawn', async () => {
  const { clock, failures, ask } = setUp()
  assert.equal(await ask('alice'), 'alice 1')
  clock.now = RIGHTS_MS - 1
  assert.equal(await ask('alice'), 'alice 1')
  failures.set('alice', 'refused')
  clock.now = RIGHTS_MS
  await assert.rejects(ask('alice'), /refused to alice/)
})

test('an answer with a shorter life keeps that', async () => {
  const { clock, answers, question } = setUp()
  const get = () => answers.alice.get(question('alice', 10))
  assert.equal(await get(), 'alice 1')
  clock.now = 10
  assert.equal(await get(), 'alice 2')
})

test('an older answer helps while the registry is down, and not against a page of a gateway', async () => {
  const { clock, failures, ask } = setUp()
  assert.equal(await ask('alice'), 'alice 1')
  failures.set('alice', 'unavailable')
  clock.now = RIGHTS_MS
  assert.equal(await ask('alice'), 'alice 1')
  failures.set('alice', 'unreadable')
  clock.now = 2 * RIGHTS_MS
  await assert.rejects(ask('alice'), /unreadable to alice/)
})
