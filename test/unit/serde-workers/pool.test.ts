/** Jobs of an event loop, and workers that start, answer and end. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { RestError } from '../../../src/errors.ts'
import { mailbox, native, type Reply, type Waiter } from '../../../src/kafka/native.ts'
import { DecodedRead } from '../../../src/serde-workers/decoded-read.ts'
import { AnsweredJob, MAX_ATTEMPTS, WorkerPool } from '../../../src/serde-workers/pool.ts'
import { ANSWERS, JOBS, NOTES, PARTS, refusalText } from '../../../src/serde-workers/protocol.ts'
import { WorkerLoads } from '../../../src/serde-workers/worker-loads.ts'
import { inKafka } from '../serde/fake-schemas.ts'
import { arrayOf } from '../serde/frame-writer.ts'

/** What the engine was told: jobs by their ids, and notes. */
interface PostedJob {
  readonly worker: number
  readonly waiter: Waiter
  readonly ticket: number
}
let jobs: PostedJob[]
let notes: number[][]
let closed: number[]
let released: number[]
/** Workers whose mailboxes are closed. */
let gone: Set<number>
/** The starts of workers that other event loops have started again. */
let running: Map<number, number>

beforeEach(() => {
  jobs = []
  notes = []
  closed = []
  released = []
  gone = new Set()
  running = new Map()
  const waiters: Waiter[] = []
  mock.method(mailbox, 'open', (waiter: Waiter) => waiters.push(waiter) - 1)
  mock.method(mailbox, 'close', (ticket: number) => closed.push(ticket))
  mock.method(
    native,
    'startJob',
    (worker: number, start: number, _kind: number, _text: string, ticket: number) => {
      if (gone.has(worker) || start < (running.get(worker) ?? 0)) return 0
      return jobs.push({ worker, ticket, waiter: waiters[ticket] as Waiter })
    },
  )
  mock.method(native, 'tellJob', (...args: number[]) => notes.push(args))
  mock.method(native, 'releaseChunk', (chunk: number) => released.push(chunk))
  mock.method(native, 'awaitMessages', (ticket: number) => {
    waiters[ticket]?.onReply({ text: '', code: 0, count: 0 })
  })
})

afterEach(() => mock.restoreAll())

/** A pool whose workers start when they are told to. */
function poolOf(workers: number) {
  const starts: { resolve(start: number): void; reject(error: Error): void }[] = []
  const loads = new WorkerLoads(workers)
  const pool = new WorkerPool(loads, {
    startSchemaWorker: () =>
      new Promise((resolve, reject) => {
        starts.push({ resolve, reject })
      }),
  })
  return { pool, loads, starts }
}

/** The same, with all workers started once. */
async function startedPool(workers = 1) {
  const { pool, loads, starts } = poolOf(workers)
  for (let route = 0; route < workers; route++) {
    void AnsweredJob.post(pool, { ...JOB, route })
    starts[route]?.resolve(1)
    await nextTurn()
    answer(route)
  }
  jobs = []
  return { pool, loads, starts }
}

const JOB = { kind: JOBS.encode, text: '', records: undefined, route: 0 }
const DONE: Reply = { text: '', code: ANSWERS.done, count: 0 }

function answer(job: number, reply = DONE): void {
  jobs[job]?.waiter.onReply(reply)
}

test('jobs wait for the start of their worker, which is started once', async () => {
  const { pool, loads, starts } = poolOf(1)
  const answers = [AnsweredJob.post(pool, JOB), AnsweredJob.post(pool, JOB)]
  assert.deepEqual([starts.length, jobs.length], [1, 0])
  starts[0]?.resolve(1)
  await nextTurn()
  assert.deepEqual([jobs.length, loads.total], [2, 2])
  answer(0)
  answer(1, { text: 'x', code: 5, count: 6 })
  assert.deepEqual(
    (await Promise.all(answers)).map(({ code }) => code),
    [0, 5],
  )
  assert.equal(loads.total, 0)
})

test('a schema has a worker, until that one has much more to do than another', async () => {
  const { pool } = await startedPool(3)
  for (let count = 0; count < 20; count++) void AnsweredJob.post(pool, { ...JOB, route: 4 })
  const workers = jobs.map(({ worker }) => worker)
  assert.deepEqual(workers.slice(0, 8), new Array(8).fill(1))
  assert.deepEqual([...new Set(workers)].sort(), [0, 1, 2])
})

