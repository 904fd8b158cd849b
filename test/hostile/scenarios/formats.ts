/** Hostile input of the formats with schemas: schemas, values, and records that are in Kafka already. */
import type { SchemaType } from '../../../src/schema-registry/schema.ts'
import { BINARY } from '../../media-types.ts'
import type { AbusiveSchema, FormatAbuse } from '../formats/abuse.ts'
import { AVRO_ABUSE } from '../formats/avro.ts'
import { InventedRegistry } from '../formats/invented-registry.ts'
import { JSON_SCHEMA_ABUSE } from '../formats/json-schema.ts'
import { FORMAT_NAMES, uniqueWord } from '../formats/names.ts'
import { PROTOBUF_ABUSE } from '../formats/protobuf.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const FORMATS: readonly FormatAbuse[] = [AVRO_ABUSE, JSON_SCHEMA_ABUSE, PROTOBUF_ABUSE]

/** Written, refused for what it is, or refused for what it costs. */
const JUDGED = [200, 400, 413, 422, 503]

/** The codes of a record of v3 that was not written, and 200. */
const JUDGED_V3 = /^(?:200|400|413|422|503)/

const MIB = 2 ** 20
/** Of `sluice.schema.record.max.bytes`. */
const LARGEST_TEXT = 4 * MIB
/** Below `max.message.bytes` of a topic. */
const LARGEST_RECORD = 1_000_000

/** Requests at the same time: they wait for each other where work is done in turns. */
const AT_ONCE = 4

/** Does all of the work, some of it at the same time. */
async function together(work: Iterable<() => Promise<void>>): Promise<void> {
  const tasks = work[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let task = tasks.next(); !task.done; task = tasks.next()) await task.value()
    }),
  )
}

async function produceV2(target: Target, type: SchemaType, schema: string, value: string) {
  await target.expect(JUDGED, {
    method: 'POST',
    path: `/topics/${target.topic}`,
    type: FORMAT_NAMES[type].mediaType,
    body: `{${schema},"records":[{"value":${value}}]}`,
  })
}

/** Writes a record of v3. The answer is 200, and says of the record what v2 would say. */
async function produceV3(target: Target, schema: string, value: string): Promise<void> {
  const answer = await target.expect([200], {
    method: 'POST',
    path: `/v3/clusters/c/topics/${target.topic}/records`,
    type: 'application/json',
    body: `{"value":{${schema},"data":${value}}}`,
  })
  const [, code = 'none'] = /"error_code":(\d+)/.exec(answer.text) ?? []
  if (answer.status === 200 && !JUDGED_V3.test(code)) {
    target.problems.add(`a record of v3: ${code} ${answer.text.slice(0, 200)}`)
  }
}

/** Registers a schema and those that it refers to. Each of these refers to the two before it. */
function register(
  registry: InventedRegistry,
  target: Target,
  type: SchemaType,
  text: string,
  references: AbusiveSchema['references'] = {},
): number {
  const names = Object.keys(references)
  const known = names.map((name) => ({ name, subject: `${type} ${name}` }))
  for (const [index, { name, subject }] of known.entries()) {
    const before = known.slice(Math.max(0, index - 3), index)
    registry.add({ type, text: references[name] ?? '', references: before }, subject)
  }
  return registry.add({ type, text, references: known.slice(-2) }, `${target.topic}-value`)
}

function* schemaRequests(
  target: Target,
  registry: InventedRegistry,
): Generator<() => Promise<void>> {
  for (const { type, schemas } of FORMATS) {
    for (const { text, value, references } of schemas) {
      const registered = () => register(registry, target, type, text(uniqueWord()), references)
      yield () => produceV2(target, type, `"value_schema_id":${registered()}`, value)
      yield () => produceV3(target, `"schema_id":${registered()}`, value)
      if (references) continue
      const given = () => JSON.stringify(text(uniqueWord()))
      yield () => produceV2(target, type, `"value_schema":${given()}`, value)
      yield () =>
        produceV3(target, `"type":"${FORMAT_NAMES[type].type}","schema":${given()}`, value)
    }
  }
}

