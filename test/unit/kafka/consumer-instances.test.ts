/**
 * Consumer instances: their creation, and their subscriptions. The tests of the engine cover the rest, for example their
 * expiry.
 */

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { loadConfig } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'
import type { Admin } from '../../../src/kafka/admin.ts'
import type { Consumer } from '../../../src/kafka/consumer.ts'
import {
  ConsumerInstances,
  closeAllInstances,
  type Instance,
  type NewInstance,
} from '../../../src/kafka/consumer-instances.ts'
import { native } from '../../../src/kafka/native.ts'
import { compilePattern } from '../../../src/kafka/topic-pattern.ts'
import { fakeEngine } from './fake-engine.ts'

const { config } = loadConfig({ sets: ['bootstrap.servers=127.0.0.1:1'] })

/** A cluster with these topics. */
function adminWith(topics: () => string[]): Admin {
  const ofEngine = new native.Admin(['bootstrap.servers', '127.0.0.1:1'])
  return { native: ofEngine, listTopics: async () => topics() } as unknown as Admin
}

/** An instance that notes what it is told. */
function fakeInstance() {
  const told: unknown[][] = []
  const consumer = {
    id: 1,
    subscribe: async (topics: string[]) => told.push(['subscribe', topics]),
    reserveSubscription: () => 7,
    subscribePattern: async (...args: unknown[]) => told.push(['subscribePattern', ...args]),
  }
  const instance: Instance = {
    consumer: consumer as unknown as Consumer,
    format: 'json',
    requestTimeoutMs: 1000,
    fetchMinBytes: -1,
    returnsOversized: false,
  }
  return { instance, told }
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
    const [, , , format, , expiryMs, timeoutMs, minBytes, returnsOversized] = args
    return { name, args, format, expiryMs, timeoutMs, minBytes, returnsOversized }
  } finally {
    mock.restoreAll()
    await closeAllInstances()
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
  native.configure(1 << 20, 1 << 20, 1 << 20, 1, 1, 10, 1 << 20, 0, 10, 1000, 0)
  for (const requestTimeoutMs of [-1, Number.MIN_SAFE_INTEGER]) {
    const name = await instances.create('group', { format: 'binary', requestTimeoutMs })
    assert.equal(instances.get('group', name).requestTimeoutMs, 0)
  }
  await closeAllInstances()
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
  const { instance, told } = fakeInstance()
  const instances = new ConsumerInstances(
    config,
    adminWith(() => []),
  )
  await instances.subscribe(instance, ['b', 'a', 'b'])
  assert.deepEqual(told, [['subscribe', ['b', 'a']]])
})

test('a pattern means the topics whose whole name it matches, in order', async () => {
  const { instance, told } = fakeInstance()
  const topics = ['b1', 'a1', 'a', 'xa1', 'a1x']
  const instances = new ConsumerInstances(
    config,
    adminWith(() => topics),
  )
  await instances.subscribePattern(instance, compilePattern('[ab]\\d'))
  assert.deepEqual(told, [['subscribePattern', { version: 7, pattern: '[ab]\\d' }, ['a1', 'b1']]])
})

test('the version of a pattern is taken before the cluster is asked for its topics', async () => {
  const { instance, told } = fakeInstance()
  const instances = new ConsumerInstances(
    config,
    adminWith(() => {
      told.push(['listTopics'])
      return []
    }),
  )
  instance.consumer.reserveSubscription = () => told.push(['reserveSubscription'])
  await instances.subscribePattern(instance, compilePattern('a'))
  assert.deepEqual(
    told.map(([name]) => name),
    ['reserveSubscription', 'listTopics', 'subscribePattern'],
  )
})
