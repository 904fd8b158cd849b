/** A Kafka that does not know us: it speaks plain text, and we insist on credentials. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTheStage } from '../stage.ts'

const { rest, newConsumer } = await setTheStage({
  'client.security.protocol': 'SASL_PLAINTEXT',
  'client.sasl.mechanism': 'PLAIN',
  'client.sasl.jaas.config':
    'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";',
  'producer.delivery.timeout.ms': 3000,
})

const todo = 'the engine waits for librdkafka to time out, which does not say why'

describe('credentials that Kafka refuses', { concurrency: true }, () => {
  test('are 40101 to questions about the cluster', { todo }, async () => {
    const { status, body } = await rest.get('/brokers')
    assert.deepEqual([status, body.error_code], [401, 40101])
  })

  test('are 40101 per record, in a 401', { todo }, async () => {
    const { status, body } = await rest.post('/topics/t', { records: [{}] })
    assert.deepEqual([status, body.offsets[0].error_code], [401, 40101])
  })

  test('are 40101 to reads, but not to the making of an instance', async () => {
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 2000 })
    assert.equal((await consumer.subscribe('t')).status, 204)
    const { status, body } = await consumer.read()
    assert.deepEqual([status, body.error_code], [401, 40101])
  })
})
