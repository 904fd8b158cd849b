/**
 * The rules for making consumer instances, and the patterns that they subscribe to. What the engine
 * does with them, their expiry for one, is tested with the engine.
 */

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { loadConfig } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'
import type { Admin } from '../../../src/kafka/admin.ts'
import type { Consumer } from '../../../src/kafka/consumer.ts'
import {
  ConsumerInstances,
  type Instance,
  type InstanceRequest,
} from '../../../src/kafka/consumer-instances.ts'
import { native } from '../../../src/kafka/native.ts'

const PATTERN_REFRESH_MS = 5_000

const { config } = loadConfig({ sets: ['bootstrap.servers=127.0.0.1:1'] })

/** A cluster with these topics. */
function adminWith(topics: () => string[]): Admin {
  return { listTopics: async () => topics() } as unknown as Admin
}

/** An instance that notes what it is told. */
function fakeInstance(id: number, subscriptions: unknown[][]): Instance {
  const consumer = {
    id,
    subscribe: async (topics: string[], byPattern = false) => {
      subscriptions.push([id, topics, byPattern])
    },
    unsubscribe: async () => {
      subscriptions.push([id, 'unsubscribed'])
    },
    close: async () => {
      subscriptions.push([id, 'closed'])
    },
  }
  return {
    consumer: consumer as unknown as Consumer,
    format: 'json',
    requestTimeoutMs: 1000,
    fetchMinBytes: -1,
    returnsOversized: false,
  }
}

