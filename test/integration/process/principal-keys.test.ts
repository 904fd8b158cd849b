/** Principals that act in Kafka with keys of their own, at brokers that know clients by their certificates. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  createAuthority,
  createIdentity,
  type Identity,
  STORE_PASSWORD,
} from '../../certificates.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Kafka, startKafka } from '../../cluster/kafka.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { keyStore, keyStoreOfMany, trustStore } from '../../stores.ts'
import { checkRightsTable, checkRightsTableOfV3, grantRights, told } from '../rights-table.ts'
import { until } from '../until.ts'
import { CertificateClient } from './certificate-client.ts'

const authority = createAuthority('clients')
const strangers = createAuthority('strangers')
const server = createIdentity('server', authority, 'IP:127.0.0.1')
const broker = createIdentity('broker', authority, 'IP:127.0.0.1')
const identities = new Map<string, Identity>(
  ['proxy', 'alice', 'bob', 'mallory', 'nobody'].map((name) => [
    name,
    createIdentity(name, authority),
  ]),
)

const folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'))
after(() => rmSync(folder, { recursive: true }))
const store = join(folder, 'principals.store')

function stored(...names: string[]): Map<string, Identity> {
  return new Map(names.map((name) => [name, identities.get(name) as Identity]))
}

/** Replaces the store at once. */
function install(file: string): void {
  copyFileSync(file, join(folder, 'next'))
  renameSync(join(folder, 'next'), store)
}

describe('principals act in Kafka with keys of their own', { timeout: 600_000 }, () => {
  let kafka: Kafka
  let sluice: Sluice
  let port: number
  const clients = new Map<string, CertificateClient>()

  function as(name: string): CertificateClient {
    const client = clients.get(name) ?? new CertificateClient(port, authority, identities.get(name))
    clients.set(name, client)
    return client
  }

  before(async () => {
    const prefix = 'listener.name.sasl.'
    kafka = await startKafka({
      config: {
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,SASL:SSL,CONTROLLER:PLAINTEXT,RELAYED:PLAINTEXT',
        [`${prefix}ssl.client.auth`]: 'required',
        [`${prefix}ssl.keystore.location`]: keyStore('JKS', 'broker', broker),
        [`${prefix}ssl.keystore.password`]: STORE_PASSWORD,
        [`${prefix}ssl.key.password`]: STORE_PASSWORD,
        [`${prefix}ssl.keystore.type`]: 'JKS',
        [`${prefix}ssl.truststore.location`]: trustStore('JKS', 'broker', [authority.cert]),
        [`${prefix}ssl.truststore.password`]: STORE_PASSWORD,
        [`${prefix}ssl.truststore.type`]: 'JKS',
        [`${prefix}ssl.principal.mapping.rules`]: 'RULE:^CN=([a-z]+)$/$1/',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS;User:proxy',
      },
    })
    await grantRights(kafka)
    // The certificate of the same subject, which brokers do not trust.
    const other = createIdentity('mallory-of-strangers', strangers, undefined, '/CN=mallory')
    const all = stored('proxy', 'alice', 'bob').set('mallory', other)
    install(keyStoreOfMany('JKS', 'all', all))
    const [plain, secure] = (await freePorts(2)) as [number, number]
    port = secure
    sluice = await startSluice(kafka.saslServers, {
      listeners: `http://127.0.0.1:${plain},https://127.0.0.1:${secure}`,
      'ssl.keystore.location': server.pem,
      'ssl.truststore.location': authority.cert,
      'ssl.client.authentication': 'REQUESTED',
      'auth.ssl.principal.mapping.rules': 'RULE:^CN=([a-z]+)$/$1/',
      'client.security.protocol': 'SSL',
      'client.ssl.keystore.location': store,
      'client.ssl.keystore.password': STORE_PASSWORD,
      'client.ssl.truststore.location': authority.cert,
      'client.ssl.truststore.type': 'PEM',
      'kafka.rest.resource.extension.class':
        'io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension',
      'confluent.rest.auth.propagate.method': 'SSL',
      'sluice.kafka.identity.principal': 'proxy',
      'sluice.http.threads': '2',
      'sluice.log.level': 'debug',
    })
  })
  after(async () => {
    for (const client of clients.values()) client.close()
    await sluice?.stop()
    await kafka?.stop()
    assert.doesNotMatch(sluice?.log() ?? '', /for tests|PRIVATE KEY|BEGIN/)
  })

  test('each route does what the rights of its principal say', async () => {
    await until('it is ready', async () => (await as('alice').get('/ready')).status === 200)
    await checkRightsTable(as)
    await checkRightsTableOfV3(as)
  })

  test('a certificate without a key in the store, and no certificate, are refused', async () => {
    assert.equal((await as('nobody').get('/topics')).status, 403)
    assert.equal((await as('').get('/topics')).status, 401)
    assert.equal((await as('nobody').get('/ready')).status, 200)
  })

  test('a key whose certificate brokers do not trust is refused, and others go on', async () => {
    const refused = as('mallory').get('/topics')
    assert.equal((await as('alice').get('/topics')).status, 200)
    assert.equal(told(await refused), '401 40101')
    const produced = await as('mallory').post('/topics/of-alice', { records: [{ value: 1 }] })
    assert.equal(told(produced), '401 40101')
  })

  test('a changed store counts, and one with a fault changes nothing', async () => {
    install(keyStoreOfMany('PKCS12', 'without-bob', stored('proxy', 'alice', 'mallory')))
    await until('Bob is refused', async () => (await as('bob').get('/topics')).status === 403)
    assert.equal((await as('alice').get('/topics')).status, 200)
    await until('Mallory is admitted', async () => {
      return (await as('mallory').get('/topics')).status === 200
    })
    writeFileSync(store, 'garbage')
    await until('the log tells', async () => {
      await as('alice').get('/topics')
      return sluice.log().includes('client.ssl.keystore.location cannot be read again')
    })
    assert.equal((await as('alice').get('/topics')).status, 200)
    assert.equal((await as('bob').get('/topics')).status, 403)
    install(keyStoreOfMany('PKCS12', 'with-bob', stored('proxy', 'alice', 'bob')))
    await until('Bob is admitted', async () => (await as('bob').get('/topics')).status === 200)
  })
})
