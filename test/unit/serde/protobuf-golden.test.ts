/** The Protobuf codec against Google's: test/golden/protobuf.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Codec, PayloadError } from '../../../src/serde/codec.ts'
import { compileProtobuf } from '../../../src/serde/protobuf/codec.ts'
import {
  type Form,
  formsOf,
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

interface Case extends Form {
  readonly name: string
  readonly codec: Codec
}

function checkEncode({ name, codec, indexes }: Case, { json, payload }: GoldenValue): void {
  if (json === undefined || indexBytes(indexes).length > 1) return
  const what = `${name} encode ${json}`
  if (isDifferent(what)) return
  const encoded = attempt(() => codec.encode(json))
  assert.equal(encoded?.toString('hex'), payload === undefined ? undefined : `00${payload}`, what)
}

function checkDecode({ name, codec, indexes }: Case, { payload, back }: GoldenValue): void {
  if (payload === undefined) return
  const what = `${name} decode ${payload}`
  if (isDifferent(what)) return
  const bytes = Buffer.concat([indexBytes(indexes), Buffer.from(payload, 'hex')])
  const decoded = attempt(() => codec.decode(bytes))
  assert.equal(decoded === undefined, back === undefined, what)
  if (decoded === undefined || back === undefined) return
  assert.deepEqual(JSON.parse(decoded), JSON.parse(back), what)
}

for (const golden of goldens) {
  for (const [title, form] of Object.entries(formsOf(golden))) {
    test(`as Google's, a ${title}: ${golden.name}`, () => {
      const { text, references } = form
      const codec = compileProtobuf({ type: 'PROTOBUF', text, references })
      for (const value of golden.values) {
        checkEncode({ ...form, name: golden.name, codec }, value)
        checkDecode({ ...form, name: golden.name, codec }, value)
      }
    })
  }
}

test('all that is listed as different is so still', () => {
  assert.deepEqual(unmetDifferences(), [])
  assert.ok(goldens.flatMap(({ values }) => values).length > 800)
})
