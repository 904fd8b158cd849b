/** Schemas, values and payloads that are made to hang or to crash whoever reads them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Codec, InvalidSchemaError, PayloadError } from '../../../src/serde/codec.ts'
import { compileProtobuf } from '../../../src/serde/protobuf/codec.ts'

function compile(text: string): Codec {
  return compileProtobuf({ type: 'PROTOBUF', text, references: [] })
}

/** Generous, for machines that do other things: without bounds it would be hours, or a crash. */
const BOUND_MS = 20_000

function within(work: () => void): void {
  const started = performance.now()
  work()
  const took = performance.now() - started
  assert.ok(took < BOUND_MS, `took ${took} ms`)
}

const recursive = compile(`syntax = "proto3"; import "google/protobuf/struct.proto";
  message M { M m = 1; int32 i = 2; google.protobuf.Value v = 3; map<string, M> map = 4; }`)

function nested(depth: number): Buffer {
  let bytes = Buffer.alloc(0)
  for (let level = 0; level < depth; level++) {
    const length: number[] = []
    for (let rest = bytes.length; ; rest >>>= 7) {
      length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
      if (rest <= 0x7f) break
    }
    bytes = Buffer.concat([Buffer.from([0x0a, ...length]), bytes])
  }
  return Buffer.concat([Buffer.from([0]), bytes])
}

test('values and payloads that are nested deeply are refused', () => {
  within(() => {
    recursive.decode(nested(90))
    for (const depth of [150, 2000]) {
      assert.throws(() => recursive.decode(nested(depth)), PayloadError)
    }
    for (const depth of [150, 900, 50_000]) {
      const message = `${'{"m":'.repeat(depth)}{}${'}'.repeat(depth)}`
      assert.throws(() => recursive.encode(message), PayloadError)
      const value = `{"v":${'['.repeat(depth)}${']'.repeat(depth)}}`
      assert.throws(() => recursive.encode(value), PayloadError)
    }
  })
})

test('what is written can be read: what is nested too deeply for readers is refused before', () => {
  const struct = (depth: number) => `{"v":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`
  const list = (depth: number) => `{"v":${'['.repeat(depth)}${']'.repeat(depth)}}`
  const map = (depth: number) =>
    `${'{"map":{"long enough for one level":'.repeat(depth)}{}${'}}'.repeat(depth)}`
  for (const [json, deepest] of [
    [struct, 32],
    [list, 49],
    [map, 49],
  ] as const) {
    recursive.decode(recursive.encode(json(deepest)))
    for (const depth of [deepest + 1, deepest + 2, 90, 200]) {
      assert.throws(
        () => recursive.encode(json(depth)),
        (error) =>
          error instanceof PayloadError && /nested deeper|recursion|stack/.test(error.message),
        `${json(1)}, ${depth} levels`,
      )
    }
  }
})

test('an Any in an Any is refused in both directions when it is nested deeply', () => {
  const codec = compile(`syntax = "proto3"; import "google/protobuf/any.proto";
    message M { google.protobuf.Any a = 1; int32 i = 2; }`)
  const json = (depth: number) => {
    const open = '{"@type":"type.googleapis.com/google.protobuf.Any","value":'
    const inner = '{"@type":"type.googleapis.com/M","i":1}'
    return `{"a":${open.repeat(depth)}${inner}${'}'.repeat(depth)}}`
  }
  codec.decode(codec.encode(json(90)))
  assert.throws(() => codec.encode(json(110)), PayloadError)
})

test('groups that are nested deeply are refused', () => {
  const open = Buffer.concat([Buffer.from([0]), Buffer.alloc(100_000, 0xfb)])
  within(() => assert.throws(() => recursive.decode(open), PayloadError))
  const groups = Buffer.concat([Buffer.from([0]), Buffer.alloc(100_000, 0x7b)])
  within(() => assert.throws(() => recursive.decode(groups), PayloadError))
})

test('a length beyond the payload allocates nothing', () => {
  for (const hex of ['000affffffff07', '00120affffffffffffffffff01', '0022ffffffff0f']) {
    assert.throws(() => recursive.decode(Buffer.from(hex, 'hex')), PayloadError)
  }
})

