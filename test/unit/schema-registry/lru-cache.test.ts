/** The bounded cache. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LruCache } from '../../../src/schema-registry/lru-cache.ts'

/** Keys of one character, so that each entry takes 202 bytes and those of its value. */
const ENTRY_BYTES = 202

function filled(maxBytes: number, keys: string): LruCache<string> {
  const cache = new LruCache<string>(maxBytes)
  for (const key of keys) cache.set(key, key, 0)
  return cache
}

function kept(cache: LruCache<string>, keys: string): string {
  return [...keys].filter((key) => cache.find(key) !== undefined).join('')
}

test('what was not used for longest makes room', () => {
  const cache = filled(3 * ENTRY_BYTES, 'abc')
  cache.find('a')
  cache.set('d', 'd', 0)
  assert.equal(kept(cache, 'abcd'), 'acd')
  assert.equal(cache.bytes, 3 * ENTRY_BYTES)
})

test('a large value makes room for itself, and one that is too large is not kept', () => {
  const cache = filled(4 * ENTRY_BYTES, 'abcd')
  cache.set('e', 'e', 2 * ENTRY_BYTES)
  assert.equal(kept(cache, 'abcde'), 'de')
  cache.set('f', 'f', 4 * ENTRY_BYTES)
  assert.equal(kept(cache, 'abcdef'), 'de')
})

test('a value that is replaced or deleted gives its bytes back', () => {
  const cache = filled(10 * ENTRY_BYTES, 'ab')
  cache.set('a', 'A', 100)
  assert.equal(cache.find('a'), 'A')
  assert.equal(cache.bytes, 2 * ENTRY_BYTES + 100)
  cache.set('a', 'too large', 10 * ENTRY_BYTES)
  assert.equal(cache.find('a'), undefined)
  cache.delete('b')
  cache.delete('b')
  assert.equal(cache.bytes, 0)
})

test('without room it holds nothing', () => {
  const cache = filled(0, 'abc')
  assert.equal(kept(cache, 'abc'), '')
  assert.equal(cache.bytes, 0)
})
