/** Two processes of a cluster: each serves the consumer instances of both. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, beforeEach, test } from 'node:test'
import { PeerSignature } from '../../../src/cluster/signature.ts'
import { type Node, SECRET, shared, startNodes } from '../../cluster/nodes.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { Witness } from '../../cluster/witness.ts'
import { ConsumerClient } from '../consumer-client.ts'
import { gaugeOf, readMetrics } from '../metrics-text.ts'
import { type Headers, RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'
import { RoundRobin } from './round-robin.ts'

const kafka = await sharedKafka()
const nodes = await startNodes(kafka.bootstrapServers, 2)
const [nodeA, nodeB] = nodes as [Node, Node]
const urls = nodes.map(({ url }) => url)
const a = new RestClient(nodeA.url)
const b = new RestClient(nodeB.url)
const both = new RoundRobin(urls)
const witness = new Witness(kafka.bootstrapServers)
after(async () => {
  for (const client of [a, b, both]) client.close()
  await witness.close()
  await Promise.all(nodes.map((node) => node.stop()))
  if (process.env['SLUICE_TEST_LOG']) for (const node of nodes) console.error(node.log())
  await kafka.stop()
})

// Tests stop processes; their instances move until some moments later, and records are delivered again.
beforeEach(() => shared(nodes))

/** What requests of the tests to peer listeners tell of their client. */
const CLIENT = { origin: '', address: '', principal: '', call: '', isRepeated: false }

/** Reads return as many records as they can. */
const READ_ALL = { 'fetch.min.bytes': -1 }

interface Place {
  readonly partition: number
  readonly offset: number
}

async function topicWith(count: number, size = 1): Promise<string> {
  const topic = uniqueName('topic')
  await kafka.createTopic(topic, { partitions: 2 })
  const value = Buffer.alloc(size, 'v')
  await witness.produce(
    topic,
    Array.from({ length: count }, (_, index) => ({ partition: index % 2, value })),
  )
  return topic
}

test('names are unique in the cluster, and any process deletes an instance', async () => {
  // Of eight instances, each process owns some, but for one case in a hundred.
  for (let index = 0; index < 8; index++) {
    const group = `group-${randomUUID()}`
    const path = `/consumers/${group}/instances/me`
    assert.equal((await a.post(`/consumers/${group}`, { name: 'me' })).status, 200)
    const again = await b.post(`/consumers/${group}`, { name: 'me' })
    assert.equal(again.body.error_code, 40902)
    assert.equal((await b.delete(path)).status, 204)
    assert.equal((await a.delete(path)).body.error_code, 40403)
    assert.equal((await b.get(`${path}/records`)).body.error_code, 40403)
  }
})

test('an instance is subscribed, read and committed through any process', async () => {
  const topic = await topicWith(100)
  for (const name of ['one', 'two', 'three', 'four']) {
    const consumer = await ConsumerClient.create(both, { name })
    assert.equal((await consumer.subscribe(topic)).status, 204)
    assert.deepEqual((await consumer.get('subscription')).body, { topics: [topic] })
    assert.equal((await consumer.recordsUntil(100)).length, 100)
    assert.equal((await consumer.post('offsets')).status, 200)
    const committed = await consumer.committed(topic, 0, 1)
    assert.deepEqual(
      committed.body.offsets.map(({ offset }: { offset: number }) => offset),
      [50, 50],
    )
    assert.equal((await consumer.delete()).status, 204)
  }
})

test('an error of a forwarded request is the same as that of a request at the owner', async () => {
  const group = `group-${randomUUID()}`
  const { body } = await a.post(`/consumers/${group}`, { format: 'json' })
  const path = `/consumers/${group}/instances/${body.instance_id}`
  for (const what of ['/records?include=nonsense', '/records', '/offsets']) {
    const [atOwner, forwarded] = [await a.get(path + what), await b.get(path + what)]
    assert.equal(forwarded.status, atOwner.status)
    assert.deepEqual(forwarded.body, atOwner.body)
    assert.equal(forwarded.headers['content-type'], atOwner.headers['content-type'])
  }
  assert.equal((await b.send('HEAD', `${path}/subscription`)).headers['content-length'], '13')
})

test('a process owns the instances whose names it has drawn', async () => {
  const group = `group-${randomUUID()}`
  const before = await requestsOf(b)
  for (let index = 0; index < 4; index++) {
    const { body } = await a.post(`/consumers/${group}`)
    await a.get(`/consumers/${group}/instances/${body.instance_id}/subscription`)
  }
  // The reading of the metrics is a request itself.
  assert.ok((await requestsOf(b)) - before <= 1)
})

