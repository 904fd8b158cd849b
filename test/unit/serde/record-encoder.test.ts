/** Texts of a request, and the payloads that they get. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import type { SchemaType } from '../../../src/schema-registry/schema.ts'
import { Busy } from '../../../src/serde/limits/busy.ts'
import { Turns } from '../../../src/serde/limits/turns.ts'
import { encodeRecords, type RecordTexts } from '../../../src/serde/records/record-encoder.ts'
import { markOf } from '../../../src/serde/schema-mark.ts'
import type { ResolvedSchema } from '../../../src/serde/schema-resolution.ts'
import { compileSimple, inKafka } from './fake-schemas.ts'

type Pair = readonly [key: string | null, value: string | null]

/** A request in memory. */
class FakeRecords implements RecordTexts {
  readonly job = 1
  readonly #pairs: readonly Pair[]
  readonly payloads: (Buffer | null)[] = []
  /** How often payloads came. */
  pieces = 0

  constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs
  }

  get count(): number {
    return this.#pairs.length
  }

  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number {
    let used = 0
    let count = 0
    for (const pair of this.#pairs.slice(first, first + sizes.length / 2)) {
      const bytes = Buffer.from(pair.join(''))
      const isFull = used + bytes.length > texts.length
      if (isFull && count > 0) break
      sizes.set(pair.map(sizeOf), 2 * count)
      if (isFull) return 0
      texts.set(bytes, used)
      used += bytes.length
      count++
    }
    return count
  }

  append(payloads: Uint8Array, sizes: Int32Array): void {
    this.pieces++
    let at = 0
    for (const size of sizes) {
      this.payloads.push(size < 0 ? null : Buffer.from(payloads.subarray(at, at + size)))
      at += Math.max(size, 0)
    }
    assert.equal(at, payloads.length)
  }
}

function sizeOf(text: string | null): number {
  return text === null ? -1 : Buffer.byteLength(text)
}

function schema(id: number, text: string, type: SchemaType = 'AVRO'): ResolvedSchema {
  const schema = { type, text, references: [] }
  return { id, schema, mark: markOf(schema), codec: compileSimple(schema), isImplied: false }
}

interface Choices {
  readonly key?: ResolvedSchema
  readonly value?: ResolvedSchema
  readonly nullIsEmpty?: boolean
  readonly maxTextBytes?: number
}

function encode(
  records: RecordTexts,
  { key, value, nullIsEmpty = false, maxTextBytes = 1e9 }: Choices,
): Promise<void> {
  return encodeRecords(
    records,
    { key, value },
    { nullIsEmpty, maxTextBytes, maxPayloadBytes: 1e9 },
    new Turns(new Busy()),
    new Busy(),
  )
}

async function payloadsOf(pairs: readonly Pair[], choices: Choices): Promise<(Buffer | null)[]> {
  const records = new FakeRecords(pairs)
  await encode(records, choices)
  return records.payloads
}

