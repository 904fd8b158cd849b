/**
 * The other client of the integration tests: what Sluice wrote is read back by node-rdkafka, and
 * the reverse, so that a bug on both sides of Sluice cannot hide.
 *
 * What node-rdkafka would corrupt when producing is refused. When reading, it takes a null header
 * value for an empty one; console-clients.ts is the witness that knows the difference.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type rdkafka from 'node-rdkafka'
import {
  asError,
  clientSettings,
  connected,
  disconnect,
  loadRdkafka,
  topicMetadata,
} from './rdkafka-client.ts'

const DEADLINE_MS = 60_000
/** How long one read waits. Short, because node-rdkafka waits it out even when records are there. */
const READ_MS = 50
/** Most records of one read: they are passed on as arguments of one call. */
const MAX_READ = 10_000
/** How often the producer is asked for delivery reports; node-rdkafka never tells by itself. */
const POLL_MS = 5

/**
 * LEADER_NOT_AVAILABLE and NOT_LEADER_OR_FOLLOWER, which a broker says for a moment after it hung, and
 * _UNKNOWN_PARTITION, which librdkafka says of partitions that were added.
 */
const LEADER_CHANGES = [5, 6, -190]
const PAUSE_MS = 100

/** A record header. Names may repeat, and their order counts. */
export interface WitnessHeader {
  name: string
  value: Buffer
}

/** A record to produce. */
export interface RecordToProduce {
  /** Null when absent. */
  key?: Buffer | null
  /** Null when absent. */
  value?: Buffer | null
  headers?: WitnessHeader[]
  /** By the hash of the key when absent: librdkafka's default, not Java's. */
  partition?: number
  /** In milliseconds; now when absent. */
  timestamp?: number
}

/** Where a record is. */
export interface RecordPlace {
  partition: number
  offset: number
}

/** A record as node-rdkafka read it. */
export interface WitnessRecord extends RecordPlace {
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: WitnessHeader[]
}

/** An independent client of a cluster. It connects on first use; `close` it when done. */
export class Witness {
  readonly #bootstrapServers: string
  #producer: Promise<rdkafka.Producer> | undefined

  constructor(bootstrapServers: string) {
    this.#bootstrapServers = bootstrapServers
  }

  /**
   * Produces with `acks=all`; resolves, once all are acknowledged, to where each record went, in
   * the order given. Throws a TypeError for what node-rdkafka would write as something else.
   */
  async produce(topic: string, records: readonly RecordToProduce[]): Promise<RecordPlace[]> {
    for (const record of records) refuseCorruptible(record)
    const producer = await this.#connect()
    const timer = setInterval(() => producer.poll(), POLL_MS)
    try {
      const refresh = () => topicMetadata(producer, topic)
      return await Promise.all(
        records.map((record) => untilLed(() => produceOne(producer, topic, record), refresh)),
      )
    } finally {
      clearInterval(timer)
    }
  }

