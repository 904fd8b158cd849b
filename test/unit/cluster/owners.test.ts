/** The owners of partitions, as the group tells them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { Owners } from '../../../src/cluster/owners.ts'
import type { ClusterSettings } from '../../../src/config/index.ts'
import type { Admin } from '../../../src/kafka/admin.ts'
import type { Logger } from '../../../src/log.ts'

type Assignment = Record<string, number[]>

const SETTINGS = {
  group: 'g',
  topic: 't',
  url: 'own',
  sessionTimeoutMs: 10_000,
} as ClusterSettings
const LOG = { info() {}, error() {} } as unknown as Logger

/** Owners whose group answers with these assignments, one after another, and then not any more. */
function ownersOf(...answers: Assignment[]): Owners {
  const admin = {
    async describeGroup() {
      const answer = answers.shift()
      if (!answer) throw new Error('no answer')
      return Object.entries(answer).map(([client_id, partitions]) => ({ client_id, partitions }))
    },
  } as unknown as Admin
  return new Owners(SETTINGS, admin, LOG)
}

test('the last owner of a partition is known while the group names none', async () => {
  const owners = ownersOf({ a: [0, 1], b: [2] }, { a: [0], b: [2] }, { a: [0], b: [1, 2] })
  await owners.refresh()
  assert.deepEqual([owners.of(1), owners.lastOf(1), owners.count], ['a', 'a', 2])
  await owners.refresh()
  assert.deepEqual([owners.of(1), owners.lastOf(1)], [undefined, 'a'])
  await owners.refresh()
  assert.deepEqual([owners.of(1), owners.lastOf(1)], ['b', 'b'])
})

test('a partition that this process has given up has no other last owner', async () => {
  const owners = ownersOf({ a: [0] })
  await owners.refresh()
  owners.forget(0)
  assert.deepEqual([owners.of(0), owners.lastOf(0)], [undefined, 'own'])
})

test('without an answer the last known owners count', async () => {
  const owners = ownersOf({ a: [0] })
  assert.equal(await owners.refresh(), true)
  assert.equal(await owners.refresh(), false)
  assert.deepEqual([owners.of(0), owners.isReachable], ['a', false])
})

test('what is learnt before the start stays known while partitions move', async () => {
  const owners = ownersOf({ a: [0, 1] }, { a: [], own: [] })
  await owners.learn()
  await owners.refresh()
  assert.deepEqual([owners.of(0), owners.lastOf(0)], [undefined, 'a'])
  await assert.rejects(owners.learn(), /no answer/)
})

test('guesses are the other processes in turns', async () => {
  const owners = ownersOf({ a: [], own: [], b: [] })
  assert.equal(owners.guess(), undefined)
  await owners.refresh()
  const guesses = Array.from({ length: 4 }, () => owners.guess())
  assert.deepEqual(guesses.slice(0, 2).toSorted(), ['a', 'b'])
  assert.deepEqual(guesses.slice(2), guesses.slice(0, 2))
})

test('a confirmation is the answer to a question that was asked after it was wanted', async () => {
  const answers: ((url: string) => void)[] = []
  const admin = {
    describeGroup: () =>
      new Promise((resolve) => {
        answers.push((client_id) => resolve([{ client_id, partitions: [0] }]))
      }),
  } as unknown as Admin
  const owners = new Owners(SETTINGS, admin, LOG)
  const earlier = owners.refresh()
  const confirmed = owners.confirm()
  // The process is stopped here for a while, and another one takes its partitions over.
  answers.shift()?.('own')
  await earlier
  assert.equal(owners.of(0), 'own')
  await nextTurn()
  answers.shift()?.('other')
  assert.equal(await confirmed, true)
  assert.equal(owners.of(0), 'other')
})

test('an answer that took as long as a session confirms nothing', async () => {
  const owners = new Owners(
    { ...SETTINGS, sessionTimeoutMs: 20 },
    {
      async describeGroup() {
        await sleep(40)
        return [{ client_id: 'own', partitions: [0] }]
      },
    } as unknown as Admin,
    LOG,
  )
  assert.equal(await owners.confirm(), false)
})