async function assertRefused(
  pairs: readonly Pair[],
  choices: Choices,
  code: number,
  message: RegExp,
) {
  await assert.rejects(encode(new FakeRecords(pairs), choices), (error) => {
    assert.ok(error instanceof RestError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })
}

test('keys and values get payloads with the ids of their schemas', async () => {
  const payloads = await payloadsOf(
    [
      ['"k"', '1'],
      ['"l"', '"é"'],
    ],
    {
      key: schema(7, 'string'),
      value: schema(8, 'any'),
    },
  )
  assert.deepEqual(payloads, [
    inKafka(7, '"k"'),
    inKafka(8, '1'),
    inKafka(7, '"l"'),
    inKafka(8, '"é"'),
  ])
})

test('what is null needs no schema, and stays null', async () => {
  assert.deepEqual(await payloadsOf([[null, null]], {}), [null, null])
  await assertRefused([['1', null]], {}, 42201, /^Request includes keys but does not/)
  await assertRefused([[null, '1']], {}, 42202, /^Request includes values but does not/)
})

test('a null with a schema is a value like any other', async () => {
  const message = /^Bad Request: Expected string\. Got null \(\/records\/1\/value\)$/
  const pairs: Pair[] = [
    [null, '"v"'],
    [null, null],
  ]
  for (const type of ['AVRO', 'JSON', 'PROTOBUF'] as const) {
    await assertRefused(pairs, { value: schema(1, 'string', type) }, 400, message)
  }
  const value = schema(1, 'nullable', 'JSON')
  assert.deepEqual((await payloadsOf(pairs, { value }))[3], inKafka(1, 'null'))
})

test('a null that an Avro schema allows is a tombstone', async () => {
  assert.deepEqual(await payloadsOf([[null, null]], { value: schema(1, 'nullable') }), [null, null])
})

test('a null stays null with a schema that the request does not name', async () => {
  const value = { ...schema(1, 'nullable', 'JSON'), isImplied: true }
  const pairs: Pair[] = [
    [null, null],
    [null, '"v"'],
  ]
  assert.deepEqual(await payloadsOf(pairs, { value }), [null, null, null, inKafka(1, '"v"')])
})

test('a null may always be empty', async () => {
  const choices = { key: schema(1, 'any'), value: schema(1, 'nullable', 'JSON'), nullIsEmpty: true }
  assert.deepEqual(await payloadsOf([[null, null]], choices), [null, null])
})

test('the first record that is wrong is named, and nothing of its piece is handed on', async () => {
  const pairs: Pair[] = Array.from({ length: 3000 }, (_, at) => [null, at === 2500 ? '7' : '"v"'])
  const records = new FakeRecords(pairs)
  await assert.rejects(
    encode(records, { value: schema(1, 'string') }),
    /\(\/records\/2500\/value\)/,
  )
  assert.ok(records.payloads.length <= 2 * 2500)
})

test('a text that is too long is refused before it is copied', async () => {
  for (const length of [100, 1_000_000]) {
    const records = new FakeRecords([
      [null, '"v"'],
      [null, `"${'v'.repeat(length - 2)}"`],
    ])
    const value = schema(1, 'string')
    await assert.rejects(encode(records, { value, maxTextBytes: length - 1 }), (error) => {
      assert.ok(error instanceof RestError)
      assert.equal(error.code, 413)
      assert.match(error.message, /^\/records\/1\/value: found \d+ bytes of JSON/)
      return true
    })
    await encode(records, { value, maxTextBytes: length })
  }
})

test('many records go in pieces, and large ones whole', async () => {
  const sizes = [1, 300_000, 5, 260_000, 700_000, 3, 3]
  const texts = [...sizes.map((size) => 'é'.repeat(size)), ...Array.from({ length: 5000 }, String)]
  const pairs = texts.map((text): Pair => [`"k${text}"`, `"${text}"`])
  const records = new FakeRecords(pairs)
  await encode(records, { key: schema(1, 'any'), value: schema(2, 'any') })
  assert.ok(records.pieces >= 8, `${records.pieces} pieces`)
  assert.deepEqual(
    records.payloads,
    pairs.flatMap(([key, value]) => [inKafka(1, key ?? ''), inKafka(2, value ?? '')]),
  )
})

test('requests that are encoded at the same time do not mix', async () => {
  const turns = new Turns(new Busy())
  const value = schema(1, 'any')
  const requests = [1, 2, 3].map(
    (each) => new FakeRecords(Array.from({ length: 4000 }, (_, at) => [null, `${each}${at}`])),
  )
  await Promise.all(
    requests.map((each) =>
      encodeRecords(
        each,
        { key: undefined, value },
        { nullIsEmpty: false, maxTextBytes: 1e9, maxPayloadBytes: 1e9 },
        turns,
        new Busy(),
      ),
    ),
  )
  requests.forEach(({ payloads }, index) => {
    assert.equal(payloads.length, 8000)
    payloads.forEach((payload, at) => {
      if (at % 2 === 1) assert.deepEqual(payload, inKafka(1, `${index + 1}${(at - 1) / 2}`))
    })
  })
})