test('records of a forwarded read whose client leaves are delivered again', async () => {
  const topic = await topicWith(40_000, 1000)
  const consumer = await ConsumerClient.create(a, READ_ALL)
  await consumer.subscribe(topic)
  const leaving = request(nodeB.url + consumer.recordsPath(), { headers: consumer.accept })
  leaving.end()
  const [response] = await once(leaving, 'response')
  await once(response, 'readable')
  const returned = await gaugeOf(a, 'sluice_consume_reads_returned_total')
  response.destroy()
  while ((await gaugeOf(a, 'sluice_consume_reads_returned_total')) === returned) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const [first] = await consumer.records('timeout=1000')
  assert.equal(first?.offset, 0)
  await consumer.delete()
})

test('a client that does not read a forwarded response stops the reading of its owner', async () => {
  const topic = await topicWith(60_000, 1000)
  const consumer = await ConsumerClient.create(a, READ_ALL)
  await consumer.subscribe(topic)
  const before = await consumedBy(a)
  const slow = request(nodeB.url + consumer.recordsPath(), { headers: consumer.accept })
  slow.end()
  const [response] = await once(slow, 'response')
  let consumed = -1
  for (let last = -2; last !== consumed; ) {
    last = consumed
    await new Promise((resolve) => setTimeout(resolve, 500))
    consumed = (await consumedBy(a)) - before
  }
  // The rest fits into the buffers of the sockets: some megabytes.
  assert.ok(consumed < 40_000, `${consumed} records were read`)
  response.resume()
  await once(response, 'end')
  assert.ok((await consumedBy(a)) - before > consumed)
  await consumer.delete()
})

test('a commit fails while no process tells that the client has the records, until the client reads on', async () => {
  const topic = await topicWith(2)
  const consumer = await ConsumerClient.create(a)
  await consumer.subscribe(topic)
  assert.equal((await consumer.recordsUntil(2)).length, 2)
  assert.equal((await consumer.post('offsets')).status, 200)
  await witness.produce(topic, [{ partition: 0, value: Buffer.from('more') }])
  // A process that fails between the last byte of the response and its confirmation.
  const given = await signedGet(nodeA, consumer.recordsPath(), consumer.accept)
  assert.equal(given.body[0].offset, 1)
  const offsets = [{ topic, partition: 0, offset: 1 }]
  for (const body of [{ offsets }, undefined, { offsets }]) {
    assert.equal((await consumer.post('offsets', body)).body.error_code, 50002)
  }
  assert.equal((await consumer.recordsUntil(1))[0]?.offset, 1)
  assert.equal((await consumer.post('offsets')).status, 200)
  await consumer.delete()
})

test('requests without a signature get nothing at the listener for processes', async () => {
  for (const path of ['/peer/proof?nonce=x', '/consumers/g/instances/i/records', '/topics']) {
    const response = await fetch(nodeA.peerUrl + path)
    assert.equal(response.status, path === '/topics' ? 404 : 401)
  }
  const made = await fetch(`${nodeA.peerUrl}/consumers/g`, { method: 'POST' })
  assert.equal(made.status, 401)
  assert.equal((await fetch(`${nodeA.url}/peer/proof?nonce=x`)).status, 404)
})

test('a signed request is accepted once, and with its own body only', async () => {
  const signature = new PeerSignature(SECRET)
  const group = `group-${randomUUID()}`
  const target = `/consumers/${group}`
  const body = Buffer.from('{"format":"json"}')
  const signed = { audience: nodeA.peerUrl, method: 'POST', target, client: CLIENT }
  const send = async (
    authorization: string,
    sent: Uint8Array,
    { url } = { url: nodeA.peerUrl },
  ) => {
    const headers = { authorization, 'content-type': 'application/vnd.kafka.v2+json' }
    const response = await fetch(url + target, { method: 'POST', headers, body: sent })
    await response.body?.cancel()
    return response.status
  }
  const first = signature.sign(signed, body)
  assert.equal(await send(first, body), 200)
  assert.equal(await send(first, body), 401)
  assert.equal(await send(signature.sign(signed, body), Buffer.from('{"format":"binary"}')), 401)
  const other = { url: nodeB.peerUrl }
  assert.equal(await send(signature.sign(signed, body), body, other), 401)
})

