/** Two processes of a cluster whose listeners for each other use TLS, with several event loops in one of them. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import { createAuthority, createIdentity, type Identity } from '../../certificates.ts'
import { clusterKeys, type Node, shared, startNodes } from '../../cluster/nodes.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { Witness } from '../../cluster/witness.ts'
import { ConsumerClient } from '../consumer-client.ts'
import { RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'
import { RoundRobin } from './round-robin.ts'

const authority = createAuthority('peer-authority')
const nextAuthority = createAuthority('next-peer-authority')
const stranger = createAuthority('peer-stranger')
const first = createIdentity('peer-first', authority, 'IP:127.0.0.1')
const next = createIdentity('peer-next', nextAuthority, 'IP:127.0.0.1')
const strange = createIdentity('peer-strange', stranger, 'IP:127.0.0.1')

const folder = mkdtempSync(join(tmpdir(), 'sluice-peers-'))
const keyStoreOf = (index: number) => join(folder, `${index}.pem`)
const trustStoreOf = (index: number) => join(folder, `${index}.trust.pem`)

/** Gives a process its stores, each at once. */
function install(index: number, identity: Identity, authorities: readonly Identity[]): void {
  const copy = join(folder, 'copy')
  writeFileSync(copy, authorities.map(({ cert }) => readFileSync(cert, 'utf8')).join(''))
  renameSync(copy, trustStoreOf(index))
  copyFileSync(identity.pem, copy)
  renameSync(copy, keyStoreOf(index))
}

const kafka = await sharedKafka()
const nodes = await startNodes(kafka.bootstrapServers, 2, clusterKeys(), async (index) => {
  install(index, first, [authority])
  return {
    'sluice.peer.ssl.keystore.location': keyStoreOf(index),
    'sluice.peer.ssl.truststore.location': trustStoreOf(index),
    'sluice.http.threads': `${1 + index}`,
  }
})
const [nodeA, nodeB] = nodes as [Node, Node]
const a = new RestClient(nodeA.url)
const b = new RestClient(nodeB.url)
const both = new RoundRobin(nodes.map(({ url }) => url))
const witness = new Witness(kafka.bootstrapServers)
after(async () => {
  for (const client of [a, b, both]) client.close()
  await witness.close()
  await Promise.all(nodes.map((node) => node.stop()))
  if (process.env['SLUICE_TEST_LOG']) for (const node of nodes) console.error(node.log())
  await kafka.stop()
  rmSync(folder, { recursive: true })
})

/** Instances that are made, read, committed and deleted by any process. Each process owns some, but for one case in a hundred. */
async function useInstances(): Promise<void> {
  const topic = uniqueName('topic')
  await kafka.createTopic(topic, { partitions: 1 })
  // Larger than the buffers of a connection.
  const values = Array.from({ length: 40 }, (_, index) => Buffer.alloc(50_000, `${index} `))
  await witness.produce(
    topic,
    values.map((value) => ({ partition: 0, value })),
  )
  for (let index = 0; index < 8; index++) {
    const consumer = await ConsumerClient.create(both, { name: 'me', format: 'binary' })
    assert.equal((await consumer.subscribe(topic)).status, 204)
    const records = await consumer.recordsUntil(values.length)
    const read = records.map(({ value }) => Buffer.from(String(value), 'base64'))
    assert.ok(Buffer.concat(read).equals(Buffer.concat(values)))
    assert.equal((await consumer.post('offsets')).status, 200)
    const [{ offset }] = (await consumer.committed(topic, 0)).body.offsets
    assert.equal(offset, values.length)
    assert.equal((await consumer.delete()).status, 204)
  }
}

/** Resolves to the answer to a request, and the subject of the certificate; undefined if the connection is refused. */
async function askPeer(node: Node, options: ConnectionOptions) {
  const { hostname, port } = new URL(node.peerUrl)
  const ca = [authority, nextAuthority, stranger].map(({ cert }) => readFileSync(cert))
  const socket = connect({ host: hostname, port: Number(port), ca, ...options })
  try {
    return await new Promise<{ answer: string; subject: string } | undefined>((resolve) => {
      socket.once('error', () => resolve(undefined))
      socket.once('close', () => resolve(undefined))
      socket.write('GET /peer/proof?nonce=x HTTP/1.1\r\nHost: localhost\r\n\r\n')
      socket.once('data', (data) => {
        resolve({ answer: String(data), subject: String(socket.getPeerCertificate().subject.CN) })
      })
    })
  } finally {
    socket.destroy()
  }
}

function certificateOf({ cert, key }: Identity): ConnectionOptions {
  return { cert: readFileSync(cert), key: readFileSync(key) }
}

test('instances are used through any process', useInstances)

test('a listener for processes with TLS takes no plain requests, and none without a certificate of the authorities', async () => {
  for (const node of nodes) {
    await assert.rejects(fetch(`${node.peerUrl.replace('https', 'http')}/peer/proof?nonce=x`))
    assert.equal(await askPeer(node, {}), undefined)
    assert.equal(await askPeer(node, certificateOf(strange)), undefined)
    const known = await askPeer(node, certificateOf(first))
    assert.match(known?.answer ?? '', /^HTTP\/1\.1 401 /)
  }
})

test('new certificates of a new authority are used without a restart', async () => {
  const reloads = (node: Node) =>
    node.log().split('certificates of listeners were read again').length
  const seen = nodes.map(reloads)
  for (const index of nodes.keys()) install(index, first, [authority, nextAuthority])
  await until('the processes trust both authorities', async () => {
    return nodes.every((node, index) => reloads(node) > (seen[index] as number))
  })
  for (const index of nodes.keys()) install(index, next, [nextAuthority])
  await until('the processes show the new certificates, and accept no old ones', async () => {
    const answers = await Promise.all(
      nodes.map(async (node) => [
        (await askPeer(node, certificateOf(next)))?.subject,
        await askPeer(node, certificateOf(first)),
      ]),
    )
    return answers.every(([subject, old]) => subject === 'peer-next' && old === undefined)
  })
  await useInstances()
})

test('a process with a certificate of another authority gets no requests, and the log has the reason', async () => {
  await nodeB.stop()
  install(1, strange, [stranger])
  await nodeB.start()
  await nodeB.ready()
  await shared(nodes)
  const made = new Set<number>()
  // A request for a group of the other process waits half a minute for an owner that can be reached, before it gets 503. So
  // several are sent at once, and a round in which all groups have the same owner is followed by another one.
  await until(
    'groups of both processes were asked for',
    async () => {
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const { status } = await a.post(`/consumers/group-${randomUUID()}`, { name: 'me' })
          made.add(status)
        }),
      )
      return made.size > 1
    },
    180_000,
  )
  assert.deepEqual([...made].sort(), [200, 503])
  const isTold = nodeA
    .log()
    .split('\n')
    .some((line) => {
      return (
        /a process gets no requests/.test(line) &&
        /certificate/.test(line) &&
        line.includes(nodeB.peerUrl)
      )
    })
  assert.ok(isTold, nodeA.log())
})
