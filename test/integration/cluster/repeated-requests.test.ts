/** Requests that a process sends again because it has lost the response: their clients see one request. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { clusterKeys, startNodes } from '../../cluster/nodes.ts'
import { Relay } from '../../cluster/relay.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { Witness } from '../../cluster/witness.ts'
import { ConsumerClient } from '../consumer-client.ts'
import { RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const kafka = await sharedKafka()
const relays: Relay[] = []
const nodes = await startNodes(kafka.bootstrapServers, 2, clusterKeys(), async (index, port) => {
  const relay = await Relay.open(port)
  relays[index] = relay
  return { 'sluice.peer.advertised.listener': `http://${relay.address}` }
})
const clients = nodes.map(({ url }) => new RestClient(url)) as [RestClient, RestClient]
const [a, b] = clients
const witness = new Witness(kafka.bootstrapServers)
after(async () => {
  for (const client of clients) client.close()
  for (const relay of relays) relay.close()
  await witness.close()
  await Promise.all(nodes.map((node) => node.stop()))
  if (process.env['SLUICE_TEST_LOG']) for (const node of nodes) console.error(node.log())
  await kafka.stop()
})

/** The next response of the first process to the second one is lost. */
function loseResponse(): void {
  relays[0]?.loseResponse()
}

/** Returns the settings of an instance that the first process will own: it has drawn the name. */
async function ownedByA(group: string): Promise<{ name: string }> {
  const { body } = await a.post(`/consumers/${group}`)
  const path = `/consumers/${group}/instances/${body.instance_id}`
  assert.equal((await a.delete(path)).status, 204)
  return { name: body.instance_id }
}

test('an instance is created and deleted once, although responses are lost', async () => {
  const group = uniqueName('group')
  const named = await ownedByA(group)
  const path = `/consumers/${group}/instances/${named.name}`
  loseResponse()
  const created = await b.post(`/consumers/${group}`, named)
  assert.equal(created.status, 200, created.text)
  assert.equal(created.body.instance_id, named.name)
  const again = await b.post(`/consumers/${group}`, named)
  assert.equal(again.body.error_code, 40902, 'another request')
  loseResponse()
  assert.equal((await b.delete(path)).status, 204)
  assert.equal((await b.delete(path)).body.error_code, 40403)
  assert.equal((await a.get(`${path}/subscription`)).body.error_code, 40403)
})

test('subscriptions, reads and commits have their results, although responses are lost', async () => {
  const topic = uniqueName('topic')
  await kafka.createTopic(topic)
  await witness.produce(topic, [{ partition: 0, value: Buffer.from('v') }])
  const group = uniqueName('group')
  const consumer = await ConsumerClient.create(b, await ownedByA(group), group)
  loseResponse()
  assert.equal((await consumer.subscribe(topic)).status, 204)
  assert.deepEqual((await consumer.get('subscription')).body, { topics: [topic] })
  loseResponse()
  const records = await consumer.recordsUntil(1)
  assert.deepEqual(
    records.map(({ offset }) => offset),
    [0],
  )
  for (const body of [undefined, { offsets: [{ topic, partition: 0, offset: 0 }] }]) {
    loseResponse()
    assert.equal((await consumer.post('offsets', body)).status, 200)
  }
  assert.equal((await consumer.committed(topic, 0)).body.offsets[0].offset, 1)
  loseResponse()
  assert.equal((await consumer.unsubscribe()).status, 204)
  await consumer.delete()
})

test('a request that creates an instance is known behind a crash of its owner', async () => {
  const group = uniqueName('group')
  const named = await ownedByA(group)
  const path = `/consumers/${group}/instances/${named.name}`
  relays[0]?.loseResponses()
  const creating = b.post(`/consumers/${group}`, named)
  const isWritten = async () => (await a.get(`${path}/subscription`)).status === 200
  await until('the instance exists', isWritten)
  await nodes[0]?.stop('SIGKILL')
  relays[0]?.endConnections()
  const created = await creating
  assert.equal(created.status, 200, created.text)
  await nodes[0]?.start()
  await nodes[0]?.ready()
  assert.equal((await a.post(`/consumers/${group}`, named)).body.error_code, 40902)
})