async function assertRefused(
  group: string,
  request: InstanceRequest,
  code: number,
  message: RegExp,
): Promise<void> {
  const instances = new ConsumerInstances(
    config,
    adminWith(() => []),
  )
  await assert.rejects(instances.create(group, request), (error) => {
    assert.ok(error instanceof RestError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })
}

test('a format that there is not is refused', async () => {
  for (const format of ['xml', '', 'json_schema', 'constructor', '__proto__']) {
    await assertRefused('group', { format }, 422, /^Invalid format type\.$/)
  }
})

test('fetch.min.bytes has bounds', async () => {
  for (const fetchMinBytes of [-2, 10_000_001]) {
    await assertRefused('group', { fetchMinBytes }, 40001, /fetch\.min\.bytes is -?\d+; it must be/)
  }
})

test('a negative timeout is none', async () => {
  const instances = new ConsumerInstances(
    config,
    adminWith(() => []),
  )
  native.configure(1 << 20, 1 << 20, 1 << 20, 1, 1, 10, 1 << 20)
  for (const requestTimeoutMs of [-1, Number.MIN_SAFE_INTEGER]) {
    const name = await instances.create('group', { requestTimeoutMs })
    assert.equal(instances.get('group', name).requestTimeoutMs, 0)
  }
  await instances.closeAll()
})

test('a group has a name', async () => {
  for (const group of ['', ' ', '\t\n\v\f\r']) {
    await assertRefused(group, {}, 42204, /group\.id is blank/)
  }
  for (const space of ' \t\n\v\f\r') {
    await assertRefused(`${space}g `, {}, 42204, /group\.id begins with white space/)
  }
  await assertRefused('é'.repeat(16_384), {}, 42204, /group\.id has 32768 bytes; it may have 32767/)
})

test('a reset that there is not is refused, with what there is', async () => {
  await assertRefused(
    'group',
    { autoOffsetReset: 'newest' },
    42204,
    /auto\.offset\.reset is newest;/,
  )
})

test('an instance that there is not is not found', () => {
  const instances = new ConsumerInstances(
    config,
    adminWith(() => []),
  )
  assert.throws(
    () => instances.get('group', 'nobody'),
    (error) => error instanceof RestError && error.code === 40403,
  )
})

test('a topic that is named twice is subscribed once', async () => {
  const subscriptions: unknown[][] = []
  const instances = new ConsumerInstances(
    config,
    adminWith(() => []),
  )
  await instances.subscribe(fakeInstance(1, subscriptions), ['b', 'a', 'b'])
  assert.deepEqual(subscriptions, [[1, ['b', 'a'], false]])
})

test('a pattern means the topics whose whole name it matches', async () => {
  const subscriptions: unknown[][] = []
  const topics = ['b1', 'a1', 'a', 'xa1', 'a1x']
  const instances = new ConsumerInstances(
    config,
    adminWith(() => topics),
  )
  await instances.subscribePattern(fakeInstance(1, subscriptions), '[ab]\\d')
  assert.deepEqual(subscriptions, [[1, ['a1', 'b1'], true]])
})

test('what is no pattern, and what could take for ever, is refused', async () => {
  const instances = new ConsumerInstances(
    config,
    adminWith(() => []),
  )
  // The last but one is short, and yet to match one name with it takes a second.
  const costly = ['(?:.?){1000}'.repeat(50), '((a{10}){10}){100}']
  for (const pattern of ['[', '(?=a)', '(a)\\1', '*', ...costly]) {
    await assert.rejects(
      instances.subscribePattern(fakeInstance(1, []), pattern),
      (error) => error instanceof RestError && error.code === 422,
    )
  }
})

test('while many names are matched, others are served', async () => {
  const topics = Array.from({ length: 200_000 }, (_, index) => `team-${index}.events`)
  const instances = new ConsumerInstances(
    config,
    adminWith(() => topics),
  )
  const subscriptions: unknown[][] = []
  let turns = 0
  const served = setInterval(() => turns++, 1)
  await instances.subscribePattern(fakeInstance(1, subscriptions), '[a-z]+-[0-9]*7\\.events')
  clearInterval(served)
  const [[, names]] = subscriptions as [[number, string[]]]
  assert.equal(names.length, topics.length / 10)
  assert.ok(turns >= 5, `${turns}`)
})

/** Instances, their topics, and a clock that stands still until it is told to go on. */
function newStage() {
  mock.timers.enable({ apis: ['setInterval'] })
  const stage = { topics: ['a1'], subscriptions: [] as unknown[][] }
  const instances = new ConsumerInstances(
    config,
    adminWith(() => stage.topics),
  )
  const refresh = async () => {
    stage.subscriptions.length = 0
    mock.timers.tick(PATTERN_REFRESH_MS)
    // The answers of fakes are there within a turn of the loop.
    await new Promise((resolve) => setImmediate(resolve))
    return [...stage.subscriptions]
  }
  return Object.assign(stage, { instances, refresh })
}

test('patterns are matched again while time goes by, until something else comes', async (t) => {
  t.after(() => mock.timers.reset())
  const stage = newStage()
  const { instances, refresh, subscriptions } = stage
  const all = [1, 2, 3, 4].map((id) => fakeInstance(id, subscriptions))
  for (const each of all) await instances.subscribePattern(each, 'a.*')
  stage.topics = ['b', 'a2', 'a1']
  const again = (id: number) => [id, ['a1', 'a2'], true]
  assert.deepEqual(await refresh(), [1, 2, 3, 4].map(again))

  const [first, second, third] = all as [Instance, Instance, Instance, Instance]
  await instances.subscribe(first, ['b'])
  await instances.unsubscribe(second)
  await instances.close(third)
  assert.deepEqual(await refresh(), [again(4)])
})

test('what an instance is told while a pattern waits for the topics is the last word', async (t) => {
  t.after(() => mock.timers.reset())
  const stage = newStage()
  const { instances, refresh, subscriptions } = stage
  const ends: ((instance: Instance) => Promise<void>)[] = [
    (instance) => instances.unsubscribe(instance),
    (instance) => instances.close(instance),
    (instance) => instances.subscribePattern(instance, 'b.*'),
  ]
  stage.topics = ['a1', 'b1']
  for (const [id, end] of ends.entries()) {
    const instance = fakeInstance(id, subscriptions)
    const waiting = instances.subscribePattern(instance, 'a.*')
    await end(instance)
    await waiting
  }
  assert.deepEqual(subscriptions, [
    [0, 'unsubscribed'],
    [1, 'closed'],
    [2, ['b1'], true],
  ])
  assert.deepEqual(await refresh(), [[2, ['b1'], true]])
})

test('a pattern that is refused leaves the one before it', async (t) => {
  t.after(() => mock.timers.reset())
  const stage = newStage()
  const { instances, refresh, subscriptions } = stage
  const instance = fakeInstance(1, subscriptions)
  await instances.subscribePattern(instance, 'a.*')
  const { subscribe } = instance.consumer
  instance.consumer.subscribe = () => Promise.reject(new RestError('KAFKA_RETRIABLE_ERROR'))
  await assert.rejects(instances.subscribePattern(instance, 'b.*'))
  instance.consumer.subscribe = subscribe
  assert.deepEqual(await refresh(), [[1, ['a1'], true]])
})

test('a pattern that follows a subscription at once is matched again', async (t) => {
  t.after(() => mock.timers.reset())
  const stage = newStage()
  const { instances, refresh, subscriptions } = stage
  const instance = fakeInstance(1, subscriptions)
  const first = instances.subscribe(instance, ['b'])
  await Promise.all([instances.unsubscribe(instance), instances.subscribePattern(instance, 'a.*')])
  await first
  assert.deepEqual(await refresh(), [[1, ['a1'], true]])
})

test('a cluster that does not answer is asked again; an instance that is gone is not', async (t) => {
  t.after(() => mock.timers.reset())
  const stage = newStage()
  const { instances, refresh, subscriptions } = stage
  const gone = fakeInstance(1, subscriptions)
  const stays = fakeInstance(2, subscriptions)
  for (const each of [gone, stays]) await instances.subscribePattern(each, 'a.*')
  const { topics } = stage
  Object.defineProperty(stage, 'topics', {
    configurable: true,
    get: () => {
      throw new RestError('KAFKA_RETRIABLE_ERROR')
    },
  })
  assert.deepEqual(await refresh(), [])
  Object.defineProperty(stage, 'topics', { value: topics })
  gone.consumer.subscribe = () => Promise.reject(new RestError('CONSUMER_INSTANCE_NOT_FOUND'))
  assert.deepEqual(await refresh(), [[2, ['a1'], true]])
  gone.consumer.subscribe = () => assert.fail('it was told again')
  assert.deepEqual(await refresh(), [[2, ['a1'], true]])
})

test('a pattern is given up when its instance is gone, and after no other error', async (t) => {
  t.after(() => mock.timers.reset())
  const stage = newStage()
  const { instances, refresh, subscriptions } = stage
  for (const [id, error] of [
    [1, new RestError('CONSUMER_INSTANCE_NOT_FOUND')],
    [2, new RestError('KAFKA_RETRIABLE_ERROR')],
  ] as const) {
    const instance = fakeInstance(id, subscriptions)
    await instances.subscribePattern(instance, 'a.*')
    instance.consumer.subscribe = async (topics) => {
      subscriptions.push([id, topics])
      throw error
    }
  }
  const ids = async () => (await refresh()).map((each) => each[0])
  assert.deepEqual(await ids(), [1, 2])
  assert.deepEqual(await ids(), [2])
  assert.deepEqual(await ids(), [2])
})
