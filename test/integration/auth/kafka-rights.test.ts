/** Users of a file as Confluent's tools write it, who act in Kafka with credentials of the same JAAS file. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Kafka, startKafka } from '../../cluster/kafka.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { allow, guardedBy, type KafkaUser, loginModule } from '../../cluster/users.ts'
import { type Headers, RestClient } from '../rest-client.ts'

const proxy: KafkaUser = { name: 'proxy', password: 'kafka-secret-of-the-proxy' }
const alice: KafkaUser = { name: 'alice', password: 'kafka-secret-of-alice' }
const bob: KafkaUser = { name: 'bob', password: 'kafka-secret-of-bob' }
const USERS = 'alice: login-of-alice,kafka\nbob: login-of-bob,kafka\ncarol: login-of-carol,kafka\n'

function as(name: string): Headers {
  const credentials = Buffer.from(`${name}:login-of-${name}`).toString('base64')
  return { authorization: `Basic ${credentials}` }
}

describe('users act in Kafka as themselves', { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-rights-'))
  let kafka: Kafka
  let sluice: Sluice
  let rest: RestClient

  before(async () => {
    kafka = await startKafka({ config: guardedBy(proxy, [alice, bob]) })
    await kafka.createTopic('of-alice')
    await allow(kafka, alice, { topic: 'of-alice' }, ['Write', 'Describe'])
    const users = join(folder, 'users.properties')
    writeFileSync(users, USERS)
    const jaas = join(folder, 'jaas.conf')
    writeFileSync(
      jaas,
      `KafkaRest {
  org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required
  debug="false"
  file="${users}";
};
KafkaClient {
  ${loginModule(alice)}
  ${loginModule(bob)}
};
`,
    )
    sluice = await startSluice(
      kafka.saslServers,
      {
        'authentication.method': 'BASIC',
        'authentication.realm': 'KafkaRest',
        'authentication.roles': 'kafka',
        'kafka.rest.resource.extension.class':
          'io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension',
        'confluent.rest.auth.propagate.method': 'JETTY_AUTH',
        'client.security.protocol': 'SASL_PLAINTEXT',
        'client.sasl.mechanism': 'PLAIN',
        'client.sasl.jaas.config': loginModule(proxy),
      },
      [],
      { ...process.env, KAFKAREST_OPTS: `-Djava.security.auth.login.config=${jaas}` },
    )
    rest = new RestClient(sluice.url)
  })
  after(async () => {
    rest?.close()
    await sluice?.stop()
    await kafka?.stop()
    rmSync(folder, { recursive: true })
    for (const secret of ['kafka-secret', 'login-of-']) assert.ok(!sluice.log().includes(secret))
  })

  test('each has its own rights, and a user without credentials has none', async () => {
    const produce = (name: string, headers: Headers = as(name)) => {
      const type = { 'content-type': 'application/vnd.kafka.json.v2+json' }
      return rest.post('/topics/of-alice', { records: [{ value: name }] }, { ...headers, ...type })
    }
    const allowed = await produce('alice')
    assert.deepEqual([allowed.status, allowed.body.offsets[0].error_code], [200, null])
    const denied = await produce('bob')
    assert.deepEqual([denied.status, denied.body.offsets[0].error_code], [403, 40301])
    assert.equal((await produce('carol')).status, 403)
    assert.equal((await produce('nobody', {})).status, 401)
    assert.deepEqual((await rest.get('/topics', as('alice'))).body, ['of-alice'])
    assert.deepEqual((await rest.get('/topics', as('bob'))).body, [])
  })
})
