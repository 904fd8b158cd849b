/** Suggestions for misspelt names. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KEYS } from '../../../src/config/keys/index.ts'
import { findNearest } from '../../../src/config/nearest.ts'

const cases: [name: string, nearest: string | undefined][] = [
  ['bootstrap.server', 'bootstrap.servers'],
  ['bootstrap-servers', 'bootstrap.servers'],
  ['listners', 'listeners'],
  ['prot', 'port'],
  ['consumer.request.timeout', 'consumer.request.timeout.ms'],
  ['totally.else', undefined],
]

for (const [name, nearest] of cases) {
  test(`${name} is near ${nearest ?? 'nothing'}`, () => {
    assert.equal(findNearest(name, KEYS.keys()), nearest)
  })
}

test('a name with one character replaced is found', () => {
  const name = fc.constantFrom(...KEYS.keys()).filter((key) => key.length > 4)
  fc.assert(
    fc.property(name, fc.nat(), (key, at) => {
      const index = at % key.length
      const misspelt = `${key.slice(0, index)}~${key.slice(index + 1)}`
      assert.equal(findNearest(misspelt, [key]), key)
    }),
  )
})

test('the nearest one wins over an earlier one', () => {
  assert.equal(findNearest('abcdefgh', ['abcdefxx', 'abcdefgx']), 'abcdefgx')
})
