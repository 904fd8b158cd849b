/** Texts whose payloads are larger than any that can be written are refused by size; no other text is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileAvro } from '../../../src/serde/avro/codec.ts'
import { type Codec, PayloadSizeError } from '../../../src/serde/codec.ts'
import { hasMoreItems } from '../../../src/serde/digits/items.ts'
import { compileJsonSchema } from '../../../src/serde/json-schema/codec.ts'
import { compileProtobuf } from '../../../src/serde/protobuf/codec.ts'

const MAX_BYTES = 100_000

const avro = (type: unknown) =>
  compileAvro({ type: 'AVRO', text: JSON.stringify(type), references: [] })
const proto = (fields: string) =>
  compileProtobuf({
    type: 'PROTOBUF',
    text: `syntax = "proto3"; import "google/protobuf/struct.proto"; message M { ${fields} }`,
    references: [],
  })
const anything = compileJsonSchema({ type: 'JSON', text: '{}', references: [] })

const items = (count: number, item: string) => `[${Array(count).fill(item).join()}]`
const tooLarge = (codec: Codec, json: string) =>
  assert.throws(
    () => codec.encode(json, MAX_BYTES),
    (error) => error instanceof PayloadSizeError && /more than 100000 bytes/.test(error.message),
  )

test('a payload that is too large is refused, in each format', () => {
  tooLarge(anything, items(60_000, '1'))
  tooLarge(avro({ type: 'array', items: 'int' }), items(1_000_000, '1'))
  tooLarge(avro('string'), JSON.stringify('x'.repeat(200_000)))
  tooLarge(proto('repeated int32 a = 1;'), `{"a":${items(110_000, '1')}}`)
  tooLarge(proto('google.protobuf.Value a = 1;'), `{"a":${items(110_000, '{}')}}`)
})

test('a text that is much longer than its payload is written', () => {
  const white = ' '.repeat(300_000)
  assert.equal(anything.encode(`[${white}1${white}]`, MAX_BYTES).toString(), '[1]')
  assert.equal(
    avro({ type: 'array', items: 'null' }).encode(items(200_000, 'null'), MAX_BYTES).length,
    4,
  )
  assert.equal(avro('string').encode(`"${'\\u0041'.repeat(90_000)}"`, MAX_BYTES).length, 90_003)
  assert.equal(
    proto('string a = 1;').encode(`{"a":"${'\\u0041'.repeat(90_000)}"}`, MAX_BYTES).length,
    90_005,
  )
  assert.equal(
    proto('repeated bool a = 1;').encode(`{"a":${items(99_000, 'false')}}`, MAX_BYTES).length,
    99_005,
  )
  const name = 'n'.repeat(50)
  const messages = `repeated N a = 1; message N { int32 ${name} = 1; }`
  assert.equal(
    proto(messages).encode(`{"a":${items(45_000, `{"${name}":0}`)}}`, MAX_BYTES).length,
    90_001,
  )
})

test('the limit is that of each call', () => {
  const codec = avro({ type: 'array', items: 'int' })
  const json = items(1_000_000, '1')
  tooLarge(codec, json)
  assert.equal(codec.encode(json).length, 1_000_004)
})

test('items of arrays are counted, whatever strings and objects contain', () => {
  const countOf = (value: unknown): number => {
    if (typeof value !== 'object' || value === null) return 0
    const inner = Object.values(value).reduce<number>((sum, one) => sum + countOf(one), 0)
    return Array.isArray(value) ? inner + Math.max(0, value.length - 1) : inner
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify(value)
      const count = countOf(value)
      assert.ok(!hasMoreItems(json, count))
      if (json.length > 2 * (count - 1) && count > 0) assert.ok(hasMoreItems(json, count - 1))
    }),
  )
})
