/** A file of properties as Confluent's Ansible playbooks write it for TLS, BASIC and propagation, with stores of keytool. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createAuthority, createIdentity, STORE_PASSWORD } from '../../certificates.ts'
import { ChildServer } from '../../cluster/child-server.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Kafka, startKafka } from '../../cluster/kafka.ts'
import { checkText, registerSecret } from '../../cluster/secrets.ts'
import { allow, guardedBy, type KafkaUser, loginModule } from '../../cluster/users.ts'
import { keyStore, trustStore } from '../../stores.ts'
import { CertificateClient } from '../process/certificate-client.ts'

const MAIN = join(import.meta.dirname, '../../../dist/main.js')

const authority = createAuthority('authority')
const proxy: KafkaUser = { name: 'kafka_rest', password: 'kafka-rest-secret' }
const alice: KafkaUser = { name: 'alice', password: 'kafka-secret-of-alice' }
const LOGINS = { alice: 'login-of-alice', bob: 'login-of-bob' }

/** The stores of a host, as the playbooks make them. */
function stores(prefix: string, host: string): Record<string, string> {
  const identity = createIdentity(host, authority, 'IP:127.0.0.1')
  return {
    [`${prefix}ssl.keystore.location`]: keyStore('JKS', host, identity),
    [`${prefix}ssl.keystore.password`]: STORE_PASSWORD,
    [`${prefix}ssl.key.password`]: STORE_PASSWORD,
    [`${prefix}ssl.truststore.location`]: trustStore('JKS', host, [authority.cert]),
    [`${prefix}ssl.truststore.password`]: STORE_PASSWORD,
  }
}

function linesOf(properties: Readonly<Record<string, string>>): string {
  const keys = Object.keys(properties).sort()
  return ['# Maintained by Ansible', ...keys.map((key) => `${key}=${properties[key]}`), ''].join(
    '\n',
  )
}

/** The properties of kafka-rest: those of the playbooks, and the customer's own for propagation. */
function kafkaRest(port: number, kafka: Kafka): Record<string, string> {
  const own = stores('', 'kafka-rest')
  const trust = {
    'ssl.truststore.location': own['ssl.truststore.location'] as string,
    'ssl.truststore.password': STORE_PASSWORD,
  }
  const client = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'PLAIN',
    'sasl.jaas.config': loginModule(proxy),
    ...trust,
  }
  const prefixed = (prefix: string, values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]))
  return {
    ...own,
    listeners: `https://0.0.0.0:${port}`,
    'host.name': 'kafka-rest.example.com',
    id: '1',
    'bootstrap.servers': kafka.saslServers,
    'confluent.license.topic': '_confluent-command',
    'authentication.method': 'BASIC',
    'authentication.realm': 'KafkaRest',
    'authentication.roles': 'admin,developer',
    ...prefixed('client.', client),
    'schema.registry.url': 'https://schema-registry.example.com:8081',
    ...prefixed('schema.registry.', own),
    'basic.auth.credentials.source': 'USER_INFO',
    'schema.registry.basic.auth.user.info': 'admin:registry-secret',
    'confluent.monitoring.interceptor.topic': '_confluent-monitoring',
    'producer.interceptor.classes':
      'io.confluent.monitoring.clients.interceptor.MonitoringProducerInterceptor',
    'consumer.interceptor.classes':
      'io.confluent.monitoring.clients.interceptor.MonitoringConsumerInterceptor',
    'client.confluent.monitoring.interceptor.bootstrap.servers': kafka.saslServers,
    ...prefixed('client.confluent.monitoring.interceptor.', client),
    'confluent.telemetry.enabled': 'true',
    'confluent.telemetry.api.key': 'TELEMETRYKEY',
    'confluent.telemetry.api.secret': 'telemetry-secret',
    'metric.reporters': 'io.confluent.telemetry.reporter.TelemetryReporter',
    'confluent.telemetry.labels.confluent.ansible.playbooks.version': '8.0.x',
    'kafka.rest.resource.extension.class':
      'io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension',
    'confluent.rest.auth.propagate.method': 'JETTY_AUTH',
  }
}

const SECRETS = [
  ...[proxy, alice].map(({ password }) => password),
  ...Object.values(LOGINS),
  STORE_PASSWORD,
  'registry-secret',
  'telemetry-secret',
]

describe('a file of Confluent Ansible with TLS, BASIC and propagation', {
  timeout: 600_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-ansible-'))
  const logFile = join(folder, 'log')
  let kafka: Kafka
  let server: ChildServer
  let client: CertificateClient

  before(async () => {
    const prefix = 'listener.name.sasl.'
    kafka = await startKafka({
      config: {
        ...guardedBy(proxy, [alice]),
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,SASL:SASL_SSL,CONTROLLER:PLAINTEXT,RELAYED:PLAINTEXT',
        ...stores(prefix, 'broker'),
        [`${prefix}ssl.keystore.type`]: 'JKS',
        [`${prefix}ssl.truststore.type`]: 'JKS',
      },
    })
    await kafka.createTopic('of-alice')
    await allow(kafka, alice, { topic: 'of-alice' }, ['Write', 'Describe'])
    for (const secret of SECRETS) registerSecret('a secret of the deployment', secret)
    const [port] = (await freePorts(1)) as [number]
    const file = join(folder, 'kafka-rest.properties')
    writeFileSync(file, linesOf(kafkaRest(port, kafka)))
    const users = join(folder, 'password.properties')
    writeFileSync(users, `alice: ${LOGINS.alice},developer\nbob: ${LOGINS.bob},developer,admin\n`)
    const jaas = join(folder, 'jaas.conf')
    writeFileSync(
      jaas,
      `KafkaRest {
  org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required
  debug="true"
  file="${users}";
};
KafkaClient {
  ${loginModule(alice)}
};
`,
    )
    client = new CertificateClient(port, authority)
    server = new ChildServer({
      name: 'Sluice',
      command: process.execPath,
      args: [MAIN, file],
      env: { ...process.env, KAFKAREST_OPTS: `-Djava.security.auth.login.config=${jaas}` },
      logFile,
      isReady: async () => {
        const answer = await client.get('/healthy').catch(() => undefined)
        return answer?.status === 200
      },
    })
    await server.start()
  })
  after(async () => {
    client?.close()
    await server?.stop()
    await kafka?.stop()
    checkText('the log of Sluice', readFileSync(logFile, 'utf8'))
    rmSync(folder, { recursive: true })
  })

  test('starts unchanged, and each user acts in Kafka with credentials of its own', async () => {
    const produce = (pair: string) =>
      client.login(pair).post('/topics/of-alice', { records: [{ value: pair.length }] })
    const allowed = await produce(`alice:${LOGINS.alice}`)
    assert.equal(allowed.status, 200, allowed.text)
    assert.deepEqual((await client.get('/topics')).body, ['of-alice'])
    assert.equal((await produce(`bob:${LOGINS.bob}`)).status, 403)
    assert.equal((await produce('alice:wrong')).status, 401)
    assert.equal((await produce('')).status, 401)
  })
})
