/** A broker hangs for longer than records may take: it gets batches of which nobody hears again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka } from '../../cluster/kafka.ts'
import { JSON_V2 } from '../../media-types.ts'
import { setTheStage } from '../stage.ts'

const DELIVERY_TIMEOUT_MS = 10_000
const ROUNDS = 2

const kafka = await startKafka()
const { rest, witness, newTopic } = await setTheStage(
  { 'producer.delivery.timeout.ms': DELIVERY_TIMEOUT_MS },
  { kafka },
)
const [broker] = kafka.brokers
let values = 0

/** Produces the next two numbers. Returns those that were acknowledged. */
async function produce(topic: string, partition: number): Promise<number[]> {
  const records = [values++, values++].map((value) => ({ value, partition }))
  const { body } = await rest.post(`/topics/${topic}`, { records }, { 'content-type': JSON_V2 })
  return records.flatMap(({ value }, index) =>
    body.offsets[index].error_code === null ? [value] : [],
  )
}

test('a batch whose answer got lost is written once, though other records time out meanwhile', async () => {
  const topic = await newTopic({ partitions: 2 })
  const acknowledged: number[] = []
  const note = async (...answers: Promise<number[]>[]) => {
    for (const answer of answers) acknowledged.push(...(await answer))
  }
  for (let round = 0; round < ROUNDS; ++round) {
    await note(produce(topic, 0), produce(topic, 1))
    broker?.pause()
    // The first times out, which ends the connection that both have been sent on. The broker still
    // finds both in its socket, when the second has some seconds left.
    const first = produce(topic, 0)
    await sleep(DELIVERY_TIMEOUT_MS / 2)
    const second = produce(topic, 1)
    await note(first)
    await sleep(500)
    broker?.resume()
    await note(second)
  }
  await note(produce(topic, 0), produce(topic, 1))

  const records = await witness.consumeAll(topic, { timeoutMs: 60_000 })
  const stored = records.map(({ value }) => Number(value))
  assert.equal(new Set(stored).size, stored.length, `${stored}`)
  for (const value of acknowledged) assert.ok(stored.includes(value), `${value} is missing`)
})