/** A field of bytes. */
function delimited(number: number, content: Buffer): Buffer {
  const length: number[] = []
  for (let rest = content.length; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 0x7f) break
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content])
}

const inFirst = (...parts: Buffer[]) => Buffer.concat([Buffer.from([0]), ...parts])
const times = (count: number, hex: string) => Buffer.from(hex.repeat(count), 'hex')
const wide = (field: (index: number) => string) =>
  `message Wide { ${Array.from({ length: 1000 }, (_, index) => field(index)).join(' ')} }`
const WIDE = wide((index) => `int32 field_number_${index} = ${index + 1};`)

test('a few bytes that mean a multitude of names and defaults are refused before they are read', () => {
  const long = 'N'.repeat(1000)
  const cases = {
    'messages in a list': ['message M { repeated Wide list = 1; }', WIDE, times(50_000, '0a00')],
    'entries of a map': ['message M { map<int32, Wide> map = 1; }', WIDE, times(50_000, '0a00')],
    oneofs: [
      'message M { repeated Wide list = 1; }',
      wide((index) => `oneof o${index} { int32 a${index} = ${index + 1}; }`),
      times(50_000, '0a00'),
    ],
    'long names': [
      'message M { repeated Wide list = 1; }',
      `message Wide { optional int32 ${long.toLowerCase()} = 1; }`,
      times(25_000, '0a020800'),
    ],
    'values of an enum': [
      'message M { repeated E list = 1; }',
      `enum E { ${long} = 0; }`,
      delimited(1, Buffer.alloc(100_000)),
    ],
    'values of an enum, one by one': [
      'message M { repeated E list = 1; }',
      `enum E { ${long} = 0; }`,
      times(50_000, '0800'),
    ],
    'entries with an enum': [
      'message M { map<int32, E> map = 1; }',
      `enum E { ${long} = 0; }`,
      times(50_000, '0a00'),
    ],
  } as const
  for (const [name, [root, other, bytes]] of Object.entries(cases)) {
    const codec = compile(`syntax = "proto3"; ${root} ${other}`)
    assert.throws(
      () => codec.decode(inFirst(bytes)),
      (error) =>
        error instanceof PayloadError &&
        /^M: names and defaults of more than \d+ characters/.test(error.message),
      name,
    )
  }
})

test('what is written can be read: a multitude of empty messages is refused before', () => {
  const codec = compile(`syntax = "proto3"; message M { repeated Wide list = 1; } ${WIDE}`)
  const json = (count: number) => `{"list":[${Array(count).fill('{}').join()}]}`
  codec.decode(codec.encode(json(100)))
  assert.throws(
    () => codec.encode(json(1000)),
    /^PayloadError: M: names and defaults of more than \d+ characters/,
  )
})

test('a group of many defaults counts each time', () => {
  const fields = Array.from(
    { length: 1000 },
    (_, index) => `repeated int32 f${index} = ${index + 1};`,
  )
  const codec = compile(
    `syntax = "proto2"; message M { repeated group Wide = 1 { ${fields.join(' ')} } }`,
  )
  assert.throws(() => codec.decode(inFirst(times(50_000, '0b0c'))), PayloadError)
})

test('a multitude within an Any is refused too, also one that is put together of several', () => {
  const codec = compile(`syntax = "proto2"; import "google/protobuf/any.proto";
    message M { optional google.protobuf.Any a = 1; extensions 100; }
    extend M { optional google.protobuf.Any x = 100; }
    message N { repeated Wide list = 1; }
    ${WIDE.replaceAll('int32', 'repeated int32')}`)
  const url = delimited(1, Buffer.from('x/N'))
  const many = delimited(2, times(50_000, '0a00'))
  const any = Buffer.concat([url, many])
  const outer = Buffer.concat([
    delimited(1, Buffer.from('x/google.protobuf.Any')),
    delimited(2, any),
  ])
  const cases = [
    delimited(1, any),
    Buffer.concat([delimited(1, many), delimited(1, url)]),
    delimited(1, outer),
    // Two bytes of a tag: the field's number is above 15.
    Buffer.concat([Buffer.from([0xa2, 0x06]), delimited(1, any).subarray(1)]),
  ]
  for (const bytes of cases) {
    assert.throws(
      () => codec.decode(inFirst(bytes)),
      (error) =>
        error instanceof PayloadError && /^N: names and defaults of more/.test(error.message),
    )
  }
  const few = Buffer.concat([url, delimited(2, times(2, '0a00'))])
  assert.equal(JSON.parse(codec.decode(inFirst(delimited(1, few)))).a.list.length, 2)
})

