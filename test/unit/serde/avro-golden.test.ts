/** The Avro codec against what Apache Avro for Java makes of the same; see test/golden/avro. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Schema } from '../../../src/schema-registry/schema.ts'
import { compileAvro } from '../../../src/serde/avro/codec.ts'
import { InvalidSchemaError, PayloadError } from '../../../src/serde/codec.ts'
import { exactJson } from './exact-json.ts'

interface Given {
  readonly name: string
  readonly schema: string
  readonly references?: readonly string[]
}

interface Vectors {
  readonly values: readonly (Given & { readonly values: readonly Value[] })[]
  readonly random: readonly (Given & { readonly values: readonly Value[] })[]
  readonly refusals: readonly (Given & { readonly messages: Record<string, string | null> })[]
  readonly schemas: readonly { readonly schema: string; readonly message: string | null }[]
}

interface Value {
  /** Absent of a value that was given as a payload. */
  readonly input?: string
  readonly payload: string
  readonly json: string
}

const FILE = join(import.meta.dirname, '../../golden/avro/vectors.json')
const vectors: Vectors = JSON.parse(readFileSync(FILE, 'utf8'))

function schemaOf({ schema, references = [] }: Given): Schema {
  const named = references.map((text, index) => ({ name: `reference ${index}`, text }))
  return { type: 'AVRO', text: schema, references: named }
}

/** Java writes floats as doubles. That ours are exact shows when they are encoded again. */
function rounded(json: string): unknown {
  return exactJson(json, Math.fround)
}

for (const given of [...vectors.values, ...vectors.random]) {
  test(`${given.name}: the same bytes and the same JSON as Java's`, () => {
    const codec = compileAvro(schemaOf(given))
    for (const { input, payload, json } of given.values) {
      const decoded = codec.decode(Buffer.from(payload, 'hex'))
      assert.deepEqual(rounded(decoded), rounded(json))
      assert.equal(codec.encode(json).toString('hex'), payload, json)
      assert.equal(codec.encode(decoded).toString('hex'), payload, decoded)
      if (input === undefined) continue
      assert.deepEqual(rounded(codec.decode(codec.encode(input))), rounded(json))
    }
  })
}

for (const given of vectors.refusals) {
  test(`${given.name}: refused in Java's words`, () => {
    const codec = compileAvro(schemaOf(given))
    for (const [json, message] of Object.entries(given.messages)) {
      // Where it accepts an unknown field, it has lost it.
      const words = message?.split('\n')[0] ?? 'Expected Unknown fields: [x]. Got END_OBJECT'
      assert.throws(
        () => codec.encode(json),
        (error) => error instanceof PayloadError && error.message.startsWith(words),
        `${json}: ${words}`,
      )
    }
  })
}

/** What only one of the two takes for a schema. */
const OTHERWISE = new Set<string>(['[]'])

test('what is a schema for Java is one for us, and nothing else', () => {
  for (const { schema, message } of vectors.schemas) {
    if (OTHERWISE.has(schema)) continue
    const compile = () => compileAvro({ type: 'AVRO', text: schema, references: [] })
    if (message === null) compile()
    else assert.throws(compile, InvalidSchemaError, schema)
  }
})