test('a refusal is the error of its job, by its name', async () => {
  const { pool } = await startedPool()
  const refused = AnsweredJob.post(pool, JOB)
  const text = refusalText(new RestError('OUT_OF_TIME', 'no'))
  answer(0, { text, code: ANSWERS.refused, count: 0 })
  await assert.rejects(refused, { name: 'OUT_OF_TIME', message: 'no' })
  const defect = AnsweredJob.post(pool, JOB)
  answer(1, { text: 'a bug', code: ANSWERS.defect, count: 0 })
  await assert.rejects(defect, /a bug/)
})

test('the jobs of a worker that has ended are done again, some times', async () => {
  const { pool, loads, starts } = await startedPool()
  const failed = assert.rejects(AnsweredJob.post(pool, JOB), { name: 'OUT_OF_TIME' })
  for (let start = 1; start <= MAX_ATTEMPTS; start++) {
    await pool.onWorkerEnded(0, start, undefined)
    starts.at(-1)?.resolve(start + 1)
    await nextTurn()
  }
  await failed
  assert.deepEqual([jobs.length, closed.length, loads.total], [MAX_ATTEMPTS, MAX_ATTEMPTS, 0])
})

const TOO_LONG = { job: 1, isCertain: true }
/** The first job was at work when the heap was full. */
const OUT_OF_MEMORY = { job: 1, isCertain: false }

test('the job that has ended its worker is an error, and others go to another worker', async () => {
  const { pool, loads } = await startedPool(2)
  const cause = assert.rejects(AnsweredJob.post(pool, JOB), /sluice\.schema\.work\.max\.ms/)
  const other = AnsweredJob.post(pool, JOB)
  await pool.onWorkerEnded(0, 1, TOO_LONG)
  await cause
  assert.deepEqual(
    jobs.map(({ worker }) => worker),
    [0, 0, 1],
  )
  answer(2)
  await other
  assert.equal(loads.total, 0)
})

test('a job that was at work when the heap was full is done once more, and others wait for it', async () => {
  const { pool, starts, loads } = await startedPool()
  const suspect = AnsweredJob.post(pool, JOB)
  const others = [AnsweredJob.post(pool, JOB), AnsweredJob.post(pool, JOB)]
  const ending = pool.onWorkerEnded(0, 1, OUT_OF_MEMORY)
  others.push(AnsweredJob.post(pool, JOB))
  await ending
  starts.at(-1)?.resolve(2)
  await nextTurn()
  assert.equal(jobs.length, 4)
  answer(3)
  await suspect
  assert.equal(jobs.length, 7)
  for (const job of [4, 5, 6]) answer(job)
  await Promise.all(others)
  assert.equal(loads.total, 0)
})

test('if it ends its worker again it is an error, and the others are done', async () => {
  const { pool, starts, loads } = await startedPool()
  const suspect = assert.rejects(AnsweredJob.post(pool, JOB), /sluice\.schema\.heap\.max\.bytes/)
  const other = AnsweredJob.post(pool, JOB)
  await pool.onWorkerEnded(0, 1, OUT_OF_MEMORY)
  starts.at(-1)?.resolve(2)
  await nextTurn()
  await pool.onWorkerEnded(0, 2, { job: 3, isCertain: false })
  await suspect
  starts.at(-1)?.resolve(3)
  await nextTurn()
  assert.equal(jobs.length, 4)
  answer(3)
  await other
  assert.equal(loads.total, 0)
})

test('a job that is done alone does not hold others when its worker does not start', async () => {
  const { pool, starts } = await startedPool()
  const all = [AnsweredJob.post(pool, JOB), AnsweredJob.post(pool, JOB)]
  await pool.onWorkerEnded(0, 1, OUT_OF_MEMORY)
  starts.at(-1)?.reject(new Error('no thread'))
  await nextTurn()
  starts.at(-1)?.resolve(2)
  await nextTurn()
  assert.equal(jobs.length, 4)
  answer(2)
  answer(3)
  await Promise.all(all)
})

test('jobs that find their worker ending wait for its end, which is none of their attempts', async () => {
  const { pool, starts } = await startedPool()
  gone.add(0)
  const waiting = [AnsweredJob.post(pool, JOB), AnsweredJob.post(pool, JOB)]
  await nextTurn()
  assert.deepEqual([jobs.length, starts.length], [0, 1])
  gone.delete(0)
  await pool.onWorkerEnded(0, 1, undefined)
  starts.at(-1)?.resolve(2)
  await nextTurn()
  answer(0)
  answer(1)
  await Promise.all(waiting)
})

