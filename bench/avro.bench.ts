/** Avro between JSON and binary: our codec, and avsc with JavaScript values in between. */
import avsc from 'avsc'
import { compileAvro } from '../src/serde/avro.ts'
import type { Trial } from './trial.ts'

const RECORDS = 100

const SCHEMA = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'customer', type: 'string' },
    { name: 'quantity', type: 'int' },
    { name: 'price', type: 'double' },
    { name: 'is_paid', type: 'boolean' },
    { name: 'coupon', type: ['null', 'string'] },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['NEW', 'SENT', 'DONE'] } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'created_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'note', type: 'string' },
  ],
}

/** As they come: no two are the same. */
const jsons = Array.from({ length: RECORDS }, (_, index) =>
  JSON.stringify({
    id: 4_711_000_000 + index,
    customer: `customer-${index}`,
    quantity: index,
    price: index * 1.37,
    is_paid: index % 2 === 0,
    coupon: index % 3 === 0 ? null : { string: `SAVE-${index}` },
    status: ['NEW', 'SENT', 'DONE'][index % 3],
    tags: ['a tag', `tag-${index}`],
    created_at: 1_700_000_000_000 + index,
    note: `A note of some words, as people write them: ${index}.`,
  }),
)
const reversed = jsons.map((json) =>
  JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(json)).reverse())),
)

const codec = compileAvro({ type: 'AVRO', text: JSON.stringify(SCHEMA), references: [] })
const type = avsc.Type.forSchema(SCHEMA as Parameters<typeof avsc.Type.forSchema>[0])
const payloads = jsons.map((json) => codec.encode(json))

export const TRIALS: readonly Trial[] = [
  {
    name: 'Encode Avro records of ten fields',
    unit: 'record',
    operations: [
      { name: 'codec', things: RECORDS, run: () => jsons.map((json) => codec.encode(json)) },
      {
        name: 'codec, fields in another order',
        things: RECORDS,
        run: () => reversed.map((json) => codec.encode(json)),
      },
      {
        name: 'avsc: fromString, toBuffer',
        things: RECORDS,
        run: () => jsons.map((json) => type.toBuffer(type.fromString(json))),
      },
    ],
  },
  {
    name: 'Decode Avro records of ten fields',
    unit: 'record',
    operations: [
      { name: 'codec', things: RECORDS, run: () => payloads.map((bytes) => codec.decode(bytes)) },
      {
        name: 'avsc: fromBuffer, toString',
        things: RECORDS,
        run: () => payloads.map((bytes) => type.toString(type.fromBuffer(bytes))),
      },
    ],
  },
]
