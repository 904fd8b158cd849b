/**
 * Clients that act in Kafka with the credentials of their requests: passwords as PLAIN and SCRAM, tokens as OAUTHBEARER, on
 * three brokers with TLS that ask all connections for valid credentials again and again.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAuthority, createIdentity } from '../../certificates.ts'
import { type Kafka, startKafka } from '../../cluster/kafka.ts'
import { runKafkaTool } from '../../cluster/kafka-tool.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { addScramUser, allow, guardedBy, type KafkaUser } from '../../cluster/users.ts'
import { readMetrics } from '../metrics-text.ts'
import { RestClient } from '../rest-client.ts'
import {
  checkRightsTable,
  checkRightsTableOfV3,
  grantRights,
  readRecords,
  told,
} from '../rights-table.ts'
import { until } from '../until.ts'
import { basic, Caller } from './caller.ts'
import { brokersWithTokens, javaOptionsOf, startIssuer, type TokenIssuer } from './token-issuer.ts'

const proxy: KafkaUser = { name: 'proxy', password: 'secret-of-the-proxy' }
/** Each has its password in Kafka, too. */
const alice: KafkaUser = { name: 'alice', password: 'secret-of-alice: with a colon' }
const carol: KafkaUser = { name: 'carol', password: 'secret-of-carol' }
/** Their passwords in Kafka are others. */
const dave: KafkaUser = { name: 'dave', password: 'secret-of-dave' }
/** Sessions at brokers end after this time, unless they are renewed. */
const SESSION_MS = 8_000

/** The users of the load: those with even numbers have passwords, the others tokens. */
const MANY = Array.from({ length: 50 }, (_, number) => ({
  number,
  name: `user-${number}`,
  password: `secret-of-user-${number}`,
}))
/** The users of a class may write its topic. */
const CLASSES = 5

const folder = mkdtempSync(join(tmpdir(), 'sluice-pass-through-'))
after(() => rmSync(folder, { recursive: true }))
const users = join(folder, 'users.properties')
const jaas = join(folder, 'jaas.conf')

function writeUsers(all: readonly KafkaUser[]): void {
  const next = join(folder, 'next')
  const lines = all.map(({ name, password }) => `${name}: ${password},user\n`)
  writeFileSync(next, lines.join(''))
  renameSync(next, users)
}

const USERS = [alice, carol, dave, ...MANY.filter(({ number }) => number % 2 === 0)]

const ONE_RECORD = { records: [{ value: 1 }] }

