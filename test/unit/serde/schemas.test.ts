/** The door of the formats with schemas: what is told when there is no time. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import type { Schema } from '../../../src/schema-registry/schema.ts'
import type { Compilers } from '../../../src/serde/formats.ts'
import { DeadlineError } from '../../../src/serde/limits/deadline.ts'
import { type RecordsToEncode, Schemas } from '../../../src/serde/schemas.ts'
import { compileSimple, DEFAULT_POLICY, FakeRegistry, partsOf } from './fake-schemas.ts'

/** Codecs that have no time for a schema called `slow`, nor for values of one called `any`. */
function compileSlowly(schema: Schema) {
  if (schema.text === 'string long') {
    // Longer than the registry may take.
    const until = performance.now() + 600
    while (performance.now() < until) {}
  }
  if (schema.text === 'slow') throw new DeadlineError('compiling the schema took more than 1 ms')
  const codec = compileSimple(schema)
  if (schema.text !== 'any') return codec
  const encode = () => {
    throw new DeadlineError('checking the value took more than 1 ms')
  }
  return { ...codec, encode }
}

const SLOW: Compilers = {
  AVRO: async () => compileSlowly,
  JSON: async () => compileSlowly,
  PROTOBUF: async () => compileSlowly,
}

/** One record whose value is a string, and a schema. */
function recordsOf(schema: string): RecordsToEncode {
  const value = Buffer.from('"v"')
  return {
    readSchemas: () => ({ key: {}, value: { text: schema } }),
    count: 1,
    job: 1,
    readTexts(_first, texts, sizes) {
      texts.set(value)
      sizes.set([-1, value.length])
      return 1
    },
    append() {},
  }
}

function schemasOf(registry: FakeRegistry): Schemas {
  return new Schemas({
    source: registry,
    ...partsOf(SLOW),
    policy: DEFAULT_POLICY,
    nullIsEmpty: false,
    maxTextBytes: 1e9,
    maxPayloadBytes: 1e9,
    timeoutMs: 1,
  })
}

async function assertOutOfTime(work: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof RestError, String(error))
    assert.deepEqual([error.status, error.code, error.retryAfterSeconds], [503, 503, 1])
    assert.match(error.message, message)
    return true
  })
}

test('the time that compiling takes is none of the registry', async () => {
  const registry = new FakeRegistry()
  const schemas = schemasOf(registry)
  const others = schemas.encode('AVRO', 't', recordsOf('string'))
  const { value } = await schemas.encode('AVRO', 't', recordsOf('string long'))
  assert.ok(value)
  await others
})

test('no time for a schema, or for a value, is an error that may be repeated', async () => {
  const schemas = schemasOf(new FakeRegistry())
  const nothing = /^Nothing of this request was written: /
  await assertOutOfTime(schemas.encode('JSON', 't', recordsOf('slow')), nothing)
  await assertOutOfTime(schemas.encode('JSON', 't', recordsOf('any')), nothing)
  await schemas.encode('JSON', 't', recordsOf('string'))
})
