/** The partition of an instance, on which all processes must agree. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf, murmur2, partitionOf } from '../../../src/cluster/partition.ts'

test('the hash is that of Kafka', () => {
  // The vectors of Kafka's own test, org.apache.kafka.common.utils.UtilsTest.
  const vectors: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [text, hash] of vectors) assert.equal(murmur2(Buffer.from(text)), hash)
})

test('groups and names cannot be confused', () => {
  assert.notEqual(keyOf('a', 'b","c'), keyOf('a","b', 'c'))
  assert.equal(keyOf('g', 'n'), '["g","n"]')
  assert.equal(partitionOf(keyOf('g', 'n'), 128), partitionOf('["g","n"]', 128))
})
