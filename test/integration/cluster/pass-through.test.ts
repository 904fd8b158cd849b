/**
 * Logins of requests in a cluster of processes: the owner of a consumer instance acts with the login of each request, also when
 * another process has got that request, and after the instance has moved.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createAuthority, createIdentity } from '../../certificates.ts'
import { type Kafka, startKafka } from '../../cluster/kafka.ts'
import { clusterKeys, type Node, shared, startNodes } from '../../cluster/nodes.ts'
import { addScramUser, allow, guardedBy, type KafkaUser } from '../../cluster/users.ts'
import { AVRO } from '../../media-types.ts'
import { basic, Caller } from '../auth/caller.ts'
import {
  brokersWithTokens,
  javaOptionsOf,
  startIssuer,
  type TokenIssuer,
} from '../auth/token-issuer.ts'
import { gaugeOf } from '../metrics-text.ts'
import { RestClient } from '../rest-client.ts'
import { grantRights, readRecords, told } from '../rights-table.ts'
import { aSchema, FaultyRegistry } from '../schema-registry/faulty-registry.ts'
import { until } from '../until.ts'

const proxy: KafkaUser = { name: 'proxy', password: 'secret-of-the-proxy' }
const alice: KafkaUser = { name: 'alice', password: 'secret-of-alice: with a colon' }
/** His password in Kafka is another one. */
const dave: KafkaUser = { name: 'dave', password: 'secret-of-dave' }

const WAIT_MS = 240_000
const ONE_RECORD = { records: [{ value: 1 }] }

const folder = mkdtempSync(join(tmpdir(), 'sluice-passed-'))
after(() => rmSync(folder, { recursive: true }))

