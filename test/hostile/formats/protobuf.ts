/** Hostile input of Protobuf. */
import {
  type AbusivePayload,
  type AbusiveSchema,
  type AbusiveValues,
  type FormatAbuse,
  filled,
  listOf,
  nested,
  repeated,
  repeatedBytes,
  varint,
} from './abuse.ts'

/** A file with a package of its own. */
function file(unique: string, content: string): string {
  return `syntax = "proto3"; package p${unique}; ${content}`
}

function lines(count: number, textOf: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => textOf(index)).join('\n')
}

const SCHEMAS: readonly AbusiveSchema[] = [
  {
    what: '5000 fields',
    text: (unique) =>
      file(unique, `message A {${lines(5000, (index) => `string f${index} = ${index + 1};`)}}`),
    value: `{${listOf(5000, (index) => `"f${index}":"a"`)}}`,
  },
  {
    what: '3000 messages, and as many fields of them',
    text: (unique) =>
      file(
        unique,
        `message A {${lines(3000, (index) => `M${index} f${index} = ${index + 1};`)}}
        ${lines(3000, (index) => `message M${index} { int32 a = 1; }`)}`,
      ),
    value: `{${listOf(3000, (index) => `"f${index}":{"a":1}`)}}`,
  },
  {
    what: 'one of 4000 fields',
    text: (unique) =>
      file(
        unique,
        `message A { oneof o {${lines(4000, (index) => `int32 f${index} = ${index + 1};`)}} }`,
      ),
    value: '{"f3999":1}',
  },
  {
    what: 'an enum of 20,000 values',
    text: (unique) =>
      file(
        unique,
        `enum E {${lines(20_000, (index) => `V${index} = ${index};`)}} message A { E e = 1; }`,
      ),
    value: '{"e":"V19999"}',
  },
  {
    what: '2000 maps',
    text: (unique) =>
      file(
        unique,
        `message A {${lines(2000, (index) => `map<string, int32> f${index} = ${index + 1};`)}}`,
      ),
    value: `{${listOf(2000, (index) => `"f${index}":{"a":1}`)}}`,
  },
  {
    what: 'messages that nest 90 deep',
    text: (unique) => file(unique, nested(90, 'message M { int32 a = 1; ', '', '}')),
    value: '{"a":1}',
  },
  {
    what: 'a message of itself, and a value 90 deep',
    text: (unique) =>
      file(unique, 'message A { A a = 1; repeated A r = 2; map<string, A> m = 3; }'),
    value: nested(90, '{"a":', '{}', '}'),
  },
  {
    what: 'a package of 100 parts, and 2000 names to look up in it',
    text: (unique) =>
      `syntax = "proto3"; package p${unique}${'.a'.repeat(100)}; message A {${lines(
        2000,
        (index) => `M${index} f${index} = ${index + 1};`,
      )}} ${lines(2000, (index) => `message M${index} {}`)}`,
    value: '{}',
  },
  {
    what: '2000 names that nobody declares',
    text: (unique) =>
      file(
        unique,
        `message A {${lines(2000, (index) => `a.b.M${index} f${index} = ${index + 1};`)}}`,
      ),
    value: '{}',
  },
  {
    what: '5000 options',
    text: (unique) =>
      file(
        unique,
        `message A {${lines(5000, (index) => `option (o${index}) = {a: {b: ${index}}};`)}}`,
      ),
    value: '{}',
  },
  {
    what: '900,000 characters of comments',
    text: (unique) => file(unique, `${'/* a */ '.repeat(112_500)} message A {}`),
    value: '{}',
  },
  {
    what: '10,000 reserved ranges',
    text: (unique) =>
      file(
        unique,
        `message A { reserved ${listOf(10_000, (index) => `${3 * index + 10} to ${3 * index + 11}`)}; int32 a = 1; }`,
      ),
    value: '{"a":1}',
  },
  {
    what: '2000 services',
    text: (unique) =>
      file(
        unique,
        `message A {} ${lines(2000, (index) => `service S${index} { rpc R(A) returns (A); }`)}`,
      ),
    value: '{}',
  },
  {
    what: 'imports of two files that import two, 15 deep',
    references: Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => {
        const level = Math.floor(index / 2)
        const imports =
          level === 0
            ? ''
            : `import public "f${2 * level - 2}.proto"; import public "f${2 * level - 1}.proto";`
        return [`f${index}.proto`, `syntax = "proto3"; ${imports} message F${index} {}`]
      }),
    ),
    text: (unique) =>
      `syntax = "proto3"; package p${unique}; import "f28.proto"; import "f29.proto"; message A { F0 a = 1; F29 b = 2; }`,
    value: '{"a":{},"b":{}}',
  },
  {
    what: 'a default of 500,000 characters',
    text: (unique) =>
      `syntax = "proto2"; package p${unique}; message A { optional string a = 1 [default = "${'a'.repeat(500_000)}"]; }`,
    value: '{}',
  },
  {
    what: 'a name of 500,000 characters',
    text: (unique) => file(unique, `message A${'a'.repeat(500_000)} { int32 a = 1; }`),
    value: '{"a":1}',
  },
]

