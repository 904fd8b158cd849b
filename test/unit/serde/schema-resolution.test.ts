/** Which schema a request means. What clients are told is tested over HTTP. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { type SubjectNameStrategy, subjectName } from '../../../src/schema-registry/subject-name.ts'
import { Codecs } from '../../../src/serde/codecs.ts'
import { SchemaResolution } from '../../../src/serde/schema-resolution.ts'
import { FakeRegistry, SIMPLE } from './fake-schemas.ts'

function resolutionOf(registry: FakeRegistry, strategy: SubjectNameStrategy = 'TopicNameStrategy') {
  return new SchemaResolution(registry, new Codecs(registry, SIMPLE), (part, topic, name) =>
    subjectName(strategy, topic, part, name),
  )
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
  const resolution = resolutionOf(registry, 'TopicRecordNameStrategy')
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
