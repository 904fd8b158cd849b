/**
 * Threads for schemas that end under load, again and again, because a schema takes more of their time than one may. What
 * honest clients write meanwhile is read with another client, and by consumer instances.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SchemaType } from '../../../src/schema-registry/schema.ts'
import { Witness } from '../../cluster/witness.ts'
import { listOf } from '../formats/abuse.ts'
import { InventedRegistry } from '../formats/invented-registry.ts'
import { FORMAT_NAMES, type FormatNames, uniqueWord } from '../formats/names.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

/** The threads that end in a round; there are four rounds in the long form. */
const ENDS = 150
/** How often costly schemas are sent for each of them at most. */
const TRIES = 10
const SENDERS = 4
const RECORDS = 5

/** What a client writes and reads is an object with a text that no other has. */
const HONEST: Readonly<Record<SchemaType, string>> = {
  AVRO: '{"type":"record","name":"Honest","fields":[{"name":"text","type":"string"}]}',
  JSON: '{"title":"Honest","properties":{"text":{"type":"string"}},"additionalProperties":false}',
  PROTOBUF: 'syntax="proto3"; message Honest { string text = 1; }',
}

const TEXT = /request-[\w-]+ record-\d/

/** Schemas whose compilation takes longer than the thread may work. */
const COSTLY: Readonly<Record<SchemaType, (unique: string) => string>> = {
  AVRO: (unique) =>
    `{"type":"record","name":"${unique}","fields":[${listOf(
      8000,
      (index) =>
        `{"name":"f${index}","type":["null",{"type":"record","name":"S${index}","fields":[]}]}`,
    )}]}`,
  JSON: (unique) => `{"title":"${unique}","enum":[${listOf(50_000, String)}]}`,
  PROTOBUF: (unique) =>
    `syntax="proto3"; message ${unique} {${listOf(
      20_000,
      (index) => `string f${index} = ${index < 18_999 ? index + 1 : index + 1001};`,
    ).replaceAll(',', ' ')}}`,
}

/** A topic of one format, with what clients were told about it. */
interface Ledger {
  readonly type: SchemaType
  readonly topic: string
  readonly schemaId: number
  /** Texts of records that are acknowledged. */
  readonly written: Set<string>
  /** Texts of requests that were refused as a whole. */
  readonly refused: Set<string>
}

/** The number of threads that have ended so far. */
async function endings(target: Target): Promise<number> {
  const { text } = await target.client.send({ method: 'GET', path: '/metrics' })
  return Number(/^sluice_schema_workers_ended_total (\d+)/m.exec(text)?.[1])
}

/** Sends costly schemas until threads have ended so often. */
async function endThreads(target: Target, count: number): Promise<void> {
  const goal = (await endings(target)) + count
  let tries = TRIES * count
  const types = Object.keys(COSTLY) as SchemaType[]
  async function send(): Promise<void> {
    while (tries > 0 && (await endings(target)) < goal) {
      const type = types[tries-- % types.length] as SchemaType
      const schema = JSON.stringify(COSTLY[type](uniqueWord()))
      await target.expect([200, 400, 422, 503], {
        method: 'POST',
        path: `/topics/${target.topic}`,
        type: FORMAT_NAMES[type].mediaType,
        body: `{"value_schema":${schema},"records":[{"value":{}}]}`,
      })
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, send))
  const missing = goal - (await endings(target))
  if (missing > 0) target.problems.add(`${missing} of ${count} threads did not end`)
}

/** Writes records, and notes what the answer says of them. */
type Write = (target: Target, ledger: Ledger, texts: readonly string[]) => Promise<void>

/** A request of v2 is written as a whole, or refused as a whole. */
const writeRequest: Write = async (target, ledger, texts) => {
  const records = texts.map((text) => `{"value":{"text":"${text}"}}`)
  const answer = await target.expect([200, 503], {
    method: 'POST',
    path: `/topics/${ledger.topic}`,
    type: FORMAT_NAMES[ledger.type].mediaType,
    body: `{"value_schema_id":${ledger.schemaId},"records":[${records}]}`,
  })
  const isWritten = answer.status === 200 && !/"error_code":\d/.test(answer.text)
  for (const text of texts) (isWritten ? ledger.written : ledger.refused).add(text)
}

/** Each record of a stream has an answer of its own. */
const writeStream: Write = async (target, ledger, texts) => {
  const records = texts.map(
    (text) => `{"value":{"schema_id":${ledger.schemaId},"data":{"text":"${text}"}}}`,
  )
  const answer = await target.expect([200], {
    method: 'POST',
    path: `/v3/clusters/c/topics/${ledger.topic}/records`,
    type: 'application/json',
    body: records.join(''),
  })
  const codes = [...answer.text.matchAll(/"error_code":(\d+)/g)].map(([, code]) => code)
  if (codes.length !== texts.length || codes.some((code) => code !== '200' && code !== '503')) {
    target.problems.add(`a stream of ${texts.length} records: ${answer.text.slice(0, 300)}`)
  }
  for (const [index, text] of texts.entries()) {
    ;(codes[index] === '200' ? ledger.written : ledger.refused).add(text)
  }
}

