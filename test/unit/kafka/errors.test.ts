/** Kafka's error codes as REST errors, for whole requests and for single records. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaError, recordErrors } from '../../../src/kafka/errors.ts'
import { KAFKA_ERRORS, type KafkaErrorName } from '../../../src/kafka/kafka-errors.ts'

const NAMES = Object.keys(KAFKA_ERRORS) as KafkaErrorName[]

function codeOf(name: KafkaErrorName): number {
  return KAFKA_ERRORS[name][0]
}

const ofRequests: [name: KafkaErrorName, restCode: number][] = [
  ['TOPIC_AUTHORIZATION_FAILED', 40301],
  ['GROUP_AUTHORIZATION_FAILED', 40301],
  ['SASL_AUTHENTICATION_FAILED', 40101],
  ['_AUTHENTICATION', 40101],
  ['UNKNOWN_TOPIC_OR_PART', 40403],
  ['_UNKNOWN_TOPIC', 40403],
  ['_UNKNOWN_PARTITION', 40402],
  ['_NOENT', 40402],
  ['INVALID_REPLICATION_FACTOR', 40002],
  ['TOPIC_EXCEPTION', 40002],
  ['MSG_SIZE_TOO_LARGE', 413],
  ['THROTTLING_QUOTA_EXCEEDED', 42901],
  ['BROKER_NOT_AVAILABLE', 50302],
  ['_ALL_BROKERS_DOWN', 50003],
  ['_TIMED_OUT', 50003],
  ['NOT_ENOUGH_REPLICAS', 50003],
  ['ILLEGAL_GENERATION', 50002],
]

for (const [name, restCode] of ofRequests) {
  test(`a request that fails with ${name} is ${restCode}`, () => {
    assert.equal(kafkaError(codeOf(name), '').code, restCode)
  })
}

test('every code has an error with a message that says nothing of sides', () => {
  for (const name of NAMES) {
    const { message, status } = kafkaError(codeOf(name), '')
    assert.ok(status >= 400, name)
    assert.match(message, /\S/, name)
    assert.doesNotMatch(message, /^(Broker|Local): /, name)
  }
})

test('what librdkafka says of the case is the message', () => {
  const { message } = kafkaError(codeOf('_TIMED_OUT'), 'Local: Waited for the controller')
  assert.equal(message, 'Waited for the controller')
})

test('where clients know a text of the Java client, it stays', () => {
  assert.equal(
    kafkaError(codeOf('UNKNOWN_TOPIC_OR_PART'), 'Broker: Unknown topic or partition').message,
    'This server does not host this topic-partition.',
  )
})

test('a code that nobody knows is a Kafka error, and says its code', () => {
  assert.deepEqual(
    [kafkaError(9999, '').code, kafkaError(9999, '').message],
    [50002, 'Kafka error 9999'],
  )
  assert.equal(kafkaError(9999, 'New.').message, 'New.')
})

const RECORD_ERRORS = new Map(
  recordErrors().map(([code, restCode, text]) => [code, { restCode, text }]),
)

const ofRecords: [name: KafkaErrorName, restCode: number][] = [
  ['TOPIC_AUTHORIZATION_FAILED', 40301],
  ['SASL_AUTHENTICATION_FAILED', 40101],
  // Coarser than for requests (docs/conformance.md#6.4-other).
  ['MSG_SIZE_TOO_LARGE', 50002],
  ['UNKNOWN_TOPIC_OR_PART', 50003],
  ['TOPIC_EXCEPTION', 50002],
  ['_MSG_TIMED_OUT', 50003],
  ['NOT_ENOUGH_REPLICAS', 50003],
]

for (const [name, restCode] of ofRecords) {
  test(`a record that fails with ${name} is ${restCode}`, () => {
    assert.equal(RECORD_ERRORS.get(codeOf(name))?.restCode, restCode)
  })
}

test('every code has a row for records, with one of four REST codes and a text', () => {
  assert.equal(RECORD_ERRORS.size, NAMES.length)
  for (const name of NAMES) {
    const { restCode, text } = RECORD_ERRORS.get(codeOf(name)) ?? { restCode: 0, text: '' }
    assert.ok([40101, 40301, 50002, 50003].includes(restCode), name)
    assert.match(text, /\S/, name)
    assert.doesNotMatch(text, /^(Broker|Local): /, name)
  }
})

test('what passes by itself may be tried again', () => {
  const passing: KafkaErrorName[] = [
    ...(['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS'] as const),
    ...(['LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION', 'REPLICA_NOT_AVAILABLE'] as const),
    ...(['NETWORK_EXCEPTION', 'REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'] as const),
    ...(['_TRANSPORT', '_TIMED_OUT_QUEUE', '_WAIT_COORD', '_QUEUE_FULL', '_RESOLVE'] as const),
  ]
  for (const name of passing) assert.equal(kafkaError(codeOf(name), '').code, 50003, name)
})

test('texts name only what the engine fills in', () => {
  for (const { text } of RECORD_ERRORS.values()) {
    for (const [placeholder] of text.matchAll(/\{\w*\}/g)) {
      assert.match(placeholder, /^\{(topic|group|partition|size|limit|timeout)\}$/)
    }
  }
})