test('a multitude that is spread over many Anys is refused: they share what a record may cost', () => {
  const codec = compile(`syntax = "proto3"; import "google/protobuf/any.proto";
    message M { repeated google.protobuf.Any list = 1; }
    message N { repeated Wide list = 1; }
    ${WIDE}`)
  const few = delimited(2, times(100, '0a00'))
  const any = delimited(1, Buffer.concat([delimited(1, Buffer.from('x/N')), few]))
  assert.equal(JSON.parse(codec.decode(inFirst(any))).list.length, 1)
  assert.throws(() => codec.decode(inFirst(...Array(20).fill(any))), /names and defaults of more/)
})

test('a large record with many defaults is read', () => {
  const codec = compile(`syntax = "proto3"; message M { repeated C list = 1; }
    message C { string some_text = 1; int64 some_number = 2; bool flag = 3; }`)
  const json = codec.decode(inFirst(times(100_000, '0a00')))
  assert.equal(JSON.parse(json).list.length, 100_000)
})

test('many indexes in front of a payload cost no more than the payload is long', () => {
  const indexes = Buffer.concat([Buffer.from('feffffff0f', 'hex'), Buffer.alloc(1_000_000)])
  within(() => assert.throws(() => recursive.decode(indexes), PayloadError))
})

test('schemas that are nested deeply, or large, end', () => {
  const deep = (depth: number) =>
    `syntax = "proto3"; ${'message M { '.repeat(depth)}${'}'.repeat(depth)}`
  within(() => {
    compile(deep(30))
    assert.throws(() => compile(deep(100_000)), InvalidSchemaError)
    const options = `[(a) = ${'{ a: '.repeat(50_000)}`
    assert.throws(() => compile(`message M { optional int32 a = 1 ${options}`), InvalidSchemaError)
    const fields = Array.from({ length: 1500 }, (_, index) => `int32 f${index} = ${index + 1};`)
    const large = compile(`syntax = "proto3"; message M { ${fields.join(' ')} }`)
    assert.equal(large.encode('{"f1499":1}').length, 4)
  })
})

const list = (length: number, make: (index: number) => string) =>
  Array.from({ length }, (_, index) => make(index)).join(' ')

test('thousands of fields, in each arrangement, are compiled in linear time', () => {
  within(() => {
    for (const message of [
      list(9000, (index) => `int32 f${index} = ${index + 1};`),
      `oneof o { ${list(9000, (index) => `int32 f${index} = ${index + 1};`)} }`,
      list(4500, (index) => `optional int32 f${index} = ${index + 1};`),
      list(3000, (index) => `oneof o${index} { int32 f${index} = ${index + 1}; }`),
      list(1500, (index) => `map<string, int32> f${index} = ${index + 1};`),
    ]) {
      assert.equal(compile(`syntax = "proto3"; message M { ${message} }`).encode('{}').length, 1)
    }
  })
  assert.throws(
    () => compile('syntax = "proto3"; message M { int32 a = 1; int32 b = 1; }'),
    /duplicate id 1/,
  )
})

test('reserved numbers of a schema are compared with its fields a limited number of times', () => {
  const reserved = (ranges: number) =>
    `syntax = "proto3"; message M { reserved ${Array.from({ length: ranges }, (_, index) => 100_000 + 2 * index).join()}; ${list(2000, (index) => `int32 f${index} = ${index + 1};`)} }`
  compile(reserved(1000))
  assert.throws(
    () => compile(reserved(20_000)),
    (error) =>
      error instanceof InvalidSchemaError && /more than 10000000 comparisons/.test(error.message),
  )
})

