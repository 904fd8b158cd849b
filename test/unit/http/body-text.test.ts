/** Bodies as texts, in all encodings that JSON may come in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import type { BodyBytes } from '../../../src/http/body.ts'
import { textOf } from '../../../src/http/body-text.ts'

const TEXT = '{"a":"é😀"}'

const bodyOf = (...bytes: number[]): ArrayBuffer => Uint8Array.from(bytes).buffer as ArrayBuffer

function encoded(text: string, width: 1 | 2 | 4, isLittleEndian = false): ArrayBuffer {
  if (width === 1) return bodyOf(...Buffer.from(text))
  const units =
    width === 2
      ? text.split('').map((unit) => unit.charCodeAt(0))
      : [...text].map((unit) => unit.codePointAt(0) ?? 0)
  const view = new DataView(new ArrayBuffer(units.length * width))
  units.forEach((unit, index) => {
    if (width === 2) view.setUint16(index * 2, unit, isLittleEndian)
    else view.setUint32(index * 4, unit, isLittleEndian)
  })
  return view.buffer
}

test('UTF-8, UTF-16 and UTF-32 are understood, in either order and with a mark or without', () => {
  for (const mark of ['', '\uFEFF']) {
    for (const [width, isLittleEndian] of [
      [1, false],
      [2, false],
      [2, true],
      [4, false],
      [4, true],
    ] as const) {
      const body = encoded(mark + TEXT, width, isLittleEndian)
      assert.equal(textOf(body), TEXT, `${width} ${isLittleEndian} ${mark.length}`)
    }
  }
})

test('a text of UTF-32 is whole behind its first pieces', () => {
  const text = `[${'"\u00e4\u{1f600}",'.repeat(3000)}0]`
  assert.equal(textOf(encoded(text, 4)), text)
})

test('a body that was collected is understood like one that came at once', () => {
  const body: BodyBytes = { append: () => 0, bytes: () => encoded(TEXT, 2), release: () => {} }
  assert.equal(textOf(body), TEXT)
  assert.equal(textOf(bodyOf()), '')
  assert.equal(textOf(bodyOf(0x31)), '1')
})

test('what is malformed in its encoding is refused', () => {
  for (const [body, message] of [
    [bodyOf(0x22, 0xc3, 0x22), /is not UTF-8/],
    [bodyOf(0xff), /is not UTF-8/],
    [bodyOf(0xfe, 0xff, 0xd8, 0x00), /UTF-16 or UTF-32/],
    [bodyOf(0x22, 0x00, 0x00, 0xd8, 0x22, 0x00), /UTF-16 or UTF-32/],
    [bodyOf(0x00, 0x00, 0x00, 0x22, 0x00), /UTF-16 or UTF-32/],
    [bodyOf(0x00, 0x00, 0xfe, 0xff, 0x00, 0x11, 0x00, 0x00), /UTF-16 or UTF-32/],
  ] as const) {
    assert.throws(
      () => textOf(body),
      (error) => error instanceof RestError && error.code === 400 && message.test(error.message),
    )
  }
})
