/**
 * Work on schemas and values that grow: the time for each part stays about the same, so the whole grows with the size.
 * Maps above some thousands of keys cost more for each key, because their tables leave the caches of the processor.
 */
import { compileAvro } from '../src/serde/avro/codec.ts'
import { compileJsonSchema } from '../src/serde/json-schema/codec.ts'
import { compileProtobuf } from '../src/serde/protobuf/codec.ts'
import type { Operation, Trial } from './trial.ts'

function list<T>(length: number, make: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index))
}

const avro = (schema: unknown) =>
  compileAvro({ type: 'AVRO', text: JSON.stringify(schema), references: [] })
const proto = (text: string) =>
  compileProtobuf({ type: 'PROTOBUF', text: `syntax = "proto3"; ${text}`, references: [] })

function jsonSchema(schema: unknown) {
  const codec = compileJsonSchema({ type: 'JSON', text: JSON.stringify(schema), references: [] })
  codec.prepareToEncode?.()
  return codec
}

/** The same work on several sizes. @param prepare returns the work on one size */
function grow(sizes: readonly number[], prepare: (size: number) => () => unknown): Operation[] {
  return sizes.map((size) => ({ name: `${size}`, things: size, run: prepare(size) }))
}

const THOUSANDS = [1000, 10_000, 100_000]
const COMPILED = [100, 1000, 5000]

const longs = proto('message M { int64 a = 1; }')
const unique = jsonSchema({ uniqueItems: true })
const multiples = jsonSchema({ items: { multipleOf: 0.01 } })
const anything = jsonSchema({ additionalProperties: { type: 'integer' } })
const avroMap = avro({ type: 'map', values: 'int' })
const protoMap = proto('message M { map<string, int32> m = 1; }')
const struct = proto(
  'import "google/protobuf/struct.proto"; message M { google.protobuf.Struct m = 1; }',
)
const scattered = proto(
  'message M { repeated int32 a = 1; N n = 2; } message N { repeated int32 a = 1; }',
)
/** A number, two packed numbers, and a message that is merged with the previous ones. */
const PART = Buffer.from('080a0a020b0c1202080d', 'hex')

const members = (size: number) => `{${list(size, (index) => `"key ${index}":${index}`).join()}}`

export const TRIALS: readonly Trial[] = [
  {
    name: 'Protobuf, encode an int64 of n digits',
    unit: 'digit',
    operations: grow([1000, 100_000, 1_000_000], (size) => {
      const json = `{"a":"1${'0'.repeat(size)}e-${size}"}`
      return () => longs.encode(json)
    }),
  },
  {
    name: 'JSON Schema, multiples among numbers of n digits, 100 numbers',
    unit: 'digit',
    operations: grow([10, 100, 900], (size) => {
      const json = JSON.stringify(list(100, () => '1'.repeat(size))).replaceAll('"', '')
      return () => multiples.encode(json)
    }).map((operation) => ({ ...operation, things: 100 * operation.things })),
  },
  ...(
    [
      ['numbers', (index: number) => index],
      ['texts', (index: number) => `text ${index}`],
      ['objects', (index: number) => ({ a: index, b: [index] })],
    ] as const
  ).map(([what, make]) => ({
    name: `JSON Schema, uniqueItems, n ${what}`,
    unit: 'item',
    operations: grow(THOUSANDS, (size) => {
      const json = JSON.stringify(list<unknown>(size, make))
      return () => unique.encode(json)
    }),
  })),
  {
    name: 'Protobuf, decode a list and a message in n scattered parts',
    unit: 'part',
    operations: grow(THOUSANDS, (size) => {
      const payload = Buffer.concat([Buffer.from([0]), ...list(size, () => PART)])
      return () => scattered.decode(payload)
    }),
  },
  ...(
    [
      ['Avro', avroMap, (json: string) => json],
      ['JSON Schema', anything, (json: string) => json],
      ['Protobuf', protoMap, (json: string) => `{"m":${json}}`],
      ['Protobuf, Struct', struct, (json: string) => `{"m":${json}}`],
    ] as const
  ).flatMap(([format, codec, around]): Trial[] => [
    {
      name: `${format}, encode a map of n members`,
      unit: 'member',
      operations: grow(THOUSANDS, (size) => {
        const json = around(members(size))
        return () => codec.encode(json)
      }),
    },
    {
      name: `${format}, decode a map of n members`,
      unit: 'member',
      operations: grow(THOUSANDS, (size) => {
        const payload = codec.encode(around(members(size)))
        return () => codec.decode(payload)
      }),
    },
  ]),
  {
    name: 'JSON Schema, compile n properties',
    unit: 'property',
    operations: grow(COMPILED, (size) => {
      const properties = Object.fromEntries(
        list(size, (index) => [`p${index}`, { type: 'string' }]),
      )
      return () => jsonSchema({ properties, additionalProperties: false })
    }),
  },
  {
    name: 'Avro, compile n fields',
    unit: 'field',
    operations: grow(COMPILED, (size) => {
      const fields = list(size, (index) => ({ name: `f${index}`, type: ['null', 'string'] }))
      return () => avro({ type: 'record', name: 'R', fields })
    }),
  },
  {
    name: 'Protobuf, compile n fields',
    unit: 'field',
    operations: grow(COMPILED, (size) => {
      const fields = list(size, (index) => `int32 f${index} = ${index + 1};`).join(' ')
      return () => proto(`message M { ${fields} }`)
    }),
  },
]
