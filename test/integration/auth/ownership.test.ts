/** A consumer instance exists for the user who created it, and for nobody else: at each process, and after a restart. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { hashPassword } from '../../../src/auth/password-hash.ts'
import { clusterKeys, type Node, startNodes } from '../../cluster/nodes.ts'
import { Relay } from '../../cluster/relay.ts'
import { sharedKafka } from '../../cluster/shared-kafka.ts'
import { type Headers, RestClient } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-owners-'))
const users = join(folder, 'users')
const hash = await hashPassword('wonderland')
writeFileSync(users, ['alice', 'bob'].map((name) => `${name}:${hash}:user\n`).join(''))

const kafka = await sharedKafka()
const relays: Relay[] = []
const settings = {
  ...clusterKeys(),
  'authentication.method': 'BASIC',
  'authentication.skip.paths': '/metrics',
  'sluice.auth.users.file': users,
}
const nodes = (await startNodes(kafka.bootstrapServers, 2, settings, async (index, port) => {
  const relay = await Relay.open(port)
  relays[index] = relay
  return { 'sluice.peer.advertised.listener': `http://${relay.address}` }
})) as [Node, Node]
const clients = nodes.map(({ url }) => new RestClient(url))
after(async () => {
  for (const client of clients) client.close()
  for (const relay of relays) relay.close()
  await Promise.all(nodes.map((node) => node.stop()))
  await kafka.stop()
  rmSync(folder, { recursive: true })
})

function as(name: string): Headers {
  const credentials = Buffer.from(`${name}:wonderland`).toString('base64')
  return { authorization: `Basic ${credentials}`, 'content-type': 'application/vnd.kafka.v2+json' }
}

/** The requests of an instance. */
const REQUESTS: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['GET', '/records'],
  ['GET', '/subscription'],
  ['POST', '/subscription', { topics: ['t'] }],
  ['DELETE', '/subscription'],
  ['GET', '/assignments'],
  ['POST', '/assignments', { partitions: [{ topic: 't', partition: 0 }] }],
  ['POST', '/positions', { offsets: [{ topic: 't', partition: 0, offset: 0 }] }],
  ['POST', '/positions/beginning', { partitions: [{ topic: 't', partition: 0 }] }],
  ['POST', '/positions/end', { partitions: [{ topic: 't', partition: 0 }] }],
  ['POST', '/offsets'],
  ['GET', '/offsets', { partitions: [{ topic: 't', partition: 0 }] }],
  ['DELETE', ''],
]

async function assertMissingFor(name: string, instance: string): Promise<void> {
  const missing = `${instance}-missing`
  for (const client of clients) {
    for (const [method, path, body] of REQUESTS) {
      const answers = []
      for (const base of [instance, missing]) {
        const { status, text } = await client.send(method, base + path, body, as(name))
        answers.push({ status, text })
      }
      assert.deepEqual(answers[0], answers[1], `${method} ${path}`)
      assert.equal(answers[0]?.status, 404, `${method} ${path}`)
    }
  }
}

test('an instance is missing for others, through each process and after a restart', async () => {
  const group = uniqueName('group')
  // Each process owns some of them.
  const names = ['one', 'two', 'three', 'four', 'five', 'six']
  const pathOf = (name: string) => `/consumers/${group}/instances/${name}`
  for (const name of names) {
    const [client] = clients as [RestClient]
    const made = await client.post(`/consumers/${group}`, { name }, as('alice'))
    assert.equal(made.status, 200)
  }
  for (const name of names) await assertMissingFor('bob', pathOf(name))

  for (const node of nodes) {
    await node.stop()
    await node.start()
    await node.ready()
  }
  for (const name of names) {
    await assertMissingFor('bob', pathOf(name))
    for (const client of clients) {
      assert.equal((await client.get(`${pathOf(name)}/subscription`, as('alice'))).status, 200)
    }
  }
  const [, other] = clients as [RestClient, RestClient]
  for (const name of names) {
    assert.equal((await other.delete(pathOf(name), as('alice'))).status, 204)
  }
})

test('a deletion that is sent again because its response was lost deletes no instance of others', async () => {
  const [a, b] = clients as [RestClient, RestClient]
  const group = uniqueName('group')
  // The process that is asked has drawn a name of its own.
  const { instance_id: name } = (await a.post(`/consumers/${group}`, {}, as('alice'))).body
  const path = `/consumers/${group}/instances/${name}`
  relays[0]?.loseResponse()
  assert.equal((await b.delete(path, as('bob'))).body?.error_code, 40403)
  relays[0]?.loseResponse()
  assert.equal((await b.delete(path, as('alice'))).status, 204)
})
