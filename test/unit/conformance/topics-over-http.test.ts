/** Topics that are made over a proxy's v3 API. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TopicsOverHttp } from '../../conformance/topics-over-http.ts'
import { startFakeProxy } from './fake-proxy.ts'

test('topics are made in the first cluster, which is asked for once', async () => {
  const proxy = await startFakeProxy((request) => ({
    status: request.method === 'POST' ? 201 : 200,
    text: '{"data":[{"cluster_id":"c"}]}',
  }))
  const topics = new TopicsOverHttp(proxy.url)
  await topics.create('one', {})
  await topics.create('two', { partitions: 2, config: { 'max.message.bytes': '1000' } })
  proxy.stop()
  const made = 'POST /v3/clusters/c/topics'
  assert.deepEqual(proxy.asked, ['GET /v3/clusters', made, made])
})

test('a topic that is not made is told with its name', async () => {
  const proxy = await startFakeProxy((request) => ({
    status: request.method === 'POST' ? 400 : 200,
    text: '{"data":[{"cluster_id":"c"}]}',
  }))
  await assert.rejects(new TopicsOverHttp(proxy.url).create('one', {}), /does not make one/)
  proxy.stop()
})
