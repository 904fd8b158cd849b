/** Memory over many rounds: what goes in and out of the engine stays nowhere. Half a minute. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, ReadLimits } from '../../src/kafka/consumer.ts'
import { native } from '../../src/kafka/native.ts'
import type { Producer } from '../../src/kafka/producer.ts'
import { until } from '../integration/until.ts'
import {
  configureEngine,
  newConsumer,
  newProducer,
  parseResponse,
  produce,
  READ,
  read,
  startEmbeddedKafka,
} from './embedded-kafka.ts'

const MIB = 1024 * 1024
const CHUNK = 256 * 1024
/** A read has so many chunks out, and no more before one was written. */
const CHUNKS_OF_A_READ = 2

const WARM_UP_MS = 7000
const MEASURED_MS = 14_000
/** A round moves a megabyte: a leak of one percent of it would be seen. */
const MAX_GROWTH_BYTES = 48 * MIB

const VALUE = 'x'.repeat(1000)
const RECORDS_A_ROUND = 1000

/** Writes and reads back, and opens and closes what can be, for so long. Returns the rounds. */
async function work(
  { producer, bootstrapServers }: { producer: Producer; bootstrapServers: string },
  consumer: Consumer,
  durationMs: number,
): Promise<number> {
  const records = new Array(RECORDS_A_ROUND).fill({ key: 'key', value: VALUE })
  const end = performance.now() + durationMs
  let rounds = 0
  for (; performance.now() < end; rounds++) {
    await produce(producer, 'soak', 'json', records)
    for (let found = 0; found < RECORDS_A_ROUND; ) {
      found += parseResponse(await read(consumer, { headers: true, timestamp: true })).length
    }
    await producer
      .produce('soak', 0, 'json', Buffer.from('{"records":[{"value":}]}'))
      .catch(() => {})
    await producer.produce('no topic', 0, 'json', Buffer.from('{"records":[{}]}'))
    if (rounds % 10 === 0) {
      const other = await newConsumer(bootstrapServers, 'binary')
      await other.assign([{ topic: 'soak', partition: 0 }])
      await read(other, { maxBytes: 100 * 1000 })
      await other.close()
    }
  }
  return rounds
}

async function settledRss(): Promise<number> {
  await until('no body', () => native.readGauges().produceInflightBytes === 0)
  globalThis.gc?.()
  await sleep(200)
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

test('produce and read, again and again, in the same memory', { timeout: 60_000 }, async () => {
  const bootstrapServers = startEmbeddedKafka()
  const producer = newProducer(bootstrapServers)
  await produce(producer, 'soak', 'json', [{ value: VALUE }])
  const consumer = await newConsumer(bootstrapServers, 'json')
  await consumer.assign([{ topic: 'soak', partition: 0 }])
  await read(consumer)
  await work({ producer, bootstrapServers }, consumer, WARM_UP_MS)
  const before = await settledRss()
  const rounds = await work({ producer, bootstrapServers }, consumer, MEASURED_MS)
  const growth = (await settledRss()) - before
  assert.ok(growth < MAX_GROWTH_BYTES, `${growth} bytes more after ${rounds} rounds`)
  await consumer.close()
  const gauges = native.readGauges()
  assert.deepEqual([gauges.openReads, gauges.consumeBufferedBytes], [0, 0])
})

const HELD_REQUESTS = 4
/** A read of all records: what the first fetch brings is less than a chunk, if it is the producer's first batch. */
const ALL_HELD: ReadLimits = {
  ...READ,
  minBytes: HELD_REQUESTS * RECORDS_A_ROUND * VALUE.length - 1,
  timeoutMs: 30_000,
}

/** A read whose chunks are kept until it is told to go on. */
class HeldRead {
  readonly #held: (() => void)[] = []
  #isHolding = true
  /** Resolves to the number of bytes of the whole response; undefined when there is no memory for it. */
  readonly size: Promise<number | undefined>

  constructor(consumer: Consumer) {
    let size = 0
    const take = (bytes: Uint8Array, taken: () => void) => {
      size += bytes.length
      if (this.#isHolding) this.#held.push(taken)
      else taken()
    }
    this.size = new Promise((resolve, reject) => {
      consumer.read(ALL_HELD, {
        send: take,
        finish(bytes, taken) {
          take(bytes, taken)
          resolve(size)
        },
        fail: (error) => (error.code === 429 ? resolve(undefined) : reject(error)),
      })
    })
  }

  goOn(): void {
    this.#isHolding = false
    for (const taken of this.#held.splice(0)) taken()
  }
}

test('readers that take nothing hold no more than their chunks, and the process its limit', {
  timeout: 60_000,
}, async () => {
  const bootstrapServers = startEmbeddedKafka()
  const producer = newProducer(bootstrapServers)
  const records = new Array(RECORDS_A_ROUND).fill({ value: VALUE })
  for (let each = 0; each < HELD_REQUESTS; each++) await produce(producer, 'held', 'json', records)
  const consumers = await Promise.all(
    Array.from({ length: 6 }, () => newConsumer(bootstrapServers, 'json')),
  )
  for (const consumer of consumers) await consumer.assign([{ topic: 'held', partition: 0 }])

  /** Lets these readers hold what they get for a while, then checks that they get the rest. */
  const hold = async (readers: readonly Consumer[], mostChunks: number) => {
    const reads = readers.map((consumer) => new HeldRead(consumer))
    let most = 0
    for (let look = 0; look < 100; look++) {
      most = Math.max(most, native.readGauges().consumeBufferedBytes)
      await sleep(10)
    }
    assert.ok(most > 0 && most <= mostChunks * CHUNK, `${most / CHUNK} of ${mostChunks} chunks`)
    for (const each of reads) each.goOn()
    const sizes = await Promise.all(reads.map(({ size }) => size))
    // When the others have taken their second chunk first, a read has no memory to begin with.
    const served = sizes.filter((size) => size !== undefined)
    assert.ok(served.length > 0 && served.every((size) => size > CHUNK), `${sizes}`)
    await until('no chunk', () => native.readGauges().consumeBufferedBytes === 0)
  }
  const [first, ...others] = consumers as [Consumer, ...Consumer[]]
  await hold([first], CHUNKS_OF_A_READ)
  const limit = 5
  configureEngine({ consumeBytes: limit * CHUNK })
  await hold(others, limit)
  for (const consumer of consumers) await consumer.close()
})
