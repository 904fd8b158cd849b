/** Patterns match what they say, and nothing else. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { faultsOf } from '../../conformance/pattern.ts'

const rows: [pattern: unknown, matching: unknown[], others: unknown[]][] = [
  [1, [1], [2, '1', null, undefined]],
  [null, [null], [0, '', undefined]],
  [[], [[]], [[1], {}, undefined]],
  [[1, 2], [[1, 2]], [[2, 1], [1], [1, 2, 3]]],
  [{ a: 1, b: 2 }, [{ a: 1, b: 2 }], [{ b: 2, a: 1 }, { a: 1 }, { a: 1, b: 3 }, [1, 2], null]],
  [{ $is: 'any' }, [1, null, 'x', {}], [undefined]],
  [{ $is: 'integer' }, [1, -1], [1.5, '1', null]],
  [{ $is: 'string' }, ['', 'x'], [1, null]],
  [{ $is: 'object' }, [{}], [[], null]],
  [{ $is: 'array' }, [[], [1]], [{}, null]],
  [{ $matches: '^a.c$' }, ['abc', 'a\nc'], ['abcd', 1, null]],
  [{ $part: { a: 1 } }, [{ a: 1 }, { b: 2, a: 1 }], [{ b: 2 }, { a: 2 }, null, [1]]],
  [
    { $set: [1, 2] },
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 2, 3], [1, 3], null],
  ],
  [{ $has: [1, 2] }, [[2, 3, 1]], [[1, 3], null]],
]

describe('a pattern', () => {
  for (const [pattern, matching, others] of rows) {
    test(`${JSON.stringify(pattern)} matches what it says only`, () => {
      for (const value of matching) assert.deepEqual(faultsOf(value, pattern), [])
      for (const value of others) assert.notDeepEqual(faultsOf(value, pattern), [])
    })
  }

  test('says where it does not match', () => {
    assert.deepEqual(faultsOf({ a: [{ b: 1 }] }, { a: [{ b: 2 }] }), ['/a/0/b is 1, not 2'])
  })

  test('that nobody knows is an error of whoever wrote it', () => {
    assert.throws(() => faultsOf(1, { $nonsense: 1 }), /is no pattern/)
    assert.throws(() => faultsOf(1, { $is: 'nonsense' }), /knows no nonsense/)
    assert.throws(() => faultsOf(1, { $is: 'any', other: 1 }), /is no pattern/)
  })
})