describe('logins of requests in a cluster of processes', { timeout: 900_000 }, () => {
  const authority = createAuthority('passed-authority')
  const broker = createIdentity('passed-broker', authority, 'IP:127.0.0.1')
  const peer = createIdentity('passed-peer', authority, 'IP:127.0.0.1')
  let issuer: TokenIssuer
  let kafka: Kafka
  let registry: FaultyRegistry
  let nodes: Node[] = []
  let clients: RestClient[] = []

  before(async () => {
    issuer = await startIssuer()
    registry = await FaultyRegistry.start()
    kafka = await startKafka({
      config: {
        ...guardedBy(proxy, []),
        ...brokersWithTokens(issuer, ['SCRAM-SHA-512']),
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,SASL:SASL_SSL,CONTROLLER:PLAINTEXT,RELAYED:PLAINTEXT',
        'listener.name.sasl.ssl.keystore.type': 'PEM',
        'listener.name.sasl.ssl.keystore.location': broker.pem,
      },
      javaOptions: javaOptionsOf(issuer),
    })
    for (const user of [proxy, alice]) await addScramUser(kafka, user)
    await addScramUser(kafka, { ...dave, password: 'another-secret-of-dave' })
    await grantRights(kafka)
    await kafka.createTopic('of-both', { partitions: 1 })
    for (const name of ['alice', 'bob']) {
      await allow(kafka, { name }, { topic: 'of-both' }, ['Read', 'Write', 'Describe'])
    }
    await allow(kafka, { name: 'short' }, { topic: 'of-alice' }, ['Read', 'Describe'])
    await allow(kafka, { name: 'short' }, { group: 'of-short' }, ['Read'])
    const users = join(folder, 'users.properties')
    const jaas = join(folder, 'jaas.conf')
    writeFileSync(users, [alice, dave].map((one) => `${one.name}: ${one.password},user\n`).join(''))
    const login = 'org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required'
    writeFileSync(jaas, `KafkaRest { ${login} file="${users}"; };\n`)
    const keys = {
      ...clusterKeys(),
      'authentication.method': 'BASIC,BEARER',
      'authentication.realm': 'KafkaRest',
      'authentication.skip.paths': '/metrics',
      'sluice.auth.jaas.file': jaas,
      ...issuer.settings,
      'client.security.protocol': 'SASL_SSL',
      'client.ssl.truststore.location': authority.cert,
      'client.ssl.truststore.type': 'PEM',
      'client.sasl.mechanism': 'SCRAM-SHA-512',
      'client.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="proxy" password="${proxy.password}";`,
      'sluice.kafka.identity': 'propagate',
      'sluice.kafka.identity.pass.through': 'SCRAM-SHA-512,OAUTHBEARER',
      'schema.registry.url': registry.url,
      'schema.registry.basic.auth.credentials.source': 'SASL_INHERIT',
      'schema.registry.bearer.auth.credentials.source': 'SASL_OAUTHBEARER_INHERIT',
      'sluice.peer.ssl.keystore.location': peer.pem,
      'sluice.peer.ssl.truststore.location': authority.cert,
      'sluice.log.level': 'debug',
      'sluice.log.requests': 'true',
    }
    nodes = await startNodes(kafka.saslServers, 2, keys, async (index) => ({
      'sluice.http.threads': `${1 + index}`,
    }))
    clients = nodes.map(({ url }) => new RestClient(url))
  })
  after(async () => {
    for (const client of clients) client.close()
    await Promise.all(nodes.map((node) => node.stop()))
    issuer?.stop()
    await registry?.stop()
    await kafka?.stop()
    if (process.env['SLUICE_TEST_LOG']) for (const node of nodes) console.error(node.log())
  })

  function at(node: 0 | 1, authorization: string): Caller {
    return new Caller(clients[node] as RestClient, authorization)
  }

  async function tokenOf(sub: string, ...life: [seconds?: number]): Promise<string> {
    return `Bearer ${await issuer.sign({ sub }, ...life)}`
  }

  /** Makes an instance that the process owns which gets this request, and lets it read a partition from its beginning. */
  async function instanceOf(
    caller: Caller,
    group: string,
    topic: string,
    format = 'json',
  ): Promise<string> {
    const settings = {
      format,
      'auto.offset.reset': 'earliest',
      'auto.commit.enable': 'false',
    }
    const made = await caller.post(`/consumers/${group}`, settings, 'v2+json')
    assert.equal(made.status, 200, made.text)
    const path = `/consumers/${group}/instances/${made.body.instance_id}`
    const partitions = { partitions: [{ topic, partition: 0 }] }
    assert.equal((await caller.post(`${path}/assignments`, partitions, 'v2+json')).status, 204)
    return path
  }

  function write(caller: Caller, topic: string): Promise<unknown> {
    const body = { records: [{ value: 1, partition: 0 }] }
    return caller.post(`/topics/${topic}`, body).then((answer) => assert.equal(told(answer), '200'))
  }

  test('an instance reads with the password of a request that another process has got', async () => {
    const [here, there] = [at(0, basic(alice)), at(1, basic(alice))]
    await write(here, 'of-alice')
    const path = await instanceOf(here, 'of-alice', 'of-alice')
    assert.equal(told(await readRecords(there, `${path}/records`)), '200')
    assert.equal((await there.send('POST', `${path}/offsets`)).status, 200)
    const stranger = at(1, await tokenOf('alice'))
    assert.equal((await stranger.get(`${path}/records`)).body.error_code, 40403)
    assert.equal((await there.send('DELETE', path)).status, 204)
  })

  test('newer tokens reach an instance through another process', async () => {
    const path = await instanceOf(at(0, await tokenOf('bob', 600)), 'of-bob', 'of-bob')
    for (let life = 700; life < 1000; life += 100) {
      const there = at(1, await tokenOf('bob', life))
      await write(there, 'of-bob')
      assert.equal(told(await readRecords(there, `${path}/records`)), '200')
    }
    const stranger = at(1, basic(alice))
    assert.equal((await stranger.get(`${path}/records`)).body.error_code, 40403)
    assert.equal((await at(1, await tokenOf('bob')).send('DELETE', path)).status, 204)
  })

  test('the owner of an instance asks the registry with the login of each request that another process has got', async () => {
    // The schema 1, and the text "a".
    const record = { value: Buffer.from('00000000010261', 'hex').toString('base64'), partition: 0 }
    const written = await at(0, basic(alice)).post(
      '/topics/of-both',
      { records: [record] },
      'binary.v2+json',
    )
    assert.equal(told(written), '200')
    registry.behaviour = aSchema
    const tokens = [await tokenOf('bob', 1000), await tokenOf('bob', 1100)] as const
    const logins = [
      ['of-alice', basic(alice), basic(alice)],
      ['of-bob', ...tokens],
    ] as const
    for (const [group, first, later] of logins) {
      const path = await instanceOf(at(0, first), group, 'of-both', 'avro')
      registry.requests.length = 0
      const headers = { authorization: later, accept: AVRO }
      await until(
        'the record is read',
        async () => {
          const answer = await (clients[1] as RestClient).get(`${path}/records`, headers)
          assert.equal(answer.status, 200, answer.text)
          return answer.body[0]?.value === 'a'
        },
        WAIT_MS,
      )
      const shown = registry.requests.map((request) => request.headers.authorization)
      assert.deepEqual(shown, [later])
      assert.equal((await at(1, later).send('DELETE', path)).status, 204)
    }
  })

  test('a password that Kafka refuses is told by the owner, at once', async () => {
    const path = '/consumers/of-dave/instances'
    for (const node of [0, 1] as const) {
      const tries = await Promise.all(
        // Each process owns some of these names, but for one case in a hundred.
        Array.from({ length: 8 }, (_, index) => {
          const settings = { name: `${node}-${index}`, format: 'json' }
          return at(node, basic(dave)).post('/consumers/of-dave', settings, 'v2+json')
        }),
      )
      for (const [index, made] of tries.entries()) {
        if (made.status === 401) continue
        assert.equal(made.status, 200, made.text)
        const topics = { topics: ['of-alice'] }
        const name = `${path}/${node}-${index}`
        await at(node, basic(dave)).post(`${name}/subscription`, topics, 'v2+json')
        const answer = await at(node, basic(dave)).get(`${name}/records?timeout=60000`)
        assert.equal(told(answer), '401 40101')
      }
    }
  })

  test('a read at another process ends with its token, and goes on with the next one', async () => {
    // It has to be there while its first token is valid.
    for (const life of [20, 60, 180]) {
      const first = await tokenOf('short', life)
      const here = at(0, first)
      const settings = { format: 'json', 'consumer.request.timeout.ms': 600_000 }
      const made = await here.post('/consumers/of-short', settings, 'v2+json')
      const path = `/consumers/of-short/instances/${made.body.instance_id}`
      const partitions = { partitions: [{ topic: 'of-alice', partition: 0 }] }
      const assigned = await here.post(`${path}/assignments`, partitions, 'v2+json')
      const sought = await here.post(`${path}/positions/end`, partitions, 'v2+json')
      if ([made, assigned, sought].some(({ status }) => status === 401)) continue
      // Without new records it would wait for ten minutes.
      assert.equal(told(await at(1, first).get(`${path}/records`)), '401 40101')
      const next = at(1, await tokenOf('short'))
      const again = await next.get(`${path}/records?timeout=1000`)
      assert.deepEqual([again.status, again.body], [200, []])
      assert.equal((await next.send('DELETE', path)).status, 204)
      return
    }
    assert.fail('the machine is too slow for a token of three minutes')
  })

  test('instances of a killed process wait for the next request of their clients, and go on with its login', async () => {
    const [hers, his] = [basic(alice), await tokenOf('bob')]
    const paths = [
      await instanceOf(at(1, hers), 'of-alice', 'of-alice'),
      await instanceOf(at(1, his), 'of-bob', 'of-bob'),
    ] as const
    await write(at(0, hers), 'of-alice')
    await write(at(0, his), 'of-bob')
    const waiting = () => gaugeOf(clients[0] as RestClient, 'sluice_cluster_waiting_instances')
    assert.equal(await waiting(), 0)
    await nodes[1]?.stop('SIGKILL')
    await until('they have moved', async () => (await waiting()) >= 2, WAIT_MS)
    assert.equal(told(await at(0, hers).get(`${paths[1]}/records`)), '404 40403')
    assert.equal(told(await at(0, await tokenOf('bob')).get(`${paths[0]}/records`)), '404 40403')
    assert.ok((await waiting()) >= 2, 'requests of others make no consumer')
    assert.equal(told(await readRecords(at(0, hers), `${paths[0]}/records`)), '200')
    const next = at(0, await tokenOf('bob', 1800))
    assert.equal(told(await readRecords(next, `${paths[1]}/records`)), '200')
    await nodes[1]?.start()
    await nodes[1]?.ready()
    await shared(nodes)
    assert.equal(told(await at(1, hers).post('/topics/of-alice', ONE_RECORD)), '200')
    assert.equal((await at(1, hers).send('DELETE', paths[0])).status, 204)
    assert.equal((await at(1, await tokenOf('bob')).send('DELETE', paths[1])).status, 204)
  })
})
