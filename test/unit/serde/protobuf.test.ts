/** Protobuf: schemas, indexes, what is said of values and payloads that don't fit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ReferencedSchema } from '../../../src/schema-registry/schema.ts'
import { type Codec, InvalidSchemaError, PayloadError } from '../../../src/serde/codec.ts'
import { BUILT_IN_PATHS } from '../../../src/serde/protobuf/built-in-files.ts'
import { compileProtobuf } from '../../../src/serde/protobuf/codec.ts'

function compile(text: string, references: readonly ReferencedSchema[] = []): Codec {
  return compileProtobuf({ type: 'PROTOBUF', text, references })
}

function complaint(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof PayloadError, `${error}`)
    return error.message
  }
  return 'no complaint'
}

const ORDER = `
  // A comment.
  syntax = "proto3";
  package shop.v1;
  import "google/protobuf/timestamp.proto";
  option java_package = "com.example";
  option (some.option) = { a: 1 b: [ { c: "x" } ] };
  message Order {
    int64 id = 1;
    repeated Item items = 2 [deprecated = true, (validate.rules).min = 1];
    oneof payer { string name = 3; uint64 number = 4; }
    google.protobuf.Timestamp at = 5;
    map<string, Kind> kinds = 6;
    bool paid = 7;
    message Item { string sku = 1; float weight = 2; }
    enum Kind { UNKNOWN = 0; GIFT = 1; }
    reserved 100 to max;
    reserved "old";
  }
  message Second { message A {} message B { int32 x = 1; } }
  service Orders { rpc Get (Order) returns (stream Order) { option (google.api.http) = { get: "/x" }; } }
`

test('a message is written behind the index of the first, and read by any', () => {
  const codec = compile(ORDER)
  assert.equal(codec.recordName, 'shop.v1.Order')
  assert.equal(codec.encode('{ "id" : "5", "paid" : true }').toString('hex'), '0008053801')
  const all = '{"id":"5","items":[],"kinds":{},"paid":true}'
  for (const start of ['00', '0200']) {
    assert.equal(codec.decode(Buffer.from(`${start}08053801`, 'hex')), all)
  }
  assert.equal(codec.decode(Buffer.from('0202', 'hex')), '{}', 'the second message')
  assert.equal(codec.decode(Buffer.from('0402020805', 'hex')), '{"x":5}', 'the second one in it')
})

test('output is compact, in the order of the numbers, with defaults', () => {
  const codec = compile(ORDER)
  const json =
    '{"items":[{"weight":1.1},{}],"number":7,"kinds":{"b":1},"at":"2020-01-01T00:00:00.5Z"}'
  assert.equal(
    codec.decode(codec.encode(json)),
    '{"id":"0","items":[{"sku":"","weight":1.1},{"sku":"","weight":0}],"number":"7",' +
      '"at":"2020-01-01T00:00:00.500Z","kinds":{"b":"GIFT"},"paid":false}',
  )
})

test('indexes that lead nowhere, or are cut off, are named', () => {
  const codec = compile(ORDER)
  const cases = {
    '': 'the message indexes are cut off',
    '02': 'the message indexes are cut off',
    '0400': 'the message indexes are cut off',
    '80': 'the message indexes are cut off',
    '0204': 'index 2 of 2 messages',
    '0201': 'index -1 of 2 messages',
    '040204': 'index 2 of 2 messages',
    '06000000': 'index 0 of 0 messages',
    '01': '-1 of them',
    ffffffffff01: 'a message index is longer than 5 bytes',
    feffffff0f000000: 'index 0 of 0 messages',
  }
  for (const [hex, expected] of Object.entries(cases)) {
    const message = complaint(() => codec.decode(Buffer.from(hex, 'hex')))
    assert.ok(message.endsWith(expected), `${hex}: ${message}`)
  }
})

test('only messages that are declared count: no enum, group, extension or entry of a map', () => {
  const codec = compile(`syntax = "proto2";
    enum E { Z = 1; }
    message M {
      map<string, string> m = 1;
      enum Inner { Y = 1; }
      optional group G = 2 { optional int32 g = 1; }
      message A { optional int32 a = 1; }
      extend M { optional int32 x = 100; }
      message B { optional int32 b = 1; }
      extensions 100, 101;
    }
    extend M { optional int32 y = 101; }
    message N {}`)
  assert.equal(codec.recordName, 'M')
  assert.equal(codec.decode(Buffer.from('0400020801', 'hex')), '{"b":1}')
  assert.equal(codec.decode(Buffer.from('0202', 'hex')), '{}')
})

test('a group is named in small letters, and a message to other fields', () => {
  const codec = compile(`syntax = "proto2";
    message M {
      optional group SearchResult = 1 { optional int32 x = 1; }
      repeated group Search_Hits = 2 { optional int32 y = 1; }
      optional M.SearchResult other = 3;
      map<string, SearchResult> named = 4;
      extensions 100;
    }
    extend M { optional group ExtGroup = 100 { optional int32 z = 1; } }`)
  const json =
    '{"searchresult":{"x":5},"searchHits":[{"y":1}],"other":{"x":6},"named":{"a":{"x":7}},' +
    '"[extgroup]":{"z":1}}'
  const payload = codec.encode(json)
  const hex = '00' + '0b08050c' + '13080114' + '1a020806' + '22070a016112020807' + 'a3060801a406'
  assert.equal(payload.toString('hex'), hex)
  assert.equal(codec.decode(payload), json)
  assert.equal(
    complaint(() => codec.encode('{"searchResult":{}}')),
    'Cannot find field: searchResult in message M',
  )
})

test('the entry of a map may be declared, as Java clients do, and counts then', () => {
  const codec = compile(`syntax = "proto3";
    message M {
      repeated TagsEntry tags = 1;
      message TagsEntry { option map_entry = true; string key = 1; int32 value = 2; }
      message Other { int32 o = 1; }
    }`)
  const payload = codec.encode('{"tags":{"a":5}}')
  assert.equal(payload.toString('hex'), '000a050a01611005')
  assert.equal(codec.decode(payload), '{"tags":{"a":5}}')
  assert.equal(codec.decode(Buffer.from('0400020807', 'hex')), '{"o":7}')
})

test('values that do not fit are named by message and field', () => {
  const codec = compile(ORDER)
  const cases = {
    null: 'Expect message object but got: null',
    '5': 'Expect message object but got: 5',
    '"x"': 'Expect message object but got: "x"',
    '{"x":1}': 'Cannot find field: x in message shop.v1.Order',
    '{"items":[{"a\\"b":1}]}': 'Cannot find field: a"b in message shop.v1.Order.Item',
    '{"id":"x"}': 'shop.v1.Order.id: expected int64, got x',
    '{"id":1.5}': 'shop.v1.Order.id: expected int64: 1.5 out of range',
    '{"id":99999999999999999999}':
      'shop.v1.Order.id: expected int64: 99999999999999999999 out of range',
    '{"id":[]}': 'shop.v1.Order.id: expected int64, got Array(0)',
    '{"paid":"yes"}': 'shop.v1.Order.paid: expected boolean, got "yes"',
    '{"items":{}}': 'shop.v1.Order.items: expected Array, got object',
    '{"kinds":{"a":"NOPE"}}': 'shop.v1.Order.Kind: "NOPE"',
    '{"name":"a","number":1}': 'shop.v1.Order.payer: oneof set multiple times by name and number',
    '{"at":"2019-02-29T00:00:00Z"}': '2019-02-29T00:00:00Z: the month has 28 days',
    '{"at":"yesterday"}': 'google.protobuf.Timestamp: invalid RFC 3339 string',
  }
  for (const [json, expected] of Object.entries(cases)) {
    assert.equal(
      complaint(() => codec.encode(json)),
      expected,
      json,
    )
  }
})

test('payloads that do not fit are named by message and field', () => {
  const codec = compile(ORDER)
  const cases = {
    '0008': 'shop.v1.Order.id is cut off',
    '001205': 'shop.v1.Order.items is cut off',
    '0012030a0561': 'shop.v1.Order.Item.sku is cut off',
    '0012020a05': 'shop.v1.Order.Item.sku is cut off',
    // A byte longer than the message around it, which has more behind it.
    '0012020a0161': 'shop.v1.Order.Item.sku is cut off',
    '00120000': 'shop.v1.Order has a field of a number that there is not',
    '000a0161': 'shop.v1.Order.id is of wire type 2, expected 0',
    '00f8': 'shop.v1.Order is cut off',
    '0000': 'shop.v1.Order has a field of a number that there is not',
    '0008ffffffffffffffffffff01': 'shop.v1.Order.id has a number of more than 10 bytes',
    '000f': 'shop.v1.Order.id is of wire type 7, expected 0',
    '00fd07': 'shop.v1.Order is cut off',
    '00fe07': 'shop.v1.Order has a value of wire type 6, which there is not',
    '00fb0708': 'shop.v1.Order is cut off',
    '00fb07': 'shop.v1.Order is cut off in a group',
    '00fc07': 'shop.v1.Order ends a group that is not open',
    '00fb070c': 'shop.v1.Order ends a group that is not open',
    '0032020801': 'shop.v1.Order.kinds is of wire type 0, expected 2',
    '0032050a01611205': 'shop.v1.Order.kinds is of wire type 2, expected 0',
    '0032040a016110': 'shop.v1.Order.kinds is cut off',
    '001a01ff': 'shop.v1.Order.name: invalid UTF8',
  }
  for (const [hex, expected] of Object.entries(cases)) {
    const message = complaint(() => codec.decode(Buffer.from(hex, 'hex')))
    if (expected.endsWith('UTF8')) assert.notEqual(message, 'no complaint', hex)
    else assert.equal(message, expected, hex)
  }
})

test('an extension is checked like a field', () => {
  const codec = compile('message M { extensions 100; } extend M { optional int32 x = 100; }')
  assert.equal(codec.decode(Buffer.from('00a00605', 'hex')), '{"[x]":5}')
  assert.equal(
    complaint(() => codec.decode(Buffer.from('00a2060105', 'hex'))),
    'x is of wire type 2, expected 0',
  )
})

test('a list is read packed and one by one, whatever the schema says', () => {
  const codec = compile(`message M {
    repeated int32 wide = 1; repeated int32 packed = 2 [packed = true]; repeated double ds = 3; }`)
  const hex = '000a020102' + '10011002' + '1a08000000000000f03f'
  const json = '{"wide":[1,2],"packed":[1,2],"ds":[1]}'
  assert.equal(codec.decode(Buffer.from(hex, 'hex')), json)
  assert.equal(codec.encode(json).toString('hex'), '0008010802' + '12020102' + '19000000000000f03f')
})

test('many groups beside each other are not deep', () => {
  const codec = compile('message M { repeated group G = 1 { optional int32 x = 1; } }')
  const decoded = codec.decode(Buffer.from(`00${'0b0c'.repeat(150)}`, 'hex'))
  assert.equal(JSON.parse(decoded).g.length, 150)
})

test('fields that the schema does not know are passed over, and unknown enum values are numbers', () => {
  const codec = compile('syntax = "proto3"; message M { E e = 1; enum E { A = 0; } }')
  assert.equal(
    codec.decode(Buffer.from('00080510056a026869fb0708017c', 'hex').subarray(0, 9)),
    '{"e":5}',
  )
})

test('imports are found among the references, by path', () => {
  const references = [
    {
      name: 'b/unit.proto',
      text: 'syntax = "proto3"; package b; enum Unit { PIECE = 0; KG = 1; }',
    },
    {
      name: 'a/money.proto',
      text: 'syntax = "proto2"; package a; import "b/unit.proto"; message Money { optional b.Unit unit = 1; }',
    },
  ]
  const text = `syntax = "proto3"; import public "a/money.proto"; import "b/unit.proto";
    message M { a.Money m = 1; b.Unit u = 2; }`
  const codec = compile(text, references)
  const json = '{"m":{"unit":"KG"},"u":"KG"}'
  assert.equal(codec.decode(codec.encode(json)), json)
  assert.throws(
    () => compile(text, references.slice(0, 1)),
    new InvalidSchemaError('the schema imports a/money.proto, which is not among its references'),
  )
  assert.throws(
    () => compile('import "a"; message M {}', [{ name: 'a', text: 'import "a";' }]),
    new InvalidSchemaError('a imports itself'),
  )
})

test('files that every schema may import', () => {
  const wellKnown = [
    'any',
    'api',
    'descriptor',
    'duration',
    'empty',
    'field_mask',
    'source_context',
  ]
    .concat('struct', 'timestamp', 'type', 'wrappers')
    .map((name) => `google/protobuf/${name}.proto`)
  for (const path of [...BUILT_IN_PATHS, ...wellKnown]) {
    compile(`syntax = "proto3"; import "${path}"; message M {}`)
  }
  const codec = compile(`syntax = "proto3";
    import "confluent/meta.proto"; import "confluent/type/decimal.proto"; import "google/type/money.proto";
    import "google/type/dayofweek.proto";
    message M {
      confluent.type.Decimal d = 1 [(confluent.field_meta) = { params: [ { key: "precision" value: "5" } ] }];
      google.type.Money m = 2;
      google.type.DayOfWeek day = 3;
    }`)
  const json =
    '{"d":{"value":"AQ==","precision":5,"scale":2},"m":{"currencyCode":"EUR","units":"1","nanos":5},"day":"FRIDAY"}'
  assert.equal(codec.decode(codec.encode(json)), json)
})

test('what the original takes for strings, booleans and enums', () => {
  const codec = compile(ORDER)
  const json =
    '{"name":12345678901234567890,"items":[{"sku":true}],"paid":"true","kinds":{"a":"1"}}'
  assert.equal(
    codec.decode(codec.encode(json)),
    '{"id":"0","items":[{"sku":"true","weight":0}],"name":"12345678901234567890",' +
      '"kinds":{"a":"GIFT"},"paid":true}',
  )
})

test('numbers are decimal, whatever JavaScript takes for one', () => {
  const codec = compile(`syntax = "proto3"; message M {
    double d = 1; float f = 2; int32 i = 3; uint64 u = 4;
    map<int32, int32> m = 5; map<fixed64, int32> m64 = 6; map<string, int32> s = 7; repeated double ds = 8; }`)
  const texts = [
    '0x10',
    '0X1',
    '0b1',
    '0o7',
    '\\u0030x10',
    '0\\u0078f',
    ' 1',
    '1 ',
    '\\n1',
    '1\\t',
    '\\u00201',
    '1\\u2003',
  ]
  for (const text of texts) {
    for (const json of [
      `{"d":"${text}"}`,
      `{"f":"${text}"}`,
      `{"i":"${text}"}`,
      `{"u":"${text}"}`,
      `{"m":{"${text}":1}}`,
      `{"m64":{"${text}":1}}`,
      `{"ds":[1,"${text}"]}`,
    ]) {
      assert.throws(() => codec.encode(json), PayloadError, json)
    }
    codec.encode(`{"s":{"${text}":1}}`)
  }
  assert.equal(
    complaint(() => codec.encode('{"m":{"0x10":1}}')),
    'M.m: expected a key that is int32, got 0x10',
  )
  assert.equal(
    complaint(() => codec.encode('{"d":"0x10"}')),
    'M.d: expected double, got 0x10',
  )
  const json =
    '{"d":"1e5","f":"-Infinity","ds":["NaN","\\u0031"],"m":{"007":1},"m64":{"18446744073709551615":1}}'
  assert.equal(
    codec.decode(codec.encode(json)),
    '{"d":100000,"f":"-Infinity","i":0,"u":"0","m":{"7":1},' +
      '"m64":{"18446744073709551615":1},"s":{},"ds":["NaN",1]}',
  )
})

test('the URL of a type in an Any is the one that the client wrote', () => {
  const codec = compile(`syntax = "proto2"; import "google/protobuf/any.proto";
    import "google/protobuf/timestamp.proto";
    message M {
      optional google.protobuf.Any a = 1; optional Inner inner = 2;
      extensions 100 to 200;
    }
    message Inner {
      repeated google.protobuf.Any list = 1; map<int64, google.protobuf.Any> map = 2;
      oneof choice { google.protobuf.Any one = 3; int32 i = 4; }
      optional group Group = 5 { optional google.protobuf.Any in_group = 1; }
    }
    extend M { optional google.protobuf.Any x = 100; repeated google.protobuf.Any xs = 101; }`)
  const five = codec.encode('{"a":{"@type":"type.example.com/Inner","i":5}}')
  const url = Buffer.from('type.example.com/Inner')
  const any = Buffer.concat([Buffer.from([0x0a, url.length]), url, Buffer.from('12022005', 'hex')])
  assert.equal(five.toString('hex'), `000a${any.length.toString(16)}${any.toString('hex')}`)

  const stamp =
    '{"value":"2020-01-01T00:00:00Z","@type":"https://example.com/a/google.protobuf.Timestamp"}'
  const inner = `"list":[${stamp},{},${stamp}],"map":{"1":${stamp},"7":${stamp}},"one":${stamp}`
  const inGroup = `"group":{"inGroup":${stamp}}`
  const content = `${inner},${inGroup}`
  const packed = `{${content},"@type":"x/Inner"}`
  const twice = `{"value":${packed},"@type":"type.googleapis.com/google.protobuf.Any"}`
  const json = `{"a":${twice},"inner":{${content}},"[x]":${packed},"[xs]":[${stamp},${packed}]}`
  assert.equal(codec.decode(codec.encode(json)), json)
  assert.equal(codec.decode(codec.encode(json.replaceAll('"7":', '"007":'))), json)
  assert.equal(
    codec.decode(codec.encode('{"a":{"@type":"Inner"}}')),
    '{"a":{"list":[],"map":{},"@type":"Inner"}}',
  )
})

test('a duration ends behind its s', () => {
  const codec = compile(`syntax = "proto3"; import "google/protobuf/duration.proto";
    import "google/protobuf/any.proto";
    message M { google.protobuf.Duration d = 1; google.protobuf.Any a = 2; string s = 3; }`)
  for (const text of ['1sfoo', '1s1', '1.5s2s', '-1s ', '1\\u0073foo', '1ss', '1s"', '']) {
    const quoted = text.endsWith('"') ? '1s\\"' : text
    const any = `{"@type":"type.googleapis.com/google.protobuf.Duration","value":"${quoted}"}`
    for (const json of [`{"d":"${quoted}"}`, `{"a":${any}}`]) {
      assert.throws(() => codec.encode(json), PayloadError, json)
    }
    codec.encode(`{"s":"${quoted}"}`)
  }
  assert.equal(codec.decode(codec.encode('{"d":"1.5s","s":"1sfoo"}')), '{"d":"1.500s","s":"1sfoo"}')
})

test('a name that stands twice in one object is refused: one of them would vanish', () => {
  const codec = compile(ORDER)
  for (const json of [
    '{"id":1,"id":2}',
    '{"id":9007199254740993,"items":[{"sku":"a","sku":"b"}]}',
  ]) {
    assert.equal(
      complaint(() => codec.encode(json)),
      'an object has two members with the same name',
    )
  }
})

test('a Value without a value is null', () => {
  const codec = compile(`syntax = "proto3"; import "google/protobuf/struct.proto";
    message M { repeated google.protobuf.Value list = 1; google.protobuf.Struct s = 2; float f = 3; }`)
  const payload = Buffer.from('000a000a021a00' + '12070a050a016112001dcdcc8c3f', 'hex')
  assert.equal(codec.decode(payload), '{"list":[null,""],"s":{"a":null},"f":1.1}')
})

test('a float is found behind messages that contain each other, whichever is read first', () => {
  const codec = compile(`syntax = "proto3";
    message A { B b = 1; float f = 2; }
    message B { A a = 1; }`)
  assert.equal(codec.decode(Buffer.from('0015cdcc8c3f', 'hex')), '{"f":1.1}')
  assert.equal(codec.decode(Buffer.from('02020a0515cdcc8c3f', 'hex')), '{"a":{"f":1.1}}')
})

test('what is said of long texts is short', () => {
  const codec = compile(ORDER)
  const long = 'x'.repeat(10_000)
  for (const json of [
    `{"id":"${long}"}`,
    `{"paid":"${long}"}`,
    `{"${long}":1}`,
    `{"at":"${long}"}`,
  ]) {
    assert.ok(complaint(() => codec.encode(json)).length < 700)
  }
})

test('what is no schema is refused with a reason', () => {
  const cases = {
    '': /declares no message/,
    'syntax = "proto3";': /declares no message/,
    'syntax = "proto3"; enum E { A = 0; }': /declares no message/,
    'message {': /illegal type name/,
    'syntax = "proto3"; message M { Nope n = 1; }': /M: there is no type Nope/,
    'syntax = "proto3"; message M { .M.Inner n = 1; }': /there is no type \.M\.Inner/,
    'syntax = "proto3"; message M { int32 a = 0; }': /M\.a: 0 is not a valid field number/,
    'syntax = "proto3"; message M { int32 a = 19000; }': /M\.a: 19000 is not a valid field number/,
    'syntax = "proto3"; message M { int32 a = 536870912; }':
      /M\.a: 536870912 is not a valid field number/,
    'syntax = "proto3"; message M { int32 a = 1; int32 b = 1; }': /duplicate id 1/,
    'syntax = "proto3"; message M { int32 a = 1; int32 a = 2; }': /duplicate name/,
    'syntax = "proto3"; message M { required int32 a = 1; }': /illegal token 'required'/,
    'syntax = "proto3"; message M { E e = 1; enum E { A = 1; } }': /first value of an enum is 0/,
    'syntax = "proto3"; message M { E e = 1; enum E {} }': /at least one value/,
    'syntax = "proto4"; message M {}': /proto4 is not supported/,
    'edition = "2077"; message M {}': /illegal edition '2077'/,
    'syntax = "proto3"; message M { int32 __proto__ = 1; }': /the name __proto__ is not supported/,
    'syntax = "proto3"; import "x.proto"; message M {}': /imports x\.proto/,
    '{"type":"record"}': /illegal token/,
  }
  for (const [text, expected] of Object.entries(cases)) {
    assert.throws(
      () => compile(text),
      (error) => error instanceof InvalidSchemaError && expected.test(error.message),
      text,
    )
  }
})

const M = compile(`syntax = "proto3";
  message M {
    int64 i = 1; uint64 u = 2; double d = 3; float f = 4; string s = 5; bytes b = 6; bool t = 7;
    repeated sint32 list = 8; map<string, fixed64> map = 9; M m = 10; repeated M ms = 11;
    oneof choice { string os = 12; sint64 oi = 13; }
  }`)

const long = (min: bigint, max: bigint) => fc.bigInt({ min, max }).map(String)
const { message } = fc.letrec((tie) => ({
  message: fc.record({
    i: long(-(2n ** 63n), 2n ** 63n - 1n),
    u: long(0n, 2n ** 64n - 1n),
    d: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    f: fc.float({ noNaN: true, noDefaultInfinity: true }).map(shortest),
    s: fc.string({ unit: 'grapheme' }),
    b: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
    t: fc.boolean(),
    list: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    map: fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      long(0n, 2n ** 64n - 1n),
    ),
    m: fc.oneof({ maxDepth: 2, depthIdentifier: 'm' }, fc.constant(null), tie('message')),
    ms: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'm' },
      fc.constant([]),
      fc.array(tie('message'), { maxLength: 2 }),
    ),
    choice: fc.oneof(
      fc.constant({}),
      fc.string().map((os) => ({ os })),
      long(-(2n ** 63n), 2n ** 63n - 1n).map((oi) => ({ oi })),
    ),
  }),
}))

/** The double that a float is printed as. */
function shortest(float: number): number {
  for (let precision = 6; precision < 9; precision++) {
    const rounded = Number(float.toPrecision(precision))
    if (Math.fround(rounded) === float) return rounded + 0
  }
  return Number(float.toPrecision(9)) + 0
}

