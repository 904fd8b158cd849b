/** The connections that are not librdkafka's: logins, TLS, and brokers that do not answer. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { RestError } from '../../../src/errors.ts'
import type { ConfigChange } from '../../../src/kafka/configs.ts'
import { BrokerCalls } from '../../../src/kafka/direct/broker-calls.ts'
import { BrokerThread } from '../../../src/kafka/direct/broker-thread.ts'
import type { Address } from '../../../src/kafka/direct/calls.ts'
import { createAuthority, createIdentity, STORE_PASSWORD } from '../../certificates.ts'
import { type Kafka, startKafka } from '../../cluster/kafka.ts'
import { addScramUser, guardedBy, type KafkaUser } from '../../cluster/users.ts'
import { keyStore, trustStore } from '../../stores.ts'
import { until } from '../until.ts'

const TIMEOUT_MS = 60_000
const administrator: KafkaUser = { name: 'administrator', password: 'secret-of-administrator' }
const alice: KafkaUser = { name: 'alice', password: 'secret,of=alice' }

const textAt = (path: string) => readFileSync(path, 'utf8')

function addressOf(servers: string) {
  const [host = '', port = ''] = (servers.split(',')[0] as string).split(':')
  return { host, port: Number(port) }
}

const thread = new BrokerThread({ error: (fields: object) => console.error(fields) })

function calls(properties: Readonly<Record<string, string>>, timeoutMs = TIMEOUT_MS) {
  const client = new BrokerCalls(Object.entries(properties), timeoutMs, thread)
  return {
    listReassignments: async (brokers: readonly Address[]) => [
      ...(await client.listReassignments('me', brokers)).partitions,
    ],
    describeLogDirs: (broker: Address) => client.describeLogDirs('me', broker),
    describeDefaultConfigs: (brokers: readonly Address[]) =>
      client.describeDefaultConfigs('me', brokers),
    alterDefaultConfigs: (brokers: readonly Address[], changes: readonly ConfigChange[]) =>
      client.alterDefaultConfigs('me', brokers, changes),
  }
}

function failure(name: string, pattern = /./) {
  return (error: RestError) => {
    assert.equal(error.name, name, error.message)
    assert.match(error.message, pattern)
    assert.doesNotMatch(error.message, /secret/)
    return true
  }
}

describe('a Kafka with passwords', { timeout: 600_000 }, () => {
  let kafka: Kafka
  let address: { host: string; port: number }
  before(async () => {
    kafka = await startKafka({ config: guardedBy(administrator, [alice]) })
    await addScramUser(kafka, administrator)
    await addScramUser(kafka, alice)
    address = addressOf(kafka.saslServers)
  })
  after(() => kafka?.stop())

  const loginOf = (mechanism: string, { name, password }: KafkaUser) => ({
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanisms': mechanism,
    'sasl.username': name,
    'sasl.password': password,
  })

  for (const mechanism of ['PLAIN', 'SCRAM-SHA-512']) {
    test(`logs in with ${mechanism}, and refuses a wrong password`, async () => {
      const client = calls(loginOf(mechanism, administrator))
      // A user of SCRAM is known a little after it was added.
      await until('the user', () =>
        client.listReassignments([address]).then(
          () => true,
          () => false,
        ),
      )
      assert.deepEqual(await client.listReassignments([address]), [])
      const [dir] = await client.describeLogDirs(address)
      assert.ok(dir?.path.startsWith('/'))
      const wrong = calls(loginOf(mechanism, { ...administrator, password: 'another-secret' }))
      await assert.rejects(
        wrong.listReassignments([address, address]),
        failure('KAFKA_AUTHENTICATION'),
      )
    })

    test(`a user of ${mechanism} without rights gets no answer`, async () => {
      const client = calls(loginOf(mechanism, alice))
      const refused = failure('KAFKA_AUTHORIZATION', /Cluster/i)
      await assert.rejects(client.listReassignments([address]), refused)
      await assert.rejects(client.describeLogDirs(address), refused)
      await assert.rejects(client.describeDefaultConfigs([address]), refused)
      const change = [{ name: 'log.cleaner.threads', value: '2' }]
      await assert.rejects(client.alterDefaultConfigs([address], change), refused)
    })
  }

  test('a mechanism that the broker does not know is an error of authentication', async () => {
    const other = calls(loginOf('SCRAM-SHA-256', administrator))
    await assert.rejects(other.listReassignments([address]), failure('KAFKA_AUTHENTICATION'))
  })

  test('a client without a login is not served, and a Kafka without TLS not spoken to', async () => {
    const none = calls({}, 5_000)
    await assert.rejects(none.listReassignments([address]), failure('KAFKA_RETRIABLE_ERROR'))
    const tls = calls(
      { 'security.protocol': 'SSL', 'ssl.ca.pem': textAt(createAuthority('a').cert) },
      5_000,
    )
    await assert.rejects(tls.listReassignments([address]), failure('KAFKA_RETRIABLE_ERROR'))
  })

  test('a login by Kerberos is refused by its name, before a connection is opened', async () => {
    const connections: Socket[] = []
    const server = createServer((socket) => void connections.push(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = calls({ 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanisms': 'GSSAPI' })
    const refused = failure('KAFKA_ERROR', /setting sasl\.mechanism=GSSAPI of Kafka clients/)
    const silent = { host: '127.0.0.1', port }
    await assert.rejects(client.listReassignments([silent]), refused)
    await assert.rejects(client.describeLogDirs(silent), refused)
    await assert.rejects(client.describeDefaultConfigs([silent]), refused)
    const change = [{ name: 'log.cleaner.threads', value: '2' }]
    await assert.rejects(client.alterDefaultConfigs([silent], change), refused)
    assert.equal(connections.length, 0)
    server.close()
  })

  test('a broker that does not answer gives way to the next one, and alone it costs the deadline', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket.resume())).listen(
      0,
      '127.0.0.1',
    )
    const garbage = createServer((socket) => {
      socket.on('error', () => {})
      socket.write(Buffer.from([0, 0, 0, 8, 0, 0, 0, 99, 0, 0, 0, 0]))
    }).listen(0, '127.0.0.1')
    await Promise.all([once(silent, 'listening'), once(garbage, 'listening')])
    const of = (server: typeof silent) => ({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
    })
    const plain = addressOf(kafka.bootstrapServers)
    const closed = { host: '127.0.0.1', port: 1 }
    const client = calls({})
    assert.deepEqual(await client.listReassignments([closed, of(garbage), of(silent), plain]), [])
    const hasty = calls({}, 500)
    await assert.rejects(
      hasty.listReassignments([of(silent)]),
      failure('KAFKA_RETRIABLE_ERROR', /timed out/i),
    )
    await assert.rejects(client.listReassignments([closed]), failure('KAFKA_RETRIABLE_ERROR', /:1/))
    await assert.rejects(client.listReassignments([]), failure('BROKER_NOT_AVAILABLE'))
    // All connections were closed, and no timer is left.
    await until('the ends', () =>
      sockets.every((socket) => socket.readableEnded || socket.destroyed),
    )
    for (const server of [silent, garbage]) server.close()
    for (const socket of sockets) socket.destroy()
  })
})

describe('a Kafka that requires certificates of its clients', { timeout: 600_000 }, () => {
  const authority = createAuthority('authority')
  const broker = createIdentity('broker', authority, 'IP:127.0.0.1')
  const me = createIdentity('me', authority)
  let kafka: Kafka
  let address: { host: string; port: number }
  before(async () => {
    const prefix = 'listener.name.sasl.'
    kafka = await startKafka({
      config: {
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,SASL:SSL,CONTROLLER:PLAINTEXT,RELAYED:PLAINTEXT',
        [`${prefix}ssl.client.auth`]: 'required',
        [`${prefix}ssl.keystore.location`]: keyStore('PKCS12', 'direct', broker),
        [`${prefix}ssl.keystore.password`]: STORE_PASSWORD,
        [`${prefix}ssl.truststore.location`]: trustStore('PKCS12', 'direct', [authority.cert]),
        [`${prefix}ssl.truststore.password`]: STORE_PASSWORD,
      },
    })
    address = addressOf(kafka.saslServers)
  })
  after(() => kafka?.stop())

  const tls = (ca = authority.cert) => ({
    'security.protocol': 'SSL',
    'ssl.ca.pem': textAt(ca),
    'ssl.certificate.location': me.cert,
    'ssl.key.pem': textAt(me.key),
  })

  test('is reached with a certificate', async () => {
    assert.deepEqual(await calls(tls()).listReassignments([address]), [])
  })

  test('is not reached when it is not trusted, or has the name of another host', async () => {
    const others = createAuthority('others').cert
    await assert.rejects(
      calls(tls(others)).listReassignments([address]),
      failure('KAFKA_AUTHENTICATION'),
    )
    const named = { ...address, host: 'localhost' }
    await assert.rejects(calls(tls()).listReassignments([named]), failure('KAFKA_AUTHENTICATION'))
    const unchecked = { ...tls(), 'ssl.endpoint.identification.algorithm': 'none' }
    assert.deepEqual(await calls(unchecked).listReassignments([named]), [])
  })

  test('is not reached without a certificate', async () => {
    const { 'ssl.certificate.location': _cert, 'ssl.key.pem': _key, ...without } = tls()
    await assert.rejects(calls(without, 10_000).listReassignments([address]))
  })
})
