/** The refresh of subscriptions by patterns. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { native } from '../../../src/kafka/native.ts'
import { PatternRefresh } from '../../../src/kafka/pattern-refresh.ts'
import { fakeEngine } from './fake-engine.ts'

const REFRESH_MS = 5_000

beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }))
afterEach(() => {
  mock.timers.reset()
  mock.restoreAll()
})

/** A refresh of these subscriptions, on a clock that stands still until it is told to go on. */
function newStage(listTopics: () => Promise<string[]>) {
  const engine = fakeEngine(['subscribePattern'])
  const stage = { subscriptions: [] as (number | string)[] }
  mock.method(native, 'listPatterns', () => stage.subscriptions)
  const refresh = new PatternRefresh(listTopics)
  refresh.start()
  const next = async () => {
    engine.told.length = 0
    mock.timers.tick(REFRESH_MS)
    // The answers of fakes are there within a turn of the loop.
    await new Promise((resolve) => setImmediate(resolve))
    return engine.told.map((each) => each.slice(1, -1))
  }
  return Object.assign(stage, { refresh, next })
}

test('each pattern is matched again with its version', async () => {
  let topics = ['a1']
  const stage = newStage(async () => topics)
  stage.subscriptions = [1, 5, 'a.*', 0, 2, 9, 'b.*', 0]
  assert.deepEqual(await stage.next(), [
    [1, 5, 'a.*', ['a1']],
    [2, 9, 'b.*', []],
  ])
  topics = ['b', 'a2', 'a1', 'b2']
  stage.subscriptions = [2, 10, 'b.*', 0]
  assert.deepEqual(await stage.next(), [[2, 10, 'b.*', ['b', 'b2']]])
})

test('without a pattern the cluster is not asked', async () => {
  let asked = 0
  const stage = newStage(async () => {
    asked++
    return []
  })
  await stage.next()
  assert.equal(asked, 0)
})

test('a cluster that does not answer is asked again', async () => {
  let answers = false
  const stage = newStage(async () => {
    if (!answers) throw new RestError('KAFKA_RETRIABLE_ERROR')
    return ['a']
  })
  stage.subscriptions = [1, 1, 'a', '']
  assert.deepEqual(await stage.next(), [])
  answers = true
  assert.deepEqual(await stage.next(), [[1, 1, 'a', ['a']]])
})

test('the cluster is asked once at a time, and after the end no more', async () => {
  let asked = 0
  let answer: (topics: string[]) => void = () => {}
  const stage = newStage(() => {
    asked++
    return new Promise<string[]>((resolve) => {
      answer = resolve
    })
  })
  stage.subscriptions = [1, 1, 'a', '']
  for (let interval = 0; interval < 3; interval++) await stage.next()
  assert.equal(asked, 1)
  answer([])
  await new Promise((resolve) => setImmediate(resolve))
  await stage.next()
  assert.equal(asked, 2)
  answer([])
  await new Promise((resolve) => setImmediate(resolve))
  stage.refresh.stop()
  await stage.next()
  assert.equal(asked, 2)
})
