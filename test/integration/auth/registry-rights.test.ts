/**
 * A schema registry with rights of its own, which knows each principal by the credentials that it has in Kafka: requests of
 * several, one after the other and at the same time, on several event loops and threads for schemas.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Kafka, startKafka } from '../../cluster/kafka.ts'
import { type Registry, sharedRegistry } from '../../cluster/registry.ts'
import { registerSecret } from '../../cluster/secrets.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { allow, guardedBy, type KafkaUser, loginModule } from '../../cluster/users.ts'
import { AVRO, BINARY } from '../../media-types.ts'
import { readMetrics } from '../metrics-text.ts'
import { RestClient, type RestResponse } from '../rest-client.ts'
import { uniqueName } from '../stage.ts'
import { until } from '../until.ts'
import { JSON_CHUNKS, StreamClient } from '../v3/stream-client.ts'
import { basic } from './caller.ts'
import { type GuardedRegistry, startGuardedRegistry } from './guarded-registry.ts'
import { brokersWithTokens, javaOptionsOf, startIssuer, type TokenIssuer } from './token-issuer.ts'

const WAIT_MS = 240_000

const proxy: KafkaUser = { name: 'proxy', password: 'secret-of-the-proxy' }
const alice: KafkaUser = { name: 'alice', password: 'secret-of-alice: with a colon' }
/** Kafka and the registry know him by the password in a file, and Sluice by another one. */
const dave: KafkaUser = { name: 'dave', password: 'secret-of-dave' }
const daveInKafka: KafkaUser = { name: 'dave', password: 'mapped-secret-of-dave' }
/** Her password in the registry is another one. */
const erin: KafkaUser = { name: 'erin', password: 'secret-of-erin' }

const NAMES = ['alice', 'bob', 'dave', 'erin']

const folder = mkdtempSync(join(tmpdir(), 'sluice-registry-rights-'))
after(() => rmSync(folder, { recursive: true }))

