/** A Kafka in this process's memory, and how the tests of the addon write to it and read from it. */
import { randomUUID } from 'node:crypto'
import { Consumer, type ReadLimits } from '../../src/kafka/consumer.ts'
import { callForJson, FORMATS, type FormatName, native } from '../../src/kafka/native.ts'
import { Producer } from '../../src/kafka/producer.ts'

/** A record of a produce body: in format binary, keys and values are base64. */
export interface ProducedRecord {
  readonly key?: unknown
  readonly value?: unknown
  readonly partition?: number
  readonly timestamp?: number
  readonly headers?: readonly { readonly name: string; readonly value: string | null }[]
}

/** A record of a read. */
export interface ReadRecord {
  readonly topic: string
  readonly key: unknown
  readonly value: unknown
  readonly partition: number
  readonly offset: number
  readonly headers?: readonly { readonly name: string; readonly value: string | null }[]
  readonly timestamp?: number | null
}

/** Ends as soon as there is something, without a limit that a test would reach. */
export const READ: ReadLimits = {
  timeoutMs: 2000,
  maxBytes: 64 * 1024 * 1024,
  minBytes: 0,
  headers: false,
  timestamp: false,
}

const IDLE_TIMEOUT_MS = 300_000
const MIB = 1024 * 1024

/** Gives the engine its threads and limits, as app.ts does. */
export function configureEngine({
  arrivingBytes = 128 * MIB,
  produceBytes = 64 * MIB,
  consumeBytes = 256 * MIB,
} = {}): void {
  const threads = 1
  const maxConsumers = 1000
  native.configure(
    arrivingBytes,
    produceBytes,
    consumeBytes,
    threads,
    threads,
    maxConsumers,
    MIB,
    0,
    1000,
    300_000,
    0,
  )
}

/**
 * A cluster of one broker; it ends with the process. Returns its bootstrap servers. Of each
 * partition it keeps the last five megabytes.
 */
export function startEmbeddedKafka(): string {
  configureEngine()
  return native.startEmbeddedCluster(1)
}

/** librdkafka's properties of a client, flat, as the addon takes them. */
export function properties(
  bootstrapServers: string,
  more: Readonly<Record<string, string>> = {},
): string[] {
  return Object.entries({ 'bootstrap.servers': bootstrapServers, ...more }).flat()
}

/** A producer that takes records of up to 8 MiB. */
export function newProducer(
  bootstrapServers: string,
  more: Readonly<Record<string, string>> = {},
): Producer {
  const settings = { 'message.max.bytes': `${8 * MIB}`, ...more }
  const pairs = Object.entries({ 'bootstrap.servers': bootstrapServers, ...settings })
  return new Producer({ properties: pairs, givenBy: new Map(), warnings: [], faults: [] })
}

/** Produces to partition 0, unless a record says otherwise. Throws when a record is refused. */
export async function produce(
  producer: Producer,
  topic: string,
  format: FormatName,
  records: readonly ProducedRecord[],
): Promise<void> {
  const body = Buffer.from(JSON.stringify({ records }))
  const { failed, json } = await producer.produce(topic, 0, format, body)
  if (failed > 0) throw new Error(`${failed} records were refused: ${json}`)
}

/** A new instance of a group of its own, which begins with the first record. */
export async function newConsumer(
  bootstrapServers: string,
  format: FormatName,
  more: Readonly<Record<string, string>> = {},
): Promise<Consumer> {
  const name = randomUUID()
  const id = await callForJson<number>((ticket) =>
    native.createConsumer(
      name,
      name,
      '',
      FORMATS[format],
      properties(bootstrapServers, {
        'group.id': name,
        'auto.offset.reset': 'earliest',
        'enable.auto.offset.store': 'false',
        ...more,
      }),
      IDLE_TIMEOUT_MS,
      READ.timeoutMs,
      READ.minBytes,
      false,
      15_000,
      new native.Admin(properties(bootstrapServers, {})),
      ticket,
    ),
  )
  return new Consumer(id)
}

/** The response of one read, its pieces taken at once. */
export function read(consumer: Consumer, limits: Partial<ReadLimits> = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const take = (bytes: Uint8Array, taken: () => void) => {
      pieces.push(Buffer.from(bytes))
      taken()
    }
    consumer.read(
      { ...READ, ...limits },
      {
        send: take,
        finish(bytes, taken) {
          take(bytes, taken)
          resolve(Buffer.concat(pieces))
        },
        fail: reject,
      },
    )
  })
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A response as JSON.parse understands it. Throws when it is not UTF-8. */
export function parseResponse(response: Buffer): ReadRecord[] {
  return JSON.parse(UTF8.decode(response))
}

/** So many reads in a row may find nothing: the first ones, while the consumer connects. */
const MAX_EMPTY_READS = 5

/** The first `count` records of partition 0 of a topic, by as many reads as it takes. */
export async function readFrom(
  bootstrapServers: string,
  { topic, format, count }: { topic: string; format: FormatName; count: number },
  limits: Partial<ReadLimits> = {},
): Promise<ReadRecord[]> {
  const consumer = await newConsumer(bootstrapServers, format)
  await consumer.assign([{ topic, partition: 0 }])
  const records: ReadRecord[] = []
  for (let empty = 0; records.length < count; ) {
    const found = parseResponse(await read(consumer, limits))
    empty = found.length > 0 ? 0 : empty + 1
    if (empty > MAX_EMPTY_READS) throw new Error(`${topic}: ${records.length} of ${count} records`)
    records.push(...found)
  }
  await consumer.close()
  return records
}