test('extensions among a multitude of undeclared fields are refused before each is looked for', () => {
  const codec = compile(`syntax = "proto2"; message M { extensions 1 to 9000; }
    extend M { ${list(2000, (index) => `optional int32 x${index} = ${index + 1};`)} }`)
  const field = (number: number) =>
    Buffer.from(number < 16 ? [number << 3, 1] : [((number << 3) & 0x7f) | 0x80, number >> 4, 1])
  const extensions = Array.from({ length: 2000 }, (_, index) => field(index + 1))
  assert.equal(Object.keys(JSON.parse(codec.decode(inFirst(...extensions)))).length, 2000)
  const undeclared = Array.from({ length: 50_000 }, () => Buffer.from([0xc0, 0xbb, 0x03, 1]))
  within(() =>
    assert.throws(
      () => codec.decode(inFirst(...extensions, ...undeclared)),
      /M: extensions and undeclared fields need more than 50000000 comparisons/,
    ),
  )
})

test('numbers of a million digits, and quoted numbers of large enums, take time in proportion to the text', () => {
  const numbers = compile('syntax = "proto3"; message M { int64 a = 1; map<int64, int32> m = 2; }')
  const zeros = '0'.repeat(1_000_000)
  within(() => {
    assert.throws(() => numbers.encode(`{"a":"1${zeros}"}`), PayloadError)
    assert.throws(() => numbers.encode(`{"m":{"1${zeros}":1}}`), PayloadError)
    assert.equal(numbers.encode(`{"a":"1${zeros}e-1000000"}`).toString('hex'), '000801')
  })
  const enums = compile(`syntax = "proto3"; message M { repeated E a = 1; }
    enum E { ${list(5000, (index) => `V${index} = ${index};`)} }`)
  within(() => {
    const values = Array.from({ length: 200_000 }, (_, index) => `"${index % 128}"`)
    assert.equal(enums.encode(`{"a":[${values.join()}]}`).length, 200_005)
  })
})

test('fields whose parts are scattered are read in time in proportion to the payload', () => {
  const codec =
    compile(`syntax = "proto3"; message M { repeated int32 a = 1; N n = 2; map<int32, N> m = 3; }
    message N { repeated int32 a = 1; }`)
  const part = Buffer.from(
    '080a' + '0a020b0c' + '1202080d' + '1206080e0a020f10' + '1a060801120208' + '05',
    'hex',
  )
  within(() => {
    const json = JSON.parse(codec.decode(inFirst(Buffer.concat(Array(50_000).fill(part)))))
    assert.equal(json.a.length, 150_000)
    assert.equal(json.n.a.length, 200_000)
    assert.deepEqual(json.m, { 1: { a: [5] } })
  })
})

test('texts that a parser may stumble over end', () => {
  within(() => {
    for (const text of [
      '/*'.repeat(100_000),
      '//'.repeat(100_000),
      '"'.repeat(100_001),
      `"${'\\'.repeat(100_001)}`,
      `message ${'a'.repeat(100_000)}`,
      `package ${'a.'.repeat(50_000)}`,
      `import "${'x'.repeat(100_000)}";`,
      '{'.repeat(100_000),
      ' '.repeat(1_000_000),
      `message M { optional int32 x = ${'9'.repeat(100_000)}; }`,
      `message M { reserved ${'1,'.repeat(50_000)}`,
      `option a = ${'"x" '.repeat(50_000)}`,
      `message M { optional ${'a.'.repeat(50_000)}`,
    ]) {
      assert.throws(() => compile(text), InvalidSchemaError, text.slice(0, 40))
    }
  })
})

test('names that JavaScript gives to every object are names like others', () => {
  const codec = compile(`syntax = "proto3";
    message constructor {
      string toString = 1; hasOwnProperty prototype = 2; map<string, int32> valueOf = 3;
      oneof length { int32 name = 4; int32 call = 5; }
    }
    message hasOwnProperty { int32 constructor = 1; }`)
  const json = '{"toString":"x","prototype":{"constructor":5},"valueOf":{"constructor":1},"name":4}'
  assert.equal(codec.decode(codec.encode(json)), json)
  const proto = '{"valueOf":{"__proto__":1}}'
  assert.deepEqual(Object.keys(JSON.parse(codec.decode(codec.encode(proto))).valueOf), [
    '__proto__',
  ])
})
