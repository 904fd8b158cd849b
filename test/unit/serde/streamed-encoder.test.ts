/** Records of streams when the engine has no room for their payloads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Busy } from '../../../src/serde/limits/busy.ts'
import { Turns } from '../../../src/serde/limits/turns.ts'
import { encodeStreamed, type StreamedTexts } from '../../../src/serde/records/streamed-encoder.ts'
import { markOf } from '../../../src/serde/schema-mark.ts'
import { compileSimple } from './fake-schemas.ts'

const SCHEMA = { type: 'AVRO', text: 'any', references: [] } as const
const RESOLVED = {
  schema: SCHEMA,
  mark: markOf(SCHEMA),
  codec: compileSimple(SCHEMA),
  id: 1,
  subject: 's',
  version: 1,
}
const BOUNDS = { nullIsEmpty: false, maxTextBytes: 1e6, maxPayloadBytes: 1e6 }

/** Values that are `1`, and an engine that has room after some refusals. */
class Texts implements StreamedTexts {
  readonly job = 1
  readonly count = 3
  readonly refused: [number, number][] = []
  readonly sizes: number[] = []
  #refusals: number

  constructor(refusals: number) {
    this.#refusals = refusals
  }

  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number {
    const count = this.count - first
    for (let index = 0; index < count; index++) {
      texts[index] = '1'.charCodeAt(0)
      sizes.set([-2, 0, 1, 0], 4 * index)
    }
    return count
  }

  append(payloads: Uint8Array, sizes: Int32Array): number {
    if (payloads.length > 0 && this.#refusals-- > 0) return 429
    this.sizes.push(...sizes)
    return 0
  }

  refuse(index: number, code: number): void {
    this.refused.push([index, code])
  }
}

function encode(texts: Texts): Promise<void> {
  const busy = new Busy()
  return encodeStreamed(texts, [RESOLVED], BOUNDS, new Turns(busy), busy)
}

test('payloads wait for room', async () => {
  const texts = new Texts(3)
  await encode(texts)
  assert.deepEqual(texts.refused, [])
  assert.equal(texts.sizes.length, 6)
  assert.ok(texts.sizes.filter((size) => size > 0).length === 3)
})

test('records are refused when there is no room for long: others may wait for that of their texts', async () => {
  const texts = new Texts(Number.POSITIVE_INFINITY)
  await encode(texts)
  assert.deepEqual(
    texts.refused,
    [0, 1, 2].map((index) => [index, 429]),
  )
  assert.deepEqual(texts.sizes, new Array(6).fill(-2))
})
