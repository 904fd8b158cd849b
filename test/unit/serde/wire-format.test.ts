/** What stands in front of payloads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PayloadError } from '../../../src/serde/codec.ts'
import { PREFIX_BYTES, schemaIdOf, writePrefix } from '../../../src/serde/records/wire-format.ts'

test('is a zero and the id, the highest byte first', () => {
  const bytes = Buffer.alloc(7, 0xff)
  writePrefix(bytes, 1, 0x01020304)
  assert.deepEqual([...bytes], [0xff, 0, 1, 2, 3, 4, 0xff])
})

test('gives the id back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), fc.uint8Array(), (id, payload) => {
      const prefix = Buffer.alloc(PREFIX_BYTES)
      writePrefix(prefix, 0, id)
      assert.equal(schemaIdOf(Buffer.concat([prefix, payload])), id)
    }),
  )
})

for (const [bytes, message] of [
  [[], /found 0 bytes/],
  [[0, 0, 0, 1], /found 4 bytes/],
  [[1, 0, 0, 0, 1], /found 1 as the first byte, expected the magic byte 0/],
] as const) {
  test(`is not [${bytes}]`, () => {
    assert.throws(
      () => schemaIdOf(Buffer.from(bytes)),
      (error) => error instanceof PayloadError && message.test(error.message),
    )
  })
}
