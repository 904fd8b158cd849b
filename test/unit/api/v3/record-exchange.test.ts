/** A stream of records between a connection and the engine: who is read from, who is told, and how it ends. */
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { OpenStreams } from '../../../../src/api/v3/open-streams.ts'
import { RecordExchange } from '../../../../src/api/v3/record-exchange.ts'
import { RestError } from '../../../../src/errors.ts'
import { FLOW } from '../../../../src/kafka/record-stream.ts'

afterEach(() => mock.timers.reset())

interface Changes {
  readonly maxDurationMs?: number
  readonly graceMs?: number
  readonly sparedMs?: number
  readonly meter?: () => number
  readonly recheck?: () => Promise<void>
}

/** An exchange whose engine answers with `flow`; `told` has what each side was told. */
function exchangeWith({
  maxDurationMs = 1e9,
  graceMs = 0,
  sparedMs = 0,
  meter,
  recheck,
}: Changes = {}) {
  const told: string[] = []
  let flow: number = FLOW.continue
  let isPaused = false
  const body = {
    read: () => {},
    pause: () => {
      isPaused = true
    },
    resume: () => {
      isPaused = false
    },
  }
  const response = {
    takesChunks: true,
    onAborted: () => {},
    sendBorrowed(_chunks: Uint8Array, taken: () => void, count: number) {
      told.push(`send ${count}`)
      response.take = taken
    },
    take: () => {},
    finish: (line: Buffer) => told.push(`finish ${line}`),
    close: () => told.push('close'),
  }
  const stream = {
    push: (piece: ArrayBuffer) => {
      told.push(`push ${Buffer.from(piece)}`)
      return flow
    },
    end: () => told.push('end'),
    endWith: (code: number, message: string) => told.push(`endWith ${code} ${message}`),
    expire: (code: number) => told.push(`expire ${code}`),
    taken: (count: number) => {
      told.push(`taken ${count}`)
      return flow
    },
    abandon: () => told.push('abandon'),
  }
  const open = new OpenStreams()
  const limits = { maxRecordBytes: 1000, maxEntries: 10, maxDurationMs, graceMs, sparedMs }
  const target = {
    producer: { openStream: () => stream },
    schemas: undefined,
    topic: 't',
    clusterId: 'c',
    meter,
    recheck,
  }
  const exchange = new RecordExchange(
    body as never,
    response as never,
    target as never,
    limits,
    open,
  )
  const push = (text: string) => exchange.onPiece(new TextEncoder().encode(text).buffer)
  return {
    exchange,
    response,
    open,
    told,
    push,
    isPaused: () => isPaused,
    answer(next: number) {
      flow = next
    },
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('a client is not read from while the engine has enough', () => {
  const { push, answer, exchange, response, isPaused, told } = exchangeWith()
  push('a')
  assert.equal(isPaused(), false)
  answer(FLOW.pause)
  push('b')
  assert.equal(isPaused(), true)
  exchange.onAnswers(new Uint8Array(), 2)
  answer(FLOW.continue)
  assert.equal(isPaused(), true)
  response.take()
  assert.equal(isPaused(), false)
  assert.deepEqual(told, ['push a', 'push b', 'send 2', 'taken 2'])
})

test('the engine gets nothing behind the end that it has found', () => {
  const { push, answer, exchange, isPaused, told } = exchangeWith()
  answer(FLOW.end)
  push('a')
  assert.equal(isPaused(), true)
  push('b')
  exchange.onEnd()
  exchange.onFinished('last')
  assert.deepEqual(told, ['push a', 'finish last'])
})

test('the end of the body, and a client that leaves, are told once', () => {
  const whole = exchangeWith()
  whole.exchange.onEnd()
  whole.exchange.onEnd()
  assert.deepEqual(whole.told, ['end'])
  const left = exchangeWith()
  left.exchange.onAborted()
  left.push('a')
  left.exchange.onEnd()
  assert.deepEqual(left.told, ['abandon'])
})

test('a client above its rate is read from later', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  let waitMs = 1500
  const { push, isPaused } = exchangeWith({ meter: () => waitMs })
  push('a')
  assert.equal(isPaused(), true)
  mock.timers.tick(1000)
  assert.equal(isPaused(), true)
  waitMs = 0
  mock.timers.tick(1000)
  assert.equal(isPaused(), false)
})

test('a stream that is too old refuses records, and ends after a time', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const { push, told } = exchangeWith({ maxDurationMs: -1, graceMs: 500 })
  push('a')
  push('b')
  mock.timers.tick(500)
  push('c')
  assert.deepEqual(told, ['expire 408', 'push a', 'push b', 'endWith 0 '])
})

test('a client that would be refused now has no stream any more', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  let isAllowed = true
  const { told, isPaused } = exchangeWith({
    recheck: async () => {
      if (!isAllowed) throw new RestError('UNAUTHENTICATED', 'Ended.')
    },
  })
  mock.timers.tick(5_000)
  await settle()
  assert.deepEqual(told, [])
  isAllowed = false
  mock.timers.tick(5_000)
  await settle()
  assert.deepEqual(told, ['endWith 401 Ended.'])
  assert.equal(isPaused(), true)
})

test('a stop ends streams, and those that are opened later; one that is over is left alone', () => {
  const { open, told, exchange } = exchangeWith()
  const other = exchangeWith()
  open.add(other.exchange)
  other.exchange.onFinished('')
  open.delete(other.exchange)
  open.stop()
  assert.match(told.join(), /^endWith 503 /)
  assert.deepEqual(other.told, ['finish '])
  const late = exchangeWith()
  open.add(late.exchange)
  assert.match(late.told.join(), /^endWith 503 /)
  exchange.onFinished('')
})

test('a stop leaves a stream that has just begun the time for its records', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const whole = exchangeWith({ sparedMs: 60_000 })
  whole.open.stop()
  whole.push('a')
  whole.exchange.onEnd()
  whole.exchange.onFinished('')
  const lasting = exchangeWith({ sparedMs: 60_000 })
  lasting.open.stop()
  lasting.push('a')
  mock.timers.tick(60_000)
  assert.deepEqual(whole.told, ['push a', 'end', 'finish '])
  assert.match(lasting.told.join(), /^push a,endWith 503 /)
})
