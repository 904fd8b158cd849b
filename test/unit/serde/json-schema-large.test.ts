/** JSON Schemas with hundreds and thousands of properties and alternatives: they mean what small ones mean. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidSchemaError, PayloadError } from '../../../src/serde/codec.ts'
import { compileJsonSchema } from '../../../src/serde/json-schema/codec.ts'

const LARGE = 5000
const SEVERAL_PARTS = 250
const NEWEST = 'https://json-schema.org/draft/2020-12/schema'

function compile(schema: unknown) {
  const codec = compileJsonSchema({ type: 'JSON', text: JSON.stringify(schema), references: [] })
  codec.prepareToEncode?.()
  return codec
}

function judge(schema: unknown): (value: unknown) => boolean {
  const codec = compile(schema)
  return (value) => {
    try {
      codec.encode(JSON.stringify(value))
      return true
    } catch (error) {
      assert.ok(error instanceof PayloadError)
      return false
    }
  }
}

function listOf<T>(length: number, make: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index))
}

function propertiesOf(length: number, schema: unknown): object {
  return Object.fromEntries(listOf(length, (index) => [`p${index}`, schema]))
}

test('thousands of properties are all judged', () => {
  const isValid = judge({
    properties: propertiesOf(LARGE, { type: 'string' }),
    required: ['p1'],
    additionalProperties: false,
  })
  assert.ok(isValid({ p1: 'x', p4999: 'y' }))
  for (const name of ['p0', 'p150', 'p4999']) assert.ok(!isValid({ p1: 'x', [name]: 1 }))
  assert.ok(!isValid({ p1: 'x', p5000: 'x' }))
  assert.ok(!isValid({ p2: 'x' }))
})

test('thousands of alternatives are all tried', () => {
  const alternatives = listOf(LARGE, (index) => ({ required: [`p${index}`] }))
  const any = judge({ anyOf: alternatives })
  const one = judge({ oneOf: alternatives })
  for (const name of ['p0', 'p99', 'p100', 'p4999']) {
    assert.ok(any({ [name]: 1 }))
    assert.ok(one({ [name]: 1 }))
  }
  assert.ok(!any({}))
  assert.ok(!one({}))
  assert.ok(any({ p0: 1, p1: 1, p4000: 1 }))
  for (const [first, second] of [
    ['p0', 'p1'],
    ['p0', 'p4999'],
    ['p3000', 'p3001'],
  ] as const) {
    assert.ok(!one({ [first]: 1, [second]: 1 }))
  }
})

test('thousands of schemas must all be fulfilled', () => {
  const isValid = judge({ allOf: listOf(LARGE, (index) => ({ minimum: index })) })
  assert.ok(isValid(4999))
  assert.ok(!isValid(4998))
  assert.ok(!isValid(99))
  assert.ok(!isValid(-1))
})

test('alternatives that hold for any value count, wherever they stand', () => {
  const never = listOf(SEVERAL_PARTS, () => false)
  assert.ok(judge({ anyOf: [...never, true] })(1))
  assert.ok(judge({ oneOf: [true, ...never] })(1))
  assert.ok(!judge({ oneOf: [true, ...never, true] })(1))
  assert.ok(!judge({ anyOf: never })(1))
})

test('what thousands of alternatives have looked at counts as evaluated', () => {
  const alternatives = listOf(SEVERAL_PARTS, (index) => ({
    properties: { [`p${index}`]: { const: 1 } },
    required: [`p${index}`],
  }))
  for (const keyword of ['anyOf', 'oneOf']) {
    const isValid = judge({
      $schema: NEWEST,
      [keyword]: alternatives,
      unevaluatedProperties: false,
    })
    for (const name of ['p0', 'p120', 'p249']) {
      assert.ok(isValid({ [name]: 1 }))
      assert.ok(!isValid({ [name]: 1, other: 1 }))
      assert.ok(!isValid({ [name]: 2 }))
    }
    assert.equal(isValid({ p0: 1, p249: 1 }), keyword === 'anyOf')
  }
  for (const schema of [
    { properties: propertiesOf(SEVERAL_PARTS, { const: 1 }) },
    { allOf: alternatives.map(({ properties }) => ({ properties })) },
  ]) {
    const isValid = judge({ $schema: NEWEST, ...schema, unevaluatedProperties: false })
    assert.ok(isValid({ p0: 1, p120: 1, p249: 1 }))
    assert.ok(!isValid({ p0: 1, other: 1 }))
    assert.ok(!isValid({ p0: 1, p249: 2 }))
  }
})

test('what is still too large is a fault of the schema, not of the values', () => {
  const many = Object.fromEntries(listOf(4000, (index) => [`^p${index}$`, { type: 'string' }]))
  for (const schema of [
    { patternProperties: many },
    {
      properties: { a: { $ref: '#/definitions/b' } },
      definitions: { b: { patternProperties: many } },
    },
  ]) {
    assert.throws(
      () => compile(schema),
      (error) =>
        error instanceof InvalidSchemaError && /too large to be compiled/.test(error.message),
    )
  }
})

test('a schema that follows itself for some values is tried out for none', () => {
  const isValid = judge({ anyOf: [{ type: 'object' }, { $ref: '#' }] })
  assert.ok(isValid({}))
  assert.ok(!isValid(null))
})
