/** Positions and offsets between requests and consumers. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deferred, errorOf, serve } from './fake-server.ts'

const PATH = '/consumers/g/instances/n'

/** An instance that notes what it is told. */
function stage() {
  const told: unknown[][] = []
  const note =
    (name: string, answer?: unknown) =>
    async (...args: unknown[]) => {
      told.push([name, ...args])
      return answer
    }
  const consumer = {
    seek: note('seek'),
    seekAll: note('seekAll'),
    commit: note('commit'),
    committed: note('committed', [{ topic: 't', partition: 0, offset: 5, metadata: 'm' }]),
    assign: note('assign'),
    assignment: note('assignment', [{ topic: 't', partition: 0 }]),
    subscription: note('subscription', ['t']),
  }
  const { ask } = serve({ consumers: { get: () => ({ consumer }) } })
  const post = (path: string, body?: unknown) => ask(`${PATH}${path}`, { method: 'POST', body })
  return { told, consumer, ask, post }
}

describe('a commit', () => {
  test('is of the offset behind the record that was processed', async () => {
    const { post, told } = stage()
    const offsets = [
      { topic: 't', partition: 1, offset: 5, metadata: 'm' },
      { topic: 't', partition: 2, offset: -1 },
    ]
    const answer = await post('/offsets', { offsets })
    assert.deepEqual([answer.status, answer.json], [200, []])
    assert.deepEqual(told, [
      [
        'commit',
        [
          { topic: 't', partition: 1, offset: 6, metadata: 'm' },
          { topic: 't', partition: 2, offset: 0, metadata: '' },
        ],
      ],
    ])
  })

  test('without a body is of what was delivered', async () => {
    const { post, told } = stage()
    assert.equal((await post('/offsets')).status, 200)
    assert.deepEqual(told, [['commit']])
  })

  test('needs a list, and each partition a number', async () => {
    const { post } = stage()
    assert.deepEqual(errorOf(await post('/offsets', {})), [422, 422])
    const nameless = { offsets: [{ topic: 't', offset: 1 }] }
    assert.equal((await post('/offsets', nameless)).status, 400)
  })
})

describe('a seek', () => {
  const time = (timestamp: unknown, partition = 0) => ({ topic: 't', partition, timestamp })

  test('goes to offsets and to times', async () => {
    const { post, told } = stage()
    await post('/positions', {
      offsets: [{ topic: 't' }],
      timestamps: [
        time('1970-01-01T01:00:01.5+01:00', 1),
        time('2', 2),
        time(3.25, 3),
        { topic: 't', timestamp: '1970-01-01t00:00z' },
      ],
    })
    assert.deepEqual(told, [
      [
        'seek',
        [{ topic: 't', partition: 0, offset: 0 }],
        [
          { topic: 't', partition: 1, timestamp: 1500 },
          { topic: 't', partition: 2, timestamp: 2000 },
          { topic: 't', partition: 3, timestamp: 3250 },
          { topic: 't', partition: 0, timestamp: 0 },
        ],
      ],
    ])
  })

  test('goes to no time without a zone, and to none that is no time', async () => {
    for (const text of [
      '1970-01-01T00:00:00',
      'today',
      '1969-12-31T23:59:59Z',
      '2024-02-30T00:00:00Z',
      '2023-02-29T23:00:00-02:00',
      '',
      '1e3',
    ]) {
      const { post, told } = stage()
      const answer = await post('/positions', { timestamps: [time(text)] })
      assert.deepEqual([...errorOf(answer), told], [400, 400, []], text)
    }
  })

  test('has one time for a partition', async () => {
    const { post } = stage()
    const twice = { timestamps: [time('1'), time('2', 1), time('3')] }
    const answer = await post('/positions', twice)
    assert.deepEqual(errorOf(answer), [422, 422])
    assert.match(answer.text, /\/timestamps\/2: t-0 is named twice/)
  })

  test('to an end is one of the partitions that are named, or of all', async () => {
    const { post, told } = stage()
    const partition = { topic: 't', partition: 1 }
    await post('/positions/beginning', { partitions: [partition] })
    await post('/positions/end', { partitions: [partition] })
    await post('/positions/beginning', { partitions: [] })
    await post('/positions/end', { partitions: [] })
    assert.deepEqual(told, [
      ['seek', [{ ...partition, offset: -2 }]],
      ['seek', [{ ...partition, offset: -1 }]],
      ['seekAll', -2],
      ['seekAll', -1],
    ])
  })
})

test('lists have at most 1000 entries, and must be there', async () => {
  const partitions = Array.from({ length: 1001 }, (_, partition) => ({ topic: 't', partition }))
  const offsets = partitions.map((each) => ({ ...each, offset: 1 }))
  const timestamps = partitions.map((each) => ({ ...each, timestamp: '1' }))
  for (const [path, name, list] of [
    ['/assignments', 'partitions', partitions],
    ['/positions/beginning', 'partitions', partitions],
    ['/positions/end', 'partitions', partitions],
    ['/positions', 'offsets', offsets],
    ['/positions', 'timestamps', timestamps],
    ['/offsets', 'offsets', offsets],
  ] as const) {
    const { post, told } = stage()
    const [over, most] = [list, list.slice(0, 1000)]
    assert.deepEqual(errorOf(await post(path, { [name]: over })), [422, 422], `${path} ${name}`)
    assert.deepEqual(told, [])
    assert.ok((await post(path, { [name]: most })).status < 300, `${path} ${name}`)
    if (path !== '/offsets') assert.deepEqual(errorOf(await post(path)), [422, 422], path)
    if (path !== '/positions') assert.deepEqual(errorOf(await post(path, {})), [422, 422], path)
  }
})

test('the name of a topic has at most 249 bytes', async () => {
  const { post } = stage()
  const assign = (topic: string) => post('/assignments', { partitions: [{ topic, partition: 0 }] })
  assert.equal((await assign('x'.repeat(249))).status, 204)
  assert.equal((await assign('x'.repeat(250))).status, 422)
  assert.equal((await assign('')).status, 422)
})

test('what a consumer says is answered as it is', async () => {
  const { ask } = stage()
  const partition = { topic: 't', partition: 0 }
  assert.deepEqual((await ask(`${PATH}/assignments`)).json, { partitions: [partition] })
  assert.deepEqual((await ask(`${PATH}/subscription`)).json, { topics: ['t'] })
  const committed = await ask(`${PATH}/offsets`, { body: { partitions: [partition] } })
  assert.deepEqual(committed.json, { offsets: [{ ...partition, offset: 5, metadata: 'm' }] })
  assert.deepEqual(errorOf(await ask(`${PATH}/offsets`)), [404, 40402])
})

test('what a consumer is told is answered when it is done', async () => {
  const partitions = [{ topic: 't', partition: 0 }]
  for (const [path, body, name] of [
    ['/assignments', { partitions }, 'assign'],
    ['/positions', { offsets: [{ topic: 't' }] }, 'seek'],
    ['/positions/end', { partitions }, 'seek'],
    ['/positions/end', { partitions: [] }, 'seekAll'],
    ['/offsets', undefined, 'commit'],
    ['/offsets', { offsets: [{ topic: 't', partition: 0, offset: 1 }] }, 'commit'],
  ] as const) {
    const { post, consumer } = stage()
    const done = deferred<undefined>()
    Object.assign(consumer, { [name]: () => done.promise })
    const { res } = await post(path, body)
    assert.equal(res.isEnded, false, path)
    done.resolve(undefined)
    await new Promise((resolve) => setImmediate(resolve))
    assert.match(res.status, /^20/, path)
  }
})
