/**
 * A read between the engine and a sink, with an engine that notes what it is told. Records count as
 * delivered when the sink says that the socket has the last piece, and in no other case.
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { Consumer, type ReadSink } from '../../../src/kafka/consumer.ts'
import { mailbox, native, type Waiter } from '../../../src/kafka/native.ts'

const LIMITS = { timeoutMs: 1, maxBytes: 2, minBytes: 3, headers: true, timestamp: false }
const CONSUMER = 7
const TICKET = 11

/** What the engine was told. */
let told: unknown[][]
let engine: Waiter

beforeEach(() => {
  told = []
  mock.method(mailbox, 'open', (waiter: Waiter) => {
    engine = waiter
    return TICKET
  })
  for (const name of ['startRead', 'chunkWritten', 'endRead', 'endReadAt'] as const) {
    mock.method(native, name, (...args: unknown[]) => void told.push([name, ...args]))
  }
})

afterEach(() => mock.restoreAll())

/** A sink that holds on to what it is given until the test takes it. */
class FakeSink implements ReadSink {
  readonly pieces: { text: string; last: boolean; taken: () => void }[] = []
  readonly errors: number[] = []

  send(bytes: Uint8Array, taken: () => void): void {
    this.pieces.push({ text: Buffer.from(bytes).toString(), last: false, taken })
  }

  finish(bytes: Uint8Array, taken: () => void): void {
    this.pieces.push({ text: Buffer.from(bytes).toString(), last: true, taken })
  }

  fail(error: RestError): void {
    this.errors.push(error.code)
  }
}

function startRead() {
  const sink = new FakeSink()
  const read = new Consumer(CONSUMER).read(LIMITS, sink)
  told.length = 0
  return { sink, read }
}

const chunk = (id: number, text: string, last = false) =>
  engine.onChunk?.(id, Buffer.from(text), last, 1)

test('a read is started with the limits that it is given', () => {
  new Consumer(CONSUMER).read(LIMITS, new FakeSink())
  assert.deepEqual(told, [['startRead', CONSUMER, 1, 2, 3, true, false, TICKET]])
})

test('a chunk is given back when the sink has taken it, and not before', () => {
  const { sink } = startRead()
  chunk(1, '[1')
  assert.deepEqual(told, [])
  sink.pieces[0]?.taken()
  assert.deepEqual(told, [['chunkWritten', CONSUMER, TICKET, 1]])
})

test('a read is delivered when the last chunk is taken, and not at hand-over', () => {
  const { sink } = startRead()
  chunk(1, '[1]', true)
  assert.deepEqual(sink.pieces, [{ text: '[1]', last: true, taken: sink.pieces[0]?.taken }])
  assert.deepEqual(told, [])
  sink.pieces[0]?.taken()
  assert.deepEqual(told, [
    ['chunkWritten', CONSUMER, TICKET, 1],
    ['endRead', CONSUMER, TICKET, true],
  ])
})

test('an abandoned read is not delivered, and its chunks are free', () => {
  const { sink, read } = startRead()
  chunk(1, '[1')
  chunk(2, ',2]', true)
  read.abandon()
  assert.deepEqual(told, [
    ['endRead', CONSUMER, TICKET, false],
    ['chunkWritten', CONSUMER, TICKET, 1],
    ['chunkWritten', CONSUMER, TICKET, 2],
  ])
  told.length = 0
  sink.pieces[1]?.taken()
  assert.deepEqual(told, [], 'what is taken afterwards changes nothing')
})

test('a read that was delivered is not abandoned afterwards', () => {
  const { sink, read } = startRead()
  chunk(1, '[1]', true)
  sink.pieces[0]?.taken()
  told.length = 0
  read.abandon()
  assert.deepEqual(told, [])
})

test('a chunk that was on its way when the read was abandoned goes back at once', () => {
  const { sink, read } = startRead()
  read.abandon()
  told.length = 0
  chunk(1, '[1]', true)
  assert.deepEqual(told, [['chunkWritten', CONSUMER, TICKET, 1]])
  assert.deepEqual(sink.pieces, [])
})

test('a response with an end of its own tells the engine where, and then gives back', () => {
  const { read } = startRead()
  chunk(1, '[1')
  read.endAt([{ topic: 't', partition: 3, offset: 5 }])
  assert.deepEqual(told, [
    ['endReadAt', CONSUMER, TICKET, ['t'], Int32Array.of(3), Float64Array.of(5)],
    ['chunkWritten', CONSUMER, TICKET, 1],
  ])
  told.length = 0
  read.abandon()
  assert.deepEqual(told, [], 'it is over already')
})

test('a reply without chunks is an empty array; behind chunks it adds nothing', () => {
  const empty = startRead()
  engine.onReply({ text: '[]', code: 0, count: 0 })
  assert.deepEqual(
    empty.sink.pieces.map(({ text, last }) => [text, last]),
    [['[]', true]],
  )
  const full = startRead()
  chunk(1, '[1]', true)
  full.sink.pieces[0]?.taken()
  engine.onReply({ text: '', code: 0, count: 0 })
  assert.equal(full.sink.pieces.length, 1)
})

test('a reply that comes between the last chunk and its end adds nothing', () => {
  const { sink } = startRead()
  chunk(1, '[1]')
  engine.onReply({ text: '', code: 0, count: 0 })
  assert.equal(sink.pieces.length, 1)
})

test('an error reaches the sink once, and not at all when the client is gone', () => {
  const { sink } = startRead()
  engine.onError(new RestError('ILLEGAL_STATE'))
  engine.onError(new RestError('INTERNAL'))
  assert.deepEqual(sink.errors, [40903])
  const left = startRead()
  left.read.abandon()
  engine.onError(new RestError('ILLEGAL_STATE'))
  assert.deepEqual(left.sink.errors, [])
})