describe('each principal at the schema registry', { timeout: 900_000 }, () => {
  /** Topics that all may use in Kafka. The registry shows the schemas of the first one to alice and dave, the others to bob. */
  const hers = uniqueName('of-alice')
  const his = uniqueName('of-bob')
  const ids = new Map<string, number>()
  let issuer: TokenIssuer
  let kafka: Kafka
  let real: Registry
  let guard: GuardedRegistry
  let sluice: Sluice
  let rest: RestClient
  const started: Sluice[] = []
  const clients: RestClient[] = []
  let bobs = ''

  before(async () => {
    issuer = await startIssuer()
    real = await sharedRegistry()
    guard = await startGuardedRegistry(real.url)
    kafka = await startKafka({
      config: {
        ...guardedBy(proxy, [alice, daveInKafka, erin]),
        ...brokersWithTokens(issuer, ['PLAIN']),
      },
      javaOptions: javaOptionsOf(issuer),
    })
    await grantInKafka()
    for (const topic of [hers, his]) ids.set(topic, await register(topic))
    for (const user of [alice, daveInKafka]) guard.addLogin(user.name, basic(user))
    registerSecret('a password in Kafka', daveInKafka.password)
    guard.addLogin('erin', basic({ ...erin, password: 'another-secret-of-erin' }))
    bobs = await tokenOfBob(3000)
    for (const name of NAMES) guard.allow(name, new RegExp(`^${name === 'bob' ? his : hers}-`))
    sluice = await serve({})
    rest = clientOf(sluice)
  })
  after(async () => {
    for (const client of clients) client.close()
    for (const one of started) await one.stop()
    guard?.stop()
    issuer?.stop()
    await kafka?.stop()
    await real?.stop()
    for (const one of started) {
      for (const secret of [...issuer.secrets, daveInKafka.password, basic(daveInKafka).slice(6)]) {
        assert.ok(!one.log().includes(secret), 'a secret is logged')
      }
    }
  })

  /** In Kafka all may do everything. */
  async function grantInKafka(): Promise<void> {
    for (const topic of [hers, his]) await kafka.createTopic(topic, { partitions: 1 })
    for (const name of NAMES) {
      for (const topic of [hers, his]) {
        await allow(kafka, { name }, { topic }, ['Read', 'Write', 'Describe'])
      }
      await allow(kafka, { name }, { group: `g-${name}` }, ['Read'])
    }
  }

  /** Registers a schema for the values of a topic that no other topic has, with all rights. */
  async function register(topic: string): Promise<number> {
    const answer = await fetch(`${real.url}/subjects/${topic}-value/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: schemaOf(topic) }),
    })
    assert.ok(answer.ok)
    return ((await answer.json()) as { id: number }).id
  }

  function schemaOf(topic: string, more = ''): string {
    const name = `R_${topic.replaceAll('-', '_')}${more}`
    return JSON.stringify({ type: 'record', name, fields: [{ name: 'f', type: 'int' }] })
  }

  async function tokenOfBob(life: number): Promise<string> {
    const authorization = `Bearer ${await issuer.sign({ sub: 'bob' }, life)}`
    guard.addLogin('bob', authorization)
    return authorization
  }

  function clientOf({ url }: Sluice): RestClient {
    const client = new RestClient(url)
    clients.push(client)
    return client
  }

  async function serve(own: Record<string, string>): Promise<Sluice> {
    const users = join(folder, 'users.properties')
    const jaas = join(folder, 'jaas.conf')
    writeFileSync(
      users,
      [alice, dave, erin].map(({ name, password }) => `${name}: ${password},user\n`).join(''),
    )
    const login = 'org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required'
    const mapped = `KafkaClient { ${loginModule(daveInKafka)} };`
    writeFileSync(jaas, `KafkaRest { ${login} file="${users}"; };\n${mapped}\n`)
    const one = await startSluice(kafka.saslServers, {
      'authentication.method': 'BASIC,BEARER',
      'authentication.realm': 'KafkaRest',
      'authentication.skip.paths': '/metrics',
      'sluice.auth.jaas.file': jaas,
      ...issuer.settings,
      'client.security.protocol': 'SASL_PLAINTEXT',
      'client.sasl.mechanism': 'PLAIN',
      'client.sasl.jaas.config': loginModule(proxy),
      'sluice.kafka.identity': 'propagate',
      'sluice.kafka.identity.pass.through': 'PLAIN,OAUTHBEARER',
      'schema.registry.url': guard.url,
      'schema.registry.basic.auth.credentials.source': 'SASL_INHERIT',
      'schema.registry.bearer.auth.credentials.source': 'SASL_OAUTHBEARER_INHERIT',
      'sluice.schema.registry.timeout.ms': '60000',
      'sluice.http.threads': '2',
      'sluice.schema.threads': '2',
      'sluice.log.level': 'debug',
      'sluice.log.requests': 'true',
      ...own,
    })
    started.push(one)
    return one
  }

  /** The Authorization of a caller by its name. */
  function loginOf(name: string): string {
    return { alice: basic(alice), bob: bobs, dave: basic(dave), erin: basic(erin) }[name] ?? ''
  }

  function produce(
    name: string,
    topic: string,
    schema: object,
    client = rest,
  ): Promise<RestResponse> {
    const body = { ...schema, records: [{ value: { f: 1 } }] }
    const headers = { authorization: loginOf(name), 'content-type': AVRO }
    return client.post(`/topics/${topic}`, body, headers)
  }

  /** The results of all records: their codes, or the status. */
  async function batch(name: string, topic: string): Promise<string> {
    const value = { schema_id: ids.get(topic), data: { f: 2 } }
    const byText = { type: 'AVRO', schema: schemaOf(topic), data: { f: 2 } }
    const entries = [value, byText].map((each, index) => ({ id: `e${index}`, value: each }))
    const path = `/v3/clusters/c1/topics/${topic}/records:batch`
    const headers = { authorization: loginOf(name), 'content-type': 'application/json' }
    const answer = await rest.post(path, { entries }, headers)
    const { successes = [], failures = [] } = answer.body ?? {}
    const codes = failures.map(({ error_code }: { error_code: number }) => error_code)
    return [...successes.map(() => 200), ...codes].join(' ')
  }

  async function stream(name: string, topic: string): Promise<string> {
    const client = await StreamClient.open(
      sluice.url,
      `/v3/clusters/c1/topics/${topic}/records`,
      `${JSON_CHUNKS}Authorization: ${loginOf(name)}\r\n`,
    )
    try {
      client.send(JSON.stringify({ value: { schema_id: ids.get(topic), data: { f: 3 } } }))
      const { error_code } = await client.answer()
      client.end()
      return String(error_code)
    } finally {
      client.close()
    }
  }

  /** Reads the first record of a topic with an instance of its own. */
  async function read(name: string, topic: string): Promise<string> {
    const headers = { authorization: loginOf(name) }
    const settings = {
      format: 'avro',
      'auto.offset.reset': 'earliest',
      'auto.commit.enable': 'false',
    }
    const made = await rest.post(`/consumers/g-${name}`, settings, headers)
    assert.equal(made.status, 200, made.text)
    const path = `/consumers/g-${name}/instances/${made.body.instance_id}`
    const partitions = { partitions: [{ topic, partition: 0 }] }
    assert.equal((await rest.post(`${path}/assignments`, partitions, headers)).status, 204)
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const answer = await rest.get(`${path}/records`, { ...headers, accept: AVRO })
      if (answer.status === 200 && answer.body.length === 0 && Date.now() < deadline) continue
      await rest.delete(path, headers)
      return answer.status === 200 ? String(answer.body[0].value.f) : codeOf(answer)
    }
  }

  function codeOf({ status, body }: RestResponse): string {
    return status === 200 ? '200' : `${status} ${body?.error_code}`
  }

  /** What a caller is told who tries everything with the schemas of a topic. */
  async function everything(name: string, topic: string): Promise<Record<string, string>> {
    const [byId, byText, inBatch, inStream, whenRead] = await Promise.all([
      produce(name, topic, { value_schema_id: ids.get(topic) }).then(codeOf),
      produce(name, topic, { value_schema: schemaOf(topic) }).then(codeOf),
      batch(name, topic),
      stream(name, topic),
      read(name, topic),
    ])
    return { byId, byText, inBatch, inStream, whenRead }
  }

  const ALLOWED = { byId: '200', byText: '200', inBatch: '200 200', inStream: '200', whenRead: '1' }
  const DENIED = {
    byId: '403 40301',
    byText: '403 40301',
    inBatch: '40301 40301',
    inStream: '40301',
    whenRead: '403 40301',
  }

  test('the schemas of one are hidden from the other, whoever was first, and at the same time', async () => {
    // Both topics have a record before they are read.
    assert.equal(codeOf(await produce('alice', hers, { value_schema_id: ids.get(hers) })), '200')
    assert.equal(codeOf(await produce('bob', his, { value_schema_id: ids.get(his) })), '200')
    const expected: [name: string, topic: string, result: object][] = [
      ['alice', hers, ALLOWED],
      ['bob', hers, DENIED],
      ['dave', hers, ALLOWED],
      ['alice', his, DENIED],
      ['bob', his, ALLOWED],
      ['dave', his, DENIED],
    ]
    for (let round = 0; round < 4; round++) {
      const results = await Promise.all(expected.map(([name, topic]) => everything(name, topic)))
      assert.deepEqual(
        results.map((result, index) => [...(expected[index] ?? []).slice(0, 2), result]),
        expected,
      )
    }
    assert.deepEqual(
      guard.seen.filter(({ user }) => user === undefined),
      [],
      'only the logins of callers',
    )
    for (const name of ['alice', 'bob', 'dave']) {
      assert.ok(guard.seen.some(({ user }) => user === name))
    }
  })

  test('a registration is that of the caller', async () => {
    const schema = schemaOf(hers, '_registered')
    const path = new RegExp(`^/subjects/${hers}-key/versions`)
    const body = {
      key_schema: schema,
      value_schema_id: ids.get(hers),
      records: [{ key: { f: 1 }, value: { f: 1 } }],
    }
    const post = (name: string) =>
      rest.post(`/topics/${hers}`, body, { authorization: loginOf(name), 'content-type': AVRO })
    assert.equal(codeOf(await post('bob')), '403 40301')
    assert.equal(codeOf(await post('alice')), '200')
    assert.equal(codeOf(await post('bob')), '403 40301')
    const asked = guard.seen.filter(
      ({ method, path: asked }) => method === 'POST' && path.test(asked),
    )
    assert.ok(asked.some(({ user }) => user === 'alice'))
  })

  test('a login that the registry does not know is an error of its own request', async () => {
    assert.equal(
      codeOf(await produce('erin', hers, { value_schema_id: ids.get(hers) })),
      '422 42207',
    )
    assert.equal(await read('erin', hers), '401 40101')
    assert.equal(codeOf(await produce('alice', hers, { value_schema_id: ids.get(hers) })), '200')
    const binary = { records: [{ value: 'AA==' }] }
    const headers = { authorization: loginOf('erin'), 'content-type': BINARY }
    const other = uniqueName('binary')
    await kafka.createTopic(other, { partitions: 1 })
    await allow(kafka, erin, { topic: other }, ['Write', 'Describe'])
    assert.equal(codeOf(await rest.post(`/topics/${other}`, binary, headers)), '200')
  })

  test('a newer token asks anew', async () => {
    for (let life = 3100; life < 3400; life += 100) {
      bobs = await tokenOfBob(life)
      const before = guard.seen.length
      assert.equal(codeOf(await produce('bob', his, { value_schema_id: ids.get(his) })), '200')
      assert.ok(guard.seen.slice(before).some(({ user }) => user === 'bob'))
      const again = guard.seen.length
      assert.equal(
        codeOf(await produce('bob', hers, { value_schema_id: ids.get(hers) })),
        '403 40301',
      )
      assert.ok(guard.seen.length > again)
    }
  })

  test('a right that the registry withdraws ends, and the same one that it grants begins', async () => {
    const tell = () => produce('dave', hers, { value_schema_id: ids.get(hers) }).then(codeOf)
    assert.equal(await tell(), '200')
    guard.allow('dave', /^nothing$/)
    await until('he is refused', async () => (await tell()) === '403 40301', WAIT_MS)
    assert.equal(await read('dave', hers), '403 40301')
    assert.equal(codeOf(await produce('alice', hers, { value_schema_id: ids.get(hers) })), '200')
    guard.allow('dave', new RegExp(`^${hers}-`))
    await until('he is admitted', async () => (await tell()) === '200', WAIT_MS)
  })

  test('callers whose kind of login the registry is not shown use no schemas, and the process asks nothing', async () => {
    const passwords = clientOf(
      await serve({ 'schema.registry.bearer.auth.credentials.source': 'NONE' }),
    )
    const before = guard.seen.length
    for (const schema of [{ value_schema_id: ids.get(his) }, { value_schema: schemaOf(his) }]) {
      assert.equal(codeOf(await produce('bob', his, schema, passwords)), '403 40301')
    }
    assert.equal(guard.seen.length, before)
    const schema = { value_schema_id: ids.get(hers) }
    assert.equal(codeOf(await produce('alice', hers, schema, passwords)), '200')
    assert.ok(guard.seen.length > before)
  })

  test('the metrics count the questions of all callers', async () => {
    const metrics = await readMetrics(rest)
    assert.ok((metrics.get('sluice_schema_registry_requests_total') ?? 0) > 0)
  })
})