  /**
   * Reads a topic from its beginning: `count` records, or without one as many as there are now,
   * compaction and transactions aside. Ordered by partition, then offset. Throws when they do not
   * come within `timeoutMs` (a minute when absent).
   */
  async consumeAll(
    topic: string,
    options: { count?: number; timeoutMs?: number } = {},
  ): Promise<WitnessRecord[]> {
    const { timeoutMs = DEADLINE_MS } = options
    const deadline = Date.now() + timeoutMs
    const watermarks = await this.watermarks(topic)
    const count = options.count ?? watermarks.reduce((sum, { low, high }) => sum + high - low, 0)
    const records: WitnessRecord[] = []
    await this.#withConsumer(`witness-${randomUUID()}`, async (consumer) => {
      consumer.assign(watermarks.map(({ partition, low }) => ({ topic, partition, offset: low })))
      while (records.length < count) {
        if (Date.now() > deadline) {
          const found = `${records.length} of ${count} records`
          throw new Error(`The witness found ${found} in ${topic} within ${timeoutMs} ms.`)
        }
        records.push(...(await read(consumer, Math.min(count - records.length, MAX_READ))))
      }
    })
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }

  /** What a group has committed for the partitions of a topic; those without a commit are absent. */
  async committed(groupId: string, topic: string): Promise<RecordPlace[]> {
    const partitions = await this.#partitions(topic)
    const asked = partitions.map((partition) => ({ topic, partition }))
    return await this.#withConsumer(groupId, async (consumer) => {
      const answer = await new Promise<rdkafka.TopicPartitionOffset[]>((resolve, reject) => {
        consumer.committed(asked, DEADLINE_MS, (error, offsets) => {
          if (error) reject(asError(error))
          else resolve(offsets)
        })
      })
      return answer
        .filter(({ offset }) => offset !== undefined)
        .map(({ partition, offset }) => ({ partition, offset }))
    })
  }

  /** The first offset, and the one that the next record gets, of every partition of a topic. */
  async watermarks(topic: string): Promise<{ partition: number; low: number; high: number }[]> {
    const client = await this.#connect()
    const query = (partition: number) =>
      new Promise<rdkafka.WatermarkOffsets>((resolve, reject) => {
        client.queryWatermarkOffsets(topic, partition, DEADLINE_MS, (error, offsets) => {
          if (error) reject(asError(error))
          else resolve(offsets)
        })
      })
    const partitions = await this.#partitions(topic)
    return await Promise.all(
      partitions.map(async (partition) => {
        const { lowOffset, highOffset } = await untilLed(() => query(partition))
        return { partition, low: lowOffset, high: highOffset }
      }),
    )
  }

  /** Closes its connections. */
  async close(): Promise<void> {
    const producer = await this.#producer
    this.#producer = undefined
    if (producer) await disconnect(producer)
  }

  #connect(): Promise<rdkafka.Producer> {
    const settings = {
      ...clientSettings(this.#bootstrapServers),
      acks: -1,
      // A broker that goes must not make it write a record twice.
      'enable.idempotence': true,
      dr_cb: true,
      'queue.buffering.max.messages': 1_000_000,
    }
    this.#producer ??= connected(
      new (loadRdkafka().Producer)(settings).on('delivery-report', settle),
    )
    return this.#producer
  }

  async #partitions(topic: string): Promise<number[]> {
    const metadata = await topicMetadata(await this.#connect(), topic)
    if (!metadata?.partitions.length) throw new Error(`There is no topic ${topic}.`)
    return metadata.partitions.map(({ id }) => id).sort((a, b) => a - b)
  }

  async #withConsumer<T>(
    groupId: string,
    work: (consumer: rdkafka.KafkaConsumer) => Promise<T>,
  ): Promise<T> {
    const settings = {
      ...clientSettings(this.#bootstrapServers),
      'group.id': groupId,
      'enable.auto.commit': false,
    }
    const consumer = await connected(new (loadRdkafka().KafkaConsumer)(settings, {}))
    consumer.setDefaultConsumeTimeout(READ_MS)
    try {
      return await work(consumer)
    } finally {
      await disconnect(consumer)
    }
  }
}

/** What travels through librdkafka with a record, and is called when its delivery is known. */
interface Delivery {
  resolve(place: RecordPlace): void
  reject(error: Error): void
}

function produceOne(
  producer: rdkafka.Producer,
  topic: string,
  { key = null, value = null, headers = [], partition, timestamp }: RecordToProduce,
): Promise<RecordPlace> {
  const namedValues = headers.map((header) => ({ [header.name]: header.value }))
  return new Promise((resolve, reject) => {
    const delivery: Delivery = { resolve, reject }
    producer.produce(topic, partition, value, key, timestamp, delivery, namedValues)
  })
}

function settle(error: rdkafka.LibrdKafkaError | null, report: rdkafka.DeliveryReport): void {
  const { resolve, reject }: Delivery = report.opaque
  if (error) reject(asError(error))
  else resolve({ partition: report.partition, offset: report.offset })
}

function refuseCorruptible({ key, value, headers = [] }: RecordToProduce): void {
  if (key?.length === 0 || value?.length === 0) {
    throw new TypeError('node-rdkafka would turn an empty key or value into null.')
  }
  for (const header of headers) {
    const isText = Buffer.from(header.value.toString()).equals(header.value)
    if (!isText || header.value.includes(0)) {
      throw new TypeError('node-rdkafka would corrupt a header value that is no plain text.')
    }
  }
}

function read(consumer: rdkafka.KafkaConsumer, atMost: number): Promise<WitnessRecord[]> {
  return new Promise((resolve, reject) => {
    consumer.consume(atMost, (error, messages) => {
      if (error) reject(asError(error))
      else resolve(messages.map(toRecord))
    })
  })
}

function toRecord(message: rdkafka.Message): WitnessRecord {
  const { partition, offset, timestamp = -1, key, value, headers = [] } = message
  return {
    partition,
    offset,
    timestamp,
    key: key as Buffer | null,
    value,
    headers: headers.flatMap((header) =>
      Object.entries(header).map(([name, bytes]) => ({ name, value: bytes as Buffer })),
    ),
  }
}

/** Asks again, after `refresh`, while the leader of the partition is not known; for up to a minute. */
async function untilLed<T>(
  ask: () => Promise<T>,
  refresh: () => Promise<unknown> = async () => {},
): Promise<T> {
  const end = performance.now() + DEADLINE_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const isChanging = LEADER_CHANGES.includes((error as { code: number }).code)
      if (!isChanging || performance.now() > end) throw error
      await sleep(PAUSE_MS)
      await refresh()
    }
  }
}
