/** Instances that are closed at any moment of joining their group: they end, and all others go on. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer } from '../../src/kafka/consumer.ts'
import { native } from '../../src/kafka/native.ts'
import { until } from '../integration/until.ts'
import {
  newConsumer,
  newProducer,
  produce,
  readFrom,
  startEmbeddedKafka,
} from './embedded-kafka.ts'

const AT_ONCE = 20
const EACH = 30
/** A group of one has joined by then, on an idle machine. */
const JOINED_MS = 60

let bootstrapServers: string

before(async () => {
  bootstrapServers = startEmbeddedKafka()
  await produce(newProducer(bootstrapServers), 'topic', 'json', [{ value: 1 }])
})

async function joinAndLeave(): Promise<void> {
  const consumer = await newConsumer(bootstrapServers, 'json')
  await consumer.subscribe(['topic'])
  await sleep(Math.random() * JOINED_MS)
  await consumer.close()
}

test('hundreds of instances join and leave at any moment', { timeout: 120_000 }, async () => {
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let round = 0; round < EACH; round++) await joinAndLeave()
    }),
  )
  await until('no instances', () => native.readGauges().consumerInstances === 0)
  const source = { topic: 'topic', format: 'json', count: 1 } as const
  assert.equal((await readFrom(bootstrapServers, source))[0]?.value, 1)
})

test('instances are closed while they are made, also those that cannot be', async () => {
  const creates = Array.from({ length: 40 }, (_, index) =>
    newConsumer(bootstrapServers, 'json', index % 2 === 0 ? {} : { 'linger.ms': 'soon' }),
  )
  const closes = native.listConsumers().map((id) => new Consumer(id).close())
  assert.ok(closes.length > 0)
  const made = await Promise.allSettled(creates)
  assert.equal(made.filter(({ status }) => status === 'fulfilled').length, creates.length / 2)
  await Promise.all(closes)
  await until('no instances', () => native.readGauges().consumerInstances === 0)
})
