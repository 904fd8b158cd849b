/** Protobuf: a value on its way in and out, beside what its JSON costs at least. */
import { compileProtobuf } from '../src/serde/protobuf/codec.ts'
import type { Trial } from './trial.ts'

const SCHEMA = `
  syntax = "proto3";
  package shop;
  message Order {
    int64 id = 1;
    string customer = 2;
    double price = 3;
    bool paid = 4;
    repeated Item items = 5;
    message Item { string sku = 1; int32 quantity = 2; }
  }`
const value = {
  id: '1234567',
  customer: 'somebody with a name',
  price: 12.5,
  paid: true,
  items: [
    { sku: 'a-1', quantity: 3 },
    { sku: 'b-2', quantity: 1 },
  ],
}
const json = JSON.stringify(value)
const exact = json.replace('"1234567"', '9007199254740993')

const codec = compileText(SCHEMA)
const withFloats = compileText(SCHEMA.replace('double', 'float'))
const payload = codec.encode(json)
const floats = withFloats.encode(json)

function compileText(text: string) {
  return compileProtobuf({ type: 'PROTOBUF', text, references: [] })
}

export const TRIALS: readonly Trial[] = [
  {
    name: `Protobuf, encode a value of ${json.length} bytes`,
    unit: 'value',
    operations: [
      { name: 'codec', things: 1, run: () => codec.encode(json) },
      { name: 'codec, a number beyond doubles', things: 1, run: () => codec.encode(exact) },
      {
        name: 'parse and write as JSON',
        things: 1,
        run: () => Buffer.from(JSON.stringify(JSON.parse(json))),
      },
    ],
  },
  {
    name: `Protobuf, decode it, ${payload.length} bytes`,
    unit: 'value',
    operations: [
      { name: 'codec', things: 1, run: () => codec.decode(payload) },
      { name: 'codec, with a float', things: 1, run: () => withFloats.decode(floats) },
      {
        name: 'parse and write as JSON',
        things: 1,
        run: () => JSON.stringify(JSON.parse(json)),
      },
    ],
  },
  {
    name: 'Protobuf, compile a schema',
    unit: 'schema',
    operations: [{ name: 'codec', things: 1, run: () => compileText(SCHEMA) }],
  },
]
