/** JSON Schema: a value on its way in and out, beside what it costs at least. */
import { Ajv } from 'ajv'
import { Check } from 'typebox/schema'
import { compileJsonSchema } from '../src/serde/json-schema/codec.ts'
import { plainOrders } from './avro-orders.ts'
import type { Trial } from './trial.ts'

const SCHEMA = {
  type: 'object',
  title: 'Order',
  properties: {
    id: { type: 'integer', minimum: 1 },
    customer: { type: 'string', maxLength: 100 },
    price: { type: 'number', exclusiveMinimum: 0 },
    paid: { type: 'boolean' },
    items: { type: 'array', items: { $ref: '#/definitions/item' } },
  },
  required: ['id', 'customer'],
  definitions: {
    item: {
      type: 'object',
      properties: { sku: { type: 'string' }, quantity: { type: 'integer' } },
      additionalProperties: false,
    },
  },
}
const value = {
  id: 1_234_567,
  customer: 'somebody with a name',
  price: 12.5,
  paid: true,
  items: [
    { sku: 'a-1', quantity: 3 },
    { sku: 'b-2', quantity: 1 },
  ],
}
const json = JSON.stringify(value)
const pretty = JSON.stringify(value, null, 2)
const exact = json.replace('12.5', '12.500000000000000001')

const codec = compileSchema({})
const withPattern = compileSchema({ sku: { type: 'string', pattern: '^[a-z]-\\d+$' } })
const payload = codec.encode(json)

function compileSchema(item: object) {
  const properties = { ...SCHEMA.definitions.item.properties, ...item }
  const schema = {
    ...SCHEMA,
    definitions: { item: { ...SCHEMA.definitions.item, properties } },
  }
  return compileText(JSON.stringify(schema))
}

const RECORDS = 100

/** Records of ten fields, with numbers of up to 17 digits. */
const ORDER_SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    customer: { type: 'string' },
    quantity: { type: 'integer' },
    price: { type: 'number' },
    is_paid: { type: 'boolean' },
    coupon: { type: ['null', 'string'] },
    status: { enum: ['NEW', 'SENT', 'DONE'] },
    tags: { type: 'array', items: { type: 'string' } },
    created_at: { type: 'integer' },
    note: { type: 'string' },
  },
  required: ['id', 'customer'],
  additionalProperties: false,
}
const orders = plainOrders(RECORDS)
const orderCodec = compileText(JSON.stringify(ORDER_SCHEMA))
const orderPayloads = orders.map((order) => orderCodec.encode(order))
const isOrder = new Ajv({ allowUnionTypes: true }).compile(ORDER_SCHEMA)

function validated(order: string): Buffer {
  if (!isOrder(JSON.parse(order))) throw new Error('Ajv refuses an order.')
  return Buffer.from(order)
}

/** A schema whose lists Ajv compiles in parts. */
const LONG_SCHEMA = {
  properties: Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`p${index}`, { type: 'string', maxLength: 20 }]),
  ),
  additionalProperties: false,
}
const ofLongSchema = JSON.stringify({ p995: 'x', p996: 'x', p997: 'x', p998: 'x', p999: 'x' })
const longText = JSON.stringify(LONG_SCHEMA)
const longCodec = compileText(longText)

function compileText(text: string) {
  const compiled = compileJsonSchema({ type: 'JSON', text, references: [] })
  compiled.prepareToEncode?.()
  return compiled
}

export const TRIALS: readonly Trial[] = [
  {
    name: 'JSON Schema, encode records of ten fields',
    unit: 'record',
    operations: [
      {
        name: 'codec',
        things: RECORDS,
        run: () => orders.map((order) => orderCodec.encode(order)),
      },
      { name: 'Ajv: parse, validate', things: RECORDS, run: () => orders.map(validated) },
    ],
  },
  {
    name: 'JSON Schema, decode records of ten fields',
    unit: 'record',
    operations: [
      {
        name: 'codec',
        things: RECORDS,
        run: () => orderPayloads.map((payload) => orderCodec.decode(payload)),
      },
      {
        name: 'parse and write',
        things: RECORDS,
        run: () => orderPayloads.map((payload) => JSON.stringify(JSON.parse(payload.toString()))),
      },
    ],
  },
  {
    name: `JSON Schema, encode a value of ${json.length} bytes`,
    unit: 'value',
    operations: [
      { name: 'codec', things: 1, run: () => codec.encode(json) },
      { name: 'codec, text with white space', things: 1, run: () => codec.encode(pretty) },
      { name: 'codec, two patterns', things: 1, run: () => withPattern.encode(json) },
      { name: 'codec, a number beyond doubles', things: 1, run: () => codec.encode(exact) },
      {
        name: 'parse and write, no validation',
        things: 1,
        run: () => Buffer.from(JSON.stringify(JSON.parse(json))),
      },
    ],
  },
  {
    name: 'JSON Schema, decode it',
    unit: 'value',
    operations: [
      { name: 'codec', things: 1, run: () => codec.decode(payload) },
      {
        name: 'parse and write',
        things: 1,
        run: () => JSON.stringify(JSON.parse(payload.toString())),
      },
    ],
  },
  {
    name: 'JSON Schema, compile a schema',
    unit: 'schema',
    operations: [{ name: 'codec', things: 1, run: () => compileSchema({}) }],
  },
  {
    name: 'JSON Schema, 1000 properties, a value with five',
    unit: 'value',
    operations: [
      { name: 'codec', things: 1, run: () => longCodec.encode(ofLongSchema) },
      {
        name: 'an interpreter (TypeBox)',
        things: 1,
        run: () => Check(LONG_SCHEMA, JSON.parse(ofLongSchema)),
      },
    ],
  },
  {
    name: 'JSON Schema, compile 1000 properties',
    unit: 'schema',
    operations: [{ name: 'codec', things: 1, run: () => compileText(longText) }],
  },
]
