/** The lines of the log that each request has. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Exchange } from '../../../src/http/exchange.ts'
import { jsonRequestLog } from '../../../src/http/request-log.ts'
import { RequestObserver } from '../../../src/http/request-observer.ts'
import { LoopCounters } from '../../../src/loop-counters.ts'
import { fakeOwner } from './fake-owner.ts'
import { FakeResponse, fakeRequest } from './fake-response.ts'

/** An observer, and the lines that it logs. */
function observing(level: string, logsRequests: boolean) {
  const lines: Record<string, unknown>[] = []
  const formatters = { level: (label: string) => ({ level: label }) }
  const log = pino(
    { base: null, level, formatters },
    { write: (line) => lines.push(JSON.parse(line)) },
  )
  const observer = new RequestObserver(log, new LoopCounters([]), {
    requestLog: logsRequests ? jsonRequestLog(log, 'info', false) : undefined,
    auditLog: undefined,
    logsErrors: false,
    showsStacks: false,
  })
  const { owner } = fakeOwner({ keepsAddresses: observer.logsAddresses })
  const newExchange = () =>
    new Exchange(new FakeResponse(), fakeRequest({ path: '/topics', query: 'token=SECRET' }), owner)
  return { lines, observer, newExchange }
}

test('a line names the address of the client, and the client when it was authenticated', () => {
  const { lines, observer, newExchange } = observing('info', true)
  for (const principal of ['alice', undefined]) {
    const exchange = newExchange()
    exchange.principal = principal
    observer.onHead?.(exchange)
    observer.onOver(exchange, false)
  }
  assert.deepEqual(
    lines.map((line) => [line['msg'], line['client'], line['path'], line['principal']]),
    [
      ['request', '192.0.2.7', '/topics', 'alice'],
      ['request', '192.0.2.7', '/topics', undefined],
    ],
  )
})

test('the level trace has the head of each request, also of one without an answer', () => {
  const { lines, observer, newExchange } = observing('trace', false)
  const exchange = newExchange()
  observer.onHead?.(exchange)
  assert.deepEqual(
    lines.map((line) => [line['level'], line['msg'], line['client'], line['path']]),
    [['trace', 'request begins', '192.0.2.7', '/topics']],
  )
  assert.ok(Number(lines[0]?.['headerBytes']) >= 0)
  observer.onOver(exchange, true)
  assert.deepEqual(
    [lines[1]?.['level'], lines[1]?.['msg'], lines[1]?.['aborted']],
    ['trace', 'request', true],
  )
  assert.doesNotMatch(JSON.stringify(lines), /SECRET/)
})

test('without the key and the level nothing is logged, and no address is read', () => {
  const { lines, observer, newExchange } = observing('debug', false)
  const exchange = newExchange()
  observer.onHead?.(exchange)
  observer.onOver(exchange, false)
  assert.deepEqual([lines, exchange.clientAddress], [[], ''])
})
