/**
 * A stage with a real schema registry: what the tests of Avro, JSON Schema and Protobuf do with it,
 * with texts where numbers would lose digits.
 */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import type { SchemaReference } from '../../src/schema-registry/client.ts'
import type { ReferencedSchema, SchemaType } from '../../src/schema-registry/schema.ts'
import { sharedRegistry } from '../cluster/registry.ts'
import { AVRO, JSON_SCHEMA, PROTOBUF } from '../media-types.ts'
import { exactJson } from '../unit/serde/exact-json.ts'
import type { RestResponse } from './rest-client.ts'
import { newClient } from './schema-registry/registry-client.ts'
import { type Stage, setTheStage } from './stage.ts'

/** A schema as golden files have it. */
export interface GivenSchema {
  readonly text: string
  readonly references?: readonly ReferencedSchema[]
}

/** A record that was read, as exactJson() or another parser gives it. */
export interface ParsedRecord {
  readonly key: unknown
  readonly value: unknown
}

/** See setTheSchemaStage(). */
export interface SchemaStage extends Stage {
  readonly registryUrl: string
  /** Registers a schema for the values of a topic, and before it those that it refers to. Its id. */
  register(topic: string, schema: GivenSchema): Promise<number>
  /** Produces records, which are JSON texts, with members such as `value_schema`. */
  produce(topic: string, members: object, records: readonly string[]): Promise<RestResponse>
  /** The same; each text is a value, and the topic has a schema for them. */
  produceValues(topic: string, id: number, values: readonly string[]): Promise<void>
  /** The first records of a topic's only partition, with an instance of its own. */
  readBack(topic: string, count: number, parse?: (text: string) => unknown): Promise<ParsedRecord[]>
  /** What another client finds in a topic, in hexadecimal digits. */
  valuesInKafka(topic: string): Promise<(string | undefined)[]>
}

const FORMATS: Readonly<Record<SchemaType, { name: string; mediaType: string }>> = {
  AVRO: { name: 'avro', mediaType: AVRO },
  JSON: { name: 'jsonschema', mediaType: JSON_SCHEMA },
  PROTOBUF: { name: 'protobuf', mediaType: PROTOBUF },
}

/** Sets up all that a test file of one language needs; topics have one partition. */
export async function setTheSchemaStage(
  type: SchemaType,
  settings: Readonly<Record<string, string>> = {},
): Promise<SchemaStage> {
  const registry = await sharedRegistry()
  const client = newClient(registry.url)
  const stage = await setTheStage({
    'schema.registry.url': registry.url,
    'sluice.schema.registry.timeout.ms': '60000',
    ...settings,
  })
  after(async () => {
    client.close()
    await registry.stop()
  })
  const { name, mediaType } = FORMATS[type]

  async function produce(
    topic: string,
    members: object,
    records: readonly string[],
  ): Promise<RestResponse> {
    const begin = JSON.stringify({ ...members, records: [] }).slice(0, -']}'.length)
    const body = `${begin}${records.join(',')}]}`
    return stage.rest.post(`/topics/${topic}`, body, { 'content-type': mediaType })
  }

  return {
    ...stage,
    registryUrl: registry.url,
    async register(topic, { text, references = [] }) {
      const known: SchemaReference[] = []
      for (const { name, text } of references) {
        const subject = `${topic}/${name}`
        await client.register(subject, { type, text, references: known })
        known.push({ name, subject, version: 1 })
      }
      return client.register(`${topic}-value`, { type, text, references: known })
    },
    produce,
    async produceValues(topic, id, values) {
      const records = values.map((value) => `{"value":${value}}`)
      const answer = await produce(topic, { value_schema_id: id }, records)
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.value_schema_id, id)
      const errors = answer.body.offsets.map(({ error }: { error: string | null }) => error)
      assert.deepEqual(new Set(errors), new Set([null]))
    },
    async readBack(topic, count, parse = (text) => exactJson(text)) {
      const consumer = await stage.newConsumer({ format: name })
      await consumer.assign(topic, 0)
      const records: ParsedRecord[] = []
      while (records.length < count) {
        const { status, text } = await consumer.read()
        assert.equal(status, 200, text)
        const more = parse(text) as ParsedRecord[]
        assert.notEqual(more.length, 0, `${records.length} of ${count} records came`)
        records.push(...more)
      }
      return records
    },
    async valuesInKafka(topic) {
      const records = await stage.witness.consumeAll(topic)
      return records.map(({ value }) => value?.toString('hex'))
    },
  }
}

/** A payload with the wire format's prefix, in hexadecimal digits. */
export function framed(schemaId: number, payload: string): string {
  return `00${schemaId.toString(16).padStart(8, '0')}${payload}`
}
