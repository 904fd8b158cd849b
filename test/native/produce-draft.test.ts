/** Drafts, as JavaScript has them: texts out, payloads in, and what it may not do. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { mailbox, native } from '../../src/kafka/native.ts'
import { ProduceDraft } from '../../src/kafka/produce-draft.ts'
import type { Producer } from '../../src/kafka/producer.ts'
import { until } from '../integration/until.ts'
import { newProducer, readFrom, startEmbeddedKafka } from './embedded-kafka.ts'
import { compact, jsonText } from './json-text.ts'
import { type LentTexts, lend } from './own-jobs.ts'

let bootstrapServers: string
let producer: Producer

before(() => {
  bootstrapServers = startEmbeddedKafka()
  producer = newProducer(bootstrapServers)
})

/** A request with these values, as they are. */
function draftOf(values: readonly string[]): Promise<ProduceDraft> {
  const records = values.map((value) => `{"value":${value},"partition":0}`)
  return ProduceDraft.parse(Buffer.from(`{"records":[${records}]}`))
}

/** All texts of values, taken `maxRecords` at a time. */
function textsOf(draft: LentTexts, maxRecords: number): (string | null)[] {
  const texts = Buffer.alloc(100_000)
  const sizes = new Int32Array(2 * maxRecords)
  const all: (string | null)[] = []
  while (all.length < draft.count) {
    const count = draft.readTexts(all.length, texts, sizes)
    assert.ok(count > 0)
    let at = 0
    for (let i = 0; i < count; i++) {
      assert.equal(sizes[2 * i], -1)
      const size = sizes[2 * i + 1] ?? -1
      all.push(size < 0 ? null : texts.toString('utf8', at, at + size))
      at += Math.max(size, 0)
    }
  }
  return all
}

/** Gives a payload to the next record. */
function append(draft: LentTexts, value: string | null): void {
  const payload = Buffer.from(value ?? '')
  assert.equal(draft.append(payload, Int32Array.of(-1, value === null ? -1 : payload.length)), 0)
}

test('texts are the JSON of the request, compact and otherwise as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(jsonText, { minLength: 1, maxLength: 20 }), async (values) => {
      const draft = await draftOf(values)
      const expected = values.map((value) => (value.trim() === 'null' ? null : compact(value)))
      const lent = await lend(draft)
      assert.deepEqual(textsOf(lent, 3), expected)
      await lent.answer()
      draft.release()
    }),
    { numRuns: 300 },
  )
})

test('payloads are what is written', async () => {
  const draft = await draftOf(['1', '2', '3'])
  const lent = await lend(draft)
  append(lent, 'one')
  append(lent, '')
  append(lent, null)
  await lent.answer()
  const result = await producer.produceDraft('payloads', -1, draft, { key: 5, value: undefined })
  assert.equal(result.failed, 0)
  assert.match(String(result.json), /"key_schema_id":5,"value_schema_id":null}$/)
  const records = await readFrom(bootstrapServers, {
    topic: 'payloads',
    format: 'string',
    count: 3,
  })
  assert.deepEqual(
    records.map(({ value }) => value),
    ['one', '', null],
  )
})

test('a large request is parsed on another thread, and is the same', async () => {
  const values = Array.from({ length: 20_000 }, (_, at) => `{"at":${at}}`)
  const draft = await draftOf(values)
  const lent = await lend(draft)
  assert.deepEqual(textsOf(lent, 1000), values)
  await lent.answer()
  draft.release()
})

test('what a request says of schemas is told', async () => {
  const body = '{"key_schema":"\\u00e9","value_schema_id":"7","records":[{}]}'
  const draft = await ProduceDraft.parse(Buffer.from(body))
  assert.equal(draft.hasSchema, true)
  const lent = await lend(draft)
  assert.deepEqual(JSON.parse(lent.schemas), {
    key_schema: 'é',
    key_schema_id: null,
    value_schema: null,
    value_schema_id: 7,
  })
  await lent.answer()
  assert.equal((await draftOf(['1'])).hasSchema, false)
})

