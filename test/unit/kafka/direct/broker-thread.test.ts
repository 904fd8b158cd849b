/** The thread of calls to brokers: its start and its end, and what calls get that it does not answer. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { BrokerThread } from '../../../../src/kafka/direct/broker-thread.ts'
import { until } from '../../../integration/until.ts'

const FILE = new URL('./troubled-thread.ts', import.meta.url)
const LONG_MS = 600_000
/** A call that is never answered would hang a test. */
const LIMITED = { timeout: 90_000 }

interface Told {
  readonly thread: number
  readonly timeoutMs: number
  readonly caller: string
  readonly token: string
}

let failures: string[] = []
afterEach(() => {
  failures = []
})

function threadOf(idleMs = LONG_MS): BrokerThread {
  const error = ({ err }: { err: Error }) => void failures.push(err.message)
  return new BrokerThread({ error } as never, { file: FILE, idleMs })
}

function call(thread: BrokerThread, deed: string, caller = 'a', timeoutMs = LONG_MS) {
  const topics = [{ name: deed, partitions: [] }]
  const settings = { properties: [], token: 'a-token', caller, timeoutMs, brokers: [] }
  return thread.callBrokers({ kind: 'listReassignments', topics }, settings)
}

const tell = (thread: BrokerThread, caller?: string) =>
  call(thread, 'tell', caller) as unknown as Promise<Told>

const broken = (error: { name: string; message: string }) => {
  assert.equal(error.name, 'KAFKA_RETRIABLE_ERROR')
  assert.match(error.message, /has ended.*not known/)
  return true
}

test('no thread runs before the first call, and one serves all calls', LIMITED, async () => {
  const thread = threadOf()
  assert.equal(thread.isRunning, false)
  const [first, second] = await Promise.all([tell(thread), tell(thread, 'b')])
  assert.equal(thread.isRunning, true)
  assert.equal(first.thread, second.thread)
  assert.equal((await tell(thread)).thread, first.thread)
  assert.deepEqual([first.caller, second.caller, first.token], ['a', 'b', 'a-token'])
})

test(
  'the thread has less time than the call, so that its answer comes in time',
  LIMITED,
  async () => {
    const { timeoutMs } = await tell(threadOf())
    assert.ok(timeoutMs < LONG_MS)
    assert.ok(timeoutMs > LONG_MS / 2)
  },
)

test('an error of the thread has its name and its text', LIMITED, async () => {
  const expected = { name: 'KAFKA_AUTHORIZATION', message: 'Not for you.' }
  await assert.rejects(call(threadOf(), 'refuse'), expected)
})

for (const [deed, failure] of [
  ['exit', /code 3/],
  ['throw', /a defect in an event/],
  ['eat', /memory/],
] as const) {
  test(
    `calls fail when the thread ends by "${deed}", and the next one starts another`,
    LIMITED,
    async () => {
      const thread = threadOf()
      const { thread: before } = await tell(thread)
      const waiting = assert.rejects(call(thread, 'wait', 'b'), broken)
      await assert.rejects(call(thread, deed), broken)
      await waiting
      assert.match(failures.join(), failure)
      assert.equal(failures.length, 1)
      assert.notEqual((await tell(thread)).thread, before)
    },
  )
}

test(
  'a thread that hangs costs the deadline, and the next call starts another',
  LIMITED,
  async () => {
    const thread = threadOf()
    const { thread: before } = await tell(thread)
    const waiting = assert.rejects(call(thread, 'wait', 'b'), broken)
    await assert.rejects(call(thread, 'hang', 'a', 500), {
      name: 'KAFKA_RETRIABLE_ERROR',
      message: /timed out/i,
    })
    await waiting
    assert.deepEqual(failures, ['It answers no calls.'])
    assert.notEqual((await tell(thread)).thread, before)
  },
)

test(
  'a call that is not answered in time leaves a thread alone that answers others',
  LIMITED,
  async () => {
    const thread = threadOf()
    const { thread: before } = await tell(thread)
    let isOver = false
    const late = assert
      .rejects(call(thread, 'wait', 'a', 2_000), { message: /timed out/i })
      .finally(() => {
        isOver = true
      })
    while (!isOver) assert.equal((await tell(thread, 'b')).thread, before)
    await late
    assert.deepEqual(failures, [])
    assert.equal((await tell(thread)).thread, before)
  },
)

test('a thread without calls ends, and the next call starts another', LIMITED, async () => {
  const thread = threadOf(50)
  const { thread: before } = await tell(thread)
  await until('the end', () => !thread.isRunning)
  assert.notEqual((await tell(thread)).thread, before)
  assert.deepEqual(failures, [])
})

test('a thread with a call does not end', LIMITED, async () => {
  const thread = threadOf(10)
  await assert.rejects(call(thread, 'wait', 'a', 1_000), { message: /timed out/i })
})

test(
  'one caller does not take all places, and each ended call gives its place back',
  LIMITED,
  async () => {
    const thread = threadOf()
    const ended = assert.rejects(
      Promise.all(Array.from({ length: 32 }, () => call(thread, 'wait', 'greedy'))),
      broken,
    )
    await assert.rejects(call(thread, 'wait', 'greedy'), { name: 'TOO_MANY_REQUESTS', status: 429 })
    assert.equal((await tell(thread, 'other')).caller, 'other')
    await assert.rejects(call(thread, 'exit', 'other'), broken)
    await ended
    assert.equal((await tell(thread, 'greedy')).caller, 'greedy')
  },
)
