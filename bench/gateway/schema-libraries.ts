/** Records of JSON Schema and Protobuf in both directions, beside Ajv and Protobuf-ES alone in a process that does nothing else. */
import {
  type DescMessage,
  fromBinary,
  fromJsonString,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf'
import { Ajv } from 'ajv'
import { linkSchema } from '../../src/serde/protobuf/linked-schema.ts'
import { InventedRegistry } from '../../test/hostile/formats/invented-registry.ts'
import { FaultyRegistry } from '../../test/integration/schema-registry/faulty-registry.ts'
import type { Performance } from '../rdkafka-performance.ts'
import { measureReads } from './consume.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { type SchemaFormat, SchemaLoad } from './schema-loads.ts'
import { startProxy } from './server.ts'

const SECTION = 'JSON Schema and Protobuf'
const ROUNDS = 5
const SECONDS = 4
const BACKLOG_SECONDS = 12
const RECORDS = 100
const CONNECTIONS = 32

/** Records of ten fields, as those of the benchmark of Avro. */
function values(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      id: `${4_711_000_000 + index}`,
      customer: `customer-${index}`,
      quantity: index,
      price: index * 1.37,
      is_paid: index % 2 === 0,
      coupon: `SAVE-${index}`,
      status: ['NEW', 'SENT', 'DONE'][index % 3],
      tags: ['a tag', `tag-${index}`],
      created_at: `${1_700_000_000_000 + index}`,
      note: `A note of some words, as people write them: ${index}.`,
    }),
  )
}

const JSON_SCHEMA = {
  type: 'object',
  title: 'Order',
  properties: {
    id: { type: 'string', maxLength: 20 },
    customer: { type: 'string', maxLength: 100 },
    quantity: { type: 'integer', minimum: 0 },
    price: { type: 'number', minimum: 0 },
    is_paid: { type: 'boolean' },
    coupon: { type: 'string' },
    status: { enum: ['NEW', 'SENT', 'DONE'] },
    tags: { type: 'array', items: { type: 'string' } },
    created_at: { type: 'string' },
    note: { type: 'string' },
  },
  required: ['id', 'customer'],
  additionalProperties: false,
}

const PROTOBUF = `syntax = "proto3"; package shop;
message Order {
  int64 id = 1;
  string customer = 2;
  int32 quantity = 3;
  double price = 4;
  bool is_paid = 5;
  string coupon = 6;
  Status status = 7;
  repeated string tags = 8;
  int64 created_at = 9;
  string note = 10;
}
enum Status { NEW = 0; SENT = 1; DONE = 2; }`

/** A library that does for a value what Sluice's codec does. */
interface Library {
  readonly name: string
  encode(json: string): Uint8Array
  decode(payload: Uint8Array): string
}

function ajv(): Library {
  const isValid = new Ajv().compile(JSON_SCHEMA)
  return {
    name: 'Ajv',
    encode(json) {
      const value: unknown = JSON.parse(json)
      if (!isValid(value)) throw new Error('The value does not match.')
      return Buffer.from(JSON.stringify(value))
    },
    decode: (payload) => JSON.stringify(JSON.parse(Buffer.from(payload).toString())),
  }
}

function protobufEs(): Library {
  const [message] = linkSchema({ type: 'PROTOBUF', text: PROTOBUF, references: [] }).messages
  const descriptor = message?.descriptor as DescMessage
  const options = { useProtoFieldName: true, alwaysEmitImplicit: true }
  return {
    name: 'Protobuf-ES',
    encode: (json) => toBinary(descriptor, fromJsonString(descriptor, json)),
    decode: (payload) => toJsonString(descriptor, fromBinary(descriptor, payload), options),
  }
}

const FORMATS: readonly (readonly [title: string, format: SchemaFormat, library: () => Library])[] =
  [
    [
      'JSON Schema',
      {
        name: 'jsonschema',
        mediaType: 'application/vnd.kafka.jsonschema.v2+json',
        schema: JSON.stringify(JSON_SCHEMA),
        values,
      },
      ajv,
    ],
    [
      'Protobuf',
      {
        name: 'protobuf',
        mediaType: 'application/vnd.kafka.protobuf.v2+json',
        schema: PROTOBUF,
        values,
      },
      protobufEs,
    ],
  ]

/** Four rows. */
export async function measureSchemaLibraries(stage: Stage): Promise<Row[]> {
  const registry = await FaultyRegistry.start()
  new InventedRegistry(registry)
  try {
    const rows: Row[] = []
    for (const [title, format, library] of FORMATS) {
      const topic = await stage.createTopic(format.name)
      rows.push(...(await rowsOf(stage, registry.url, topic, title, format, library())))
    }
    return rows
  } finally {
    await registry.stop()
  }
}

async function rowsOf(
  stage: Stage,
  registryUrl: string,
  topic: string,
  title: string,
  format: SchemaFormat,
  { name, encode, decode }: Library,
): Promise<Row[]> {
  const proxy = await startProxy(stage.bootstrapServers, { 'schema.registry.url': registryUrl })
  const load = new SchemaLoad(format, RECORDS)
  try {
    const jsons = values(RECORDS)
    const payloads = jsons.map(encode)
    await load.measure(proxy, topic, CONNECTIONS, BACKLOG_SECONDS)
    const produced = await inTurns(
      ROUNDS,
      () => load.measure(proxy, topic, CONNECTIONS, SECONDS),
      async () => recordsPerSecond(() => jsons.map(encode)),
    )
    await measureReads(proxy, topic, format)
    const consumed = await inTurns(
      ROUNDS,
      () => measureReads(proxy, topic, format),
      async () => recordsPerSecond(() => payloads.map(decode)),
    )
    return [
      row(`${title}, produce, ${RECORDS} records a request`, name, produced),
      row(`${title}, consume, one instance, backlog`, name, consumed),
    ]
  } finally {
    load.end()
    await proxy.stop()
  }
}

/** Of work on all the records, done again and again for a second. */
function recordsPerSecond(work: () => unknown): number {
  const start = performance.now()
  let rounds = 0
  for (; performance.now() - start < 1000; rounds++) work()
  return (rounds * RECORDS * 1000) / (performance.now() - start)
}

function row(
  what: string,
  library: string,
  pairs: readonly (readonly [ours: Performance, library: number])[],
): Row {
  const ours = pairs.map(([each]) => each)
  const rates = ours.map((each) => each.recordsPerSecond / 1000)
  const costs = ours.map((each) => each.cpuMicrosPerRecord)
  return {
    section: SECTION,
    what: `${what}: records/s`,
    value: short(median(rates) * 1000),
    detail: `${spread(rates, 0)} k, ${spread(costs)} µs of CPU a record; ${library} alone, from JSON to bytes or back: ${short(median(pairs.map(([, each]) => each)))}`,
  }
}