/** As it comes back: the choice in its place, nothing where there is no message. */
function flat(value: unknown): unknown {
  const { choice, m, ms, ...rest } = value as Record<string, unknown>
  return {
    ...rest,
    ...(m !== null && { m: flat(m) }),
    ms: (ms as unknown[]).map(flat),
    ...(choice as object),
  }
}

test('what is encoded is what is decoded', () => {
  fc.assert(
    fc.property(message, (value) => {
      const expected = flat(value)
      const decoded: unknown = JSON.parse(M.decode(M.encode(JSON.stringify(expected))))
      assert.deepEqual(decoded, JSON.parse(JSON.stringify(expected)))
    }),
    { numRuns: 200 },
  )
})

test('bytes of all kinds are read or refused, and nothing else', () => {
  const decode = (bytes: Uint8Array) => {
    try {
      JSON.parse(M.decode(Buffer.from(bytes)))
    } catch (error) {
      assert.ok(error instanceof PayloadError, `${error}`)
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), decode), { numRuns: 2000 })
  fc.assert(
    fc.property(message, fc.nat(), fc.nat(255), (value, place, byte) => {
      const payload = M.encode(JSON.stringify(flat(value)))
      payload[place % payload.length] = byte
      decode(payload)
      decode(payload.subarray(0, place % payload.length))
    }),
    { numRuns: 500 },
  )
})