test('an instance goes on at another process when its own stops', async () => {
  const topic = await topicWith(100)
  const consumer = await ConsumerClient.create(b)
  await consumer.subscribe(topic)
  assert.equal((await consumer.recordsUntil(100)).length, 100)
  const stopped = nodeB.stop()
  const commit = await a.post(`${consumer.path}/offsets`)
  assert.equal(commit.status, 200)
  await witness.produce(topic, [{ partition: 0, value: Buffer.from('after') }])
  const next = await a.get(`${consumer.path}/records?timeout=10000`, consumer.accept)
  assert.equal(next.status, 200)
  assert.equal(next.body.length, 1)
  await stopped
  await nodeB.start()
  await nodeB.ready()
  assert.equal((await b.get(`${consumer.path}/subscription`)).body.topics[0], topic)
})

test('a process that was stopped beyond its session delivers nothing that it has fetched before', async () => {
  const topic = await topicWith(100)
  const consumer = await ConsumerClient.create(a)
  await consumer.subscribe(topic)
  // The consumer has fetched more records than its client gets.
  const [first] = await consumer.records('timeout=10000&max_bytes=2')
  assert.equal(first?.offset, 0)
  nodeA.signal('SIGSTOP')
  for (let count = 0; count < 100; ) {
    const { status, body } = await b.get(consumer.recordsPath('timeout=10000'), consumer.accept)
    assert.equal(status, 200)
    count += body.length
  }
  assert.equal((await b.post(`${consumer.path}/offsets`)).status, 200)
  nodeA.signal('SIGCONT')
  const late = await a.get(consumer.recordsPath('timeout=100'), consumer.accept)
  assert.deepEqual([late.status, late.body], [200, []])
})

test('instances outlive a crash of all processes', async () => {
  const topic = await topicWith(100)
  const consumer = await ConsumerClient.create(a)
  const assigned = await ConsumerClient.create(a, {}, `group-${randomUUID()}`)
  const storing = await ConsumerClient.create(a)
  await consumer.subscribe(topic)
  await assigned.assign(topic, 0)
  assert.equal((await consumer.recordsUntil(100)).length, 100)
  assert.equal((await consumer.post('offsets')).status, 200)
  const committed = (await consumer.committed(topic, 0, 1)).body.offsets
  assert.deepEqual(
    committed.map(({ partition, offset }: Place) => [partition, offset]),
    [
      [0, 50],
      [1, 50],
    ],
  )
  await Promise.all(nodes.map((node) => node.stop('SIGKILL')))
  await Promise.all(nodes.map((node) => node.start()))
  await Promise.all(nodes.map((node) => node.ready()))
  const offsets = [{ topic, partition: 0, offset: 49 }]
  for (const body of [undefined, { offsets }, undefined]) {
    const lost = await a.post(`${consumer.path}/offsets`, body)
    assert.equal(lost.body.error_code, 50002, 'a commit of records that come again is no success')
    assert.match(lost.body.message, /has moved to another process/)
  }
  assert.equal((await storing.post('offsets', { offsets })).status, 200, 'it reads nothing')
  await witness.produce(topic, [{ partition: 0, value: Buffer.from('after') }])
  let next = await a.get(consumer.recordsPath(), consumer.accept)
  // The group waits for the member of the killed process.
  if (next.body.length === 0) next = await a.get(consumer.recordsPath(), consumer.accept)
  const places = next.body.map(({ partition, offset }: Place) => [partition, offset])
  assert.deepEqual(places, [[0, 50]])
  assert.equal((await a.post(`${consumer.path}/offsets`)).status, 200)
  const other = await a.get(`${assigned.path}/records?timeout=10000`, assigned.accept)
  assert.equal(other.headers['x-sluice-positions'], 'reset')
  assert.equal(other.body[0].offset, 0)
  const later = await a.get(`${assigned.path}/records?timeout=1`, assigned.accept)
  assert.equal(later.headers['x-sluice-positions'], undefined)
})

/** Sends a GET as another process of the cluster. */
async function signedGet({ peerUrl }: Node, target: string, headers: Headers) {
  const signed = { audience: peerUrl, method: 'GET', target, client: CLIENT }
  const authorization = new PeerSignature(SECRET).sign(signed, Buffer.alloc(0))
  const peer = new RestClient(peerUrl)
  const response = await peer.get(target, { ...headers, authorization })
  peer.close()
  return response
}

async function requestsOf(rest: RestClient): Promise<number> {
  const metrics = [...(await readMetrics(rest))]
  const counts = metrics.filter(([name]) => name.startsWith('sluice_http_requests_total'))
  return counts.reduce((sum, [, count]) => sum + count, 0)
}

function consumedBy(rest: RestClient): Promise<number> {
  return gaugeOf(rest, 'sluice_consume_records_total')
}
