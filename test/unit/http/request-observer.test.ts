/** The line of the log that each request has. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Exchange } from '../../../src/http/exchange.ts'
import { RequestObserver } from '../../../src/http/request-observer.ts'
import { Metrics } from '../../../src/metrics.ts'
import { fakeOwner } from './fake-owner.ts'
import { FakeResponse, fakeRequest } from './fake-response.ts'

test('a line names the client when the request was authenticated', () => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: null }, { write: (line) => lines.push(JSON.parse(line)) })
  const observer = new RequestObserver(
    log,
    new Metrics(() => ({}), { version: '', node: '', librdkafka: '', patches: '' }),
    {
      logsRequests: true,
      logsErrors: false,
      showsStacks: false,
    },
  )
  const { owner } = fakeOwner()
  for (const principal of ['alice', undefined]) {
    const exchange = new Exchange(new FakeResponse(), fakeRequest({ path: '/topics' }), owner)
    exchange.principal = principal
    observer.onOver(exchange, false)
  }
  assert.deepEqual(
    lines.map((line) => [line['path'], line['principal']]),
    [
      ['/topics', 'alice'],
      ['/topics', undefined],
    ],
  )
})