/** Writes until it is told to stop. */
async function writeAgain(target: Target, ledger: Ledger, write: Write, isOver: () => boolean) {
  while (!isOver()) {
    const request = `request-${randomUUID()}`
    const texts = Array.from({ length: RECORDS }, (_, index) => `${request} record-${index}`)
    await write(target, ledger, texts)
    await sleep(5)
  }
}

/** An instance that reads a topic from its beginning, and the texts that it was given. */
class Reader {
  readonly texts: string[] = []
  readonly #target: Target
  readonly #names: FormatNames
  readonly #path: string

  private constructor(target: Target, names: FormatNames, path: string) {
    this.#target = target
    this.#names = names
    this.#path = path
  }

  static async open(target: Target, { type, topic }: Ledger): Promise<Reader> {
    const names = FORMAT_NAMES[type]
    const path = await target.instance({ format: names.format })
    const body = JSON.stringify({ partitions: [{ topic, partition: 0 }] })
    await target.expect([204], { method: 'POST', path: `${path}/assignments`, body })
    return new Reader(target, names, path)
  }

  /** Keeps the records of a complete response. Those of any other come again. */
  async read(): Promise<void> {
    const { status, text } = await this.#target.expect([0, 200, 503], {
      method: 'GET',
      path: `${this.#path}/records?timeout=500&max_bytes=10000`,
      headers: { accept: this.#names.mediaType },
    })
    if (status !== 200) return
    const records = JSON.parse(text) as { value: { text: string } }[]
    this.texts.push(...records.map(({ value }) => value.text))
  }

  async close(): Promise<void> {
    await this.#target.end(this.#path)
  }
}

/** Notes what a list of texts has too much or too little. */
function compare(target: Target, who: string, found: readonly string[], ledger: Ledger): void {
  const { type, written, refused } = ledger
  const distinct = new Set(found)
  const counts = {
    'more than once': found.length - distinct.size,
    'though they were refused': found.filter((text) => refused.has(text)).length,
    'though nobody wrote them': found.filter((text) => !written.has(text) && !refused.has(text))
      .length,
  }
  for (const [how, count] of Object.entries(counts)) {
    if (count > 0) target.problems.add(`${who} has ${count} records of ${type} ${how}`)
  }
  const missing = [...written].filter((text) => !distinct.has(text)).length
  if (missing > 0) target.problems.add(`${who} lacks ${missing} records of ${type}`)
}

async function rawTexts(witness: Witness, topic: string): Promise<string[]> {
  const records = await witness.consumeAll(topic, { timeoutMs: 300_000 })
  return records.map(({ value }) => TEXT.exec(value?.toString('latin1') ?? '')?.[0] ?? 'no text')
}

async function openLedger(
  target: Target,
  registry: InventedRegistry,
  type: SchemaType,
): Promise<Ledger> {
  const topic = `honest-${randomUUID()}`
  await target.kafka.createTopic(topic, { partitions: 1 })
  const schemaId = registry.add({ type, text: HONEST[type] }, `${topic}-value`)
  return { type, topic, schemaId, written: new Set(), refused: new Set() }
}

/** Reads the rest of a topic, and compares it with what was written. */
async function check(target: Target, witness: Witness, ledger: Ledger, reader: Reader) {
  const raw = await rawTexts(witness, ledger.topic)
  compare(target, 'Kafka', raw, ledger)
  const deadline = Date.now() + 300_000
  while (reader.texts.length < raw.length && Date.now() < deadline) await reader.read()
  if (reader.texts.join() !== raw.join()) {
    target.problems.add(
      `an instance has read ${reader.texts.length} records of ${ledger.type}, and Kafka has ${raw.length}, or others`,
    )
  }
}

/** See the top of this file. */
export const endingWorkers: Scenario = {
  name: 'ending-workers',
  what: 'Schemas that end 150 threads for schemas a round, beside honest writers and readers of all formats',
  config: { 'sluice.schema.threads': '2', 'sluice.schema.work.max.ms': '100' },
  async attack(target, share) {
    const registry = new InventedRegistry(target.registry)
    const witness = new Witness(target.kafka.bootstrapServers)
    const types = Object.keys(HONEST) as SchemaType[]
    const ledgers = await Promise.all(types.map((type) => openLedger(target, registry, type)))
    const readers = await Promise.all(ledgers.map((ledger) => Reader.open(target, ledger)))
    let isOver = false
    const loads = [
      ...ledgers.flatMap((ledger) =>
        [writeRequest, writeStream].map((write) => writeAgain(target, ledger, write, () => isOver)),
      ),
      ...readers.map(async (reader) => {
        while (!isOver) await reader.read()
      }),
    ]
    await endThreads(target, Math.ceil(ENDS * share))
    isOver = true
    await Promise.all(loads)
    for (const [index, ledger] of ledgers.entries()) {
      await check(target, witness, ledger, readers[index] as Reader)
      await readers[index]?.close()
    }
    await witness.close()
    registry.clear()
  },
}
