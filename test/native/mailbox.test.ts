/**
 * The mailbox as the addon has it, below src/kafka/native.ts: what is posted arrives, in order,
 * coalesced, and every ticket ends once. With room for a few messages and short texts only, so that
 * every way of laying them out is taken.
 */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, beforeEach, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type * as Addon from '../../native-bindings/index.d.ts'
import { until } from '../integration/until.ts'

const addon: typeof Addon = createRequire(import.meta.url)('../../native-bindings')

const FIELDS = 8
const CAPACITY = 16
const TEXTS_BYTES = 512
/** The engine hands over so many messages a turn of the loop, and finishes the last call. */
const MOST_IN_A_TURN = 1024 + CAPACITY
const MOST_CHUNK_BYTES_IN_A_TURN = 2 * 1024 * 1024 + 256 * 1024

const REPLY = 0
const FAULT = 1
const KAFKA_ERROR = 2
const CHUNK = 3
const LOG = 4

const JSON_FORMAT = 1
const UNKNOWN_INSTANCE = 4_000_000_000
const INSTANCE_NOT_FOUND = 40403

interface Message {
  readonly ticket: number
  readonly kind: number
  readonly code: number
  readonly count: number
  /** Of a chunk, its index. */
  readonly offset: number
  readonly text: string
  /** Whether it came alone, in an ArrayBuffer. */
  readonly isLarge: boolean
}

const layout = new Int32Array(CAPACITY * FIELDS)
const texts = Buffer.from(new ArrayBuffer(TEXTS_BYTES))
let calls: number[] = []
let messages: Message[] = []
let onMessage: (message: Message) => void = () => {}
let lastTicket = 0
let bootstrapServers = ''

function drain(count: number, large: ArrayBuffer | undefined): void {
  calls.push(count)
  for (let at = 0; at < count * FIELDS; at += FIELDS) {
    const [ticket = 0, kind = 0, code = 0, failed = 0, offset = 0, length = 0] = layout.subarray(at)
    if (kind === LOG) continue
    const message = {
      ticket,
      kind,
      code,
      count: failed,
      offset,
      text: textOf(kind, offset, length, large),
      isLarge: large !== undefined,
    }
    messages.push(message)
    onMessage(message)
  }
}

function textOf(kind: number, offset: number, length: number, large: ArrayBuffer | undefined) {
  if (kind === CHUNK) return Buffer.from(addon.chunkMemory(offset), 0, length).toString()
  return large ? Buffer.from(large).toString() : texts.toString('utf8', offset, offset + length)
}

function newTicket(): number {
  return ++lastTicket
}

/** The answer of a call. */
async function answer(start: (ticket: number) => void): Promise<Message> {
  const ticket = newTicket()
  start(ticket)
  const find = () => messages.find((message) => message.ticket === ticket && message.kind !== CHUNK)
  await until(`the answer to ticket ${ticket}`, () => find() !== undefined)
  return find() as Message
}

function isTerminal({ kind }: Message): boolean {
  return kind === REPLY || kind === FAULT || kind === KAFKA_ERROR
}

/** Fails unless each of these tickets has ended once, with nothing behind the end. */
function assertEachEndedOnce(tickets: readonly number[]): void {
  const kinds = new Map<number, boolean[]>(tickets.map((ticket) => [ticket, []]))
  for (const message of messages) kinds.get(message.ticket)?.push(isTerminal(message))
  for (const [ticket, ends] of kinds) {
    assert.deepEqual(
      [ends.filter(Boolean).length, ends.at(-1)],
      [1, true],
      `ticket ${ticket} has ${ends.length} messages, ${ends}`,
    )
  }
}

before(() => {
  addon.configure(128 << 20, 64 << 20, 256 << 20, 2, 1, 1000, 1 << 20, 0, 1000, 300_000, 0)
  addon.openMailbox(layout, texts, drain)
  addon.keepAlive(true)
  bootstrapServers = addon.startEmbeddedCluster(1)
})

after(() => addon.keepAlive(false))

beforeEach(() => {
  calls = []
  messages = []
  onMessage = () => {}
})

function properties(more: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries({ 'bootstrap.servers': bootstrapServers, ...more }).flat()
}

/** The id of a new instance that reads `topic` from its beginning. */
async function newConsumer(topic: string): Promise<number> {
  const name = `mailbox-${newTicket()}`
  const created = await answer((ticket) =>
    addon.createConsumer(
      name,
      name,
      '',
      JSON_FORMAT,
      properties({
        'group.id': name,
        'auto.offset.reset': 'earliest',
        'enable.auto.offset.store': 'false',
      }),
      300_000,
      1000,
      -1,
      false,
      15_000,
      new addon.Admin(properties()),
      ticket,
    ),
  )
  const id = Number(created.text)
  await answer((ticket) => addon.assign(id, [topic], Int32Array.of(0), ticket))
  return id
}

function startRead(id: number, { timeoutMs = 1000, minBytes = 0 } = {}): number {
  const ticket = newTicket()
  addon.startRead(id, timeoutMs, 64 << 20, minBytes, false, false, ticket)
  return ticket
}