describe('the credentials of requests are those in Kafka', { timeout: 900_000 }, () => {
  const authority = createAuthority('brokers')
  const server = createIdentity('broker', authority, 'IP:127.0.0.1')
  let issuer: TokenIssuer
  let kafka: Kafka
  const sluices: Sluice[] = []
  const clients: RestClient[] = []

  before(async () => {
    writeUsers(USERS)
    const login = 'org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required'
    writeFileSync(jaas, `KafkaRest { ${login} file="${users}"; };\n`)
    issuer = await startIssuer()
    const mechanisms = ['PLAIN', 'SCRAM-SHA-512']
    kafka = await startKafka({
      brokers: 3,
      config: {
        ...guardedBy(proxy, MANY),
        ...brokersWithTokens(issuer, mechanisms),
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,SASL:SASL_SSL,CONTROLLER:PLAINTEXT,RELAYED:PLAINTEXT',
        'listener.name.sasl.ssl.keystore.type': 'PEM',
        'listener.name.sasl.ssl.keystore.location': server.pem,
        'connections.max.reauth.ms': String(SESSION_MS),
      },
      javaOptions: javaOptionsOf(issuer),
    })
    for (const user of [proxy, alice, carol]) await addScramUser(kafka, user)
    await addScramUser(kafka, { ...dave, password: 'another-secret-of-dave' })
    await grantRights(kafka)
    for (const name of ['carol', 'short']) {
      await allow(kafka, { name }, { topic: 'of-alice' }, ['Read', 'Write', 'Describe'])
      await allow(kafka, { name }, { group: `of-${name}` }, ['Read'])
    }
  })
  after(async () => {
    for (const client of clients) client.close()
    for (const sluice of sluices) await sluice.stop()
    issuer?.stop()
    await kafka?.stop()
    const secrets = [...issuer.secrets, ...[proxy, alice, carol, dave].map((one) => one.password)]
    for (const sluice of sluices) {
      for (const secret of secrets) assert.ok(!sluice.log().includes(secret), 'a secret is logged')
    }
  })

  async function serve(passed: string, own: Record<string, string> = {}): Promise<RestClient> {
    const sluice = await startSluice(kafka.saslServers, {
      'authentication.method': 'BASIC,BEARER',
      'authentication.realm': 'KafkaRest',
      'sluice.auth.jaas.file': jaas,
      ...issuer.settings,
      'client.security.protocol': 'SASL_SSL',
      'client.ssl.truststore.location': authority.cert,
      'client.ssl.truststore.type': 'PEM',
      'client.sasl.mechanism': 'SCRAM-SHA-512',
      'client.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="proxy" password="${proxy.password}";`,
      'sluice.kafka.identity': 'propagate',
      'sluice.kafka.identity.pass.through': passed,
      'sluice.http.threads': '2',
      'sluice.log.level': 'debug',
      'sluice.log.requests': 'true',
      ...own,
    })
    sluices.push(sluice)
    const rest = new RestClient(sluice.url)
    clients.push(rest)
    return rest
  }

  async function withToken(rest: RestClient, sub: string, ...more: [life?: number]) {
    return new Caller(rest, `Bearer ${await issuer.sign({ sub }, ...more)}`)
  }

  describe('SCRAM and tokens', () => {
    let rest: RestClient
    before(async () => {
      rest = await serve('SCRAM-SHA-512,OAUTHBEARER')
    })

    test('each route does what the rights of a password and of a token say', async () => {
      const all = new Map<string, Caller>([
        ['alice', new Caller(rest, basic(alice))],
        ['bob', await withToken(rest, 'bob')],
      ])
      await checkRightsTable((name) => all.get(name) as Caller)
      await checkRightsTableOfV3((name) => all.get(name) as Caller)
    })

    test('a password that Kafka does not know is refused, and others go on', async () => {
      const other = new Caller(rest, basic(dave))
      for (let attempt = 0; attempt < 3; attempt++) {
        assert.equal(told(await other.get('/topics')), '401 40101')
        assert.equal(told(await other.post('/topics/of-alice', ONE_RECORD)), '401 40101')
        assert.equal((await new Caller(rest, basic(alice)).get('/topics')).status, 200)
      }
      assert.equal(
        (await readMetricsOf(rest)).get('sluice_kafka_identity_credentials_refused_total'),
        2,
      )
    })

    async function readMetricsOf(client: RestClient) {
      return readMetrics({
        get: (path: string) => client.get(path, { authorization: basic(alice) }),
      } as RestClient)
    }

    test('a newer token takes the place of the one before, without another client', async () => {
      const bob = await withToken(rest, 'bob', 600)
      assert.equal(told(await bob.post('/topics/of-bob', ONE_RECORD)), '200')
      const opened = async () =>
        (await readMetricsOf(rest)).get('sluice_kafka_identity_clients_opened_total')
      const before = await opened()
      for (let life = 700; life < 1200; life += 100) {
        const next = await withToken(rest, 'bob', life)
        assert.equal(told(await next.post('/topics/of-bob', ONE_RECORD)), '200')
      }
      // Both event loops use the same ones.
      assert.equal(await opened(), before)
    })

    test('tokens of one subject with other claims do not share a client, and share instances', async () => {
      const bob = await withToken(rest, 'bob')
      const other = new Caller(rest, `Bearer ${await issuer.sign({ sub: 'bob', department: 'x' })}`)
      assert.equal((await bob.post('/consumers/of-bob', { name: 'his' }, 'v2+json')).status, 200)
      const path = '/consumers/of-bob/instances/his'
      assert.equal((await other.get(`${path}/assignments`)).status, 200)
      const stranger = new Caller(rest, basic(alice))
      assert.equal((await stranger.get(`${path}/assignments`)).body.error_code, 40403)
      assert.equal((await other.send('DELETE', path)).status, 204)
    })

    test('a session that is renewed with a newer token goes on', async () => {
      const bob = await withToken(rest, 'bob', 1300)
      const path = '/consumers/of-bob/instances/long'
      const settings = { name: 'long', format: 'json', 'auto.offset.reset': 'earliest' }
      assert.equal((await bob.post('/consumers/of-bob', settings, 'v2+json')).status, 200)
      const partitions = { partitions: [{ topic: 'of-bob', partition: 0 }] }
      assert.equal((await bob.post(`${path}/assignments`, partitions, 'v2+json')).status, 204)
      const end = performance.now() + 2.5 * SESSION_MS
      for (let life = 1400; performance.now() < end; life += 10) {
        bob.authorization = (await withToken(rest, 'bob', life)).authorization
        assert.equal(told(await bob.post('/topics/of-bob', ONE_RECORD)), '200')
        assert.equal(told(await readRecords(bob, `${path}/records`)), '200')
        await sleep(500)
      }
      assert.equal((await bob.send('DELETE', path)).status, 204)
    })

    test('a long poll ends with its token, and goes on with the next one', async () => {
      const path = '/consumers/of-short/instances/short'
      const settings = { name: 'short', format: 'json', 'consumer.request.timeout.ms': 600_000 }
      // It has to be there while its first token is valid.
      const lives = [20, 60, 180]
      for (const life of lives) {
        const short = await withToken(rest, 'short', life)
        await short.send('DELETE', path)
        const created = await short.post('/consumers/of-short', settings, 'v2+json')
        const partitions = { partitions: [{ topic: 'of-alice', partition: 0 }] }
        const assigned = await short.post(`${path}/assignments`, partitions, 'v2+json')
        const end = { partitions: [{ topic: 'of-alice', partition: 0 }] }
        const sought = await short.post(`${path}/positions/end`, end, 'v2+json')
        if ([created, assigned, sought].some(({ status }) => status === 401)) continue
        // Without new records it would wait for ten minutes.
        const answer = await short.get(`${path}/records`)
        assert.equal(told(answer), '401 40101')
        const next = await withToken(rest, 'short')
        const again = await next.get(`${path}/records?timeout=1000`)
        assert.deepEqual([again.status, again.body], [200, []])
        assert.equal((await next.send('DELETE', path)).status, 204)
        return
      }
      assert.fail('the machine is too slow for a token of three minutes')
    })

    test('a user whose password changes in Kafka is refused when its session ends', async () => {
      const hers = new Caller(rest, basic(carol))
      assert.equal(told(await hers.post('/topics/of-alice', ONE_RECORD)), '200')
      await addScramUser(kafka, { ...carol, password: 'another-secret-of-carol' })
      await until(
        'she is refused',
        async () => told(await hers.post('/topics/of-alice', ONE_RECORD)) === '401 40101',
        240_000,
      )
      assert.equal((await new Caller(rest, basic(alice)).get('/topics')).status, 200)
    })

    test('a user who is removed while she reads is unknown to the next request', async () => {
      const hers = new Caller(rest, basic(alice))
      const path = '/consumers/of-alice/instances/removed'
      await hers.post('/consumers/of-alice', { name: 'removed', format: 'json' }, 'v2+json')
      await hers.post(`${path}/subscription`, { topics: ['of-alice'] }, 'v2+json')
      const reading = hers.get(`${path}/records?timeout=15000`)
      writeUsers(USERS.filter((user) => user !== alice))
      await until('she is unknown', async () => (await hers.get('/topics')).status === 401)
      assert.ok([200, 401].includes((await reading).status))
      assert.equal((await hers.get(`${path}/records`)).status, 401)
      writeUsers(USERS)
      await until('she is known', async () => (await hers.get('/topics')).status === 200)
      assert.equal((await hers.send('DELETE', path)).status, 204)
    })

    test('tokens of an issuer whose clock is ten minutes off are refused before Kafka is asked', async () => {
      for (const clock of [-600, 600]) {
        const token = await issuer.sign({ sub: 'bob' }, 300, clock)
        const bob = new Caller(rest, `Bearer ${token}`)
        assert.equal((await bob.get('/topics')).status, 401)
      }
    })
  })

  test('one user for all requests has tokens by client credentials, and renews them', async () => {
    issuer.addClient('sluice', 'secret-of-the-client', 'alice', 20)
    const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
    const rest = await serve('', {
      'sluice.kafka.identity': 'shared',
      'client.sasl.mechanism': 'OAUTHBEARER',
      'client.sasl.oauthbearer.token.endpoint.url': `${issuer.url}/token`,
      'client.sasl.jaas.config': `${module} required clientId="sluice" clientSecret="secret-of-the-client" scope="kafka";`,
    })
    const anybody = await withToken(rest, 'bob')
    const path = '/consumers/of-alice/instances/shared'
    const settings = { name: 'shared', format: 'json', 'auto.offset.reset': 'earliest' }
    assert.equal((await anybody.post('/consumers/of-alice', settings, 'v2+json')).status, 200)
    // A subscription would share the partition with members that other tests have left in the group.
    const partitions = { partitions: [{ topic: 'of-alice', partition: 0 }] }
    assert.equal((await anybody.post(`${path}/assignments`, partitions, 'v2+json')).status, 204)
    assert.equal(told(await anybody.post('/topics/of-alice', ONE_RECORD)), '200')
    assert.equal(told(await readRecords(anybody, `${path}/records`)), '200')
    const before = issuer.granted
    assert.ok(before >= 2, 'a producer and a consumer')
    await until(
      'each client has renewed its token',
      async () => {
        assert.equal(told(await anybody.post('/topics/of-alice', ONE_RECORD)), '200')
        assert.equal(told(await anybody.post('/topics/of-bob', ONE_RECORD)), '403 40301')
        assert.equal(told(await readRecords(anybody, `${path}/records`)), '200')
        return issuer.granted >= 2 * before
      },
      240_000,
    )
    assert.equal((await anybody.send('DELETE', path)).status, 204)
    // Calls that librdkafka does not have get a token of their own; without it their answer would be 401.
    const [{ cluster_id }] = (await anybody.get('/v3/clusters')).body.data
    const moving = `/v3/clusters/${cluster_id}/topics/-/partitions/-/reassignment`
    assert.equal(told(await anybody.get(moving)), '403 40301')
  })

  describe('PLAIN and tokens', () => {
    test('no request of 50 users acts as another one', async () => {
      const rest = await serve('PLAIN,OAUTHBEARER')
      for (let index = 0; index < CLASSES; index++) {
        const topic = `class-${index}`
        await kafka.createTopic(topic, { partitions: 1 })
        const principals = MANY.filter(({ number }) => number % CLASSES === index)
        await runKafkaTool('org.apache.kafka.tools.AclCommand', [
          ...['--bootstrap-server', kafka.bootstrapServers, '--add', '--force', '--topic', topic],
          ...principals.flatMap(({ name }) => ['--allow-principal', `User:${name}`]),
          ...['--operation', 'Write', '--operation', 'Describe'],
        ])
      }
      const callers = await Promise.all(
        MANY.map(async (user) => ({
          user,
          caller:
            user.number % 2 === 0
              ? new Caller(rest, basic(user))
              : await withToken(rest, user.name),
        })),
      )
      const all = await Promise.all(callers.map(({ user, caller }) => wrongAnswers(user, caller)))
      assert.deepEqual(all.flat(), [])
    })

    /** Uses the topics of all classes in turn; returns what the rights of the user do not explain. */
    async function wrongAnswers(
      { name, number }: (typeof MANY)[number],
      caller: Caller,
    ): Promise<string[]> {
      const own = number % CLASSES
      const wrong: string[] = []
      const compare = (what: string, answer: string, expected: string) => {
        if (answer !== expected) wrong.push(`${name}: ${what}: ${answer}`)
      }
      for (let round = 0; round < 4 * CLASSES; round++) {
        const index = (number + round) % CLASSES
        const topic = `/topics/class-${index}`
        const expected = index === own ? '200' : '403 40301'
        compare(`POST ${topic}`, told(await caller.post(topic, ONE_RECORD)), expected)
        compare(`GET ${topic}`, told(await caller.get(`${topic}/partitions`)), expected)
        compare('GET /topics', told(await caller.get('/topics')), `class-${own}`)
      }
      return wrong
    }

    /** A client with a short token, for which the brokers have taken a record. */
    async function warmToken(rest: RestClient): Promise<Caller> {
      for (const life of [20, 60, 180]) {
        const short = await withToken(rest, 'short', life)
        if (told(await short.post('/topics/of-alice', ONE_RECORD)) === '200') return short
      }
      throw new Error('the brokers take no record in three minutes')
    }

    async function whileHung(work: () => Promise<void>): Promise<void> {
      for (const broker of kafka.brokers) broker.pause()
      await work().finally(() => {
        for (const broker of kafka.brokers) broker.resume()
      })
    }

    test('records that wait for hung brokers fail when the token ends', async () => {
      const rest = await serve('OAUTHBEARER,PLAIN', { 'producer.delivery.timeout.ms': '600000' })
      const short = await warmToken(rest)
      await whileHung(async () => {
        assert.equal(told(await short.post('/topics/of-alice', ONE_RECORD)), '401 40101')
      })
      const next = await withToken(rest, 'short')
      await until(
        'another token is served',
        async () => told(await next.post('/topics/of-alice', ONE_RECORD)) === '200',
        240_000,
      )
    })

    test('while the issuer is down, tokens that were signed before count', async () => {
      const rest = await serve('OAUTHBEARER,PLAIN')
      const first = await withToken(rest, 'bob')
      assert.equal(told(await first.post('/topics/of-bob', ONE_RECORD)), '200')
      issuer.stop()
      const second = await withToken(rest, 'bob')
      assert.equal(told(await second.post('/topics/of-bob', ONE_RECORD)), '200')
    })
  })
})
