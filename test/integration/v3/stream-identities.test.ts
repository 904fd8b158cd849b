/** Streams of clients that act in Kafka as themselves, on several event loops. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startKafka } from '../../cluster/kafka.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { allow, guardedBy, type KafkaUser, loginModule } from '../../cluster/users.ts'
import { Witness } from '../../cluster/witness.ts'
import { until } from '../until.ts'
import { JSON_CHUNKS, StreamClient } from './stream-client.ts'

const administrator: KafkaUser = { name: 'administrator', password: 'secret-of-administrator' }
const alice: KafkaUser = { name: 'alice', password: 'secret-of-alice' }
const bob: KafkaUser = { name: 'bob', password: 'secret-of-bob' }
const USERS = [alice, bob]

const folder = mkdtempSync(join(tmpdir(), 'sluice-streams-'))
after(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const kafka = await startKafka({ config: guardedBy(administrator, USERS) })
after(() => kafka.stop())
for (const { name } of USERS) {
  await kafka.createTopic(`of-${name}`)
  await allow(kafka, { name }, { topic: `of-${name}` }, ['Write', 'Describe'])
}
await allow(kafka, bob, { topic: 'of-alice' }, ['Describe'])
const witness = new Witness(kafka.bootstrapServers)
after(() => witness.close())

const users = fileOf(
  'users',
  USERS.map(({ name, password }) => `${name}: ${password},user\n`).join(''),
)
const credentialsOf = (known: readonly KafkaUser[]) =>
  `KafkaClient {\n${known.map((user) => `  ${loginModule(user)}\n`).join('')}};\n`
const credentials = fileOf('kafka.jaas', credentialsOf(USERS))
const sluice = await startSluice(kafka.saslServers, {
  'sluice.http.threads': '2',
  'authentication.method': 'BASIC',
  'authentication.realm': 'KafkaRest',
  'sluice.auth.jaas.file': fileOf(
    'jaas.conf',
    `KafkaRest { org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required file="${users}"; };\n`,
  ),
  'client.security.protocol': 'SASL_PLAINTEXT',
  'client.sasl.mechanism': 'PLAIN',
  'client.sasl.jaas.config': loginModule(administrator),
  'sluice.kafka.identity': 'propagate',
  'sluice.kafka.credentials.file': credentials,
})
after(() => sluice.stop())

async function openAs({ name, password }: KafkaUser, topic: string): Promise<StreamClient> {
  const credentials = Buffer.from(`${name}:${password}`).toString('base64')
  const client = await StreamClient.open(
    sluice.url,
    `/v3/clusters/c1/topics/${topic}/records`,
    `${JSON_CHUNKS}Authorization: Basic ${credentials}\r\n`,
  )
  after(() => client.close())
  return client
}

const text = (data: string) => JSON.stringify({ value: { type: 'STRING', data } })

/** So many that each event loop has some. */
const STREAMS = 20

test('each stream has the rights of its client, whatever loop it is on', {
  timeout: 600_000,
}, async () => {
  const allowed: StreamClient[] = []
  const refused: StreamClient[] = []
  for (let opened = 0; opened < STREAMS; opened++) {
    allowed.push(await openAs(alice, 'of-alice'), await openAs(bob, 'of-bob'))
    refused.push(await openAs(bob, 'of-alice'))
  }
  // The first record of a caller waits for its client of Kafka.
  for (let round = 0; round < 3; round++) {
    for (const client of [...allowed, ...refused]) client.send(text(`r${round}`))
    for (const client of allowed) assert.equal((await client.answer()).error_code, 200)
    for (const client of refused) {
      const { error_code, message } = await client.answer()
      assert.deepEqual(
        [error_code, message],
        [40301, 'Not authorized to access topics: [of-alice]'],
      )
    }
  }
  for (const client of [...allowed, ...refused]) {
    client.end()
    assert.deepEqual(await client.rest(), [])
    assert.equal(client.status, 200)
  }
  for (const { name } of USERS) {
    assert.equal((await witness.consumeAll(`of-${name}`)).length, 3 * STREAMS)
  }
})

test('a client without a login has no stream', async () => {
  const client = await StreamClient.open(sluice.url, '/v3/clusters/c1/topics/of-alice/records')
  after(() => client.close())
  client.send(text('a'))
  await until('the refusal', async () => client.status !== 0)
  assert.equal(client.status, 401)
})

test('a stream ends when its principal has no credentials in Kafka any more, and no other stream does', async () => {
  const [ofAlice, ofBob] = [await openAs(alice, 'of-alice'), await openAs(bob, 'of-bob')]
  for (const client of [ofAlice, ofBob]) {
    client.send(text('before'))
    assert.equal((await client.answer()).error_code, 200)
  }
  writeFileSync(credentials, credentialsOf([alice]))
  assert.equal((await ofBob.answer()).error_code, 403)
  await ofBob.closed()
  ofAlice.send(text('behind'))
  assert.equal((await ofAlice.answer()).error_code, 200)
})
