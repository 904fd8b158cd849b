/** What a trusted balancer tells of a client reaches the owner of an instance with the forwarded request. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { clusterKeys, type Node, startNodes } from '../../cluster/nodes.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { V2 } from '../../media-types.ts'
import { RawConnection } from '../raw-connection.ts'
import { RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'

const BALANCER = '127.0.0.2'

const kafka = await sharedKafka()
const nodes = await startNodes(kafka.bootstrapServers, 2, {
  ...clusterKeys(),
  'advertised.listeners': '',
  'sluice.log.requests': 'true',
  'sluice.trusted.proxies': BALANCER,
})
const [owner, other] = nodes as [Node, Node]
const rest = new RestClient(owner.url)
after(async () => {
  rest.close()
  await Promise.all(nodes.map((node) => node.stop()))
  await kafka.stop()
})

/** Creates an instance of the first process through the second one. Returns its base_uri, and the client in both logs. */
async function create(from: string) {
  const group = uniqueName('group')
  const drawn = await rest.post(`/consumers/${group}`)
  const name = drawn.body.instance_id
  assert.equal((await rest.delete(`/consumers/${group}/instances/${name}`)).status, 204)
  const connection = await RawConnection.open(other.url, from)
  const body = JSON.stringify({ name })
  const head = [
    `POST /consumers/${group} HTTP/1.1`,
    'Host: inner:8082',
    `Content-Type: ${V2}`,
    `X-Request-Id: ${group}`,
    `Content-Length: ${body.length}`,
    'X-Forwarded-For: 192.0.2.1',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: api.example',
  ]
  await connection.send(`${head.join('\r\n')}\r\n\r\n${body}`)
  const answer = await connection.response()
  connection.close()
  assert.equal(answer?.status, 200, answer?.body)
  const { base_uri } = JSON.parse(answer?.body ?? '')
  const origin = base_uri.replace(`/consumers/${group}/instances/${name}`, '')
  return { origin, clients: [await clientInLog(owner, group), await clientInLog(other, group)] }
}

async function clientInLog(node: Node, id: string): Promise<unknown> {
  const find = () => node.log().match(new RegExp(`^.*"requestId":"${id}".*$`, 'm'))?.[0]
  await until(`${node.url} has logged the request`, () => find() !== undefined)
  const { client, forwardedBy } = JSON.parse(find() ?? '')
  assert.equal(forwardedBy, node === owner ? '127.0.0.1' : undefined)
  return client
}

test('base_uri and the logs have the client that a trusted balancer names', async () => {
  assert.deepEqual(await create(BALANCER), {
    origin: 'https://api.example',
    clients: ['192.0.2.1', '192.0.2.1'],
  })
})

test('the same headers from another address have no effect at any process', async () => {
  assert.deepEqual(await create('127.0.0.3'), {
    origin: 'http://inner:8082',
    clients: ['127.0.0.3', '127.0.0.3'],
  })
})
