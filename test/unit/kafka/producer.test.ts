/** Requests between handlers and the engine's producer: what it is given, and what its codes mean. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { mailbox, native, type Reply, type Waiter } from '../../../src/kafka/native.ts'
import { ProduceDraft } from '../../../src/kafka/produce-draft.ts'
import { Producer } from '../../../src/kafka/producer.ts'

const TICKET = 11
const BODY = new ArrayBuffer(1)
/** What the engine was told, and what it does: the code that calls return, and its answer. */
let told: unknown[][]
let code: number
let reply: Reply
let closed: number[]

beforeEach(() => {
  told = []
  closed = []
  code = 0
  reply = { text: '', code: 200, count: 0 }
  let waiter: Waiter | undefined
  mock.method(mailbox, 'open', (waiting: Waiter) => {
    waiter = waiting
    return TICKET
  })
  mock.method(mailbox, 'close', (ticket: number) => closed.push(ticket))
  const answer = (name: string, ...args: unknown[]) => {
    told.push([name, ...args])
    if (code === 0) waiter?.onReply(reply)
    return code
  }
  class FakeProducer {
    produce = (...args: unknown[]) => answer('produce', ...args)
    produceDraft = (...args: unknown[]) => answer('produceDraft', ...args)
    close = (...args: unknown[]) => answer('close', ...args)
  }
  class FakeDraft {
    parse = (...args: unknown[]) => answer('parse', ...args)
    release = () => told.push(['release'])
  }
  mock.method(native, 'Producer', FakeProducer as unknown as typeof native.Producer)
  mock.method(native, 'Draft', FakeDraft as unknown as typeof native.Draft)
})

afterEach(() => mock.restoreAll())

const newProducer = () =>
  new Producer({ properties: [], givenBy: new Map(), warnings: [], faults: [] })

const isRefusal = (expected: number, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof RestError)
  assert.equal(error.code, expected)
  assert.match(error.message, text)
  return true
}

test('a request has the status, the JSON and the failures that the engine tells', async () => {
  reply = { text: '{}', code: 403, count: 2, records: 5, throttleMs: 70 }
  const result = await newProducer().produce('t', 3, 'json', BODY)
  assert.deepEqual(result, { json: '{}', status: 403, records: 5, failed: 2, throttleMs: 70 })
  assert.deepEqual(told, [['produce', 't', 3, 1, BODY, TICKET]])
})

test('the trace of a request is handed over with it', async () => {
  const trace = { traceparent: 'parent', tracestate: 'state' }
  await newProducer().produce('t', 3, 'json', BODY, trace)
  assert.deepEqual(told, [['produce', 't', 3, 1, BODY, TICKET, 'parent', 'state']])
})

test('a body for which there is no room now is 429, one for which there never is 413', async () => {
  for (const [refused, text] of [
    [429, /Nothing of this request was written/],
    [413, /Send fewer records/],
    [50303, /./],
  ] as const) {
    code = refused
    await assert.rejects(newProducer().produce('t', 0, 'binary', BODY), isRefusal(refused, text))
    await assert.rejects(ProduceDraft.parse(BODY), isRefusal(refused, text))
  }
  assert.equal(closed.length, 6, 'nobody will answer these tickets')
})

test('a draft has the number of its schemas, and whether there are any', async () => {
  reply = { text: '', code: 7, count: 2, records: 1 }
  const { count, route, hasSchema } = await ProduceDraft.parse(BODY)
  assert.deepEqual({ count, route, hasSchema }, { count: 2, route: 7, hasSchema: true })
})

test('a draft that is refused gives its memory back', async () => {
  code = 429
  await assert.rejects(ProduceDraft.parse(BODY))
  assert.deepEqual(told.at(-1), ['release'])
})

test('the ids of schemas go with a draft, -1 where there is none', async () => {
  const draft = await ProduceDraft.parse(BODY)
  told = []
  await newProducer().produceDraft('t', -1, draft, { key: undefined, value: 5 })
  await newProducer().produceDraft('t', -1, draft, { key: 4, value: undefined })
  assert.deepEqual(told, [
    ['produceDraft', 't', -1, draft.native, -1, 5, TICKET],
    ['produceDraft', 't', -1, draft.native, 4, -1, TICKET],
  ])
})

test('an end waits for as long as it may, and says what was lost', async () => {
  reply.count = 7
  assert.equal(await newProducer().close(1234), 7)
  assert.deepEqual(told, [['close', 1234, TICKET]])
})
