/** Records that Kafka does not take: each fails for itself, and leaves nothing behind. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { native } from '../../src/kafka/native.ts'
import type { Producer } from '../../src/kafka/producer.ts'
import { until } from '../integration/until.ts'
import { newProducer, type ProducedRecord, startEmbeddedKafka } from './embedded-kafka.ts'

/** Topics of the embedded cluster have four. */
const MISSING_PARTITION = 7

let bootstrapServers: string

before(() => {
  bootstrapServers = startEmbeddedKafka()
})

interface Offset {
  readonly partition: number | null
  readonly error: string | null
}

async function produce(producer: Producer, records: readonly ProducedRecord[]): Promise<Offset[]> {
  const body = Buffer.from(JSON.stringify({ records }))
  const { json } = await producer.produce('topic', -1, 'json', body)
  return JSON.parse(json.toString()).offsets
}

/** librdkafka's text: nobody has set a table of others. */
const NOT_THERE = 'Local: Unknown partition'

test('records of missing partitions fail among others, in their places', async () => {
  const producer = newProducer(bootstrapServers)
  const partitions = [0, 0, MISSING_PARTITION, 1, 0, MISSING_PARTITION, MISSING_PARTITION, 3]
  const records = partitions.map((partition) => ({ value: partition, partition }))
  const headers = [{ name: 'name', value: null }]
  for (const batch of [records, records.map((record) => ({ ...record, headers }))]) {
    const offsets = await produce(producer, batch)
    assert.deepEqual(
      offsets.map(({ partition, error }) => error ?? partition),
      partitions.map((partition) => (partition === MISSING_PARTITION ? NOT_THERE : partition)),
    )
  }
  await producer.close(5000)
})

test('a client that names missing partitions again and again fills no queue', async () => {
  const limit = 10
  const producer = newProducer(bootstrapServers, { 'queue.buffering.max.messages': `${limit}` })
  await produce(producer, [{ value: 0 }])
  for (let round = 0; round < 3 * limit; round++) {
    const [refused] = await produce(producer, [{ value: round, partition: MISSING_PARTITION }])
    assert.equal(refused?.error, NOT_THERE)
  }
  const [taken] = await produce(producer, [{ value: 0, partition: 0 }])
  assert.equal(taken?.error, null)
  assert.equal(native.readGauges().produceInflightRecords, 0)
  // A request is answered a moment before it goes.
  await until('no body', () => native.readGauges().produceInflightBytes === 0)
  await producer.close(5000)
})
