/** Protobuf: a value on its way in and out, beside what its JSON costs at least. */
import { fromBinary, fromJsonString, toBinary, toJsonString } from '@bufbuild/protobuf'
import { compileProtobuf } from '../src/serde/protobuf/codec.ts'
import { linkSchema } from '../src/serde/protobuf/linked-schema.ts'
import { plainOrders } from './avro-orders.ts'
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

const RECORDS = 100

const ORDER_SCHEMA = `
  syntax = "proto3";
  message Order {
    int64 id = 1;
    string customer = 2;
    int32 quantity = 3;
    double price = 4;
    bool is_paid = 5;
    optional string coupon = 6;
    Status status = 7;
    repeated string tags = 8;
    int64 created_at = 9;
    string note = 10;
    enum Status { NEW = 0; SENT = 1; DONE = 2; }
  }`
const orders = plainOrders(RECORDS)
const orderCodec = compileText(ORDER_SCHEMA)
const orderPayloads = orders.map((order) => orderCodec.encode(order))
const orderType = typeOf(ORDER_SCHEMA)

/** The descriptor that Protobuf-ES works with. */
function typeOf(text: string) {
  const [first] = linkSchema({ type: 'PROTOBUF', text, references: [] }).messages
  if (first?.descriptor === undefined) throw new Error('The schema has no message.')
  return first.descriptor
}

function compileText(text: string) {
  return compileProtobuf({ type: 'PROTOBUF', text, references: [] })
}

export const TRIALS: readonly Trial[] = [
  {
    name: 'Protobuf, encode records of ten fields',
    unit: 'record',
    operations: [
      {
        name: 'codec',
        things: RECORDS,
        run: () => orders.map((order) => orderCodec.encode(order)),
      },
      {
        name: 'Protobuf-ES: fromJsonString, toBinary',
        things: RECORDS,
        run: () => orders.map((order) => toBinary(orderType, fromJsonString(orderType, order))),
      },
    ],
  },
  {
    name: 'Protobuf, decode records of ten fields',
    unit: 'record',
    operations: [
      {
        name: 'codec',
        things: RECORDS,
        run: () => orderPayloads.map((payload) => orderCodec.decode(payload)),
      },
      {
        name: 'Protobuf-ES: fromBinary, toJsonString',
        things: RECORDS,
        run: () =>
          orderPayloads.map((payload) =>
            toJsonString(orderType, fromBinary(orderType, payload.subarray(1)), {
              alwaysEmitImplicit: true,
            }),
          ),
      },
    ],
  },
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
