/** Room for the schemas that requests bring. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SchemaRoom } from '../../../src/serde/limits/schema-room.ts'

const LONG_MS = 600_000
const MAX_BYTES = 100

function late(): Error {
  return new Error('late')
}

/** Requests by the names of their schemas, in the order in which they got room. */
function roomOf() {
  const room = new SchemaRoom(MAX_BYTES)
  const entered: string[] = []
  const leaves = new Map<string, () => void>()
  const reads: string[] = []
  const enter = async (name: string, bytes: number, timeoutMs = LONG_MS) => {
    const read = () => {
      reads.push(name)
      return [{ name, bytes }]
    }
    const leave = await room.enter(read, timeoutMs, late)
    entered.push(name)
    leaves.set(name, leave)
  }
  return { enter, entered, leave: (name: string) => leaves.get(name)?.(), reads, room }
}

test('requests wait for room in their order, also small ones behind a large one', async () => {
  const { enter, entered, leave } = roomOf()
  void enter('a', 60)
  void enter('b', 60)
  void enter('c', 10)
  await nextTurn()
  assert.deepEqual(entered, ['a'])
  leave('a')
  await nextTurn()
  assert.deepEqual(entered, ['a', 'b', 'c'])
})

test('requests with the same schema share its room, and do not wait for others', async () => {
  const { enter, entered, leave } = roomOf()
  void enter('a', 60)
  void enter('b', 60)
  void enter('a', 60)
  await nextTurn()
  assert.deepEqual(entered, ['a', 'a'])
  leave('a')
  await nextTurn()
  assert.deepEqual(entered, ['a', 'a'])
  leave('a')
  await nextTurn()
  assert.deepEqual(entered, ['a', 'a', 'b'])
})

test('a schema that is larger than all room gets it when no other has any', async () => {
  const { enter, entered, leave } = roomOf()
  void enter('a', 10)
  void enter('b', 1000)
  await nextTurn()
  assert.deepEqual(entered, ['a'])
  leave('a')
  await nextTurn()
  assert.deepEqual(entered, ['a', 'b'])
})

test('each request has texts of its own, which need room', async () => {
  const { enter, entered, leave } = roomOf()
  const name = 'a'.repeat(20)
  void enter(name, 1)
  void enter(name, 1)
  await nextTurn()
  assert.equal(entered.length, 1)
  leave(name)
  await nextTurn()
  assert.equal(entered.length, 2)
})

test('a request that waits for too long is an error, and the next one has its turn', async () => {
  const { enter, entered, reads } = roomOf()
  void enter('a', 60)
  const tooLarge = assert.rejects(enter('b', 60, 1), /late/)
  void enter('c', 10)
  await tooLarge
  await nextTurn()
  assert.deepEqual(entered, ['a', 'c'])
  // A request that waits is read when there may be room only.
  assert.equal(reads.filter((name) => name === 'b').length, 1)
})

test('a request without schemas has room always', async () => {
  const { enter, leave, room } = roomOf()
  void enter('a', 2 * MAX_BYTES)
  const other = enter('b', MAX_BYTES)
  const leaveWithout = await room.enter(() => [], LONG_MS, late)
  leaveWithout()
  leave('a')
  await other
})