function message(fields: string, imports: readonly string[] = []): string {
  const files = imports.map((each) => `import "google/protobuf/${each}.proto";`)
  return `syntax = "proto3"; ${files.join(' ')} message A { ${fields} }`
}

/** Many of a message of 24 fields, which takes a kilobyte of memory without any of them. */
function wide(type: string): string {
  const fields = lines(24, (index) => `${type} f${index} = ${index + 1};`)
  return `${message('repeated B a = 1;')} message B {${fields}}`
}

const STRUCT = message('google.protobuf.Struct a = 1;', ['struct'])
const VALUE = message('google.protobuf.Value a = 1;', ['struct'])

const VALUES: readonly AbusiveValues[] = [
  {
    what: 'a string',
    schema: message('string a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":"', 'a', '"}'),
  },
  {
    what: 'surrogates',
    schema: message('string a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":"', '\\ud83d\\ude00', '"}'),
  },
  {
    what: 'bytes',
    schema: message('bytes a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":"', 'AAAA', '"}'),
  },
  {
    what: 'an int64 of digits',
    schema: message('int64 a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":', '9', '}'),
  },
  {
    what: 'an int64 as a text of digits',
    schema: message('int64 a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":"', '0', '"}'),
  },
  {
    what: 'an int64 with a fraction of zeros',
    schema: message('int64 a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":1.', '0', '}'),
  },
  {
    what: 'a double of digits',
    schema: message('double a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":0.', '1', '}'),
  },
  {
    what: 'a float as a text of digits',
    schema: message('float a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":"', '9', '"}'),
  },
  {
    what: 'repeated numbers',
    schema: message('repeated int32 a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":[', '1', ']}', ','),
  },
  {
    what: 'repeated int64 of 1000 digits',
    schema: message('repeated int64 a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":[', `"${'0'.repeat(1000)}"`, ']}', ','),
  },
  {
    what: 'repeated messages',
    schema: message('repeated A a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":[', '{}', ']}', ','),
  },
  {
    what: 'a map of texts',
    schema: message('map<string, string> a = 1;'),
    value: (bytes) => filled(bytes, '{"a":{', (index) => `"m${index}":""`, '}}'),
  },
  {
    what: 'a map of int64',
    schema: message('map<int64, int32> a = 1;'),
    value: (bytes) => filled(bytes, '{"a":{', (index) => `"${index}":1`, '}}'),
  },
  {
    what: 'a map of messages',
    schema: message('map<int32, A> a = 1;'),
    value: (bytes) => filled(bytes, '{"a":{', (index) => `"${index}":{}`, '}}'),
  },
  {
    what: 'a Struct of members',
    schema: STRUCT,
    value: (bytes) => filled(bytes, '{"a":{', (index) => `"m${index}":0`, '}}'),
  },
  {
    what: 'a Struct of lists 40 deep',
    schema: STRUCT,
    value: (bytes) =>
      filled(bytes, '{"a":{', (index) => `"m${index}":${nested(40, '[', '', ']')}`, '}}'),
  },
  {
    what: 'a Value of numbers',
    schema: VALUE,
    value: (bytes) => repeated(bytes, '{"a":[', '0', ']}', ','),
  },
  {
    what: 'a Value of texts',
    schema: VALUE,
    value: (bytes) => repeated(bytes, '{"a":[', '""', ']}', ','),
  },
  {
    what: 'a Value 900 deep',
    schema: VALUE,
    value: (bytes) => repeated(bytes, '{"a":[', nested(900, '[', '', ']'), ']}', ','),
  },
  {
    what: 'an Any of Anys',
    schema: message('google.protobuf.Any a = 1;', ['any']),
    value: (bytes) =>
      `{"a":${nested(
        Math.min(90, Math.floor(bytes / 80)),
        '{"@type":"type.googleapis.com/google.protobuf.Any","value":',
        '{}',
        '}',
      )}}`,
  },
  {
    what: 'a FieldMask',
    schema: message('google.protobuf.FieldMask a = 1;', ['field_mask']),
    value: (bytes) => repeated(bytes, '{"a":"', 'aB,', 'a"}'),
  },
  {
    what: 'a Timestamp with a long fraction',
    schema: message('google.protobuf.Timestamp a = 1;', ['timestamp']),
    value: (bytes) => repeated(bytes, '{"a":"2020-01-01T00:00:00.', '0', 'Z"}'),
  },
  {
    what: 'a Duration with a long fraction',
    schema: message('google.protobuf.Duration a = 1;', ['duration']),
    value: (bytes) => repeated(bytes, '{"a":"1.', '0', 's"}'),
  },
  {
    what: 'members that nobody knows',
    schema: message('int32 a = 1;'),
    value: (bytes) => filled(bytes, '{', (index) => `"m${index}":1`, '}'),
  },
  {
    what: 'one member again and again',
    schema: message('repeated int32 a = 1;'),
    value: (bytes) => repeated(bytes, '{', '"a":[1,2]', '}', ','),
  },
  {
    what: 'messages of 24 fields without any',
    schema: wide('int32'),
    value: (bytes) => repeated(bytes, '{"a":[', '{}', ']}', ','),
  },
  {
    what: 'messages of 24 maps without entries',
    schema: wide('map<int32, int32>'),
    value: (bytes) => repeated(bytes, '{"a":[', '{}', ']}', ','),
  },
  {
    what: 'such messages in an Any',
    schema: `${message('google.protobuf.Any any = 1;', ['any'])} ${wide('int32').replace('syntax = "proto3";', '').replace('message A', 'message C')}`,
    value: (bytes) => repeated(bytes, '{"any":{"@type":"x/C","a":[', '{}', ']}}', ','),
  },
  {
    what: 'bytes without any',
    schema: message('repeated bytes a = 1;'),
    value: (bytes) => repeated(bytes, '{"a":[', '""', ']}', ','),
  },
  {
    what: 'a Value of objects',
    schema: VALUE,
    value: (bytes) => repeated(bytes, '{"a":[', '{}', ']}', ','),
  },
  {
    what: 'an enum that nobody knows',
    schema: 'syntax = "proto3"; message A { E e = 1; } enum E { V = 0; }',
    value: (bytes) => repeated(bytes, '{"e":"', 'V', '"}'),
  },
]

