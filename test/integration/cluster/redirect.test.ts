/** A cluster that redirects clients to the owners of their consumer instances. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { clusterKeys, type Node, startNodes } from '../../cluster/nodes.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'

const kafka = await sharedKafka()
const nodes = await startNodes(kafka.bootstrapServers, 2, {
  ...clusterKeys(),
  'sluice.peer.mode': 'redirect',
  // Each process has a listener for processes in each of its threads.
  'sluice.http.threads': '2',
})
const [a, b] = nodes as [Node, Node]
after(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await kafka.stop()
})

test('a request for an instance of another process is redirected there', async () => {
  const group = `group-${randomUUID()} ü`
  const created = await fetch(`${a.url}/consumers/${encodeURIComponent(group)}`, { method: 'POST' })
  const { base_uri: baseUri } = (await created.json()) as { base_uri: string }
  assert.ok(baseUri.startsWith(a.url))
  const target = `${baseUri.slice(a.url.length)}/records?timeout=1`
  const redirected = await fetch(b.url + target, { redirect: 'manual' })
  assert.equal(redirected.status, 307)
  assert.equal(redirected.headers.get('location'), a.url + target)
  const followed = await fetch(`${b.url}${target.replace('/records', '/subscription')}`)
  assert.equal(followed.status, 200)
  assert.deepEqual(await followed.json(), { topics: [] })
})
