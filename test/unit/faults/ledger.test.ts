/** The oracle of the fault lanes sees each kind of broken promise, and none where all were kept. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breachesOf } from '../../faults/finding.ts'
import { type KnownRecord, Ledger, type Verdict } from '../../faults/ledger.ts'

/** Three records of one client, in one partition. */
const RECORDS: readonly KnownRecord[] = [0, 1, 2].map((value) => ({
  key: 'client',
  value,
  partition: 0,
  offset: value,
}))
const [FIRST, SECOND, THIRD] = RECORDS as [KnownRecord, KnownRecord, KnownRecord]

const KEPT: Verdict = {
  acknowledged: 3,
  refused: 0,
  deliveries: 3,
  missing: 0,
  duplicated: 0,
  outOfOrder: 0,
  undelivered: 0,
  deliveredAfterCommit: 0,
  disorderedResponses: 0,
}

/** A ledger that was told of all records' acknowledgements. */
function acknowledged(): Ledger {
  const ledger = new Ledger()
  for (const record of RECORDS) ledger.acknowledge(record)
  return ledger
}

/** The breaches of a verdict without hangs and wedged calls. */
function breaches(verdict: Verdict): string[] {
  const rest = { scenario: '', faults: 0, seconds: 0, commits: 0, longestCallMs: 0, refusals: {} }
  return breachesOf({
    ...rest,
    refusedNeedlessly: 0,
    failedCalls: 0,
    hangs: 0,
    stalls: 0,
    wedged: 0,
    ...verdict,
  })
}

test('records that are acknowledged, stored and delivered once break no promise', () => {
  const ledger = acknowledged()
  ledger.deliver(RECORDS)
  const verdict = ledger.judge(RECORDS)
  assert.deepEqual(verdict, KEPT)
  assert.deepEqual(breaches(verdict), [])
})

test('a read that began before a commit was answered may return what it covers, and a later one may not', () => {
  const ledger = acknowledged()
  const before = ledger.committed
  ledger.commit(new Map([[0, 2]]))
  ledger.deliver(RECORDS, before)
  assert.equal(ledger.judge(RECORDS).deliveredAfterCommit, 0)
  ledger.deliver(RECORDS, ledger.committed)
  assert.equal(ledger.judge(RECORDS).deliveredAfterCommit, 2)
})

test('an acknowledged record that is not in the topic is missing', () => {
  const ledger = acknowledged()
  ledger.deliver(RECORDS)
  const verdict = ledger.judge([FIRST, THIRD])
  assert.deepEqual(verdict, { ...KEPT, missing: 1 })
  assert.deepEqual(breaches(verdict), ['1 acknowledged and not in the topic'])
})

test('an acknowledged record that is at another place than its answer said is missing', () => {
  const ledger = acknowledged()
  ledger.deliver(RECORDS)
  const swapped = [FIRST, { ...THIRD, offset: 1 }, { ...SECOND, offset: 2 }]
  const { missing, outOfOrder } = ledger.judge(swapped)
  assert.deepEqual({ missing, outOfOrder }, { missing: 2, outOfOrder: 1 })
})

test('an acknowledged record that is in the topic twice is duplicated', () => {
  const ledger = acknowledged()
  ledger.deliver(RECORDS)
  const verdict = ledger.judge([...RECORDS, { ...THIRD, offset: 3 }])
  assert.deepEqual(verdict, { ...KEPT, duplicated: 1 })
})

test('a record that was refused may be in the topic, or not', () => {
  const ledger = acknowledged()
  ledger.refuse(1)
  ledger.deliver(RECORDS)
  const unknown = { ...THIRD, value: 3, offset: 3 }
  assert.deepEqual(ledger.judge([...RECORDS, unknown]), { ...KEPT, refused: 1 })
})

test('an acknowledged record that no read returned is undelivered', () => {
  const ledger = acknowledged()
  ledger.deliver([FIRST, THIRD])
  assert.equal(ledger.undelivered, 1)
  assert.equal(ledger.judge(RECORDS).undelivered, 1)
})

test('a repetition is a breach only behind the commit that covered it', () => {
  const ledger = acknowledged()
  ledger.deliver(RECORDS)
  ledger.deliver([FIRST])
  assert.equal(ledger.judge(RECORDS).deliveredAfterCommit, 0)
  ledger.commit(new Map([[0, 2]]))
  ledger.deliver(RECORDS)
  assert.equal(ledger.judge(RECORDS).deliveredAfterCommit, 2)
})

test('a commit that comes late does not take back one that reached further', () => {
  const ledger = acknowledged()
  ledger.commit(new Map([[0, 3]]))
  ledger.commit(new Map([[0, 1]]))
  ledger.deliver(RECORDS)
  assert.equal(ledger.judge(RECORDS).deliveredAfterCommit, 3)
})

test('offsets that fall or repeat within one response are a breach', () => {
  const ledger = acknowledged()
  ledger.deliver([SECOND, FIRST, THIRD, THIRD])
  assert.equal(ledger.judge(RECORDS).disorderedResponses, 2)
})

test('a place that is acknowledged for two records ends the run', () => {
  const ledger = acknowledged()
  assert.throws(() => ledger.acknowledge({ ...FIRST, value: 7 }), /0:0 was acknowledged twice/)
})