/** The index of the first message. */
const FIRST = Buffer.from([0])

function payload(what: string, schema: string, content: (bytes: number) => Buffer): AbusivePayload {
  return { what, schema, payload: (bytes) => Buffer.concat([FIRST, content(bytes - 10)]) }
}

const RECURSIVE = message('A a = 1; repeated A r = 2; map<string, A> m = 3; int32 n = 4;')

/** A message in a message, as many as fit. */
function nestedMessages(bytes: number, tag: number): Buffer {
  const heads: Buffer[] = []
  let size = 0
  while (size < bytes - 5) {
    const head = Buffer.concat([varint(tag), varint(size)])
    heads.push(head)
    size += head.length
  }
  return Buffer.concat(heads.reverse())
}

const PAYLOADS: readonly AbusivePayload[] = [
  payload('messages as deep as the record is long', RECURSIVE, (bytes) =>
    nestedMessages(bytes, 0x0a),
  ),
  payload('lists as deep as the record is long', RECURSIVE, (bytes) => nestedMessages(bytes, 0x12)),
  payload('one message again and again', RECURSIVE, (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x0a, 0x02, 0x20, 0x01])),
  ),
  payload('a message with more and more messages', RECURSIVE, (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x0a, 0x04, 0x12, 0x02, 0x20, 0x01])),
  ),
  payload('empty messages', RECURSIVE, (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x12, 0x00])),
  ),
  payload('empty entries of a map', RECURSIVE, (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x1a, 0x00])),
  ),
  payload('groups that nobody ends', RECURSIVE, (bytes) => Buffer.alloc(bytes, 0x2b)),
  payload('fields that nobody knows', RECURSIVE, (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x28, 0x01])),
  ),
  payload('a number without an end', RECURSIVE, (bytes) => Buffer.alloc(bytes, 0xff)),
  payload('a length beyond the record', RECURSIVE, () =>
    Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x07]),
  ),
  payload('packed numbers', message('repeated int32 a = 1;'), (bytes) =>
    Buffer.concat([Buffer.from([0x0a]), varint(bytes - 8), Buffer.alloc(bytes - 8, 1)]),
  ),
  payload('packed and single numbers', message('repeated int64 a = 1;'), (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x0a, 0x01, 0x01, 0x08, 0x01])),
  ),
  payload('one string again and again', message('string a = 1;'), (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x0a, 0x01, 0x61])),
  ),
  payload('text of control characters', message('string a = 1;'), (bytes) =>
    Buffer.concat([Buffer.from([0x0a]), varint(bytes - 8), Buffer.alloc(bytes - 8, 1)]),
  ),
  payload('entries of a map of int64', message('map<int64, int32> a = 1;'), (bytes) =>
    Buffer.concat(
      Array.from({ length: Math.floor(bytes / 10) }, (_, index) => {
        const key = varint(index)
        return Buffer.concat([
          Buffer.from([0x0a, key.length + 3, 0x08]),
          key,
          Buffer.from([0x10, 1]),
        ])
      }),
    ),
  ),
  payload('a Struct of one name', STRUCT, (bytes) =>
    Buffer.concat([
      Buffer.from([0x0a]),
      varint(7 * Math.floor((bytes - 10) / 7)),
      Buffer.alloc(
        7 * Math.floor((bytes - 10) / 7),
        Buffer.from([0x0a, 0x05, 0x0a, 0x01, 0x61, 0x12, 0x00]),
      ),
    ]),
  ),
  payload('messages of 24 fields without any', wide('int32'), (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x0a, 0x00])),
  ),
  payload('messages of 24 maps without entries', wide('map<int32, int32>'), (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x0a, 0x00])),
  ),
  payload('bytes without any', message('repeated bytes a = 1;'), (bytes) =>
    repeatedBytes(bytes, new Uint8Array(), Buffer.from([0x0a, 0x00])),
  ),
  payload('a Value without a kind', VALUE, () => Buffer.from([0x0a, 0x00])),
  payload(
    'an Any of a type that nobody knows',
    message('google.protobuf.Any a = 1;', ['any']),
    () => Buffer.from([0x0a, 0x03, 0x0a, 0x01, 0x61]),
  ),
  {
    what: 'a million indexes of messages',
    schema: RECURSIVE,
    payload: (bytes) => Buffer.concat([varint(2_000_000), Buffer.alloc(bytes - 10, 0)]),
  },
]

/** Of Protobuf. */
export const PROTOBUF_ABUSE: FormatAbuse = {
  type: 'PROTOBUF',
  schemas: SCHEMAS,
  values: VALUES,
  payloads: PAYLOADS,
}
