/** Schemas that are compiled once. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RIGHTS_MS } from '../../../src/schema-registry/caller-answers.ts'
import type { Schema } from '../../../src/schema-registry/schema.ts'
import { InvalidSchemaError } from '../../../src/serde/codec.ts'
import { Codecs, UnknownSchemaError } from '../../../src/serde/codecs.ts'
import { DeadlineError } from '../../../src/serde/limits/deadline.ts'
import { ShownSchemas } from '../../../src/serde/shown-schemas.ts'
import { until } from '../../integration/until.ts'
import { codecsOf, compileSimple, FakeRegistry, partsOf, SIMPLE } from './fake-schemas.ts'

/** Codecs that note what is compiled. */
function counted(registry = new FakeRegistry()) {
  const compiled: string[] = []
  const compile = async () => (schema: Schema) => {
    compiled.push(`${schema.type} ${schema.text}`)
    return compileSimple(schema)
  }
  const compilers = { AVRO: compile, JSON: compile, PROTOBUF: compile }
  const codecs = codecsOf(registry, compilers)
  return { registry, codecs, compiled }
}

test('a schema is loaded once, for all who ask at the same time and later', async () => {
  const { registry, codecs, compiled } = counted()
  const id = registry.add('any')
  assert.equal(codecs.find(id), undefined)
  const [one, other] = await Promise.all([codecs.load(id), codecs.load(id)])
  assert.equal(one, other)
  assert.equal(await codecs.load(id), one)
  assert.equal(codecs.find(id), one)
  assert.deepEqual(registry.asked, [id])
  assert.deepEqual(compiled, ['AVRO any'])
})

/** The codecs of a thread for two callers, of whom the registry shows one nothing. */
function ofCallers() {
  const parts = partsOf(SIMPLE)
  const shown = new ShownSchemas()
  const registry = new FakeRegistry()
  const closed = new FakeRegistry()
  const codecsOfCaller = (caller: string, source: FakeRegistry) =>
    new Codecs(source, parts.compiled, shown.of(caller))
  return {
    registry,
    closed,
    alice: codecsOfCaller('alice', registry),
    bob: codecsOfCaller('bob', closed),
    /** Other objects for the same callers. */
    aliceAgain: codecsOfCaller('alice', closed),
    process: new Codecs(closed, parts.compiled, shown.of(undefined)),
  }
}

test('what the registry has shown one caller is unknown to others', async () => {
  const { registry, closed, alice, bob, aliceAgain, process } = ofCallers()
  const id = registry.add('any')
  closed.failures.set(id, new Error('denied'))
  const loading = alice.load(id)
  await assert.rejects(bob.load(id), /denied/)
  const compiled = await loading
  assert.equal(alice.find(id), compiled)
  for (const other of [bob, process]) {
    assert.equal(other.find(id), undefined)
    await assert.rejects(other.load(id), /denied/)
  }
  assert.equal(aliceAgain.find(id), compiled)
  assert.equal(await aliceAgain.load(id), compiled)
})

test('callers who see the same schema share its codec', async () => {
  const { registry, closed, alice, bob } = ofCallers()
  const id = registry.add('any')
  closed.add('any')
  assert.equal(await alice.load(id), await bob.load(id))
})

test('what was shown to a caller is asked again after a while, and not compiled again', async (t) => {
  const { registry, closed, alice, process } = ofCallers()
  let passed = 0
  const clock = performance.now.bind(performance)
  t.mock.method(performance, 'now', () => clock() + passed)
  const id = registry.add('any')
  closed.add('any')
  const compiled = await alice.load(id)
  await process.load(id)
  passed = RIGHTS_MS
  await until('it is forgotten', () => alice.find(id) === undefined)
  assert.equal(process.find(id), compiled)
  assert.equal(await alice.load(id), compiled)
  assert.deepEqual(registry.asked, [id, id])
})

test('a text is compiled once for each language, for all who ask at the same time and later', async () => {
  const { codecs, compiled } = counted()
  for (let i = 0; i < 2; i++) {
    await Promise.all([
      codecs.ofText('AVRO', 'any'),
      codecs.ofText('AVRO', 'any'),
      codecs.ofText('JSON', 'any'),
    ])
  }
  assert.deepEqual(compiled, ['AVRO any', 'JSON any'])
})

