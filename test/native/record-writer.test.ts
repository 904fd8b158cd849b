/** Rendered records: JSON.parse gives back the bytes that were produced, in every format. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { FORMATS, type FormatName, native } from '../../src/kafka/native.ts'
import type { Producer } from '../../src/kafka/producer.ts'
import {
  newProducer,
  type ProducedRecord,
  produce,
  type ReadRecord,
  readFrom,
  startEmbeddedKafka,
} from './embedded-kafka.ts'
import { compact, jsonText, parsed } from './json-text.ts'

const RUNS = { numRuns: 3000 }
/** Each makes a topic, produces some records and reads them twice. */
const KAFKA_RUNS = { numRuns: 25 }
/** Of a piece of a response: a record may end before, at and behind it. */
const CHUNK = 256 * 1024

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

let bootstrapServers: string
let producer: Producer

before(() => {
  bootstrapServers = startEmbeddedKafka()
  producer = newProducer(bootstrapServers)
})

interface Payloads {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** What the renderer writes for one record, or why it cannot. */
function render(format: FormatName, topic: string, { key, value }: Payloads): string {
  const rendered = native.renderRecord(FORMATS[format], topic, 3, 42, key, value, 1)
  return typeof rendered === 'string' ? rendered : UTF8.decode(rendered)
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => new Uint8Array(Buffer.from(text))),
)
const payload = fc.option(anyBytes)
const name = fc.string({ unit: 'binary', maxLength: 50 }).filter((text) => !text.includes('\0'))

test('binary: any bytes come back, null is not empty', () => {
  fc.assert(
    fc.property(name, payload, payload, (topic, key, value) => {
      const base64 = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('base64')
      assert.deepEqual(JSON.parse(render('binary', topic, { key, value })), {
        topic,
        key: base64(key),
        value: base64(value),
        partition: 3,
        offset: 42,
      })
    }),
    RUNS,
  )
})

test('string: UTF-8 comes back, other bytes are refused', () => {
  fc.assert(
    fc.property(anyBytes, (value) => {
      const rendered = render('string', 'topic', { key: null, value })
      const text = textOf(value)
      if (text === undefined) assert.match(rendered, /^value is not UTF-8: /)
      else assert.equal(JSON.parse(rendered).value, text)
    }),
    RUNS,
  )
})

test('json: what JSON.parse accepts stands there as it was, but for white space', () => {
  const value = fc.oneof(
    jsonText.map((text) => new Uint8Array(Buffer.from(text))),
    anyBytes,
  )
  fc.assert(
    fc.property(value, (bytes) => {
      const rendered = render('json', 'topic', { key: null, value: bytes })
      const json = parsed(bytes)
      if (!json) return assert.match(rendered, /^value is not JSON: /)
      assert.deepEqual(JSON.parse(rendered).value, json.value)
      assert.ok(rendered.includes(`"value":${compact(UTF8.decode(bytes))},`), rendered)
    }),
    RUNS,
  )
})

/** A record with its bytes as bytes. */
interface Written {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
  readonly headers: readonly { readonly name: string; readonly value: Buffer | null }[]
}

const buffer = anyBytes.map((bytes) => Buffer.from(bytes))
const headers = fc.array(fc.record({ name, value: fc.option(buffer) }), { maxLength: 4 })

function written(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Written[]> {
  const timestamp = fc.integer({ min: 1, max: 4_102_444_800_000 })
  return fc.array(
    fc.record({ key: fc.option(bytes), value: fc.option(bytes), timestamp, headers }),
    { minLength: 1, maxLength: 40 },
  )
}

function inText(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64')
}

/** As format binary has it, to be produced. */
function inBase64({ key, value, timestamp, headers }: Written): ProducedRecord {
  return {
    key: inText(key),
    value: inText(value),
    timestamp,
    headers: headers.map((header) => ({
      name: header.name,
      value: inText(header.value),
    })),
  }
}

let topics = 0

/** Produces, then reads in `format`, without and with headers and timestamps. */
async function roundTrip(
  format: FormatName,
  records: readonly Written[],
): Promise<{ topic: string; plain: ReadRecord[]; whole: ReadRecord[] }> {
  // Every character that a topic may have.
  const topic = `a-Z_0.9-${++topics}`
  await produce(producer, topic, 'binary', records.map(inBase64))
  const source = { topic, format, count: records.length }
  return {
    topic,
    plain: await readFrom(bootstrapServers, source),
    whole: await readFrom(bootstrapServers, source, { headers: true, timestamp: true }),
  }
}

/** What a read is to say of `records`, whose payloads `inFormat` shows. */
function expected(
  topic: string,
  records: readonly Written[],
  inFormat: (bytes: Buffer) => unknown,
): { plain: ReadRecord[]; whole: ReadRecord[] } {
  const shown = (bytes: Buffer | null) => (bytes === null ? null : inFormat(bytes))
  const plain = records.map(({ key, value }, offset) => ({
    topic,
    key: shown(key),
    value: shown(value),
    partition: 0,
    offset,
  }))
  const whole = records.map((record, offset) => {
    const { headers = [], timestamp = 0 } = inBase64(record)
    return { ...(plain[offset] as ReadRecord), headers, timestamp }
  })
  return { plain, whole }
}

async function assertRoundTrips(
  format: FormatName,
  bytes: fc.Arbitrary<Buffer>,
  inFormat: (bytes: Buffer) => unknown,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(written(bytes), async (records) => {
      const { topic, ...found } = await roundTrip(format, records)
      assert.deepEqual(found, expected(topic, records, inFormat))
    }),
    KAFKA_RUNS,
  )
}

test('a read in format binary says what was produced, headers and timestamps too', async () => {
  await assertRoundTrips('binary', buffer, (bytes) => bytes.toString('base64'))
})

test('a read in format string says what was produced, headers and timestamps too', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 }).map((each) => Buffer.from(each))
  await assertRoundTrips('string', text, (bytes) => bytes.toString())
})

test('a read in format json says what was produced, headers and timestamps too', async () => {
  const json = jsonText.map((text) => Buffer.from(text))
  await assertRoundTrips('json', json, (bytes) => JSON.parse(bytes.toString()))
})

/** A text of so many bytes, whose characters take one to six bytes when they are escaped. */
function textOfSize(bytes: number): string {
  const pattern = 'abc"\\\n\u0001é😀'
  const size = Buffer.byteLength(pattern)
  return pattern.repeat(bytes / size) + 'x'.repeat(bytes % size)
}

test('records around the size of a chunk, and of several, are whole', async () => {
  // In base64 a record of three quarters of a chunk takes all of it.
  for (const size of [(CHUNK / 4) * 3, CHUNK, CHUNK * 3]) {
    const topic = `around-${size}`
    const texts = [-100, -1, 0, 1].map((more) => textOfSize(size + more))
    for (const value of texts) await produce(producer, topic, 'string', [{ value }])
    const source = { topic, count: texts.length }
    const asText = await readFrom(bootstrapServers, { ...source, format: 'string' })
    const asBytes = await readFrom(bootstrapServers, { ...source, format: 'binary' })
    texts.forEach((text, index) => {
      // Not assert.equal: it would print them.
      assert.ok(asText[index]?.value === text, `${topic}, string ${index} differs`)
      const bytes = Buffer.from(String(asBytes[index]?.value), 'base64')
      assert.ok(bytes.equals(Buffer.from(text)), `${topic}, bytes ${index} differ`)
    })
  }
})