test('a job that is done alone and finds its worker ending again is done at the next one', async () => {
  const { pool, starts, loads } = await startedPool()
  const all = [AnsweredJob.post(pool, JOB), AnsweredJob.post(pool, JOB)]
  await pool.onWorkerEnded(0, 1, OUT_OF_MEMORY)
  // Another event loop has started it, and one of its jobs ends it.
  gone.add(0)
  starts.at(-1)?.resolve(2)
  await nextTurn()
  gone.delete(0)
  await pool.onWorkerEnded(0, 2, undefined)
  starts.at(-1)?.resolve(3)
  await nextTurn()
  assert.equal(jobs.length, 3)
  answer(2)
  assert.equal(jobs.length, 4)
  answer(3)
  await Promise.all(all)
  assert.equal(loads.total, 0)
})

test('a job is not posted to a later start of its worker before the end of the earlier one is told', async () => {
  const { pool, starts, loads } = await startedPool()
  running.set(0, 2)
  const job = AnsweredJob.post(pool, JOB)
  assert.deepEqual([jobs.length, starts.length], [0, 1])
  await pool.onWorkerEnded(0, 1, undefined)
  starts.at(-1)?.resolve(2)
  await nextTurn()
  assert.deepEqual([jobs.length, closed.length], [1, 1])
  answer(0)
  await job
  assert.equal(loads.total, 0)
})

test('the end of an earlier start is none of a later one', async () => {
  const { pool, starts } = await startedPool()
  await pool.onWorkerEnded(0, 1, undefined)
  const job = AnsweredJob.post(pool, JOB)
  starts.at(-1)?.resolve(2)
  await nextTurn()
  await pool.onWorkerEnded(0, 1, undefined)
  assert.equal(jobs.length, 1)
  answer(0)
  await job
})

test('a worker that does not start, or is gone, is tried again, and then is an error', async () => {
  const { pool, starts } = poolOf(1)
  const failed = assert.rejects(AnsweredJob.post(pool, JOB), { name: 'OUT_OF_TIME' })
  gone.add(0)
  starts[0]?.resolve(1)
  await nextTurn()
  await pool.onWorkerEnded(0, 1, undefined)
  for (let index = 1; index <= MAX_ATTEMPTS; index++) {
    starts[index]?.reject(new Error('no thread'))
    await nextTurn()
  }
  await failed
})

/** A read with its response, and what became of both. */
async function readOf(workers = 1) {
  const { pool, starts } = await startedPool(workers)
  const log: string[] = []
  const taken: (() => void)[] = []
  const read = new DecodedRead(
    pool,
    {
      send: (bytes, done) => {
        log.push(`send ${Buffer.from(bytes)}`)
        taken.push(done)
      },
      finish: (bytes, done) => {
        log.push(`finish ${Buffer.from(bytes)}`)
        taken.push(done)
      },
      fail: (error) => log.push(`fail ${error.name}`),
    },
    'a job',
    (error) => log.push(`defect ${error.message}`),
  )
  read.source = {
    endAt: (next) => log.push(`end at ${JSON.stringify(next)}`),
    abandon: () => log.push('abandon'),
  }
  return { pool, starts, read, log, taken }
}

const FRAMES = arrayOf([
  { topic: 't', partition: 0, offset: 0, key: undefined, value: inKafka(1, '1') },
])
const POSITION = [{ topic: 't', partition: 0, offset: 1 }]
const json = (text: string) => Buffer.from(text)

function positions(job: number, chunks = 1): void {
  jobs[job]?.waiter.onPart?.(PARTS.positions, json(JSON.stringify(POSITION)), chunks)
}

function chunk(job: number, index: number, text: string, isLast = false): void {
  jobs[job]?.waiter.onChunk?.(index, json(text), isLast, 1)
}

