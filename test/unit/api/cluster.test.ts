/** Questions to the cluster and to the process, and what clients are told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deferred, errorOf, serve } from './fake-server.ts'

const PARTITIONS = [
  { partition: 0, leader: 2, replicas: [1, 2, 3], isr: [2, 3] },
  { partition: 1, leader: -1, replicas: [1], isr: [] },
]
const [FIRST, SECOND] = [
  {
    partition: 0,
    leader: 2,
    replicas: [
      { broker: 1, leader: false, in_sync: false },
      { broker: 2, leader: true, in_sync: true },
      { broker: 3, leader: false, in_sync: true },
    ],
  },
  { partition: 1, leader: -1, replicas: [{ broker: 1, leader: false, in_sync: false }] },
]

const admin = {
  describeTopic: async (name: string) => ({ name, partitions: PARTITIONS }),
  describeConfigsOf: async () => [{ name: 'cleanup.policy', value: 'delete' }],
  listTopics: async () => ['a', 'b'],
  offsets: async (_topic: string, partition: number) => ({ beginning: partition, end: 9 }),
  describeCluster: async () => ({
    cluster_id: 'c',
    controller_id: 1,
    brokers: [{ id: 1 }, { id: 2 }],
  }),
}

test('topics and partitions have the members of the v2 API', async () => {
  const { ask } = serve({ admin })
  const json = async (path: string) => (await ask(path)).json
  assert.deepEqual(await json('/topics'), ['a', 'b'])
  assert.deepEqual(await json('/topics/t'), {
    name: 't',
    configs: { 'cleanup.policy': 'delete' },
    partitions: [FIRST, SECOND],
  })
  assert.deepEqual(await json('/topics/t/partitions'), [FIRST, SECOND])
  assert.deepEqual(await json('/topics/t/partitions/1'), SECOND)
  assert.deepEqual(await json('/topics/t/partitions/1/offsets'), {
    beginning_offset: 1,
    end_offset: 9,
  })
  assert.deepEqual(await json('/brokers'), { brokers: [1, 2] })
})

test('a partition that there is not is not found, and nothing else is asked of it', async () => {
  const { ask } = serve({ admin: { ...admin, offsets: () => assert.fail('it was asked') } })
  for (const path of ['/topics/t/partitions/2', '/topics/t/partitions/2/offsets']) {
    assert.deepEqual(errorOf(await ask(path)), [404, 40402], path)
  }
  assert.deepEqual(errorOf(await ask('/topics/t/partitions/x')), [404, 404])
})

test('a process is ready when it says so, and 503 otherwise', async () => {
  const answer = deferred<boolean>()
  const { res } = await serve({ isReady: () => answer.promise }).ask('/ready')
  assert.equal(res.isEnded, false, 'the answer is awaited')
  const ready = await serve({ isReady: async () => true }).ask('/ready')
  assert.deepEqual([ready.status, ready.json], [200, { status: 'ready' }])
  const other = await serve({ isReady: async () => false }).ask('/ready')
  assert.deepEqual([other.status, other.json], [503, { status: 'not ready' }])
  const healthy = await serve({}).ask('/healthy')
  assert.deepEqual([healthy.status, healthy.json], [200, { status: 'healthy' }])
})

test("metrics have the version of Prometheus's format, whatever of text is accepted", async () => {
  const { ask } = serve({ renderMetrics: async () => 'a 1\n' })
  for (const accept of ['', 'text/plain', 'application/openmetrics-text;version=1.0.0']) {
    const { status, headers, text } = await ask('/metrics', { accept })
    assert.deepEqual([status, text], [200, 'a 1\n'])
    assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  }
  assert.equal((await ask('/metrics', { accept: 'text/html' })).status, 406)
})

test('the root is an empty object, asked with a body or without', async () => {
  const openApi = {
    contentType: 'application/json',
    body: Buffer.from('{"openapi":"3.1.0"}'),
    etag: '"e"',
  }
  const { ask } = serve({ openApi })
  assert.deepEqual((await ask('/')).json, {})
  assert.deepEqual((await ask('/', { method: 'POST', body: { a: 'b' } })).json, {})
  assert.equal((await ask('/', { method: 'POST', body: { a: [] } })).status, 400)
  assert.deepEqual((await ask('/openapi.json')).json, { openapi: '3.1.0' })
})
