/** The Protobuf codec against Google's: test/golden/protobuf.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Codec, PayloadError } from '../../../src/serde/codec.ts'
import { compileProtobuf } from '../../../src/serde/protobuf.ts'
import {
  type Golden,
  type GoldenValue,
  goldens,
  indexBytes,
  isDifferent,
  unmetDifferences,
} from '../../golden/protobuf.ts'

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof PayloadError) return undefined
    throw error
  }
}

function checkEncode(codec: Codec, golden: Golden, { json, payload }: GoldenValue): void {
  if (json === undefined || indexBytes(golden.indexes).length > 1) return
  const what = `${golden.name} encode ${json}`
  if (isDifferent(what)) return
  const encoded = attempt(() => codec.encode(json))
  assert.equal(encoded?.toString('hex'), payload === undefined ? undefined : `00${payload}`, what)
}

function checkDecode(codec: Codec, golden: Golden, { payload, back }: GoldenValue): void {
  if (payload === undefined) return
  const what = `${golden.name} decode ${payload}`
  if (isDifferent(what)) return
  const bytes = Buffer.concat([indexBytes(golden.indexes), Buffer.from(payload, 'hex')])
  const decoded = attempt(() => codec.decode(bytes))
  assert.equal(decoded === undefined, back === undefined, what)
  if (decoded === undefined || back === undefined) return
  assert.deepEqual(JSON.parse(decoded), JSON.parse(back), what)
}

for (const golden of goldens) {
  test(`as Google's: ${golden.name}`, () => {
    const references = Object.entries(golden.imports).map(([name, text]) => ({ name, text }))
    const codec = compileProtobuf({ type: 'PROTOBUF', text: golden.schema, references })
    for (const value of golden.values) {
      checkEncode(codec, golden, value)
      checkDecode(codec, golden, value)
    }
  })
}

test('all that is listed as different is so still', () => {
  assert.deepEqual(unmetDifferences(), [])
  assert.ok(goldens.flatMap(({ values }) => values).length > 800)
})
