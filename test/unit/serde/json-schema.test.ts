/** JSON Schema: what is valid, what is stored, what is said about the rest. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ReferencedSchema } from '../../../src/schema-registry/schema.ts'
import { type Codec, InvalidSchemaError, PayloadError } from '../../../src/serde/codec.ts'
import { compileJsonSchema } from '../../../src/serde/json-schema/codec.ts'

function compile(schema: unknown, references: readonly ReferencedSchema[] = []): Codec {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
  const codec = compileJsonSchema({ type: 'JSON', text, references })
  codec.prepareToEncode?.()
  return codec
}

function complaint(codec: Codec, json: string): string {
  try {
    codec.encode(json)
  } catch (error) {
    assert.ok(error instanceof PayloadError, `${error}`)
    return error.message
  }
  return 'valid'
}

const ORDER = {
  title: 'Order',
  type: 'object',
  properties: {
    id: { type: 'integer', minimum: 1 },
    name: { type: 'string', maxLength: 5, pattern: '^[a-z]+$' },
    kind: { enum: ['a', 'b'] },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 2, uniqueItems: true },
    when: { type: 'string', format: 'date-time' },
    price: { type: ['number', 'null'], multipleOf: 0.01 },
  },
  required: ['id'],
  additionalProperties: false,
}

test('a value is stored as it came, but for white space', () => {
  const codec = compile({ type: 'object' })
  const payload = codec.encode(
    '{ "a" : [ 1.10, 12345678901234567890,\n 1e400 ], "b c":"\\u00e9 é" }',
  )
  const compact = '{"a":[1.10,12345678901234567890,1e400],"b c":"\\u00e9 é"}'
  assert.equal(payload.toString(), compact)
  assert.equal(codec.decode(payload), compact)
})

test('any JSON value survives the round trip', () => {
  const codec = compile(true)
  fc.assert(
    fc.property(fc.json(), (json) => {
      assert.equal(codec.decode(codec.encode(json)), JSON.stringify(JSON.parse(json)))
    }),
  )
})

test('a complaint says where, what was expected and what was found', () => {
  const codec = compile(ORDER)
  assert.equal(complaint(codec, '5'), '#: expected type: Object, found: Integer')
  assert.equal(complaint(codec, 'null'), '#: expected type: Object, found: null')
  assert.equal(complaint(codec, '{}'), '#: required key [id] not found')
  assert.equal(complaint(codec, '{"id":"x"}'), '#/id: expected type: Integer, found: String')
  assert.equal(complaint(codec, '{"id":1.5}'), '#/id: expected type: Integer, found: Number')
  assert.equal(complaint(codec, '{"id":0}'), '#/id: must not be less than 1')
  assert.equal(complaint(codec, '{"id":1,"x":1}'), '#: extraneous key [x] is not permitted')
  assert.equal(complaint(codec, '{"id":1,"kind":"c"}'), '#/kind: "c" is not a valid enum value')
  assert.equal(
    complaint(codec, '{"id":1,"name":"A"}'),
    '#/name: string "A" does not match pattern ^[a-z]+$',
  )
  assert.equal(
    complaint(codec, '{"id":1,"tags":[1]}'),
    '#/tags/0: expected type: String, found: Integer',
  )
  assert.equal(complaint(codec, '{"id":1,"tags":["a","a"]}'), '#/tags: array items are not unique')
  assert.equal(complaint(codec, '{"id":1,"when":"now"}'), '#/when: "now" is not a valid date-time')
  assert.equal(
    complaint(codec, '{"id":1,"price":"1"}'),
    '#/price: expected type: Number or null, found: String',
  )
  assert.equal(complaint(codec, '{"id":1,"price":null,"when":"2020-01-01T00:00:00Z"}'), 'valid')
})

test('a complaint about alternatives names them', () => {
  const text = { type: 'string', maxLength: 1 }
  const any = compile({ properties: { a: { anyOf: [{ type: 'null' }, text] } } })
  assert.equal(
    complaint(any, '{"a":"xx"}'),
    '#/a: no subschema matched out of the total 2 subschemas ' +
      '(#/a: expected type: null, found: String; #/a: expected maxLength: 1)',
  )
  const one = compile({ oneOf: [{ type: 'number' }, { type: 'integer' }] })
  assert.equal(complaint(one, '5'), '#: 2 subschemas matched instead of one')
  assert.match(complaint(one, '"x"'), /^#: 0 subschemas matched instead of one \(/)
  const not = compile({ not: { type: 'null' } })
  assert.match(complaint(not, 'null'), /must not be valid/)
})

test('a long value is not repeated in full', () => {
  const text = complaint(compile({ maxLength: 3, enum: ['a'] }), JSON.stringify('x'.repeat(10_000)))
  assert.ok(text.length < 200, text)
})

test('the record name is the title', () => {
  assert.equal(compile(ORDER).recordName, 'Order')
  assert.equal(compile({}).recordName, undefined)
  assert.equal(compile(true).recordName, undefined)
})

test('the draft decides what a keyword means', () => {
  const draft04 = { $schema: 'http://json-schema.org/draft-04/schema#' }
  const exclusive = compile({ ...draft04, minimum: 1, exclusiveMinimum: true })
  assert.equal(complaint(exclusive, '1'), '#: must be greater than 1')
  assert.equal(complaint(exclusive, '2'), 'valid')
  assert.throws(() => compile({ minimum: 1, exclusiveMinimum: true }), InvalidSchemaError)
  const later = '"if":{"type":"integer"},"then":{"not":{}},"propertyNames":{"not":{}},"const":1'
  assert.equal(complaint(compile(`{"$schema":"${draft04.$schema}",${later}}`), '5'), 'valid')
  assert.notEqual(complaint(compile(`{${later}}`), '5'), 'valid')
  const prefix = { prefixItems: [{ type: 'string' }] }
  const draft2020 = { $schema: 'https://json-schema.org/draft/2020-12/schema' }
  assert.equal(complaint(compile(prefix), '[1]'), 'valid', 'draft 7 does not know it')
  assert.notEqual(complaint(compile({ ...draft2020, ...prefix }), '[1]'), 'valid')
  assert.equal(
    complaint(compile({ $schema: 'http://example.com/mine', type: 'null' }), 'null'),
    'valid',
  )
})

test('formats are judged up to draft 7, and annotations since', () => {
  const email = { type: 'string', format: 'email' }
  const draft2020 = { $schema: 'https://json-schema.org/draft/2020-12/schema' }
  assert.notEqual(complaint(compile(email), '"x"'), 'valid')
  assert.equal(complaint(compile({ ...draft2020, ...email }), '"x"'), 'valid')
  assert.equal(complaint(compile({ type: 'integer', format: 'int32' }), '99999999999'), 'valid')
})

test('references are found by name, and nowhere else', () => {
  const address = { name: 'address.json', text: '{"type":"object","required":["city"]}' }
  const relative = compile({ properties: { home: { $ref: 'address.json' } } }, [address])
  assert.equal(complaint(relative, '{"home":{}}'), '#/home: required key [city] not found')
  const absolute = compile(
    { $id: 'http://example.com/order.json', properties: { home: { $ref: 'address.json' } } },
    [address],
  )
  assert.equal(complaint(absolute, '{"home":{}}'), '#/home: required key [city] not found')
  const byId = compile({ $ref: 'http://example.com/a#/definitions/n' }, [
    { name: 'a.json', text: '{"$id":"http://example.com/a","definitions":{"n":{"type":"null"}}}' },
  ])
  assert.notEqual(complaint(byId, '1'), 'valid')
  const chain = compile({ $ref: 'one' }, [
    { name: 'two', text: '{"type":"null"}' },
    { name: 'one', text: '{"$ref":"two"}' },
  ])
  assert.notEqual(complaint(chain, '1'), 'valid')
  assert.throws(
    () => compile({ $ref: 'http://localhost:1/never.json' }),
    (error) => error instanceof InvalidSchemaError && /never\.json/.test(error.message),
  )
})

test('ids of references do not get in the way of their names', () => {
  const $id = 'http://example.com/a.json'
  const text = (id: string) => JSON.stringify({ $id: id, type: 'null' })
  const root = { $id: 'http://example.com/root.json', $ref: 'a.json' }
  for (const id of [$id, 'a.json', root.$id, 'http://other.com/b', '', '#a']) {
    assert.notEqual(
      complaint(compile(root, [{ name: 'a.json', text: text(id) }]), '1'),
      'valid',
      id,
    )
  }
  const twice = [
    { name: 'b.json', text: text($id) },
    { name: 'a.json', text: text($id) },
  ]
  assert.notEqual(complaint(compile({ $ref: './a.json' }, twice), '1'), 'valid')
})

test('a reference may be of another draft, and have no name that a URI has', () => {
  const old = {
    name: 'my address',
    text: '{"$schema":"http://json-schema.org/draft-04/schema#","type":"null"}',
  }
  assert.equal(complaint(compile({ $ref: 'my address' }, [old]), 'null'), 'valid')
})

test('what is no schema is refused with a reason', () => {
  for (const text of ['', '{', '[]', '"string"', 'null', '{"type":"text"}', '{"required":true}']) {
    assert.throws(() => compile(text), InvalidSchemaError, text)
  }
  assert.throws(() => compile({ pattern: '(' }), InvalidSchemaError)
  assert.throws(() => compile({}, [{ name: 'a', text: '{' }]), InvalidSchemaError)
  assert.throws(() => compile({ type: 'text' }), /#\/type/)
  assert.throws(
    () => compile({ $ref: 'x'.repeat(10_000) }),
    (error) => error instanceof InvalidSchemaError && error.message.length < 600,
  )
})

test('keywords of nobody, and of other dialects, are no errors', () => {
  const codec = compile({
    nullable: true,
    id: 'x',
    $async: true,
    'connect.type': 'int32',
    type: 'string',
  })
  assert.equal(complaint(codec, '"a"'), 'valid')
  assert.notEqual(complaint(codec, 'null'), 'valid')
  const members = compile({
    properties: { nullable: true, $async: true },
    additionalProperties: false,
  })
  assert.equal(complaint(members, '{"nullable":1,"$async":1}'), 'valid')
})

test('members that JavaScript gives to every object are none of the value', () => {
  const codec = compile({ required: ['toString'], properties: { constructor: { type: 'null' } } })
  assert.notEqual(complaint(codec, '{}'), 'valid')
  assert.equal(complaint(codec, '{"toString":1}'), 'valid')
})

test('a property may have the name of the prototype', () => {
  for (const patterns of ['', '"patternProperties":{"^x":{"type":"null"}},']) {
    const codec = compile(
      `{"properties":{"__proto__":{"type":"string"}},${patterns}"additionalProperties":false}`,
    )
    codec.encode('{"__proto__":"x"}')
    codec.encode('{}')
    assert.match(complaint(codec, '{"__proto__":1}'), /expected type: String/)
    assert.match(complaint(codec, '{"a":1}'), /extraneous key \[a\]/)
    if (patterns !== '') assert.match(complaint(codec, '{"xy":1}'), /expected type: null/)
  }
})

test('a name that stands twice in one object is refused: one of them would never be judged', () => {
  const codec = compile(true)
  const expected = 'an object has two members with the same name'
  assert.equal(complaint(codec, '{"a":1,"a":2}'), expected)
  assert.equal(complaint(codec, '[{"b":{"a":1,"\\u0061":1e400}}]'), expected)
  assert.equal(complaint(codec, '{"a":{"a":":"},"b":{"a":":,:"}}'), 'valid')
})

test('payloads that are no JSON text are refused', () => {
  const codec = compile(true)
  for (const bytes of ['', '{', '{} x', '{"a":1}{"a":2}', '\ufeff\ufeff{}', 'NaN']) {
    assert.throws(() => codec.decode(Buffer.from(bytes)), PayloadError, bytes)
  }
  assert.throws(() => codec.decode(Buffer.from([0x22, 0xff, 0x22])), new PayloadError('not UTF-8'))
  assert.equal(codec.decode(Buffer.from('{ "a" : 1.0 }\n')), '{"a":1.0}')
  assert.equal(codec.decode(Buffer.from('\ufeff{}')), '{}')
})

test('payloads are given back though they do not fit the schema, as they were written', () => {
  assert.equal(compile({ type: 'null' }).decode(Buffer.from('[1]')), '[1]')
})

test('payloads are given back though the schema allows no check', () => {
  for (const schema of [
    { $ref: 'https://example.com/missing.json' },
    { $schema: 'http://json-schema.org/draft-03/schema#', type: 'any' },
    { properties: { a: { type: 'any' } } },
    { pattern: 'a**' },
  ]) {
    const text = JSON.stringify(schema)
    const codec = compileJsonSchema({ type: 'JSON', text, references: [] })
    assert.equal(codec.decode(Buffer.from('{"a":1}')), '{"a":1}')
    for (let round = 0; round < 2; round++) {
      assert.throws(() => codec.prepareToEncode?.(), InvalidSchemaError, text)
      assert.throws(() => codec.encode('{}'), InvalidSchemaError, text)
    }
  }
})