function bodyOf(values: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify({ records: values.map((value) => ({ value })) }))
}

test('a mailbox is opened once', () => {
  assert.throws(() => addon.openMailbox(layout, texts, drain), /already open/)
})

test('answers that wait come together, in order, as many a call as have room', async () => {
  const tickets = Array.from({ length: 200 }, newTicket)
  for (const ticket of tickets) addon.subscription(UNKNOWN_INSTANCE, ticket)
  assert.deepEqual(messages, [], 'nothing arrives while JavaScript runs')
  await until('all answers', () => messages.length === tickets.length)
  assert.deepEqual(
    messages.map(({ ticket }) => ticket),
    tickets,
  )
  for (const { kind, code } of messages) assert.deepEqual([kind, code], [FAULT, INSTANCE_NOT_FOUND])
  assert.equal(calls.length, Math.ceil(tickets.length / CAPACITY))
})

test('a flood of answers leaves the loop its turns', async () => {
  const tickets = Array.from({ length: 10_000 }, newTicket)
  for (const ticket of tickets) addon.subscription(UNKNOWN_INSTANCE, ticket)
  const perTurn: number[] = []
  for (let seen = 0; seen < tickets.length; seen = messages.length) {
    await nextTurn()
    perTurn.push(messages.length - seen)
  }
  assert.ok(Math.max(...perTurn) <= MOST_IN_A_TURN, `${perTurn}`)
  assertEachEndedOnce(tickets)
})

test('an answer that comes during a flood of two whole turns is not left behind', async () => {
  const tickets = Array.from({ length: 2 * 1024 }, newTicket)
  const late = newTicket()
  onMessage = ({ ticket }) => {
    if (ticket === tickets[0]) addon.subscription(UNKNOWN_INSTANCE, late)
  }
  for (const ticket of tickets) addon.subscription(UNKNOWN_INSTANCE, ticket)
  await until('the late answer', () => messages.some(({ ticket }) => ticket === late), 5000)
  assertEachEndedOnce([...tickets, late])
})

test('chunks of many reads leave the loop its turns', async () => {
  const producer = new addon.Producer(properties())
  const records = bodyOf(new Array(10).fill('x'.repeat(100_000)))
  await answer((ticket) => producer.produce('large', 0, JSON_FORMAT, records, ticket))
  const ids: number[] = []
  for (let i = 0; i < 16; i++) ids.push(await newConsumer('large'))
  const idOf = new Map(
    ids.map((id) => [startRead(id, { minBytes: 900_000, timeoutMs: 60_000 }), id]),
  )
  let bytes = 0
  onMessage = ({ ticket, kind, code, offset, text }) => {
    const id = idOf.get(ticket)
    if (kind !== CHUNK || id === undefined) return
    bytes += text.length
    addon.chunkWritten(id, ticket, offset)
    if (code === 1) addon.endRead(id, ticket, true)
  }
  // The loop stands still until the engine has rendered what all of them may have at once.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000)
  const perTurn: number[] = []
  const ended = () => messages.filter((each) => idOf.has(each.ticket) && isTerminal(each)).length
  while (ended() < ids.length) {
    const seen = bytes
    await nextTurn()
    perTurn.push(bytes - seen)
  }
  assert.ok(bytes > ids.length * 900_000, `${bytes} bytes`)
  assert.ok(Math.max(...perTurn) <= MOST_CHUNK_BYTES_IN_A_TURN, `${Math.max(...perTurn)}`)
})

test('a call that is answered during a call of drain() is answered too', async () => {
  const first = newTicket()
  const second = newTicket()
  onMessage = ({ ticket }) => {
    if (ticket === first) addon.subscription(UNKNOWN_INSTANCE, second)
  }
  addon.subscription(UNKNOWN_INSTANCE, first)
  await until('both answers', () => messages.length === 2)
  assertEachEndedOnce([first, second])
})

test('texts without room in the buffer come alone; no text is cut or mixed up', async () => {
  const producer = new addon.Producer(properties())
  // From less than the buffer to much more.
  const counts = Array.from({ length: 120 }, (_, index) => 1 + (index % 30))
  const tickets = counts.map((count) => {
    const ticket = newTicket()
    const body = bodyOf(new Array(count).fill('text'))
    assert.equal(producer.produce('texts', 0, JSON_FORMAT, body, ticket), 0)
    addon.subscription(UNKNOWN_INSTANCE, newTicket())
    return ticket
  })
  await until('all answers', () => messages.length === 2 * tickets.length)
  const byTicket = new Map(messages.map((message) => [message.ticket, message]))
  const offsets = tickets.flatMap((ticket, index) => {
    const { text, isLarge } = byTicket.get(ticket) as Message
    if (isLarge) assert.ok(text.length > TEXTS_BYTES / CAPACITY, 'only what has no room is large')
    const { offsets } = JSON.parse(text) as { offsets: { offset: number }[] }
    assert.equal(offsets.length, counts[index])
    return offsets.map(({ offset }) => offset)
  })
  assert.deepEqual(
    offsets.toSorted((left, right) => left - right),
    offsets.map((_, index) => index),
  )
  assert.ok(messages.some(({ isLarge }) => isLarge) && messages.some(({ isLarge }) => !isLarge))
  await answer((ticket) => producer.close(5000, ticket))
})

