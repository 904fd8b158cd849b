/** Kafka over TLS with required certificates of clients, whose stores are those of keytool. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAuthority, createIdentity, STORE_PASSWORD } from '../../certificates.ts'
import { type Kafka, startKafka } from '../../cluster/kafka.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { keyStore, trustStore } from '../../stores.ts'

const authority = createAuthority('authority')
const broker = createIdentity('broker', authority, 'IP:127.0.0.1')
const me = createIdentity('me', authority)
const stranger = createIdentity('stranger', createAuthority('strangers'))

/** The settings of both stores, as Java's clients and brokers have them. */
function stores(prefix: string, type: 'JKS' | 'PKCS12', name: string, identity = me) {
  return {
    [`${prefix}ssl.keystore.location`]: keyStore(type, name, identity),
    [`${prefix}ssl.keystore.password`]: STORE_PASSWORD,
    [`${prefix}ssl.key.password`]: STORE_PASSWORD,
    [`${prefix}ssl.keystore.type`]: type,
    [`${prefix}ssl.truststore.location`]: trustStore(type, name, [authority.cert]),
    [`${prefix}ssl.truststore.password`]: STORE_PASSWORD,
    [`${prefix}ssl.truststore.type`]: type,
  }
}

describe('a Kafka that requires certificates of its clients', { timeout: 300_000 }, () => {
  let kafka: Kafka
  before(async () => {
    const prefix = 'listener.name.sasl.'
    kafka = await startKafka({
      config: {
        // The listener with passwords has certificates instead.
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,SASL:SSL,CONTROLLER:PLAINTEXT,RELAYED:PLAINTEXT',
        [`${prefix}ssl.client.auth`]: 'required',
        ...stores(prefix, 'JKS', 'broker', broker),
      },
    })
  })
  after(() => kafka?.stop())

  for (const type of ['JKS', 'PKCS12'] as const) {
    test(`is reached by all clients with stores in ${type}`, async () => {
      const sluice = await startSluice(kafka.saslServers, {
        'client.security.protocol': 'SSL',
        ...stores('client.', type, `client-${type}`),
      })
      const media = 'application/vnd.kafka.json.v2+json'
      const post = async (path: string, body: unknown) => {
        const response = await fetch(sluice.url + path, {
          method: 'POST',
          headers: { 'content-type': media },
          body: JSON.stringify(body),
        })
        return { status: response.status, text: await response.text() }
      }
      const produced = await post('/topics/stores', { records: [{ value: type }] })
      assert.equal(produced.status, 200, produced.text)
      assert.match(produced.text, /"offset":\d+,"error_code":null/)
      const topics = await fetch(`${sluice.url}/topics`)
      assert.match(await topics.text(), /"stores"/)
      const instance = { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' }
      const created = await post(`/consumers/${type}`, instance)
      assert.equal(created.status, 200, created.text)
      const path = `/consumers/${type}/instances/one`
      assert.equal((await post(`${path}/subscription`, { topics: ['stores'] })).status, 204)
      let records = ''
      while (!records.includes(`"${type}"`)) {
        const read = await fetch(`${sluice.url}${path}/records`, { headers: { accept: media } })
        records += await read.text()
        assert.equal(read.status, 200, records)
      }
      assert.doesNotMatch(sluice.log(), /for tests|PRIVATE KEY/)
      await sluice.stop()
    })
  }

  test('is not reached with the certificate of another authority', async () => {
    const sluice = await startSluice(kafka.saslServers, {
      'client.security.protocol': 'SSL',
      ...stores('client.', 'JKS', 'stranger', stranger),
    })
    const topics = await fetch(`${sluice.url}/topics`)
    assert.notEqual(topics.status, 200)
    await sluice.stop()
  })
})
