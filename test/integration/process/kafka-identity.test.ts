/** Principals that act in Kafka as themselves: each by its client certificate, with rights of its own. */
import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createAuthority, createIdentity, type Identity } from '../../certificates.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Kafka, startKafka } from '../../cluster/kafka.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { addScramUser, guardedBy, type KafkaUser, loginModule } from '../../cluster/users.ts'
import { basic } from '../auth/caller.ts'
import { readMetrics } from '../metrics-text.ts'
import { RestClient } from '../rest-client.ts'
import { checkRightsTable, grantRights, readRecords, told } from '../rights-table.ts'
import { FaultyRegistry, failure } from '../schema-registry/faulty-registry.ts'
import { until } from '../until.ts'
import { CertificateClient } from './certificate-client.ts'

const authority = createAuthority('authority')
const server = createIdentity('server', authority, 'IP:127.0.0.1')
const proxy: KafkaUser = { name: 'proxy', password: 'secret-of-the-proxy' }
const alice: KafkaUser = { name: 'alice', password: 'secret-of-alice' }
const bob: KafkaUser = { name: 'bob', password: 'secret-of-bob' }
const mallory: KafkaUser = { name: 'mallory', password: 'wrong-secret-of-mallory' }
const SECRETS = [proxy, alice, bob, mallory].map(({ password }) => password)

const certificates = new Map<string, Identity>(
  ['alice', 'bob', 'mallory', 'nobody'].map((name) => [name, createIdentity(name, authority)]),
)

const folder = mkdtempSync(join(tmpdir(), 'sluice-identity-'))
after(() => rmSync(folder, { recursive: true }))
const credentials = join(folder, 'kafka.jaas')

function writeCredentials(modules: readonly string[]): void {
  const next = join(folder, 'next')
  writeFileSync(
    next,
    `// principals\nKafkaClient {\n${modules.map((each) => `  ${each}\n`).join('')}};\n`,
  )
  renameSync(next, credentials)
}

const ALICE = loginModule(alice)
const BOB = loginModule(bob, 'Scram')
const MALLORY = loginModule(mallory)

/** A client with the certificate of a principal, or without one. */
class Client extends CertificateClient {
  constructor(port: number, name = '') {
    super(port, authority, certificates.get(name))
  }
}

/** Starts a process at a plain listener and one for certificates. */
async function serve(kafka: Kafka, settings: Record<string, string> = {}) {
  const [plain, port] = (await freePorts(2)) as [number, number]
  const sluice = await startSluice(kafka.saslServers, {
    listeners: `http://127.0.0.1:${plain},https://127.0.0.1:${port}`,
    'ssl.keystore.location': server.pem,
    'ssl.truststore.location': authority.cert,
    'ssl.client.authentication': 'REQUESTED',
    'auth.ssl.principal.mapping.rules': 'RULE:^CN=([a-z]+)$/$1/',
    'client.security.protocol': 'SASL_PLAINTEXT',
    'client.sasl.mechanism': 'SCRAM-SHA-512',
    'client.sasl.jaas.config': loginModule(proxy, 'Scram'),
    'sluice.kafka.identity': 'propagate',
    'sluice.kafka.credentials.file': credentials,
    'sluice.log.requests': 'true',
    'sluice.log.level': 'debug',
    ...settings,
  })
  return { sluice, port }
}

/** The instance does not exist for a client. */
async function assertHidden(client: Client, path: string): Promise<void> {
  assert.equal((await client.get(`${path}/assignments`)).body.error_code, 40403)
  assert.equal((await client.send('DELETE', path)).body.error_code, 40403)
}

function closeAll(clients: readonly Client[]): void {
  for (const client of clients) client.close()
}

async function untilReady(clients: readonly Client[]): Promise<void> {
  await until('all are ready', async () => {
    const answers = await Promise.all(clients.map((client) => client.get('/ready')))
    return answers.every(({ status }) => status === 200)
  })
}