test('the chunks of a read come in order, the end of its ticket behind them', async () => {
  const producer = new addon.Producer(properties())
  const values = Array.from({ length: 1500 }, (_, index) => `${index}`.padStart(1000, '.'))
  await answer((ticket) => producer.produce('chunks', 0, JSON_FORMAT, bodyOf(values), ticket))
  const id = await newConsumer('chunks')
  const pieces: string[] = []
  const tickets: number[] = []
  let found = 0
  // A read takes what was fetched by then: perhaps not everything.
  while (found < values.length) {
    const ticket = startRead(id)
    tickets.push(ticket)
    onMessage = (message) => {
      if (message.ticket !== ticket || message.kind !== CHUNK) return
      pieces.push(message.text)
      addon.chunkWritten(id, ticket, message.offset)
      if (message.code === 1) addon.endRead(id, ticket, true)
    }
    await until(`the end of read ${ticket}`, () =>
      messages.some((message) => message.ticket === ticket && isTerminal(message)),
    )
    const response = pieces.splice(0).join('') || '[]'
    const records = JSON.parse(response) as { value: string }[]
    for (const { value } of records) assert.equal(value, values[found++])
  }
  assertEachEndedOnce(tickets)
  const chunks = messages.filter(({ kind }) => kind === CHUNK).length
  assert.ok(chunks > 5, `${chunks} chunks`)
  await answer((ticket) => addon.closeConsumer(id, ticket))
})

test('reads that wait end once each when their instance is closed', async () => {
  const id = await newConsumer('empty')
  const reads = Array.from({ length: 20 }, () => startRead(id, { timeoutMs: 60_000 }))
  const close = newTicket()
  addon.closeConsumer(id, close)
  const late = startRead(id)
  const tickets = [...reads, close, late]
  await until('all ends', () => messages.filter(isTerminal).length >= tickets.length + 2)
  assertEachEndedOnce(tickets)
})

test('produces under way end once each when their producer is closed', async () => {
  const producer = new addon.Producer(properties({ 'client.id': 'closed', 'linger.ms': '900' }))
  const produces = Array.from({ length: 300 }, newTicket)
  for (const ticket of produces.slice(0, 200)) {
    producer.produce('closed', 0, JSON_FORMAT, bodyOf([ticket]), ticket)
  }
  const closes = [newTicket(), newTicket()]
  for (const ticket of closes) producer.close(0, ticket)
  for (const ticket of produces.slice(200)) {
    producer.produce('closed', 0, JSON_FORMAT, bodyOf([ticket]), ticket)
  }
  const tickets = [...produces, ...closes]
  await until('all ends', () => messages.length >= tickets.length)
  assertEachEndedOnce(tickets)
})

test('thousands of tickets at once, of every kind, end once each', async () => {
  const producer = new addon.Producer(properties())
  const admin = new addon.Admin(properties())
  const ids = [await newConsumer('many'), await newConsumer('many'), await newConsumer('many')]
  const tickets: number[] = []
  const open = () => tickets[tickets.push(newTicket()) - 1] as number
  onMessage = ({ ticket, kind, code, offset }) => {
    const id = idOf.get(ticket)
    if (kind !== CHUNK || id === undefined) return
    addon.chunkWritten(id, ticket, offset)
    if (code === 1) addon.endRead(id, ticket, true)
  }
  const idOf = new Map<number, number>()
  for (let round = 0; round < 300; round++) {
    const id = ids[round % ids.length] as number
    const large = round % 10 === 0 ? 2000 : 3
    producer.produce('many', 0, JSON_FORMAT, bodyOf(new Array(large).fill(round)), open())
    producer.produce('many', 0, JSON_FORMAT, Buffer.from('no JSON'), open())
    producer.produce('no topic', 0, JSON_FORMAT, bodyOf([1]), open())
    addon.assignment(id, open())
    addon.subscription(id, open())
    addon.seekAll(id, -2, open())
    addon.commitDelivered(id, open())
    addon.committed(id, ['many'], Int32Array.of(0), open())
    addon.subscription(UNKNOWN_INSTANCE, open())
    if (round % 10 === 0) {
      const ticket = startRead(id, { timeoutMs: 50, minBytes: 0 })
      tickets.push(ticket)
      idOf.set(ticket, id)
      admin.listTopics(5000, open())
      admin.describeCluster(5000, open())
    }
  }
  const ended = new Set<number>()
  await until(
    'all ends',
    () => {
      for (const message of messages) if (isTerminal(message)) ended.add(message.ticket)
      return tickets.every((ticket) => ended.has(ticket))
    },
    60_000,
  )
  for (const id of ids) await answer((ticket) => addon.closeConsumer(id, ticket))
  await answer((ticket) => producer.close(5000, ticket))
  assertEachEndedOnce(tickets)
})
