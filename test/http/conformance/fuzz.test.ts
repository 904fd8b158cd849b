/** No mutant of the cases crashes or hangs the server, or is read as more requests than Node's parser reads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './fuzz.ts'
import { Mutants } from './mutants.ts'

const SEED = 1
const MUTANTS = 5000

test('mutants are read as Node.js reads them, or refused', async () => {
  const { mutants, requests, findings } = await fuzz(SEED, (sent) => sent >= MUTANTS)
  assert.deepEqual(findings, [])
  assert.equal(mutants, MUTANTS)
  assert.ok(requests > MUTANTS / 10, `${requests} requests`)
})

test('a seed tells the mutants', () => {
  const first = new Mutants(SEED)
  const again = new Mutants(SEED)
  const other = new Mutants(SEED + 1)
  const next = (mutants: Mutants) => Array.from({ length: 10 }, () => mutants.next())
  const mutants = next(first)
  assert.deepEqual(next(again), mutants)
  assert.notDeepEqual(next(other), mutants)
})
