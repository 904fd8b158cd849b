/** The JavaScript end of the mailbox: what comes of messages whose receiver is at fault. */
import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, test } from 'node:test'
import { mailbox, native } from '../../src/kafka/native.ts'
import { until } from '../integration/until.ts'
import { configureEngine, newProducer, produce } from './embedded-kafka.ts'

const UNKNOWN_INSTANCE = 4_000_000_000

let uncaught: Error[] = []

beforeEach(() => {
  uncaught = []
  process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error))
})

afterEach(() => process.setUncaughtExceptionCaptureCallback(null))

// Tickets that were lost would keep the process.
after(() => native.keepAlive(false))

/** Makes a call that is answered with a fault, together with those made in the same turn. */
function callRefused(onError: () => void): void {
  const ticket = mailbox.open({ onReply() {}, onError })
  native.subscription(UNKNOWN_INSTANCE, ticket)
}

test('a waiter that throws costs no other its answer, and is heard of', async () => {
  const answered: number[] = []
  const faults = new Map([1, 3].map((index) => [index, new Error(`thrown by ${index}`)]))
  for (let index = 0; index < 5; index++) {
    callRefused(() => {
      answered.push(index)
      const fault = faults.get(index)
      if (fault) throw fault
    })
  }
  await until('both faults', () => uncaught.length === faults.size)
  assert.deepEqual(uncaught, [...faults.values()])
  assert.deepEqual(answered, [0, 1, 2, 3, 4])
})

test('a ticket is free for another call when its waiter gets the answer', async () => {
  const producer = new native.Producer(['bootstrap.servers', '127.0.0.1:1'])
  const [ticket, next] = await new Promise<[number, number]>((resolve, reject) => {
    const ticket = mailbox.open({
      onReply() {
        const next = mailbox.open({ onReply() {}, onError() {} })
        mailbox.close(next)
        resolve([ticket, next])
      },
      onError: reject,
    })
    producer.close(0, ticket)
  })
  assert.equal(next, ticket)
})

test('lines of librdkafka reach the receiver of the log', async () => {
  configureEngine()
  const lines: string[] = []
  mailbox.onLog = (_level, line) => lines.push(line)
  const producer = newProducer('127.0.0.1:1', { 'message.timeout.ms': '1000' })
  const produced = produce(producer, 'topic', 'json', [{ value: 1 }])
  await assert.rejects(produced, /were refused/)
  await until('a line about the broker', () => lines.some((line) => line.includes('127.0.0.1:1')))
  mailbox.onLog = () => {}
  await producer.close(0)
})
