/**
 * Consumer instances: their creation, and the patterns that they subscribe to. The tests of the engine cover the rest,
 * for example their expiry.
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
  type NewInstance,
  type TopicPattern,
} from '../../../src/kafka/consumer-instances.ts'
import { native } from '../../../src/kafka/native.ts'
import { fakeEngine } from './fake-engine.ts'

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

/** A pattern for whole names. */
function pattern(source: string): TopicPattern {
  const regex = new RegExp(`^(?:${source})$`)
  return { matches: (topic) => regex.test(topic) }
}

/** The arguments with which the engine creates an instance. */
async function created(wanted: NewInstance, ...sets: string[]) {
  const { config: settings } = loadConfig({ sets: ['bootstrap.servers=127.0.0.1:1', ...sets] })
  const instances = new ConsumerInstances(
    settings,
    adminWith(() => []),
  )
  const engine = fakeEngine(['createConsumer'], '1')
  try {
    const name = await instances.create('g', wanted)
    const [, ...args] = engine.told[0] as unknown[]
    const [, , format, , expiryMs, timeoutMs, minBytes, returnsOversized] = args
    return { name, args, format, expiryMs, timeoutMs, minBytes, returnsOversized }
  } finally {
    mock.restoreAll()
    await instances.closeAll()
  }
}

test('an instance has its own settings, and the configured ones where it has none', async () => {
  const sets = ['fetch.min.bytes=5', 'consumer.request.timeout.ms=500', 'id=proxy']
  const plain = await created({ format: 'binary' }, ...sets)
  assert.deepEqual([plain.format, plain.timeoutMs, plain.minBytes], [0, 500, 5])
  assert.match(plain.name, /^rest-consumer-proxy-[0-9a-f-]{36}$/)
  assert.match((await created({ format: 'binary' })).name, /^rest-consumer-[0-9a-f-]{36}$/)
  const wanted = { name: 'n', format: 'json', fetchMinBytes: 7, requestTimeoutMs: 9 } as const
  const own = await created(wanted, ...sets)
  assert.deepEqual([own.format, own.timeoutMs, own.minBytes], [1, 9, 7])
  assert.equal(own.name, 'n')
  assert.deepEqual(own.args.slice(0, 2), ['g', 'n'])
})

test('the engine does not bound records that are decoded elsewhere', async () => {
  const { format, returnsOversized } = await created({ format: 'schema' })
  assert.deepEqual([format, returnsOversized], [3, true])
  assert.equal((await created({ format: 'binary' })).returnsOversized, false)
})

test('a negative timeout is none', async () => {
  const instances = new ConsumerInstances(
    config,
    adminWith(() => []),
  )
  native.configure(1 << 20, 1 << 20, 1 << 20, 1, 1, 10, 1 << 20, 0)
  for (const requestTimeoutMs of [-1, Number.MIN_SAFE_INTEGER]) {
    const name = await instances.create('group', { format: 'binary', requestTimeoutMs })
    assert.equal(instances.get('group', name).requestTimeoutMs, 0)
  }
  await instances.closeAll()
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
  await instances.subscribePattern(fakeInstance(1, subscriptions), pattern('[ab]\\d'))
  assert.deepEqual(subscriptions, [[1, ['a1', 'b1'], true]])
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
  await instances.subscribePattern(
    fakeInstance(1, subscriptions),
    pattern('[a-z]+-[0-9]*7\\.events'),
  )
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
  for (const each of all) await instances.subscribePattern(each, pattern('a.*'))
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
    (instance) => instances.subscribePattern(instance, pattern('b.*')),
  ]
  stage.topics = ['a1', 'b1']
  for (const [id, end] of ends.entries()) {
    const instance = fakeInstance(id, subscriptions)
    const waiting = instances.subscribePattern(instance, pattern('a.*'))
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
  await instances.subscribePattern(instance, pattern('a.*'))
  const { subscribe } = instance.consumer
  instance.consumer.subscribe = () => Promise.reject(new RestError('KAFKA_RETRIABLE_ERROR'))
  await assert.rejects(instances.subscribePattern(instance, pattern('b.*')))
  instance.consumer.subscribe = subscribe
  assert.deepEqual(await refresh(), [[1, ['a1'], true]])
})

test('a pattern that follows a subscription at once is matched again', async (t) => {
  t.after(() => mock.timers.reset())
  const stage = newStage()
  const { instances, refresh, subscriptions } = stage
  const instance = fakeInstance(1, subscriptions)
  const first = instances.subscribe(instance, ['b'])
  await Promise.all([
    instances.unsubscribe(instance),
    instances.subscribePattern(instance, pattern('a.*')),
  ])
  await first
  assert.deepEqual(await refresh(), [[1, ['a1'], true]])
})

test('a cluster that does not answer is asked again; an instance that is gone is not', async (t) => {
  t.after(() => mock.timers.reset())
  const stage = newStage()
  const { instances, refresh, subscriptions } = stage
  const gone = fakeInstance(1, subscriptions)
  const stays = fakeInstance(2, subscriptions)
  for (const each of [gone, stays]) await instances.subscribePattern(each, pattern('a.*'))
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
    await instances.subscribePattern(instance, pattern('a.*'))
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

test('the cluster is asked once at a time, and after the end no more', async (t) => {
  t.after(() => mock.timers.reset())
  mock.timers.enable({ apis: ['setInterval'] })
  let asked = 0
  let answer: (topics: string[]) => void = () => {}
  const listTopics = () => {
    asked++
    return new Promise<string[]>((resolve) => {
      answer = resolve
    })
  }
  const instances = new ConsumerInstances(config, { listTopics } as unknown as Admin)
  const waiting = instances.subscribePattern(fakeInstance(1, []), pattern('a.*'))
  answer([])
  await waiting
  for (let interval = 0; interval < 3; interval++) mock.timers.tick(PATTERN_REFRESH_MS)
  assert.equal(asked, 2)
  answer([])
  await new Promise((resolve) => setImmediate(resolve))
  mock.timers.tick(PATTERN_REFRESH_MS)
  assert.equal(asked, 3)
  answer([])
  await new Promise((resolve) => setImmediate(resolve))
  await instances.closeAll()
  mock.timers.tick(PATTERN_REFRESH_MS)
  assert.equal(asked, 3)
})

test('an instance that ends its pattern during a look-up is told nothing more', async (t) => {
  t.after(() => mock.timers.reset())
  const stage = newStage()
  const { instances, refresh, subscriptions } = stage
  const [first, second] = [fakeInstance(1, subscriptions), fakeInstance(2, subscriptions)]
  for (const each of [first, second]) await instances.subscribePattern(each, pattern('a.*'))
  first.consumer.subscribe = async (topics) => {
    subscriptions.push([1, topics])
    await instances.unsubscribe(second)
    return { text: '', code: 0, count: 0 }
  }
  assert.deepEqual(await refresh(), [
    [1, ['a1']],
    [2, 'unsubscribed'],
  ])
})