/** Starts a cluster of two processes. */
async function serveCluster(kafka: Kafka) {
  const peers = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`)
  return Promise.all(
    peers.map((peer) =>
      serve(kafka, {
        'sluice.cluster.id': 'identity',
        'sluice.peer.listeners': peer,
        'sluice.peer.secret': 'secret-of-all-processes',
        'sluice.peer.session.timeout.ms': '6000',
      }),
    ),
  )
}

describe('principals act in Kafka as themselves', { timeout: 600_000 }, () => {
  let kafka: Kafka
  before(async () => {
    kafka = await startKafka({ config: guardedBy(proxy, [alice]) })
    for (const user of [proxy, bob]) await addScramUser(kafka, user)
    await grantRights(kafka)
  })
  after(() => kafka?.stop())

  describe('with one process', () => {
    let sluice: Sluice
    let port: number
    let operator: RestClient
    const clients = new Map<string, Client>()
    const as = (name: string): Client => {
      const known = clients.get(name) ?? new Client(port, name)
      clients.set(name, known)
      return known
    }
    before(async () => {
      writeCredentials([ALICE, BOB, MALLORY])
      const settings = { 'sluice.http.threads': '2', 'sluice.kafka.identity.idle.ms': '3000' }
      ;({ sluice, port } = await serve(kafka, settings))
      operator = new RestClient(sluice.url)
    })
    after(async () => {
      for (const client of clients.values()) client.close()
      operator?.close()
      await sluice?.stop()
    })

    test('each route does what the rights of its principal say', () => checkRightsTable(as))

    test('a pattern matches the topics that its principal may see', async () => {
      const path = '/consumers/of-alice/instances/pattern'
      await as('alice').post('/consumers/of-alice', { name: 'pattern', format: 'json' }, 'v2+json')
      await as('alice').post(`${path}/subscription`, { topic_pattern: 'of-.*' }, 'v2+json')
      const matches = () => as('alice').get(`${path}/subscription`)
      await until('the pattern has matches', async () => (await matches()).body.topics.length > 0)
      // Longer than the interval at which patterns are matched again.
      const end = performance.now() + 12_000
      while (performance.now() < end) {
        assert.deepEqual((await matches()).body.topics, ['of-alice'])
        await new Promise((resolve) => setTimeout(resolve, 1000))
      }
      assert.equal((await as('alice').send('DELETE', path)).status, 204)
    })

    test('the instance of another principal does not exist', async () => {
      const created = await as('alice').post('/consumers/of-alice', { name: 'hers' }, 'v2+json')
      assert.equal(created.status, 200)
      const path = '/consumers/of-alice/instances/hers'
      const missing = '/consumers/of-alice/instances/missing'
      for (const method of ['GET', 'DELETE'] as const) {
        const target = method === 'GET' ? '/records' : ''
        const [others, none] = [
          await as('bob').send(method, path + target),
          await as('bob').send(method, missing + target),
        ]
        assert.deepEqual([others.status, others.text], [404, none.text])
      }
      assert.equal((await as('alice').send('DELETE', path)).status, 204)
    })

    test('a request without a principal, or with one without credentials, is refused', async () => {
      const none = new Client(port)
      for (const [client, status] of [
        [none, 401],
        [as('nobody'), 403],
      ] as const) {
        assert.equal((await client.get('/topics')).status, status)
        assert.equal(
          (await client.post('/topics/of-alice', { records: [{ value: 1 }] })).status,
          status,
        )
        assert.equal(
          (await client.post('/consumers/g', { format: 'json' }, 'v2+json')).status,
          status,
        )
        assert.equal((await client.get('/consumers/g/instances/i/records')).status, status)
        assert.equal((await client.get('/ready')).status, 200)
        assert.equal((await client.get('/')).status, 200)
      }
      none.close()
      assert.equal((await operator.get('/topics')).status, 401)
    })

    test('credentials that Kafka refuses are refused, and others go on', async () => {
      for (let i = 0; i < 3; i++) {
        assert.equal(told(await as('mallory').get('/topics')), '401 40101')
        const produced = await as('mallory').post('/topics/of-alice', { records: [{ value: 1 }] })
        assert.equal(told(produced), '401 40101')
        assert.equal((await as('alice').get('/topics')).status, 200)
      }
      const metrics = await readMetrics(operator)
      // One attempt of each client: the others are answered from memory.
      assert.equal(metrics.get('sluice_kafka_identity_credentials_refused_total'), 2)
    })

    test('idle clients are closed, and opened again when they are needed', async () => {
      const read = () => readMetrics(operator)
      await until(
        'no client is open',
        async () => (await read()).get('sluice_kafka_identity_clients') === 0,
      )
      const before = await read()
      assert.ok((before.get('sluice_kafka_identity_clients_evicted_total') ?? 0) >= 4)
      const produced = await as('bob').post('/topics/of-bob', { records: [{ value: 1 }] })
      assert.equal(told(produced), '200')
    })

    test('a principal that leaves the file is refused, and a file with a fault changes nothing', async () => {
      writeCredentials([ALICE, MALLORY])
      await until('Bob is refused', async () => (await as('bob').get('/topics')).status === 403)
      assert.equal((await as('alice').get('/topics')).status, 200)
      writeFileSync(credentials, 'KafkaClient { nonsense')
      await until('the log tells', async () => {
        await as('alice').get('/topics')
        return sluice.log().includes('sluice.kafka.credentials.file cannot be read again')
      })
      assert.equal((await as('alice').get('/topics')).status, 200)
      assert.equal((await as('bob').get('/topics')).status, 403)
      writeCredentials([ALICE, BOB, MALLORY])
      await until('Bob is admitted', async () => (await as('bob').get('/topics')).status === 200)
    })

    test('no secret is in the log', async () => {
      await sluice.stop()
      const log = sluice.log()
      assert.ok(
        log.includes('"principal":"alice"') ||
          log.includes('principal=alice') ||
          log.includes('alice'),
      )
      for (const secret of SECRETS) assert.ok(!log.includes(secret), secret)
    })
  })

  test('an instance keeps its principal and its credentials in a cluster of processes', async () => {
    writeCredentials([ALICE, BOB])
    const nodes = await serveCluster(kafka)
    const alices = nodes.map((node) => new Client(node.port, 'alice'))
    const bobs = nodes.map((node) => new Client(node.port, 'bob'))
    const [first, second] = alices as [Client, Client]
    const [doomed, survivor] = nodes.map(({ sluice }) => sluice) as [Sluice, Sluice]
    await untilReady(alices)
    const paths = Array.from({ length: 6 }, (_, at) => `/consumers/of-alice/instances/moving-${at}`)
    for (const path of paths) {
      const settings = { name: path.slice(path.lastIndexOf('/') + 1), format: 'json' }
      assert.equal((await first.post('/consumers/of-alice', settings, 'v2+json')).status, 200)
      const assignment = { partitions: [{ topic: 'of-alice', partition: 0 }] }
      assert.equal((await second.post(`${path}/assignments`, assignment, 'v2+json')).status, 204)
      assert.equal((await first.get(`${path}/assignments`)).status, 200)
      for (const client of bobs) await assertHidden(client, path)
    }
    await doomed.stop('SIGKILL')
    for (const path of paths) {
      // Before and after it has a consumer at its new owner.
      await assertHidden(bobs[1] as Client, path)
      assert.equal((await second.get(`${path}/assignments`)).status, 200)
      assert.equal((await second.post('/topics/of-alice', { records: [{ value: 1 }] })).status, 200)
      assert.equal(told(await readRecords(second, `${path}/records`)), '200')
      await assertHidden(bobs[1] as Client, path)
    }
    closeAll([...alices, ...bobs])
    await survivor.stop()
    assert.ok(!(doomed.log() + survivor.log()).includes('secret-of-'))
  })

  test('a full pool refuses with 503, and takes no place of another principal', async () => {
    writeCredentials([ALICE, BOB])
    const { sluice, port } = await serve(kafka, { 'sluice.kafka.identity.clients.max': '1' })
    const [first, second] = [new Client(port, 'alice'), new Client(port, 'bob')]
    assert.equal((await first.get('/topics')).status, 200)
    const refused = await second.get('/topics')
    assert.deepEqual([refused.status, refused.body.error_code], [503, 50306])
    assert.equal(refused.retryAfter, '1')
    assert.equal((await first.get('/topics')).status, 200)
    const produced = await first.post('/topics/of-alice', { records: [{ value: 1 }] })
    assert.deepEqual([produced.status, produced.body.error_code], [503, 50306])
    first.close()
    second.close()
    await sluice.stop()
  })

  test('a login is a principal, too', async () => {
    const jaas = join(folder, 'login.jaas')
    const users = join(folder, 'users')
    writeFileSync(users, 'bob: login-of-bob,user\nalice: login-of-alice,user\n')
    const login = 'org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required'
    writeFileSync(jaas, `KafkaRest { ${login} file="${users}"; };\nKafkaClient {\n${BOB}};\n`)
    const { sluice, port } = await serve(kafka, {
      'sluice.kafka.identity': 'shared',
      'sluice.kafka.credentials.file': '',
      'sluice.auth.jaas.file': jaas,
      'authentication.method': 'BASIC',
      'authentication.realm': 'KafkaRest',
      'kafka.rest.resource.extension.class':
        'io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension',
      'confluent.rest.auth.propagate.method': 'JETTY_AUTH',
    })
    const client = new Client(port, 'alice')
    const bobs = await client.login('bob:login-of-bob').get('/topics')
    assert.equal(told(bobs), 'of-alice,of-bob')
    assert.equal((await client.login('alice:login-of-alice').get('/topics')).status, 403)
    assert.equal((await client.login('bob:wrong').get('/topics')).status, 401)
    assert.equal((await client.login('').get('/topics')).status, 401)
    client.close()
    await sluice.stop()
    for (const secret of [...SECRETS, 'login-of-']) assert.ok(!sluice.log().includes(secret))
  })

  test("the settings of Confluent's plug-in have the same effect, also at the schema registry", async () => {
    writeCredentials([ALICE, BOB])
    const registry = await FaultyRegistry.start()
    registry.behaviour = failure(403, 40301)
    const { sluice, port } = await serve(kafka, {
      'sluice.kafka.identity': 'shared',
      'kafka.rest.resource.extension.class':
        'io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension',
      'confluent.rest.auth.propagate.method': 'SSL',
      'schema.registry.url': registry.url,
      'schema.registry.basic.auth.credentials.source': 'SASL_INHERIT',
    })
    const client = new Client(port, 'alice')
    assert.deepEqual((await client.get('/topics')).body, ['of-alice'])
    const record = { value_schema_id: 1, records: [{ value: 1 }] }
    for (const [name, user] of [
      ['alice', alice],
      ['bob', bob],
      ['nobody', undefined],
    ] as const) {
      registry.requests.length = 0
      const caller = new Client(port, name)
      const answer = await caller.post(`/topics/of-${name}`, record, 'avro.v2+json')
      assert.equal(told(answer), user ? '403 40301' : '403 403')
      const shown = registry.requests.map(({ headers }) => headers.authorization)
      assert.deepEqual(shown, user ? [basic(user)] : [])
      caller.close()
    }
    client.close()
    await sluice.stop()
    await registry.stop()
  })
})
