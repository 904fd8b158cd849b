/** What requests about consumer instances make of them, and what clients are told of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deferred, errorOf, serve } from './fake-server.ts'

const INSTANCE = { consumer: {}, format: 'binary' }
const PATH = '/consumers/g/instances/n'

/** Instances that note what they are told. */
function stage() {
  const told: unknown[][] = []
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      told.push([name, ...args])
      return name === 'create' ? ((args[1] as { name?: string }).name ?? 'made') : undefined
    }
  const consumers = {
    create: note('create'),
    close: note('close'),
    subscribe: note('subscribe'),
    subscribePattern: (instance: object, pattern: { text: string }) =>
      note('pattern')(instance, pattern.text),
    unsubscribe: note('unsubscribe'),
    get: () => INSTANCE,
  }
  return { told, consumers, ...serve({ consumers }) }
}

describe('a consumer instance', () => {
  /** What is made of the body of a request. */
  async function requestOf(body: object): Promise<Record<string, unknown>> {
    const { ask, told } = stage()
    const answer = await ask('/consumers/g', { method: 'POST', body })
    assert.equal(answer.status, 200, answer.text)
    return told[0]?.[2] as Record<string, unknown>
  }

  test('is what the members of the request say', async () => {
    const request = await requestOf({
      name: 'n',
      format: 'JSON',
      'auto.offset.reset': 'earliest',
      'auto.commit.enable': 'false',
      'isolation.level': 'read_committed',
      'fetch.min.bytes': 5,
      'consumer.request.timeout.ms': 6,
    })
    assert.deepEqual(request, {
      name: 'n',
      format: 'json',
      autoOffsetReset: 'earliest',
      autoCommit: false,
      isolationLevel: 'read_committed',
      fetchMinBytes: 5,
      requestTimeoutMs: 6,
    })
  })

  test('may be described in other spellings, of which one wins', async () => {
    assert.equal((await requestOf({ id: 'i', name: 'n' }))['name'], 'i')
    assert.equal((await requestOf({ responseMinBytes: 7 }))['fetchMinBytes'], 7)
    const both = { responseMinBytes: 7, 'fetch.min.bytes': 5 }
    assert.equal((await requestOf(both))['fetchMinBytes'], 5)
    assert.equal((await requestOf({ requestWaitMs: 8 }))['requestTimeoutMs'], 8)
    const waits = { requestWaitMs: 8, 'consumer.request.timeout.ms': 6 }
    assert.equal((await requestOf(waits))['requestTimeoutMs'], 6)
    assert.equal((await requestOf({ 'enable.auto.commit': 'TRUE' }))['autoCommit'], true)
    const same = { 'enable.auto.commit': 'false', 'auto.commit.enable': false }
    assert.equal((await requestOf(same))['autoCommit'], false)
    assert.equal((await requestOf({}))['autoCommit'], undefined)
  })

  test('does not both commit by itself and not', async () => {
    for (const body of [
      { 'enable.auto.commit': 'true', 'auto.commit.enable': 'false' },
      { 'auto.commit.enable': 'yes' },
      { 'enable.auto.commit': '' },
    ]) {
      const { ask, told } = stage()
      const answer = await ask('/consumers/g', { method: 'POST', body })
      assert.deepEqual([...errorOf(answer), told], [422, 42204, []])
    }
  })

  test('has a URL in which its group and its name are escaped', async () => {
    const { ask, told } = stage()
    const answer = await ask('/consumers/a%2Fb%20', { method: 'POST', body: { name: 'c/d?' } })
    assert.equal(told[0]?.[1], 'a/b ')
    assert.deepEqual(answer.json, {
      instance_id: 'c/d?',
      base_uri: 'http://proxy:80/consumers/a%2Fb%20/instances/c%2Fd%3F',
    })
  })

  test('is made without a body', async () => {
    const { ask } = stage()
    assert.equal((await ask('/consumers/g', { method: 'POST' })).status, 200)
  })
})

describe('a subscription', () => {
  const subscribe = (body: unknown) => ({ method: 'POST', body }) as const

  test('is one to topics, also when there is a pattern', async () => {
    const { ask, told } = stage()
    const answer = await ask(
      `${PATH}/subscription`,
      subscribe({ topics: ['a'], topic_pattern: 'b' }),
    )
    assert.equal(answer.status, 204)
    await ask(`${PATH}/subscription`, subscribe({ topic_pattern: 'b' }))
    await ask(`${PATH}/subscription`, subscribe({}))
    assert.deepEqual(told, [
      ['subscribe', INSTANCE, ['a']],
      ['pattern', INSTANCE, 'b'],
    ])
  })

  test('names topics, and no patterns of librdkafka', async () => {
    for (const topics of [[''], ['a', ' \t'], ['a', '^b']]) {
      const { ask, told } = stage()
      const answer = await ask(`${PATH}/subscription`, subscribe({ topics }))
      assert.deepEqual([...errorOf(answer), told], [422, 422, []])
      assert.match(answer.text, new RegExp(`/topics/${topics.length - 1} `))
    }
  })

  test('has at most 1000 topics of at most 249 bytes', async () => {
    const { ask } = stage()
    const answer = (topics: string[]) => ask(`${PATH}/subscription`, subscribe({ topics }))
    const many = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`)
    assert.equal((await answer(many(1000))).status, 204)
    assert.equal((await answer(many(1001))).status, 422)
    assert.equal((await answer(['x'.repeat(249)])).status, 204)
    assert.equal((await answer(['x'.repeat(250)])).status, 422)
  })

  test('needs a body', async () => {
    const { ask } = stage()
    assert.deepEqual(errorOf(await ask(`${PATH}/subscription`, { method: 'POST' })), [422, 422])
  })
})

test('what an instance is told is answered when it is done', async () => {
  for (const [path, method, body, name] of [
    [PATH, 'DELETE', undefined, 'close'],
    [`${PATH}/subscription`, 'POST', { topics: ['a'] }, 'subscribe'],
    [`${PATH}/subscription`, 'POST', { topic_pattern: 'a' }, 'subscribePattern'],
    [`${PATH}/subscription`, 'DELETE', undefined, 'unsubscribe'],
  ] as const) {
    const { ask, consumers } = stage()
    const done = deferred<undefined>()
    Object.assign(consumers, { [name]: () => done.promise })
    const { res } = await ask(path, { method, body })
    assert.equal(res.isEnded, false, name)
    done.resolve(undefined)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(res.status, '204 No Content', name)
  }
})
