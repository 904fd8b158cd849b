/** Request bodies, decoded by their schema with the coercions of Jackson. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Type } from 'typebox'
import { decodeJsonBody } from '../../../../src/api/json-body.ts'
import { V2_CONVENTIONS } from '../../../../src/api/v2/dialect.ts'
import { RestError } from '../../../../src/errors.ts'

const SCHEMA = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1 })),
  count: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  tags: Type.Optional(Type.Array(Type.String({ maxLength: 5 }), { maxItems: 3 })),
  pair: Type.Optional(
    Type.Object({ topic: Type.String(), partition: Type.Integer({ default: 0 }) }),
  ),
  level: Type.Optional(Type.Integer({ maximum: 100 })),
  when: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
})

function decode(text: string): unknown {
  return decodeJsonBody(text, SCHEMA, V2_CONVENTIONS)
}

function assertRefused(text: string, code: number, message: RegExp): void {
  assert.throws(
    () => decode(text),
    (error) => {
      assert.ok(error instanceof RestError, String(error))
      assert.equal(error.code, code, error.message)
      assert.match(error.message, message)
      return true
    },
  )
}

test('no body, white space and null are no entity', () => {
  for (const text of ['', ' \n\t', 'null', ' null ']) assert.equal(decode(text), undefined)
})

test('what fits is as it was', () => {
  const value = {
    name: 'a',
    count: 5,
    tags: ['x', '', '12345'],
    pair: { topic: 't', partition: 1 },
    when: 7,
  }
  assert.deepEqual(decode(JSON.stringify(value)), value)
})

test('a null member is as an absent one', () => {
  assert.deepEqual(decode('{"name":null,"count":null,"tags":null}'), {})
})

test('numbers and booleans are taken for their text, digits for a number', () => {
  assert.deepEqual(decode('{"name":true,"tags":[1,false]}'), { name: 'true', tags: ['1', 'false'] })
  assert.deepEqual(decode('{"count":"42"}'), { count: 42 })
})

test('of several types the one that fits is taken', () => {
  assert.deepEqual(decode('{"when":5}'), { when: 5 })
  assert.deepEqual(decode('{"when":"2020-01-01T00:00:00Z"}'), { when: '2020-01-01T00:00:00Z' })
})

test('a member that must be there has its default, or is missed', () => {
  assert.deepEqual(decode('{"pair":{"topic":"t"}}'), { pair: { topic: 't', partition: 0 } })
  assert.deepEqual(decode('{"pair":{"topic":"t","partition":null}}'), {
    pair: { topic: 't', partition: 0 },
  })
  assertRefused('{"pair":{}}', 400, /^\/pair\/topic is missing/)
})

const refusals: [text: string, code: number, message: RegExp][] = [
  ['{', 400, /^The body is not JSON: /],
  ['{"name":1,}', 400, /^The body is not JSON: /],
  ["{'name':1}", 400, /^The body is not JSON: /],
  ['[]', 400, /^The body is an array; expected an object\.$/],
  ['5', 400, /^The body is the number 5; expected an object\.$/],
  ['{"name":{}}', 400, /^\/name is an object; expected a string\.$/],
  ['{"name":[]}', 400, /^\/name is an array; expected a string\.$/],
  ['{"name":""}', 422, /^\/name must not be empty\.$/],
  ['{"name":"a\\u0000b"}', 400, /^\/name contains a NUL character/],
  ['{"name":"\\ud83d"}', 400, /^\/name contains an unpaired surrogate/],
  ['{"name":"\\ude00\\ud83d"}', 400, /^\/name contains an unpaired surrogate/],
  ['{"tags":["123456"]}', 422, /^\/tags\/0 has 6 bytes; it may have at most 5\.$/],
  ['{"tags":["€€"]}', 422, /^\/tags\/0 has 6 bytes; it may have at most 5\.$/],
  ['{"tags":["1","2","3","4"]}', 422, /^\/tags has 4 items; it may have at most 3\.$/],
  ['{"tags":"a"}', 400, /^\/tags is the string "a"; expected an array\.$/],
  ['{"tags":["a",["b"]]}', 400, /^\/tags\/1 is an array; expected a string\.$/],
  ['{"count":"x"}', 400, /^\/count is the string "x"; expected an integer\.$/],
  ['{"count":true}', 400, /^\/count is the boolean true; expected an integer\.$/],
  ['{"count":1e400}', 400, /^\/count is .*; expected an integer\.$/],
  ['{"count":-1}', 422, /^\/count is -1; it must be at least 0\.$/],
  ['{"count":101}', 400, /^\/count is 101; it must be at most 100\.$/],
  ['{"level":-101}', 400, /^\/level is -101; it must be at least -100\.$/],
  ['{"other":1}', 422, /^Unrecognized field: other \(in the body; known: name, count, /],
  ['{"other":null}', 422, /^Unrecognized field: other /],
  ['{"pair":{"topic":"t","x":1}}', 422, /^Unrecognized field: x \(in \/pair; known: topic, /],
  ['{"__proto__":{}}', 422, /^Unrecognized field: __proto__ /],
  ['{"constructor":{}}', 422, /^Unrecognized field: constructor /],
]

for (const [text, code, message] of refusals) {
  test(`${text} is ${code}`, () => assertRefused(text, code, message))
}

test('a body that nests too deep is refused, however deep it is', () => {
  // Brackets in strings do not count, whichever way they open.
  const hidden = `["${']'.repeat(5000)}\\"${'}'.repeat(5000)}",${'['.repeat(1001)}`
  assertRefused(hidden, 400, /nested more than 1000 levels/)
  assertRefused(`["${'['.repeat(5000)}"]`, 400, /The body is an array/)
  for (const depth of [1001, 500_000]) {
    assertRefused('['.repeat(depth) + ']'.repeat(depth), 400, /nested more than 1000 levels/)
  }
})

test('a body with more parts than any needs is refused before it is parsed', () => {
  const list = (count: number) => `{"tags":[${Array(count).fill('1').join(',')}]}`
  assertRefused(list(9999), 422, /has 9999 items/)
  assertRefused(list(10_000), 422, /more than 10000 arrays, objects, members and items/)
  const members = Array.from({ length: 10_001 }, (_, index) => `"m${index}":0`)
  assertRefused(`{${members.join()}}`, 422, /more than 10000/)
  // Commas in strings do not count.
  const name = `"${','.repeat(20_000)}`
  assert.deepEqual(decode(JSON.stringify({ name })), { name })
})

test('a value or a name in a message is cut: it may be a large one', () => {
  assertRefused(`{"count":"${'x'.repeat(10_000)}"}`, 400, /^.{0,150}$/s)
  assertRefused(`{"${'x'.repeat(10_000)}":1}`, 422, /^.{0,150}$/s)
})

test('an object whose members have any name keeps them all', () => {
  const schema = Type.Object({}, { additionalProperties: Type.String() })
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.stringMatching(/^\w*$/)), (members) => {
      fc.pre(!Object.hasOwn(members, '__proto__'))
      assert.deepEqual(decodeJsonBody(JSON.stringify(members), schema, V2_CONVENTIONS), {
        ...members,
      })
    }),
  )
})

test('any text is decoded or refused, and nothing else is thrown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      try {
        decode(text)
      } catch (error) {
        assert.ok(error instanceof RestError, String(error))
      }
    }),
  )
})
