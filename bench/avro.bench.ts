/** Avro between JSON and binary: our codec, and avsc with JavaScript values in between. */
import avsc from 'avsc'
import { compileAvro } from '../src/serde/avro/codec.ts'
import { ORDER_SCHEMA, orders } from './avro-orders.ts'
import type { Trial } from './trial.ts'

const RECORDS = 100

const jsons = orders(RECORDS)
const reversed = jsons.map((json) =>
  JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(json)).reverse())),
)

const codec = compileAvro({ type: 'AVRO', text: JSON.stringify(ORDER_SCHEMA), references: [] })
const type = avsc.Type.forSchema(ORDER_SCHEMA as Parameters<typeof avsc.Type.forSchema>[0])
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