test('a draft that is lent again has no payloads', async () => {
  const draft = await draftOf(['1', '2'])
  const first = await lend(draft)
  append(first, 'one')
  append(first, 'two')
  const second = await lend(draft)
  append(second, '1')
  append(second, '2')
  await second.answer()
  await first.answer()
  const result = await producer.produceDraft('again', -1, draft, { key: undefined, value: 1 })
  assert.equal(result.failed, 0)
  const records = await readFrom(bootstrapServers, { topic: 'again', format: 'string', count: 2 })
  assert.deepEqual(
    records.map(({ value }) => value),
    ['1', '2'],
  )
})

test('a request that is wrong is refused', async () => {
  await assert.rejects(draftOf(['tru']), { code: 400 })
  await assert.rejects(ProduceDraft.parse(Buffer.from('{}')), { code: 422 })
})

test('a draft that is used wrongly throws, and takes nothing', async () => {
  const draft = await draftOf(['1', '2'])
  const lent = await lend(draft)
  const wrong: [string, () => void][] = [
    ['sizes beyond the payloads', () => lent.append(Buffer.from('ab'), Int32Array.of(-1, 3))],
    ['payloads beyond the sizes', () => lent.append(Buffer.from('ab'), Int32Array.of(-1, 1))],
    ['too many', () => lent.append(Buffer.alloc(0), new Int32Array(6).fill(-1))],
    ['half a record', () => lent.append(Buffer.from('a'), Int32Array.of(1))],
    ['no integers', () => lent.append(Buffer.alloc(0), [] as unknown as Int32Array)],
    [
      'no bytes',
      () => lent.readTexts(0, new Int32Array(1) as unknown as Uint8Array, new Int32Array(2)),
    ],
  ]
  for (const [name, use] of wrong) assert.throws(use, TypeError, name)
  append(lent, 'one')
  await lent.answer()
  await assert.rejects(producer.produceDraft('t', 0, draft, { key: 1, value: 1 }), TypeError)
  draft.release()
  assert.throws(() => native.startJob(1000, 1, 0, '', 0, draft.native), TypeError)
  assert.throws(() => native.startJob(1000, 1, 0, '', 0, new native.Draft()), TypeError)
})

test('a job that has its answer is not used any more', async () => {
  const draft = await draftOf(['1'])
  const lent = await lend(draft)
  append(lent, 'one')
  await lent.answer()
  assert.throws(() => append(lent, 'two'), TypeError)
  assert.throws(() => native.answerJob(lent.job, 0, 0, ''), TypeError)
  const produced = producer.produceDraft('used-up', -1, draft, { key: undefined, value: undefined })
  draft.release()
  assert.equal((await produced).failed, 0)
})

test('a chunk goes from a job to its caller, and back to the engine', async () => {
  const before = native.readGauges().consumeBufferedBytes
  const draft = await draftOf(['1'])
  const lent = await lend(draft)
  const chunk = native.takeChunk()
  assert.ok(native.readGauges().consumeBufferedBytes > before)
  mailbox.memory(chunk).set(Buffer.from('abc'))
  assert.throws(() => native.sendChunk(lent.job, chunk, 262_145, false, 0), TypeError)
  native.sendChunk(lent.job, chunk, 3, false, 0)
  assert.throws(() => native.sendChunk(lent.job, chunk, 3, false, 0), TypeError)
  await lent.answer()
  native.releaseChunk(chunk)
  assert.equal(native.readGauges().consumeBufferedBytes, before)
  draft.release()
})

test('a draft that nobody holds any more is freed', async () => {
  assert.ok(globalThis.gc, 'to be run with --expose-gc')
  await draftOf(['1'])
  assert.ok(native.readGauges().produceInflightBytes > 0)
  await until('it is collected', async () => {
    globalThis.gc?.()
    return native.readGauges().produceInflightBytes === 0
  })
})

test('drafts that are refused give their bytes back, without the garbage collector', async () => {
  const cut = Buffer.from(`{"records":[{"value":"${'x'.repeat(1_000_000)}"`)
  const negative = Buffer.from('{"records":[{"value":1,"partition":-2}]}')
  for (const body of [cut, negative, Buffer.from('no JSON')]) {
    await assert.rejects(ProduceDraft.parse(body))
  }
  const collected = new native.Body(0)
  assert.equal(collected.append(cut), 0)
  await assert.rejects(ProduceDraft.parse(collected))
  await until('nothing is held', async () => native.readGauges().produceInflightBytes === 0)
  assert.equal(native.readGauges().arrivingBytes, 0)
})