test('frames go to a worker, JSON to the response, and the engine learns the delivery', async () => {
  const { read, log, taken } = await readOf()
  read.send(FRAMES, () => log.push('frames 4'), 1, 4)
  read.finish(FRAMES, () => log.push('frames 5'), 1, 5)
  assert.deepEqual(
    notes.map(([, , kind, ...rest]) => [kind, ...rest]),
    [
      [NOTES.frames, 4, FRAMES.length, 0],
      [NOTES.frames, 5, FRAMES.length, 1],
    ],
  )
  positions(0)
  chunk(0, 20, '[1')
  jobs[0]?.waiter.onPart?.(PARTS.framesUsed, json(''), 0)
  taken[0]?.()
  positions(0)
  chunk(0, 21, ',2]', true)
  answer(0)
  assert.deepEqual(log, ['send [1', 'frames 4', 'finish ,2]'])
  taken[1]?.()
  assert.deepEqual(log.slice(3), ['frames 5'])
  assert.deepEqual(released, [20, 21])
})

test('a response that ends early tells where the next one begins', async () => {
  const { read, log, taken } = await readOf()
  read.finish(FRAMES, () => log.push('frames'), 1, 4)
  positions(0)
  jobs[0]?.waiter.onPart?.(PARTS.endsEarly, json(''), 0)
  chunk(0, 20, '[1]', true)
  answer(0)
  taken[0]?.()
  assert.deepEqual(log, ['finish [1]', `end at ${JSON.stringify(POSITION)}`])
})

test('the records of a client that has left go back when the worker does not use their memory', async () => {
  const { read, log } = await readOf()
  read.send(FRAMES, () => {}, 1, 4)
  positions(0)
  chunk(0, 20, '[1')
  read.abandon()
  assert.deepEqual([log, released], [['send [1'], [20]])
  assert.equal(notes.at(-1)?.[2], NOTES.stop)
  chunk(0, 21, ',2')
  answer(0)
  assert.deepEqual([log.at(-1), released], ['abandon', [20, 21]])
})

test('a read whose worker ends begins anew while nothing of it was sent', async () => {
  const { pool, starts, read, log, taken } = await readOf()
  read.finish(FRAMES, () => log.push('frames'), 1, 4)
  await pool.onWorkerEnded(0, 1, undefined)
  starts.at(-1)?.resolve(2)
  await nextTurn()
  assert.deepEqual(
    notes.map(([, , kind, chunkOf]) => [kind, chunkOf]),
    [
      [NOTES.frames, 4],
      [NOTES.frames, 4],
    ],
  )
  positions(1)
  chunk(1, 20, '[1]', true)
  answer(1)
  taken[0]?.()
  assert.deepEqual(log, ['finish [1]', 'frames'])
})

test('a read that was at work when the heap was full begins anew once', async () => {
  const { pool, starts, read, log } = await readOf()
  read.finish(FRAMES, () => log.push('frames'), 1, 4)
  await pool.onWorkerEnded(0, 1, OUT_OF_MEMORY)
  starts.at(-1)?.resolve(2)
  await nextTurn()
  assert.deepEqual([jobs.length, log], [2, []])
  await pool.onWorkerEnded(0, 2, { job: 2, isCertain: false })
  assert.deepEqual(log, ['fail OUT_OF_TIME', 'end at []'])
})

test('later its response ends behind the last whole record', async () => {
  const { pool, read, log, taken } = await readOf()
  read.finish(FRAMES, () => {}, 1, 4)
  positions(0)
  chunk(0, 20, '[1')
  positions(0)
  await pool.onWorkerEnded(0, 1, undefined)
  assert.deepEqual(log, ['send [1', 'finish ]'])
  taken[1]?.()
  assert.equal(log.at(-1), `end at ${JSON.stringify(POSITION)}`)
})

test('in the middle of a record that fills several chunks its client is cut', async () => {
  const { pool, read, log } = await readOf()
  read.finish(FRAMES, () => {}, 1, 4)
  positions(0, 2)
  chunk(0, 20, '["half')
  await pool.onWorkerEnded(0, 1, undefined)
  assert.deepEqual(log, ['send ["half', 'fail OUT_OF_TIME'])
})

test('the first record that cannot be decoded is the error of the response', async () => {
  const { read, log } = await readOf()
  read.finish(FRAMES, () => {}, 1, 4)
  const text = refusalText(new RestError('UNDECODABLE_RECORD'))
  answer(0, { text, code: ANSWERS.refused, count: 0 })
  assert.deepEqual(log, ['fail UNDECODABLE_RECORD', 'end at []'])
})

test('a read without records needs no worker', async () => {
  const { read, log } = await readOf()
  read.finish(json('[]'), () => {}, 0)
  assert.deepEqual([log, jobs.length], [['finish []'], 0])
})
