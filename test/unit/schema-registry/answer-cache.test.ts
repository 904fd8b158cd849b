/** The cache of answers, with a clock of the test. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerCache, type Question } from '../../../src/schema-registry/answer-cache.ts'
import { RegistryError, type RegistryFailure } from '../../../src/schema-registry/registry-error.ts'

/** A cache, its clock, and a question whose answers are counted from 1 on. */
function setUp({ maxBytes = 1e6, failureTtlMs = 100, ttlMs = 1000 } = {}) {
  const clock = { now: 0 }
  const cache = new AnswerCache({ maxBytes, failureTtlMs, now: () => clock.now })
  const asked = { count: 0, urgent: 0 }
  let failure: Error | undefined
  const question: Question<number> = {
    key: 'question',
    ttlMs,
    weigh: () => 8,
    async ask(isUrgent) {
      const count = ++asked.count
      if (isUrgent) asked.urgent++
      await Promise.resolve()
      if (failure) throw failure
      return count
    },
  }
  const fail = (kind: RegistryFailure | undefined) => {
    failure = kind && new RegistryError(kind, kind)
  }
  const crash = () => {
    failure = new TypeError('a defect')
  }
  return { clock, cache, asked, question, fail, crash, get: () => cache.get(question) }
}

test('an answer is good until its time is over', async () => {
  const { clock, get } = setUp()
  assert.equal(await get(), 1)
  clock.now = 999
  assert.equal(await get(), 1)
  clock.now = 1000
  assert.equal(await get(), 2)
})

test('an answer that never changes is good for ever', async () => {
  const { clock, get } = setUp({ ttlMs: Infinity })
  await get()
  clock.now = Number.MAX_VALUE
  assert.equal(await get(), 1)
})

test('all who ask at the same time get one answer', async () => {
  const { get, cache } = setUp()
  assert.deepEqual(await Promise.all([get(), get(), get()]), [1, 1, 1])
  assert.deepEqual(cache.counts, { hits: 0, misses: 1, stale: 0 })
  assert.equal(await get(), 1)
  assert.equal(cache.counts.hits, 1)
})

test('all who ask at the same time get one failure, and it is remembered for a moment', async () => {
  const { clock, get, fail, asked } = setUp()
  fail('unavailable')
  const results = await Promise.allSettled([get(), get()])
  assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(['rejected']))
  clock.now = 99
  await assert.rejects(get(), { message: 'unavailable' })
  assert.equal(asked.count, 1)
  fail(undefined)
  clock.now = 100
  assert.equal(await get(), 2)
  assert.equal(asked.urgent, 0, 'a failure is no old answer')
})

test('an old answer is better than none, for a while', async () => {
  for (const kind of ['unavailable', 'unreadable'] as const) {
    const { clock, get, fail, asked, cache } = setUp()
    await get()
    fail(kind)
    clock.now = 1000
    assert.deepEqual(await Promise.all([get(), get()]), [1, 1])
    assert.deepEqual([asked.count, asked.urgent, cache.counts.stale], [2, 1, 1])
    clock.now = 5999
    assert.equal(await get(), 1)
    assert.equal(asked.count, 2)
    clock.now = 6000
    assert.equal(await get(), 1)
    assert.equal(asked.count, 3)
    fail(undefined)
    clock.now = 11_000
    assert.equal(await get(), 4)
  }
})

test('an old answer is not better than a refusal', async () => {
  const { clock, get, fail } = setUp()
  await get()
  fail('refused')
  clock.now = 1000
  await assert.rejects(get(), { message: 'refused' })
  fail('unavailable')
  clock.now = 2000
  await assert.rejects(get(), { message: 'unavailable' }, 'the old answer is gone')
})

test('what is forgotten is asked anew, even while it is asked', async () => {
  const { cache, get, question } = setUp()
  const early = get()
  cache.forget(question.key)
  const late = get()
  assert.deepEqual(await Promise.all([early, late]), [1, 2])
  assert.equal(await get(), 2)
  cache.forget(question.key)
  assert.equal(await get(), 3)
})

test('a forgotten failure leaves no trace', async () => {
  const { cache, get, question, fail } = setUp()
  fail('refused')
  const early = get()
  cache.forget(question.key)
  await assert.rejects(early)
  fail(undefined)
  assert.equal(await get(), 2)
})

test('an answer may come with another', async () => {
  const { cache, question, get } = setUp()
  cache.set(question, 7)
  assert.equal(await get(), 7)
})

test('a defect is not remembered', async () => {
  const { get, crash, fail, cache } = setUp({ failureTtlMs: 1e9 })
  crash()
  await assert.rejects(get(), TypeError)
  assert.equal(cache.bytes, 0)
  fail(undefined)
  assert.equal(await get(), 2)
})