test("a failure is nobody else's", async () => {
  const { registry, codecs } = counted()
  const id = registry.add('any')
  registry.failures.set(id, new Error('down'))
  await assert.rejects(codecs.load(id), /down/)
  registry.failures.delete(id)
  assert.equal((await codecs.load(id)).schema.text, 'any')
})

test('what is unknown or no schema is said so', async () => {
  const { registry, codecs } = counted()
  await assert.rejects(codecs.load(9), UnknownSchemaError)
  await assert.rejects(codecs.load(registry.add('none')), InvalidSchemaError)
  await assert.rejects(codecs.ofText('AVRO', 'none'), InvalidSchemaError)
})

test('that a schema is invalid is found out once, by its id and by its text', async () => {
  const { registry, codecs, compiled } = counted()
  const id = registry.add('none')
  const askAll = async () => {
    await assert.rejects(codecs.load(id), InvalidSchemaError)
    await assert.rejects(codecs.ofText('JSON', 'none'), InvalidSchemaError)
    assert.equal(codecs.find(id), undefined)
  }
  await askAll()
  await askAll()
  assert.deepEqual(compiled, ['AVRO none', 'JSON none'])
})

test('that there was no time to compile a schema is not remembered', async () => {
  let isSlow = true
  const compile = async () => (schema: Schema) => {
    if (isSlow) throw new DeadlineError('not now')
    return compileSimple(schema)
  }
  const registry = new FakeRegistry()
  const id = registry.add('any')
  const codecs = codecsOf(registry, { AVRO: compile, JSON: compile, PROTOBUF: compile })
  for (let round = 0; round < 2; round++) {
    await assert.rejects(codecs.load(id), DeadlineError)
    await assert.rejects(codecs.ofText('JSON', 'any'), DeadlineError)
  }
  isSlow = false
  assert.equal((await codecs.load(id)).schema.text, 'any')
  assert.equal((await codecs.ofText('JSON', 'any')).schema.text, 'any')
})

test('a schema whose brackets nest too deep is never compiled', async () => {
  const { registry, codecs, compiled } = counted()
  const deep = (text: string) => text + '{'.repeat(1001)
  await assert.rejects(codecs.load(registry.add(deep(''))), InvalidSchemaError)
  await assert.rejects(codecs.ofText('PROTOBUF', deep("message A // '\n")), InvalidSchemaError)
  assert.deepEqual(compiled, [])
  await codecs.ofText('PROTOBUF', `any // ${deep('')}`)
  assert.equal(compiled.length, 1)
})

test('a schema of too many objects and arrays is never compiled', async () => {
  const { codecs, compiled } = counted()
  const many = (count: number) => `any ${'{}'.repeat(count)}`
  await assert.rejects(codecs.ofText('JSON', many(100_001)), /more than 100000 objects and arrays/)
  assert.deepEqual(compiled, [])
  await codecs.ofText('JSON', many(100_000))
  assert.equal(compiled.length, 1)
})

test('small schemas make room for each other, too', async () => {
  const { codecs, compiled } = counted()
  for (let i = 0; i < 5000; i++) await codecs.ofText('AVRO', `any ${i}`)
  await codecs.ofText('AVRO', 'any 4999')
  assert.equal(compiled.length, 5000)
  await codecs.ofText('AVRO', 'any 0')
  assert.equal(compiled.length, 5001)
})

test('large schemas make room for each other', async () => {
  const { codecs, compiled } = counted()
  for (let i = 0; i < 20; i++) await codecs.ofText('AVRO', `any ${i} ${'x'.repeat(500_000)}`)
  await codecs.ofText('AVRO', `any 19 ${'x'.repeat(500_000)}`)
  assert.equal(compiled.length, 20)
  await codecs.ofText('AVRO', `any 0 ${'x'.repeat(500_000)}`)
  assert.equal(compiled.length, 21)
})
