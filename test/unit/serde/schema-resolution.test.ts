/** Which schema a request means. What clients are told is tested over HTTP. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { compileJsonSchema } from '../../../src/serde/json-schema/codec.ts'
import { type SchemaPolicy, SchemaResolution } from '../../../src/serde/schema-resolution.ts'
import { subjectName } from '../../../src/serde/subject-name.ts'
import { codecsOf, DEFAULT_POLICY, FakeRegistry, SIMPLE } from './fake-schemas.ts'

const BY_RECORD: Partial<SchemaPolicy> = {
  subjectOf: (part, topic, name) => subjectName('TopicRecordNameStrategy', topic, part, name),
}

function resolutionOf(registry: FakeRegistry, policy: Partial<SchemaPolicy> = {}) {
  const codecs = codecsOf(registry)
  return new SchemaResolution(registry, codecs, { ...DEFAULT_POLICY, ...policy })
}

async function assertRefused(work: Promise<unknown>, code: number, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof RestError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })
}

test('nothing is no schema', async () => {
  assert.equal(await resolutionOf(new FakeRegistry()).resolve('AVRO', 'key', 't', {}), undefined)
})

test('a text is looked up, and registered when it is not found', async () => {
  const registry = new FakeRegistry()
  const known = registry.add('string', 'JSON', 't-value')
  const resolution = resolutionOf(registry)
  assert.equal((await resolution.resolve('JSON', 'value', 't', { text: 'string' }))?.id, known)
  const added = await resolution.resolve('JSON', 'key', 't', { text: 'any' })
  assert.equal(added?.id, known + 1)
  assert.equal(await registry.getVersionOfId('t-key', known + 1), 1)
})

test('a text is not registered when it cannot be looked up', async () => {
  const registry = new FakeRegistry()
  registry.failures.set('look up t-key', new RestError('KAFKA_RETRIABLE_ERROR', 'down'))
  registry.failures.set('register t-key', new TypeError('not to be called'))
  await assertRefused(
    resolutionOf(registry).resolve('JSON', 'key', 't', { text: 'any' }),
    42207,
    /^Error serializing message\. Error when looking up schema\. format = JSONSCHEMA, subject = t-key, schema = any\ndown$/,
  )
})

test('a schema that no value can be encoded with is not registered, nor used', async () => {
  const registry = new FakeRegistry()
  registry.failures.set('register t-key', new TypeError('not to be called'))
  const id = registry.add('{"type":"any"}', 'JSON', 't-value')
  const codecs = codecsOf(registry, { ...SIMPLE, JSON: async () => compileJsonSchema })
  const resolution = new SchemaResolution(registry, codecs, DEFAULT_POLICY)
  await assertRefused(
    resolution.resolve('JSON', 'key', 't', { text: '{"$ref":"missing"}' }),
    42205,
    /^Invalid schema: .*format = JSONSCHEMA, schema = .*missing/s,
  )
  await assertRefused(
    resolution.resolve('JSON', 'value', 't', { id }),
    42207,
    /^Error serializing message\. Error when fetching schema by id/,
  )
})

test('of a schema that is very long a message has the beginning', async () => {
  const registry = new FakeRegistry()
  registry.failures.set('look up t-key', new RestError('KAFKA_RETRIABLE_ERROR', 'down'))
  const resolution = resolutionOf(registry)
  const shown = (kind: string) => new RegExp(`schema = ${kind} x{3000,4096}…\n`)
  const longOf = (kind: string) => ({ text: `${kind} ${'x'.repeat(1_000_000)}` })
  await assertRefused(resolution.resolve('AVRO', 'key', 't', longOf('none')), 42205, shown('none'))
  await assertRefused(resolution.resolve('AVRO', 'key', 't', longOf('any')), 42207, shown('any'))
})

test('a text that has to be registered already is refused when it is not', async () => {
  const registry = new FakeRegistry()
  const known = registry.add('any', 'AVRO', 't-value')
  const resolution = resolutionOf(registry, { registersTexts: false })
  assert.equal((await resolution.resolve('AVRO', 'value', 't', { text: 'any' }))?.id, known)
  await assertRefused(
    resolution.resolve('AVRO', 'value', 't', { text: 'string' }),
    42207,
    /is not registered .*auto\.register\.schemas is false.*subject = t-value, schema = string$/,
  )
  assert.equal(await registry.findLatest('t-value'), known)
})

test('without a schema it is the latest of the subject, where that is wanted', async () => {
  const registry = new FakeRegistry()
  registry.add('any', 'AVRO', 't-value')
  const latest = registry.add('string', 'AVRO', 't-value')
  const first = registry.add('any', 'AVRO', 't-value')
  const resolution = resolutionOf(registry, { usesLatest: true })
  const implied = await resolution.resolve('AVRO', 'value', 't', {})
  assert.deepEqual([implied?.id, implied?.isImplied], [first, true])
  const named = await resolution.resolve('AVRO', 'value', 't', { id: latest })
  assert.deepEqual([named?.id, named?.isImplied], [latest, false])
  assert.equal(await resolution.resolve('AVRO', 'key', 't', {}), undefined)
  await assertRefused(
    resolution.resolve('JSON', 'value', 't', {}),
    42207,
    /is AVRO; the content type of the request is for JSON\.$/,
  )
  registry.failures.set('latest t-key', new RestError('KAFKA_RETRIABLE_ERROR', 'down'))
  await assertRefused(
    resolution.resolve('AVRO', 'key', 't', {}),
    42207,
    /^Error serializing message\. Error when fetching latest schema version\. subject = t-key\ndown$/,
  )
  const byRecord = resolutionOf(registry, { ...BY_RECORD, usesLatest: true })
  assert.equal(await byRecord.resolve('AVRO', 'key', 't', {}), undefined)
})

test('an id has to be of the subject', async () => {
  const registry = new FakeRegistry()
  const id = registry.add('any', 'AVRO', 't-value')
  const resolution = resolutionOf(registry)
  const resolved = await resolution.resolve('AVRO', 'value', 't', { id })
  assert.deepEqual([resolved?.id, resolved?.schema.text], [id, 'any'])
  await assertRefused(
    resolution.resolve('AVRO', 'key', 't', { id }),
    42207,
    /^Error serializing message\. Error when fetching schema version\. subject = t-key, schema = any\n/,
  )
})

test('the subject may be named after the record', async () => {
  const registry = new FakeRegistry()
  const resolution = resolutionOf(registry, BY_RECORD)
  const id = registry.add('any Order', 'AVRO', 't-Order')
  assert.equal((await resolution.resolve('AVRO', 'key', 't', { id }))?.id, id)
  assert.equal((await resolution.resolve('AVRO', 'value', 't', { text: 'any Order' }))?.id, id)
  await assertRefused(
    resolution.resolve('AVRO', 'value', 't', { text: 'any' }),
    42207,
    /^Error serializing message\. The value's schema must be that of a named record/,
  )
})

test('what the registry says is told with what it was asked', async () => {
  const registry = new FakeRegistry()
  const resolution = resolutionOf(registry)
  registry.failures.set('register t-key', new RestError('INTERNAL', 'no room\nat all'))
  await assertRefused(
    resolution.resolve('PROTOBUF', 'key', 't', { text: 'any' }),
    42207,
    /^Error serializing message\. Error when registering schema\. format = PROTOBUF, subject = t-key, schema = any\nno room\nat all$/,
  )
  registry.failures.set(1, new RestError('KAFKA_AUTHORIZATION', 'not yours'))
  await assertRefused(
    resolution.resolve('AVRO', 'key', 't', { id: 1 }),
    40301,
    /^Error when fetching schema by id\. schemaId = 1$/,
  )
  registry.failures.set('look up t-value', new TypeError('a bug'))
  await assert.rejects(resolution.resolve('AVRO', 'value', 't', { text: 'any' }), TypeError)
})
