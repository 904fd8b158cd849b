/** Handles that nobody holds any more: what they have is freed, and what they do is still answered. */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { call, native } from '../../src/kafka/native.ts'
import { until } from '../integration/until.ts'
import {
  newConsumer,
  newProducer,
  produce,
  properties,
  startEmbeddedKafka,
} from './embedded-kafka.ts'

const BINARY = 0
const MIB = 1024 * 1024
/** Where the system tells of threads. */
const THREADS = '/proc/self/task'

let bootstrapServers: string
/** Those of the embedded cluster. */
let threads: number

before(async () => {
  assert.ok(globalThis.gc, 'to be run with --expose-gc')
  bootstrapServers = startEmbeddedKafka()
  await sleep(200) // Threads give themselves their names.
  threads = clientThreads()
})

/** Collects garbage until `isSo`, in several turns: finalizers run between them. */
async function untilCollected(what: string, isSo: () => boolean): Promise<void> {
  await until(what, async () => {
    globalThis.gc?.()
    await nextTurn()
    return isSo()
  })
}

/** How many threads librdkafka and the engine have for clients; 0 where the system doesn't tell. */
function clientThreads(): number {
  if (!existsSync(THREADS)) return 0
  return readdirSync(THREADS).filter((id) => /^rdk:/.test(nameOfThread(id))).length
}

function nameOfThread(id: string): string {
  try {
    return readFileSync(`${THREADS}/${id}/comm`, 'utf8')
  } catch {
    return '' // It has ended.
  }
}

/** A body of one record, of some kilobytes. */
function newBody(): InstanceType<typeof native.Body> {
  const body = new native.Body(0)
  assert.equal(body.append(Buffer.from('{"records":[{"value":"')), 0)
  assert.equal(body.append(Buffer.alloc(8000, 'A')), 0)
  assert.equal(body.append(Buffer.from('"}]}')), 0)
  return body
}

/** Each client has properties of its own; else they would share one. */
function ownProperties(id: number): string[] {
  return properties(bootstrapServers, { 'client.id': `collected-${id}` })
}

function askAdmin(id: number): Promise<unknown> {
  const admin = new native.Admin(ownProperties(id))
  return call((ticket) => admin.describeCluster(10_000, ticket))
}

function produceWith(id: number, more: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const settings = { 'client.id': `collected-${id}`, ...more }
  return produce(newProducer(bootstrapServers, settings), 'topic', 'json', [{ value: id }])
}

test('bodies that nobody produced give their bytes back', async () => {
  const dropBodies = () => {
    for (let each = 0; each < 500; each++) newBody()
    assert.ok(native.readGauges().arrivingBytes > 0)
  }
  for (let round = 0; round < 10; round++) {
    dropBodies()
    await untilCollected('no body', () => native.readGauges().arrivingBytes === 0)
  }
})

test('a body that was released, or produced, is gone and can be dropped', async () => {
  const producer = new native.Producer(ownProperties(1))
  const body = newBody()
  body.release()
  assert.equal(native.readGauges().arrivingBytes, 0)
  assert.throws(() => body.append(Buffer.from('x')), TypeError)
  assert.throws(() => producer.produce('topic', 0, BINARY, body, 0), TypeError)
  const produced = newBody()
  await call((ticket) => assert.equal(producer.produce('topic', 0, BINARY, produced, ticket), 0))
  assert.throws(() => produced.append(Buffer.from('x')), TypeError)
  await untilCollected('no body', () => native.readGauges().produceInflightBytes === 0)
})

test('a body is produced to its end though nobody holds it', async () => {
  const producer = new native.Producer(ownProperties(2))
  const answers = Array.from({ length: 200 }, () =>
    call((ticket) => assert.equal(producer.produce('topic', 0, BINARY, newBody(), ticket), 0)),
  )
  globalThis.gc?.()
  for (const { code, count } of await Promise.all(answers))
    assert.deepEqual([code, count], [200, 0])
  assert.equal(native.readGauges().produceInflightRecords, 0)
})

test('clients that were dropped while they work answer, and their threads end', async () => {
  for (let round = 0; round < 5; round++) {
    const ids = Array.from({ length: 5 }, (_, index) => 100 + round * 10 + index)
    const work = Promise.all([
      ...ids.map((id) => askAdmin(id)),
      // They wait in the client, which nobody holds by then.
      ...ids.map((id) => produceWith(id, { 'linger.ms': '200' })),
    ])
    globalThis.gc?.()
    await work
    await untilCollected("no threads but the cluster's", () => clientThreads() <= threads)
  }
  assert.equal(native.readGauges().produceInflightRecords, 0)
})

test('a client that was dropped without any call ends too', async () => {
  const drop = () => {
    for (let each = 0; each < 100; each++) {
      new native.Producer(ownProperties(each))
      new native.Admin(ownProperties(each))
    }
  }
  drop()
  await untilCollected("no threads but the cluster's", () => clientThreads() <= threads)
})

test('instances are held by the process, not by who made them; closed, nothing is left', async () => {
  const ids = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const consumer = await newConsumer(bootstrapServers, 'json')
      await consumer.assign([{ topic: 'topic', partition: 0 }])
      return consumer.id
    }),
  )
  globalThis.gc?.()
  assert.deepEqual(new Set(native.listConsumers()), new Set(ids))
  for (const id of ids) await call((ticket) => native.closeConsumer(id, ticket))
  await until('no instances', () => native.readGauges().consumerInstances === 0)
  await untilCollected("no threads but the cluster's", () => clientThreads() <= threads)
  const { openReads, consumeBufferedBytes, consumePrefetchedBytes } = native.readGauges()
  assert.deepEqual([openReads, consumeBufferedBytes, consumePrefetchedBytes], [0, 0, 0])
})

test('wrong arguments throw, and cost nothing', async () => {
  const producer = new native.Producer(ownProperties(3))
  const wrong: readonly unknown[][] = [
    [],
    ['topic'],
    [1, 0, BINARY, Buffer.alloc(10), 1],
    ['topic', 0, BINARY, 'no bytes', 1],
    ['topic', 0, BINARY, {}, 1],
    ['topic', 0, BINARY, Buffer.alloc(MIB), 'no ticket'],
  ]
  for (let round = 0; round < 100; round++) {
    for (const args of wrong) {
      assert.throws(() => Reflect.apply(producer.produce, producer, args), TypeError)
    }
    assert.throws(
      () => Reflect.apply(producer.produce, {}, ['topic', 0, BINARY, newBody(), 1]),
      TypeError,
    )
  }
  await untilCollected('no body', () => native.readGauges().produceInflightBytes === 0)
})
