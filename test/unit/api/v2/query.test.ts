/** Query strings, by what a route declares. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeQuery } from '../../../../src/api/v2/query.ts'
import { RestError } from '../../../../src/errors.ts'

const SPEC = {
  timeout: { type: 'long', description: '' },
  include: { type: 'list', description: '' },
} as const

function decode(raw: string): Record<string, unknown> {
  return decodeQuery(raw, SPEC)
}

test('what is declared is decoded, the rest ignored', () => {
  assert.deepEqual(decode('timeout=100&include=headers,timestamp&x=1&timeouts=2'), {
    timeout: 100,
    include: ['headers', 'timestamp'],
  })
})

test('an empty value is as an absent one', () => {
  assert.deepEqual(decode(''), {})
  assert.deepEqual(decode('timeout=&include='), {})
  assert.deepEqual(decode('timeout&include'), {})
})

test('of a parameter that occurs twice the first counts', () => {
  assert.deepEqual(decode('timeout=1&timeout=2'), { timeout: 1 })
})

test('values are unescaped, spaces around the items of a list dropped', () => {
  assert.deepEqual(decode('include=a%2Cb,%20c+&timeout=%2D5'), {
    include: ['a', 'b', 'c'],
    timeout: -5,
  })
})

test('a long may have a sign', () => {
  assert.deepEqual(decode('timeout=-1'), { timeout: -1 })
  assert.deepEqual(decode('timeout=%2B1'), { timeout: 1 })
})

for (const text of ['x', '1.5', '1e3', '0x10', ' 1', '1 ', '--1', '12345678901234567890', 'NaN']) {
  test(`timeout=${text} is nowhere`, () => {
    assert.throws(
      () => decode(`timeout=${encodeURIComponent(text)}`),
      (error) => error instanceof RestError && error.code === 404,
    )
  })
}
