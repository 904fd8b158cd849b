/** Answers about schemas that a worker keeps for a moment. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Schema } from '../../../src/schema-registry/schema.ts'
import type { SchemaSource } from '../../../src/serde/schema-source.ts'
import { AnswerMemory, KeptAnswers } from '../../../src/serde-workers/kept-answers.ts'

const SCHEMA: Schema = { type: 'AVRO', text: '"int"', references: [] }

const REGISTRATIONS = new SharedArrayBuffer(4)

/** Notes what it is asked. */
function counted(answers: Partial<SchemaSource>) {
  const asked: string[] = []
  const source = new Proxy({} as SchemaSource, {
    get:
      (_, name: keyof SchemaSource) =>
      (...args: never[]) => {
        asked.push(name)
        return (answers[name] as (...args: never[]) => Promise<unknown>)(...args)
      },
  })
  return { asked, kept: new KeptAnswers(source, new AnswerMemory(REGISTRATIONS)) }
}

test('a question is asked once, for all who ask at the same time and in the next moment', async () => {
  const { asked, kept } = counted({ getVersionOfId: async () => 3, findLatest: async () => 9 })
  assert.deepEqual(
    await Promise.all([kept.getVersionOfId('s', 1), kept.getVersionOfId('s', 1)]),
    [3, 3],
  )
  assert.equal(await kept.getVersionOfId('s', 1), 3)
  await kept.getVersionOfId('s', 2)
  await kept.findLatest('s')
  await kept.findLatest('s')
  assert.deepEqual(asked, ['getVersionOfId', 'getVersionOfId', 'findLatest'])
})

test('what there is not, and failures, are asked for again', async () => {
  const { asked, kept } = counted({
    lookUp: async () => undefined,
    findVersion: () => Promise.reject(new Error('down')),
  })
  for (let round = 0; round < 2; round++) {
    assert.equal(await kept.lookUp('s', SCHEMA), undefined)
    await assert.rejects(kept.findVersion('s', 1), /down/)
  }
  assert.deepEqual(asked, ['lookUp', 'findVersion', 'lookUp', 'findVersion'])
})

test('what was registered is seen at once', async () => {
  let latest = 1
  const { kept } = counted({ findLatest: async () => latest, register: async () => ++latest })
  assert.equal(await kept.findLatest('s'), 1)
  assert.equal(await kept.register('s', SCHEMA), 2)
  assert.equal(await kept.findLatest('s'), 2)
})

test("what a caller was answered is nobody else's, and a registration ends what all know", async () => {
  const memory = new AnswerMemory(new SharedArrayBuffer(4))
  const keptBy = (caller: string | undefined, latest: number) => {
    const source = { findLatest: async () => latest, register: async () => 9 }
    return new KeptAnswers(source as unknown as SchemaSource, memory, caller)
  }
  const all = [keptBy('alice', 1), keptBy('bob', 2), keptBy(undefined, 3)]
  const ask = () => Promise.all(all.map((kept) => kept.findLatest('s')))
  assert.deepEqual(await ask(), [1, 2, 3])
  assert.deepEqual(await ask(), [1, 2, 3])
  // Another object of the same caller.
  assert.equal(await keptBy('alice', 4).findLatest('s'), 1)
  await keptBy('bob', 2).register('s', SCHEMA)
  assert.equal(await keptBy('alice', 4).findLatest('s'), 4)
})

test('what another worker has registered is seen at once', async () => {
  let latest = 1
  const { kept } = counted({ findLatest: async () => latest })
  const other = counted({ register: async () => ++latest })
  assert.equal(await kept.findLatest('s'), 1)
  await other.kept.register('s', SCHEMA)
  assert.equal(await kept.findLatest('s'), 2)
})
