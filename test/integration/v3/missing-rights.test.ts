/** A client of Kafka without rights, through endpoints whose refusals librdkafka and the direct connections read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startKafka } from '../../cluster/kafka.ts'
import { guardedBy, type KafkaUser } from '../../cluster/users.ts'
import { setTheStage } from '../stage.ts'

const alice: KafkaUser = { name: 'alice', password: 'secret-of-alice' }
const kafka = await startKafka({
  config: guardedBy({ name: 'administrator', password: 'secret' }, [alice]),
})
const { rest } = await setTheStage(
  {
    'client.security.protocol': 'SASL_PLAINTEXT',
    'client.sasl.mechanism': 'PLAIN',
    'client.sasl.jaas.config':
      'org.apache.kafka.common.security.plain.PlainLoginModule required ' +
      `username="${alice.name}" password="${alice.password}";`,
  },
  { kafka: { ...kafka, bootstrapServers: kafka.saslServers } },
)

test('each endpoint tells a missing right', async () => {
  const [{ cluster_id }] = (await rest.get('/v3/clusters')).body.data
  const data = [{ topic_name: 't', partition_id: 0 }]
  for (const [method, path, body] of [
    ['GET', 'brokers/1/partition-replicas', undefined],
    ['GET', 'brokers/1/log-dirs', undefined],
    ['GET', 'broker-configs', undefined],
    ['GET', 'broker-configs/num.io.threads', undefined],
    ['PUT', 'broker-configs/num.io.threads', { value: '8' }],
    ['POST', 'broker-configs:alter', { data: [{ name: 'num.io.threads', value: '8' }] }],
    ['GET', 'topics/-/partitions/-/reassignment', undefined],
    ['GET', 'topics/t/partitions/0/reassignment', undefined],
    ['GET', 'scram-users', undefined],
    ['GET', 'scram-users/alice', undefined],
    ['PUT', 'scram-users/carol/SCRAM-SHA-256', { password: 'secret' }],
    ['DELETE', 'scram-users/carol/SCRAM-SHA-256', undefined],
    ['POST', 'topics/-/partitions:elect-leaders', { data }],
    ['POST', 'topics/-/partitions:elect-leaders', {}],
  ] as const) {
    const answer = await rest.send(method, `/v3/clusters/${cluster_id}/${path}`, body, {
      'content-type': 'application/json',
    })
    assert.deepEqual([path, answer.status, answer.body.error_code], [path, 403, 40301], answer.text)
    assert.doesNotMatch(answer.text, /secret/)
  }
})
