/** The instances of a partition, as the records of the topic of descriptions tell them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from '../../../src/cluster/description.ts'
import { newInstance, OwnedPartition } from '../../../src/cluster/instances.ts'

test('a partition has the last description of each instance', () => {
  const partition = new OwnedPartition(0)
  partition.onRecord('a', '1')
  partition.onRecord('b', '1')
  partition.onRecord('a', '2')
  partition.onRecord('b', null)
  assert.deepEqual([...partition.instances.keys()], ['a'])
  assert.equal(partition.instances.get('a')?.text, '2')
})

test('records that this process has written change nothing when they are read', () => {
  const partition = new OwnedPartition(0)
  const instance = newInstance('a', 0, '2')
  partition.onWrite('a', '1')
  partition.onWrite('a', '2')
  partition.instances.set('a', instance)
  assert.equal(partition.onRecord('a', '1'), undefined)
  assert.equal(partition.onRecord('a', '2'), undefined)
  assert.equal(partition.instances.get('a'), instance)
})

test('the deletion of an instance does not reach the one that was created after it', () => {
  const partition = new OwnedPartition(0)
  partition.onWrite('a', null)
  const instance = newInstance('a', 0, '1')
  partition.onWrite('a', '1')
  partition.instances.set('a', instance)
  partition.onRecord('a', null)
  partition.onRecord('a', '1')
  assert.equal(partition.instances.get('a'), instance)
})

test('records of another process have the last word', () => {
  const partition = new OwnedPartition(0)
  const instance = newInstance('a', 0, '1')
  partition.instances.set('a', instance)
  assert.equal(partition.onRecord('a', '2'), instance)
  assert.equal(partition.instances.get('a')?.text, '2')
  assert.equal(partition.onRecord('a', null)?.text, '2')
  assert.equal(partition.instances.size, 0)
})

test('a write that failed is not awaited', () => {
  const partition = new OwnedPartition(0)
  partition.instances.set('a', newInstance('a', 0, '1'))
  partition.onWrite('a', '2')
  partition.onFailedWrite('a', '2')
  assert.equal(partition.onRecord('a', '2')?.text, '1')
})

test('a change of the phase wakes all that wait for it', async () => {
  const partition = new OwnedPartition(0)
  const waits = [partition.changed(), partition.changed()]
  partition.phase = 'owned'
  await Promise.all(waits)
})

test('a description is read by its own key only, and in its own version', () => {
  const description = { group: 'g', name: 'n', settings: { format: 'json' as const } }
  const text = encode({ ...description, interest: { pattern: 'a.*' } })
  assert.deepEqual(decode('["g","n"]', text), { ...description, interest: { pattern: 'a.*' } })
  assert.equal(decode('["g","other"]', text), undefined)
  assert.equal(decode('["g","n"]', text.replace('"version":1', '"version":2')), undefined)
  assert.equal(decode('["g","n"]', 'no JSON'), undefined)
})
