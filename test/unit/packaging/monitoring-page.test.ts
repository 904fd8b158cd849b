/** docs/monitoring.md: its settings are valid, and its lines are those that are written. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { loadConfig } from '../../../src/config/index.ts'
import { RestError } from '../../../src/errors.ts'
import { AuditLog } from '../../../src/http/audit-log.ts'
import { Exchange } from '../../../src/http/exchange.ts'
import { requestLog } from '../../../src/http/request-log.ts'
import type { AnyRoute } from '../../../src/http/route.ts'
import { fakeOwner } from '../http/fake-owner.ts'
import { FakeResponse, fakeRequest } from '../http/fake-response.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/monitoring.md'), 'utf8')
const blocksOf = (language: string): string[] =>
  [...page.matchAll(/^```(\w*)\n(.*?)^```/gms)].flatMap(([, name, text = '']) =>
    name === language ? [text.trim()] : [],
  )

/** The names of the members of lines in JSON. */
const membersOf = (lines: string) =>
  lines.split('\n').map((line) => Object.keys(JSON.parse(line)).sort())

function answeredExchange(): Exchange<never> {
  const { owner } = fakeOwner<never>({ keepsAddresses: true })
  const exchange = new Exchange<never>(new FakeResponse(), fakeRequest({ path: '/t' }), owner)
  exchange.principal = 'alice'
  return exchange
}

test('each example of a configuration is valid', () => {
  const examples = blocksOf('properties')
  assert.ok(examples.length >= 2)
  for (const example of examples) {
    const sets = [
      ...['sluice.embedded=true', 'ssl.keystore.location=/etc/sluice/listener.pem'],
      ...example.split('\n'),
    ]
    assert.deepEqual(loadConfig({ sets }).faults, [], example)
  }
})

test('the lines of the request log and the audit log have the members that are shown', () => {
  const [requests = '', audit = ''] = blocksOf('json')
  const lines: string[] = []
  const write = (line: string) => void lines.push(line.trim())
  const log = pino({ timestamp: pino.stdTimeFunctions.isoTime, base: { pid: 7 } }, { write })
  const served = answeredExchange()
  served.respond({ status: 200, body: '', logged: { records: 1, failedRecords: 0 } })
  requestLog({ format: 'json', logsErrors: true, oneOf: 1 }, log, { write })(served, false, 1)
  assert.deepEqual(membersOf(lines.join('\n')), membersOf(requests))

  lines.length = 0
  const denied = answeredExchange()
  denied.route = { operationId: 'getTopic' } as AnyRoute<never>
  denied.respondWithError(new RestError('ACCESS_DENIED'))
  new AuditLog({ write }, { maxPerSecond: 1, onOmitted: () => {} }).onOver(denied, false)
  const [shown = '', omitted = ''] = audit.split('\n')
  assert.deepEqual(membersOf(lines.join('\n')), membersOf(shown))
  assert.deepEqual(membersOf(omitted), [['event', 'lines', 'of', 'time']])
})
