/** Work on schemas as watchers see it, and schemas that are refused for a while. */
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { Busy } from '../../../src/serde/limits/busy.ts'
import { DeadlineError } from '../../../src/serde/limits/deadline.ts'
import { RefusedSchemas } from '../../../src/serde/limits/refused-schemas.ts'
import { markOf } from '../../../src/serde/schema-mark.ts'

afterEach(() => mock.restoreAll())

const AVRO = { type: 'AVRO', text: '"int"', references: [] } as const
const mark = markOf(AVRO)

test('a mark is that of the content of a schema', () => {
  assert.deepEqual(markOf({ ...AVRO }), mark)
  for (const other of [
    { ...AVRO, type: 'JSON' as const },
    { ...AVRO, text: '"long"' },
    { ...AVRO, references: [{ name: 'a', text: '"int"' }] },
  ]) {
    assert.notDeepEqual(markOf(other), mark)
  }
  const references = (a: string, b: string) =>
    markOf({ ...AVRO, references: [{ name: a, text: b }] })
  assert.notDeepEqual(references('ab', 'c'), references('a', 'bc'))
})

test('a watcher sees the work of another thread, its schema and its job', () => {
  const busy = new Busy()
  const watcher = new Busy(busy.memory)
  assert.equal(watcher.read().lasts, false)
  busy.begin()
  assert.deepEqual([watcher.read().lasts, watcher.read().mark], [true, undefined])
  busy.use(mark, 7)
  const { number, mark: seen, job } = watcher.read()
  assert.deepEqual([seen, job], [mark, 7])
  busy.end()
  assert.equal(watcher.read().lasts, false)
  busy.begin()
  assert.notEqual(watcher.read().number, number)
  assert.deepEqual([watcher.read().mark, watcher.read().job], [undefined, undefined])
})

test('to compile is the work of no job', () => {
  const busy = new Busy()
  busy.compile(mark, () => {
    const { lasts, mark: seen, job } = busy.read()
    assert.deepEqual([lasts, seen, job], [true, mark, undefined])
  })
  assert.equal(busy.read().lasts, false)
  assert.throws(() =>
    busy.compile(mark, () => {
      throw new Error('a bug')
    }),
  )
  assert.equal(busy.read().lasts, false)
  assert.ok(busy.workedMs > 0)
})

test('a schema is refused for a minute, in all threads, with the limits in the message', () => {
  const refused = new RefusedSchemas(1234)
  const elsewhere = new RefusedSchemas(1234, refused.memory)
  elsewhere.check(mark)
  refused.add(mark)
  assert.throws(
    () => elsewhere.check(mark),
    (error) =>
      error instanceof DeadlineError &&
      /sluice\.schema\.work\.max\.ms=1234 .* is refused for another \d+ s$/.test(error.message),
  )
  elsewhere.check({ ...mark, low: mark.low + 1 })
  elsewhere.check({ ...mark, high: mark.high + 1 })
  const [seconds, nanos] = process.hrtime()
  mock.method(process, 'hrtime', () => [seconds + 61, nanos])
  elsewhere.check(mark)
})

test('of more schemas than there are places the oldest are forgotten', () => {
  const refused = new RefusedSchemas(1000)
  for (let low = 0; low < 300; low++) refused.add({ high: 0, low })
  refused.check({ high: 0, low: 43 })
  for (const low of [44, 255, 256, 299]) {
    assert.throws(() => refused.check({ high: 0, low }), DeadlineError)
  }
})
