/** Records that Kafka refuses, in batches with others: each fails alone. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { JSON_V2 } from '../../media-types.ts'
import { setTheStage } from '../stage.ts'

const { rest, witness, newTopic } = await setTheStage()

interface RecordToSend {
  readonly key?: string
  readonly value: unknown
  readonly timestamp?: number
}

/** The error code of each record, null for those that were acknowledged. */
async function produce(topic: string, records: readonly RecordToSend[]): Promise<unknown[]> {
  const headers = { 'content-type': JSON_V2 }
  const { status, body } = await rest.post(`/topics/${topic}`, { records }, headers)
  assert.equal(status, 200)
  return (body as { offsets: { error_code: unknown }[] }).offsets.map(
    ({ error_code }) => error_code,
  )
}

/** Requests of several clients at once, `rounds` of each one after the other. */
async function produceFromMany(
  topic: string,
  clients: number,
  rounds: number,
  records: (client: number, round: number) => RecordToSend[],
): Promise<unknown[]> {
  const codes: unknown[] = []
  const client = async (_: unknown, index: number) => {
    for (let round = 0; round < rounds; ++round) {
      codes.push(...(await produce(topic, records(index, round))))
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return codes
}

async function stored(topic: string) {
  const records = await witness.consumeAll(topic)
  return records.map(({ value }) => JSON.parse(String(value)))
}

function count(codes: readonly unknown[], code: unknown): number {
  return codes.filter((each) => each === code).length
}

const FILLER = 'x'.repeat(50)

suite('records that a topic takes, but not so many at once', () => {
  test('a request that is larger than max.message.bytes is written, in its order', async () => {
    const topic = await newTopic({ config: { 'max.message.bytes': '3000' } })
    const values = Array.from({ length: 100 }, (_, index) => `${index} ${FILLER}`)
    for (let round = 0; round < 3; ++round) {
      const codes = await produce(
        topic,
        values.map((value) => ({ value })),
      )
      assert.equal(count(codes, null), 100)
    }
    assert.deepEqual(await stored(topic), [...values, ...values, ...values])
  })

  test('requests of many clients at once are written, once and in their order', async () => {
    const topic = await newTopic({ config: { 'max.message.bytes': '20000' } })
    const codes = await produceFromMany(topic, 16, 10, (client, round) =>
      Array.from({ length: 100 }, (_, index) => ({
        value: [client, round * 100 + index, FILLER],
      })),
    )
    assert.equal(count(codes, null), 16_000)
    const next = new Map<number, number>()
    for (const [client, number] of await stored(topic)) {
      assert.equal(number, next.get(client) ?? 0)
      next.set(client, number + 1)
    }
    assert.deepEqual(new Set(next.values()), new Set([1000]))
  })
})

suite('a record that a topic does not take', () => {
  test('fails alone when it is too large', async () => {
    const topic = await newTopic({ config: { 'max.message.bytes': '3000' } })
    const large = { value: 'x'.repeat(5000) }
    const codes = await produce(topic, [{ value: 1 }, large, { value: 2 }, large, { value: 3 }])
    assert.deepEqual(codes, [null, 50002, null, 50002, null])
    assert.deepEqual(await stored(topic), [1, 2, 3])
  })

  test('fails alone when a compacted topic wants a key', async () => {
    const topic = await newTopic({ config: { 'cleanup.policy': 'compact' } })
    const codes = await produce(topic, [
      { key: 'a', value: 1 },
      { value: 'without' },
      { key: 'b', value: 2 },
      { value: 'without' },
    ])
    assert.deepEqual(codes, [null, 50002, null, 50002])
    assert.deepEqual(await stored(topic), [1, 2])
  })

  test('fails alone when its timestamp is out of range', async () => {
    const topic = await newTopic()
    const timestamp = Date.now() + 10 * 24 * 3600 * 1000
    const codes = await produce(topic, [{ value: 1 }, { value: 'late', timestamp }, { value: 2 }])
    assert.deepEqual(codes, [null, 50002, null])
    assert.deepEqual(await stored(topic), [1, 2])
  })

  test('fails alone among the requests of other clients, who keep their order', async () => {
    const topic = await newTopic({ config: { 'cleanup.policy': 'compact' } })
    const offenders = 4
    const codes = await produceFromMany(topic, 12, 50, (client, round) =>
      client < offenders
        ? [{ value: [client, round] }]
        : [
            { key: `${client}-${round}-a`, value: [client, 2 * round] },
            { key: `${client}-${round}-b`, value: [client, 2 * round + 1] },
          ],
    )
    assert.equal(count(codes, 50002), offenders * 50)
    assert.equal(count(codes, null), 8 * 100)
    const next = new Map<number, number>()
    for (const [client, number] of await stored(topic)) {
      assert.equal(number, next.get(client) ?? 0)
      next.set(client, number + 1)
    }
    assert.equal(next.size, 8)
    assert.deepEqual(new Set(next.values()), new Set([100]))
  })
})
