/** Protobuf schemas that are the base64 of a FileDescriptorProto, as clients without a text register them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  Edition,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt'
import fc from 'fast-check'
import type { ReferencedSchema } from '../../../src/schema-registry/schema.ts'
import { type Codec, InvalidSchemaError } from '../../../src/serde/codec.ts'
import { compileProtobuf } from '../../../src/serde/protobuf/codec.ts'

type File = MessageInitShape<typeof FileDescriptorProtoSchema>

const OPTIONAL = { label: Label.OPTIONAL } as const
const INT = { ...OPTIONAL, type: Type.INT32 } as const
const ENTRY = { mapEntry: true } as const

function bytesOf(file: File): Buffer {
  const whole = { name: 'a.proto', syntax: 'proto3', ...file }
  return Buffer.from(toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, whole)))
}

function encoded(file: File): string {
  return bytesOf(file).toString('base64')
}

function compile(text: string, references: readonly ReferencedSchema[] = []): Codec {
  return compileProtobuf({ type: 'PROTOBUF', text, references })
}

function reasonAgainst(text: string, references: readonly ReferencedSchema[] = []): string {
  try {
    compile(text, references)
  } catch (error) {
    assert.ok(error instanceof InvalidSchemaError, `${error}`)
    return error.message
  }
  return 'none'
}

test('a descriptor is a schema like a text', () => {
  const codec = compile('CgdhLnByb3RvIhEKAUESDAoBYRgBIAEoBVIBYWIGcHJvdG8z')
  assert.equal(codec.recordName, 'A')
  assert.equal(codec.encode('{"a":5}').toString('hex'), '000805')
  assert.equal(codec.decode(Buffer.from('000805', 'hex')), '{"a":5}')
})

test('base64 may lack its padding', () => {
  const padded = encoded({ name: 'long.proto', messageType: [{ name: 'M' }] })
  assert.match(padded, /=$/)
  assert.equal(compile(padded.replaceAll('=', '')).recordName, 'M')
})

test('entries of maps and groups count as messages, for whoever has only the descriptor', () => {
  const codec = compile(
    encoded({
      syntax: 'proto2',
      messageType: [
        {
          name: 'M',
          field: [
            { name: 'm', number: 1, label: Label.REPEATED, type: Type.MESSAGE, typeName: '.M.E' },
            { name: 'g', number: 2, ...OPTIONAL, type: Type.GROUP, typeName: '.M.G' },
          ],
          nestedType: [
            {
              name: 'E',
              options: ENTRY,
              field: [
                { name: 'key', number: 1, ...INT },
                { name: 'value', number: 2, ...INT },
              ],
            },
            { name: 'G', field: [{ name: 'x', number: 1, ...INT }] },
            { name: 'N', field: [{ name: 'y', number: 1, ...INT }] },
          ],
        },
      ],
    }),
  )
  const json = '{"m":{"1":2},"g":{"x":3}}'
  const payload = codec.encode(json)
  assert.equal(payload.toString('hex'), '000a04080110021308' + '0314')
  assert.equal(codec.decode(payload), json)
  assert.equal(codec.decode(Buffer.from('0400020805', 'hex')), '{"x":5}')
  assert.equal(codec.decode(Buffer.from('0400040805', 'hex')), '{"y":5}')
  assert.throws(() => codec.decode(Buffer.from('0400000805', 'hex')), /the entry of a map/)
})

test('what a descriptor leaves out is what Protobuf makes of it', () => {
  const codec = compile(
    encoded({
      package: 'p.q',
      messageType: [
        {
          name: 'M',
          // No types where a name says them, names that are not full, and no names for JSON.
          field: [
            { name: 'some_message', number: 1, typeName: 'N' },
            { name: 'some_enum', number: 2, typeName: 'q.E' },
            { name: 'renamed', number: 3, ...INT, jsonName: 'other' },
            { name: 'maybe', number: 4, ...INT, proto3Optional: true, oneofIndex: 1 },
            { name: 'one', number: 5, ...INT, oneofIndex: 0 },
            { name: 'wide', number: 6, label: Label.REPEATED, type: Type.INT32 },
          ].map((field) =>
            field.name === 'wide' ? { ...field, options: { packed: false } } : field,
          ),
          oneofDecl: [{ name: 'choice' }, { name: '_maybe' }],
        },
        { name: 'N' },
      ],
      enumType: [{ name: 'E', value: [{ name: 'Z', number: 0 }] }],
    }),
  )
  const json = '{"someMessage":{},"someEnum":"Z","other":1,"maybe":0,"one":0,"wide":[1,2]}'
  const payload = codec.encode(json)
  assert.equal(payload.toString('hex'), '000a00' + '1801' + '2000' + '2800' + '30013002')
  assert.equal(codec.decode(payload), json)
})

test('features of an edition hold at each level of a descriptor', () => {
  // DELIMITED for the file, EXPANDED and IMPLICIT for fields, CLOSED for an enum.
  const codec = compile(
    encoded({
      syntax: 'editions',
      edition: Edition.EDITION_2023,
      options: { features: { messageEncoding: 2 } },
      messageType: [
        {
          name: 'M',
          field: [
            { name: 'n', number: 1, ...OPTIONAL, type: Type.MESSAGE, typeName: '.M' },
            {
              name: 'list',
              number: 2,
              label: Label.REPEATED,
              type: Type.INT32,
              options: { features: { repeatedFieldEncoding: 2 } },
            },
            { name: 'i', number: 3, ...INT, options: { features: { fieldPresence: 2 } } },
            { name: 'e', number: 4, ...OPTIONAL, type: Type.ENUM, typeName: '.E' },
          ],
        },
      ],
      enumType: [
        {
          name: 'E',
          value: [{ name: 'ONE', number: 1 }],
          options: { features: { enumType: 2 } },
        },
      ],
    }),
  )
  assert.equal(codec.encode('{"n":{},"list":[1,2],"i":0}').toString('hex'), '000b0c10011002')
  assert.throws(() => codec.encode('{"e":2}'))
})

test('a descriptor imports texts, and a text descriptors, by the names of the references', () => {
  const common = encoded({
    // What it calls itself does not count.
    name: 'elsewhere.proto',
    package: 'common',
    messageType: [{ name: 'Money', field: [{ name: 'units', number: 1, ...INT }] }],
  })
  const order = encoded({
    dependency: ['common/money.proto', 'google/protobuf/timestamp.proto', 'google/type/date.proto'],
    messageType: [
      {
        name: 'Order',
        field: ['common.Money', 'google.protobuf.Timestamp', 'google.type.Date'].map(
          (name, index) => ({
            name: `f${index}`,
            number: index + 1,
            ...OPTIONAL,
            type: Type.MESSAGE,
            typeName: `.${name}`,
          }),
        ),
      },
    ],
  })
  const text = `syntax = "proto3"; import "common/money.proto"; import "google/protobuf/timestamp.proto";
    import "google/type/date.proto";
    message Order { common.Money f0 = 1; google.protobuf.Timestamp f1 = 2; google.type.Date f2 = 3; }`
  const commonText = 'syntax = "proto3"; package common; message Money { int32 units = 1; }'
  const json = '{"f0":{"units":5},"f1":"2020-01-01T00:00:00Z","f2":{"year":2020,"month":1,"day":2}}'
  for (const root of [order, text]) {
    for (const reference of [common, commonText]) {
      const codec = compile(root, [{ name: 'common/money.proto', text: reference }])
      assert.equal(codec.decode(codec.encode(json)), json)
    }
  }
  assert.equal(
    reasonAgainst(order),
    'the schema imports common/money.proto, which is not among its references',
  )
  const list = { ...named('.common.Money'), label: Label.REPEATED }
  const wrong = encoded({ dependency: ['far'], ...message(list) })
  const far = 'syntax = "proto3"; import public "near"; message Far {}'
  const near = 'syntax = "proto3"; import "common/money.proto"; message Near {}'
  assert.equal(
    reasonAgainst(wrong, [
      { name: 'common/money.proto', text: common },
      { name: 'far', text: far },
      { name: 'near', text: near },
    ]),
    'none',
  )
  assert.equal(
    reasonAgainst(
      `import "common/money.proto"; import "wrong"; message M { optional common.Money m = 1; }`,
      [
        { name: 'common/money.proto', text: common },
        { name: 'wrong', text: encoded(message(list)) },
      ],
    ),
    'wrong: a type is used whose file is not imported',
  )
  assert.equal(
    reasonAgainst(encoded({ dependency: ['b'], messageType: [{ name: 'M' }] }), [
      { name: 'b', text: encoded({ dependency: ['b'] }) },
    ]),
    'b imports itself',
  )
})

test('what is neither a text nor a descriptor is refused with a reason', () => {
  const noBase64 = 'the schema: neither a .proto text nor base64 of a FileDescriptorProto'
  const other = 'the schema: the base64 does not decode to a FileDescriptorProto: '
  const A = 'CgdhLnByb3RvIhEKAUESDAoBYRgBIAEoBVIBYWIGcHJvdG8z'
  const cases: Record<string, string> = {
    [A.slice(0, -3)]: noBase64,
    [`${A}====`]: noBase64,
    [`${A.slice(0, 8)}=${A.slice(8)}`]: noBase64,
    [A.replace('RvI', '_vI')]: noBase64,
    word: `${other}google.protobuf.FileDescriptorProto`,
    [A.slice(0, -4)]: `${other}google.protobuf.FileDescriptorProto.syntax is cut off`,
    [Buffer.from('0801', 'hex').toString('base64')]:
      `${other}google.protobuf.FileDescriptorProto.name is of wire type 0, expected 2`,
  }
  for (const [text, reason] of Object.entries(cases)) {
    assert.ok(reasonAgainst(text).startsWith(reason), `${text}: ${reasonAgainst(text)}`)
  }
})

const named = (typeName: string, type = Type.MESSAGE) => ({
  name: 'a',
  number: 1,
  ...OPTIONAL,
  type,
  typeName,
})
const message = (...field: NonNullable<NonNullable<File['messageType']>[0]['field']>): File => ({
  messageType: [{ name: 'M', field }],
})
const entry = (...field: NonNullable<NonNullable<File['messageType']>[0]['field']>): File => ({
  messageType: [
    {
      name: 'M',
      field: [{ ...named('.M.E'), label: Label.REPEATED }],
      nestedType: [{ name: 'E', options: ENTRY, field }],
    },
  ],
})
const KEY = { name: 'key', number: 1, ...INT } as const
const VALUE = { name: 'value', number: 2, ...INT } as const
const NO_ENTRY =
  'M.E is not a valid map entry: it needs the field key with number 1 of an integer type, bool or string, and the field value with number 2'

test('descriptors that mean nothing are refused with a reason', () => {
  const cases: readonly (readonly [File, string])[] = [
    [{}, 'the schema declares no message'],
    [{ enumType: [{ name: 'E', value: [{ name: 'Z' }] }] }, 'the schema declares no message'],
    [{ messageType: [{ name: 'M' }], syntax: 'proto4' }, 'the schema: the syntax proto4 is not'],
    [
      { messageType: [{ name: 'M' }], syntax: 'editions', edition: Edition.EDITION_2026 },
      'the schema: the edition 1002 is not supported',
    ],
    [message({ name: 'a', number: 0, ...INT }), 'M.a: 0 is not a valid field number'],
    [message({ name: 'a', number: -1, ...INT }), 'M.a: -1 is not a valid field number'],
    [message({ name: 'a', number: 19_000, ...INT }), 'M.a: 19000 is not a valid field number'],
    [
      message({ name: 'a', number: 536_870_912, ...INT }),
      'M.a: 536870912 is not a valid field number',
    ],
    [message({ name: 'a', number: 1 }), 'M.a has no type'],
    [message({ name: 'a', number: 1, type: Type.MESSAGE }), 'M.a has no type'],
    [message(named('.X')), 'M: there is no type .X'],
    [message(named('X')), 'M: there is no type X'],
    [message(named('.M', Type.ENUM)), 'M.a is of type ENUM, which M is not'],
    [message(named('.M', Type.INT32)), 'M.a is of type INT32, which M is not'],
    [message({ ...KEY, name: 'b' }, KEY), '1 is declared twice in M'],
    [message(KEY, { ...VALUE, name: 'key' }), 'key is declared twice in M'],
    [
      { messageType: [{ name: 'M', field: [KEY], oneofDecl: [{ name: 'key' }] }] },
      'key is declared twice in M',
    ],
    [{ messageType: [{ name: 'M' }, { name: 'M' }] }, 'M is declared twice in the file'],
    [
      { messageType: [{ name: 'M' }], enumType: [{ name: 'M', value: [{ name: 'Z' }] }] },
      'M is declared twice in the file',
    ],
    [
      {
        package: 'p',
        messageType: [{ name: 'M' }],
        enumType: [{ name: 'E', value: [{ name: 'Z' }, { name: 'Z', number: 1 }] }],
      },
      'Z is declared twice in p.E',
    ],
    [{ messageType: [{ name: 'M' }], enumType: [{ name: 'E' }] }, 'E: an enum has at least one'],
    [
      {
        messageType: [{ name: 'M' }],
        enumType: [{ name: 'E', value: [{ name: 'A', number: 1 }] }],
      },
      'E: the first value of an enum is 0 in proto3',
    ],
    [message({ ...KEY, oneofIndex: 3 }), 'the schema: invalid FieldDescriptorProto: oneof #3'],
    [{ messageType: [{ name: 'a b' }] }, 'the schema: invalid message name "a b"'],
    [message({ ...KEY, name: '__proto__' }), 'the schema: the name __proto__ is not supported'],
    [message({ ...KEY, jsonName: '__proto__' }), 'the schema: the name __proto__ is not supported'],
    [entry(), NO_ENTRY],
    [entry(KEY), NO_ENTRY],
    [entry(KEY, { ...VALUE, number: 3 }), NO_ENTRY],
    [entry(KEY, VALUE, { ...VALUE, name: 'x', number: 3 }), NO_ENTRY],
    [entry({ ...KEY, type: Type.BYTES }, VALUE), NO_ENTRY],
    [entry({ ...KEY, type: Type.DOUBLE }, VALUE), NO_ENTRY],
    [entry({ ...KEY, label: Label.REPEATED }, VALUE), NO_ENTRY],
    [entry(KEY, { ...VALUE, label: Label.REPEATED }), NO_ENTRY],
    [
      { messageType: [{ name: 'E', options: ENTRY, field: [KEY, VALUE] }] },
      'the schema has no message',
    ],
  ]
  for (const [file, reason] of cases) {
    const given = reasonAgainst(encoded(file))
    assert.ok(given.startsWith(reason), `${JSON.stringify(file)}: ${given}`)
  }
})

test('two fields that JSON cannot hold apart are refused, in descriptors and in texts', () => {
  const reason = 'M: a_b and aB are both aB in JSON'
  assert.equal(
    reasonAgainst('message M { optional int32 a_b = 1; optional int32 aB = 2; }'),
    reason,
  )
  assert.equal(
    reasonAgainst(
      encoded(message({ name: 'a_b', number: 1, ...INT }, { name: 'aB', number: 2, ...INT })),
    ),
    reason,
  )
  assert.equal(
    reasonAgainst('syntax = "proto3"; message M { int32 a = 1; int32 b = 2 [json_name = "a"]; }'),
    'M: a and b are both a in JSON',
  )
  assert.equal(
    reasonAgainst('syntax = "proto3"; message M { oneof a_b { int32 x = 1; } int32 aB = 2; }'),
    'M: a_b and aB are both aB in JSON',
  )
  compile('syntax = "proto3"; message M { oneof c { int32 x = 1; int32 y = 2; } int32 z = 3; }')
})

test('an extension is refused where its message has none', () => {
  const text = 'message M { extensions 100 to 199; } extend M { optional int32 x = NUMBER; }'
  const reason = (number: number) => `x: M has no extensions with number ${number}`
  for (const number of [99, 200]) {
    assert.equal(reasonAgainst(text.replace('NUMBER', `${number}`)), reason(number))
    const file: File = {
      syntax: 'proto2',
      messageType: [{ name: 'M', extensionRange: [{ start: 100, end: 200 }] }],
      extension: [{ name: 'x', number, ...INT, extendee: '.M' }],
    }
    assert.equal(reasonAgainst(encoded(file)), reason(number))
  }
  for (const number of [100, 199]) compile(text.replace('NUMBER', `${number}`))
})

test('a descriptor is bounded: in how much it declares, how deep, and how long its names are', () => {
  // Of all that counts the values of enums take the least time.
  const withValues = (count: number): File => ({
    messageType: [{ name: 'M' }],
    enumType: [
      {
        name: 'E',
        value: Array.from({ length: count }, (_, number) => ({ name: `V${number}`, number })),
      },
    ],
  })
  const tooMany = /^a schema and its references have more than 10000 messages, fields/
  assert.equal(reasonAgainst(encoded(withValues(9998))), 'none')
  assert.match(reasonAgainst(encoded(withValues(9999))), tooMany)
  const half = [{ name: 'half', text: encoded({ ...withValues(4998), package: 'half' }) }]
  const otherHalf = (count: number) => encoded({ ...withValues(count), dependency: ['half'] })
  assert.equal(reasonAgainst(otherHalf(4998), half), 'none')
  assert.match(reasonAgainst(otherHalf(4999), half), tooMany)
  const deep = (depth: number): NonNullable<File['messageType']>[0] =>
    depth === 0 ? { name: 'M' } : { name: 'M', nestedType: [deep(depth - 1)] }
  compile(encoded({ messageType: [deep(50)] }))
  assert.match(reasonAgainst(encoded({ messageType: [deep(120)] })), /nested deeper than 100$/)
  const field = named('M')
  for (const name of ['a.'.repeat(70), 'a'.repeat(1100)]) {
    assert.match(
      reasonAgainst(encoded({ package: `${name}a`, ...message(field) })),
      /longer than 1000 characters, or deeper than 64 levels$/,
    )
  }
})

test('bytes of all kinds are descriptors or refused, and nothing else', () => {
  const good = bytesOf({
    package: 'p',
    dependency: ['google/protobuf/any.proto'],
    messageType: entry(KEY, VALUE).messageType ?? [],
    extension: [{ ...KEY, extendee: '.p.M' }],
  })
  const attempt = (bytes: Uint8Array) => {
    reasonAgainst(Buffer.from(bytes).toString('base64'))
  }
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (place, byte) => {
      const bytes = Buffer.from(good)
      bytes[place] = byte
      attempt(bytes)
      attempt(bytes.subarray(0, place))
    }),
    { numRuns: 1000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), attempt), { numRuns: 500 })
})
