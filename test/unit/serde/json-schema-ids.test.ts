/** Schemas whose ids clash, with each other or with those of meta schemas. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReferencedSchema } from '../../../src/schema-registry/schema.ts'
import { type Codec, PayloadError } from '../../../src/serde/codec.ts'
import { compileJsonSchema } from '../../../src/serde/json-schema/codec.ts'

function compile(schema: unknown, references: Readonly<Record<string, unknown>> = {}): Codec {
  const listed: ReferencedSchema[] = Object.entries(references).map(([name, reference]) => ({
    name,
    text: JSON.stringify(reference),
  }))
  const codec = compileJsonSchema({
    type: 'JSON',
    text: JSON.stringify(schema),
    references: listed,
  })
  codec.prepareToEncode?.()
  return codec
}

function takes(codec: Codec, value: unknown): boolean {
  try {
    codec.encode(JSON.stringify(value))
    return true
  } catch (error) {
    assert.ok(error instanceof PayloadError)
    return false
  }
}

const META = {
  'http://json-schema.org/draft-04/schema#': 'id',
  'http://json-schema.org/draft-06/schema#': '$id',
  'http://json-schema.org/draft-07/schema#': '$id',
  'http://json-schema.org/draft-07/schema': '$id',
  'https://json-schema.org/draft/2019-09/schema': '$id',
  'https://json-schema.org/draft/2020-12/schema': '$id',
}

for (const [uri, keyword] of Object.entries(META)) {
  test(`a schema may have the id of its meta schema: ${uri}`, () => {
    const codec = compile({
      $schema: uri,
      [keyword]: uri,
      properties: { a: { $ref: '#/definitions/short' }, b: { $ref: uri } },
      required: ['a'],
      definitions: { short: { maxLength: 1 } },
    })
    assert.ok(takes(codec, { a: 'x', b: { a: 'y' } }))
    assert.ok(!takes(codec, { a: 'xx' }))
    // It means itself by its id.
    assert.ok(!takes(codec, { a: 'x', b: {} }))
  })

  test(`a part of a schema may have it too: ${uri}`, () => {
    const codec = compile({
      $schema: uri,
      properties: { a: { [keyword]: uri, maxLength: 1 }, b: { $ref: uri } },
    })
    assert.ok(takes(codec, { a: 'x', b: { type: 'string' } }))
    assert.ok(!takes(codec, { a: 'xx' }))
    assert.ok(!takes(codec, { b: { type: 'nothing' } }))
  })
}

test('a meta schema is still what a schema of another id means by its URI', () => {
  const uri = 'http://json-schema.org/draft-07/schema#'
  const codec = compile({ $id: 'http://a/b', properties: { schema: { $ref: uri } } })
  assert.ok(takes(codec, { schema: { type: 'string' } }))
  assert.ok(!takes(codec, { schema: { type: 'nothing' } }))
})

test('parts with the same id are told apart, and keep what references within them mean', () => {
  const part = (maxLength: number) => ({
    $id: 'part.json',
    properties: { x: { $ref: '#/definitions/x' } },
    definitions: { x: { maxLength } },
  })
  const codec = compile({
    $id: 'http://a/root.json',
    properties: { a: part(1), b: part(2), c: { $ref: 'part.json' } },
  })
  assert.ok(takes(codec, { a: { x: '1' }, b: { x: '12' }, c: { x: '1' } }))
  assert.ok(!takes(codec, { a: { x: '12' } }))
  assert.ok(!takes(codec, { b: { x: '123' } }))
  // The first is meant by the id.
  assert.ok(!takes(codec, { c: { x: '12' } }))
})

test('a part may have the id of the whole', () => {
  const codec = compile({
    $id: 'http://a/same.json',
    properties: { a: { $id: 'http://a/same.json', type: 'object', maxProperties: 1 } },
  })
  assert.ok(takes(codec, { a: { b: 1 }, c: 1 }))
  assert.ok(!takes(codec, { a: { b: 1, c: 1 } }))
})

test('anchors that stand twice mean the first', () => {
  const codec = compile({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: {
      a: { $anchor: 'x', maxLength: 1 },
      b: { $anchor: 'x', maxLength: 2 },
      c: { $ref: '#x' },
    },
  })
  assert.ok(takes(codec, { b: '12', c: '1' }))
  assert.ok(!takes(codec, { c: '12' }))
  const before = compile({
    properties: {
      a: { $id: '#x', maxLength: 1 },
      b: { $id: '#x', maxLength: 2 },
      c: { $ref: '#x' },
    },
  })
  assert.ok(!takes(before, { c: '12' }))
})

test('references with the id of the schema, or of each other, are known by their names', () => {
  const $id = 'http://example.com/root.json'
  const codec = compile(
    { $id, properties: { a: { $ref: 'a.json' }, b: { $ref: 'b.json' } } },
    { 'a.json': { $id, maxLength: 1 }, 'b.json': { $id, maxLength: 2 } },
  )
  assert.ok(takes(codec, { a: '1', b: '12' }))
  assert.ok(!takes(codec, { a: '12' }))
  assert.ok(!takes(codec, { b: '123' }))
})

test('what is called an id in data, or by a property, is none', () => {
  const codec = compile({
    $id: 'http://a/b',
    properties: { $id: { const: 'http://a/b' }, a: { enum: [{ $id: 'http://a/b' }] } },
  })
  assert.ok(takes(codec, { $id: 'http://a/b', a: { $id: 'http://a/b' } }))
})
