/** The addon in several threads of JavaScript: each has a mailbox of its own, and may end. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Consumer } from '../../src/kafka/consumer.ts'
import { native } from '../../src/kafka/native.ts'
import { until } from '../integration/until.ts'
import type { Task } from './busy-worker.ts'
import { newProducer, produce, readFrom, startEmbeddedKafka } from './embedded-kafka.ts'

const ROUNDS = 5

let bootstrapServers: string

before(() => {
  bootstrapServers = startEmbeddedKafka()
})

/** Node 20 doesn't give a worker's first file to the loader that tsx registers. */
const LOAD_WORKER = `
  import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
    register()
    return import(${JSON.stringify(new URL('busy-worker.ts', import.meta.url))})
  })`

function startWorker(task: Task, name = 'worker'): Worker {
  return new Worker(LOAD_WORKER, {
    eval: true,
    execArgv: [],
    workerData: { bootstrapServers, task, name },
  })
}

/** What it says first. Rejects when it fails before. */
async function firstMessage(worker: Worker): Promise<unknown> {
  const [message] = await once(worker, 'message')
  return message
}

/** This thread writes and reads, as if there were no others. */
async function assertUsable(topic: string): Promise<void> {
  await produce(newProducer(bootstrapServers), topic, 'string', [{ value: 'still here' }])
  const [record] = await readFrom(bootstrapServers, { topic, format: 'string', count: 1 })
  assert.equal(record?.value, 'still here')
}

async function closeAllConsumers(): Promise<void> {
  await Promise.all(native.listConsumers().map((id) => new Consumer(id).close()))
  await until('no instances', () => native.readGauges().consumerInstances === 0)
}

test('each thread gets the answers to its own calls', { timeout: 60_000 }, async () => {
  const names = ['one', 'two', 'three', 'four']
  const workers = names.map((name) => startWorker('round trip', name))
  const exits = workers.map((worker) => once(worker, 'exit'))
  const found = await Promise.all([...workers.map(firstMessage), assertUsable('beside')])
  names.forEach((name, index) => {
    const expected = Array.from({ length: 500 }, (_, record) => `${name} ${record}`)
    assert.deepEqual(found[index], expected)
  })
  // Nothing is under way, so they end by themselves.
  for (const exit of exits) assert.deepEqual(await exit, [0])
})

test('a thread that only loads the addon ends by itself', { timeout: 60_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const worker = startWorker('nothing')
    const exit = once(worker, 'exit')
    assert.equal(await firstMessage(worker), 'loaded')
    assert.deepEqual(await exit, [0])
  }
})

test('threads are terminated at work; the others go on', { timeout: 120_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const workers = [startWorker('work', `a${round}`), startWorker('work', `b${round}`)]
    await Promise.all(workers.map(firstMessage))
    await Promise.all([...workers.map((worker) => worker.terminate()), assertUsable('during')])
    await assertUsable('during')
  }
  // Their reads are over, and what those had in hand is free. The instances are the process's.
  await until('no reads', () => native.readGauges().openReads === 0)
  await until('no chunks', () => native.readGauges().consumeBufferedBytes === 0)
  await until('no bodies', () => native.readGauges().produceInflightBytes === 0)
  assert.ok(native.readGauges().consumerInstances > 0)
})

test('a thread may end itself at work', { timeout: 60_000 }, async () => {
  const worker = startWorker('work, then exit')
  assert.deepEqual(await once(worker, 'exit'), [7])
  await assertUsable('after')
})

test('a thread is terminated while it loads', { timeout: 60_000 }, async () => {
  for (const delay of [0, 50, 150, 250, 350, 500, 650, 800]) {
    const worker = startWorker('work')
    await new Promise((resolve) => setTimeout(resolve, delay))
    await worker.terminate()
  }
  await assertUsable('after')
})

/** A thread that throws at its first message, which others follow; none of them has room in its memory for texts. */
const FAIL_AT_FIRST_MESSAGE = `
  const { workerData } = require('node:worker_threads')
  const addon = require(workerData.addon)
  addon.openMailbox(new Int32Array(8), new Uint8Array(1), () => {
    throw new Error('thrown on purpose')
  })
  addon.keepAlive(true)
  addon.serveJobs(workerData.index, 1)
  for (let i = 0; i < 3; i++) addon.startJob(workerData.index, 1, 0, 'a long text', 1)
`

test('a thread that fails while large messages wait ends alone', { timeout: 60_000 }, async () => {
  const addon = fileURLToPath(new URL('../../native-bindings', import.meta.url))
  const worker = new Worker(FAIL_AT_FIRST_MESSAGE, {
    eval: true,
    execArgv: [],
    workerData: { addon, index: 1000 },
  })
  const exit = once(worker, 'exit')
  await assert.rejects(exit, /thrown on purpose/)
  await assertUsable('after')
})

test('instances that a thread has left are closed by another', { timeout: 60_000 }, async () => {
  await closeAllConsumers()
  await assertUsable('after')
})

after(closeAllConsumers)