const schemas: Scenario = {
  name: 'costly-schemas',
  what: 'Schemas with thousands of members, doubling references, patterns and unions, by text and by id',
  async attack(target) {
    const registry = new InventedRegistry(target.registry)
    await together(schemaRequests(target, registry))
    registry.clear()
  },
}

function* valueRequests(
  target: Target,
  registry: InventedRegistry,
  sizes: readonly number[],
): Generator<() => Promise<void>> {
  for (const bytes of sizes) {
    for (const { type, values } of FORMATS) {
      for (const { schema, value } of values) {
        const id = register(registry, target, type, schema)
        yield () => produceV2(target, type, `"value_schema_id":${id}`, value(bytes))
        yield () => produceV3(target, `"schema_id":${id}`, value(bytes))
      }
    }
  }
}

const values: Scenario = {
  name: 'costly-values',
  what: 'Values of each kind, of 1 MiB and of the largest size of a text',
  async attack(target, share) {
    const registry = new InventedRegistry(target.registry)
    const sizes = [MIB * share, (LARGEST_TEXT - 10) * share].map(Math.floor)
    await together(valueRequests(target, registry, sizes))
    registry.clear()
  },
}

/** Writes a payload as it is, and returns its offset. */
async function writeRaw(target: Target, id: number, payload: Buffer): Promise<number> {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(id, 1)
  const value = Buffer.concat([head, payload]).toString('base64')
  const answer = await target.expect([200], {
    method: 'POST',
    path: `/topics/${target.topic}/partitions/0`,
    type: BINARY,
    body: `{"records":[{"value":"${value}"}]}`,
  })
  const { offset } = JSON.parse(answer.text).offsets[0]
  if (typeof offset !== 'number') throw new Error(`A record is not written: ${answer.text}`)
  return offset
}

const records: Scenario = {
  name: 'hostile-records',
  what: 'Records in Kafka that no honest client writes: endless, nested, numerous and doubling payloads',
  async attack(target, share) {
    const registry = new InventedRegistry(target.registry)
    const partition = { topic: target.topic, partition: 0 }
    for (const { type, payloads } of FORMATS) {
      const { mediaType, format } = FORMAT_NAMES[type]
      const instance = await target.instance({ format })
      const at = (path: string, body: object) =>
        target.expect([204], { method: 'POST', path: instance + path, body: JSON.stringify(body) })
      await at('/assignments', { partitions: [partition] })
      for (const { schema, payload } of payloads) {
        const id = register(registry, target, type, schema)
        const offset = await writeRaw(target, id, payload(Math.floor(LARGEST_RECORD * share)))
        await at('/positions', { offsets: [{ ...partition, offset }] })
        // Read, or refused: for what it is, for its size as JSON, or for what it costs.
        await target.expect([200, 408, 413, 503], {
          method: 'GET',
          path: `${instance}/records?timeout=10000`,
          headers: { accept: mediaType },
        })
      }
      await target.end(instance)
    }
    registry.clear()
  },
}

/** A small schema of each language, and a value for it. */
const SMALL: Readonly<
  Record<SchemaType, (unique: string) => readonly [text: string, value: string]>
> = {
  AVRO: (unique) => [
    `{"type":"record","name":"${unique}","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}`,
    '{"a":1,"b":"c"}',
  ],
  JSON: (unique) => [
    `{"title":"${unique}","properties":{"a":{"type":"integer"},"b":{"type":"string"}}}`,
    '{"a":1,"b":"c"}',
  ],
  PROTOBUF: (unique) => [
    `syntax="proto3"; message ${unique} { int32 a = 1; string b = 2; }`,
    '{"a":1,"b":"c"}',
  ],
}

function* smallRequests(target: Target, share: number): Generator<() => Promise<void>> {
  for (let count = 0; count < 1000 * share; count++) {
    for (const { type } of FORMATS) {
      const [text, value] = SMALL[type](uniqueWord())
      yield () => produceV2(target, type, `"value_schema":${JSON.stringify(text)}`, value)
    }
  }
}

const many: Scenario = {
  name: 'thousand-schemas',
  what: '1000 different schemas of each language',
  async attack(target, share) {
    const registry = new InventedRegistry(target.registry)
    await together(smallRequests(target, share))
    registry.clear()
  },
}

export const FORMAT_SCENARIOS: readonly Scenario[] = [schemas, values, records, many]
