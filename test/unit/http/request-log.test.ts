/** The request log: the fields of its lines, NCSA's format, and requests that are not logged. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { RestError } from '../../../src/errors.ts'
import { Exchange } from '../../../src/http/exchange.ts'
import type { RawRequest } from '../../../src/http/headers.ts'
import { type RequestLogSettings, requestLog } from '../../../src/http/request-log.ts'
import { fakeOwner } from './fake-owner.ts'
import { FakeResponse, fakeRequest } from './fake-response.ts'

const JSON_LOG: RequestLogSettings = { format: 'json', logsErrors: true, oneOf: 1 }
const NCSA_LOG: RequestLogSettings = { format: 'ncsa', logsErrors: true, oneOf: 1 }

/** A request log, and what it writes. */
function logging(settings: RequestLogSettings) {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  return { lines, log: requestLog(settings, pino({ base: null }, { write }), { write }) }
}

function exchangeOf(
  head: Parameters<typeof fakeRequest>[0] = {},
  headers: Record<string, string> = {},
): Exchange<never> {
  const { owner } = fakeOwner<never>({ keepsAddresses: true, keepsAgents: true })
  const request: RawRequest = {
    ...fakeRequest(head),
    getHeader: (name: string) => headers[name] ?? '',
  }
  return new Exchange<never>(new FakeResponse(), request, owner)
}

test('a line in JSON has the records of a request, and those that failed', () => {
  const { lines, log } = logging(JSON_LOG)
  const exchange = exchangeOf()
  exchange.respond({ status: 200, body: '{}', logged: { records: 3, failedRecords: 1 } })
  log(exchange, false, 1.5)
  const { records, failedRecords, errorCode, ms } = JSON.parse(lines[0] ?? '')
  assert.deepEqual([records, failedRecords, errorCode, ms], [3, 1, undefined, 1.5])
})

test("a line in NCSA's format has the fields of Confluent's proxy", () => {
  const { lines, log } = logging(NCSA_LOG)
  const agent = { referer: 'https://example.com/a', 'user-agent': 'curl/8' }
  const exchange = exchangeOf({ path: '/topics', query: 'a=b' }, agent)
  exchange.principal = 'alice'
  exchange.respond({ status: 200, body: '["t"]' })
  log(exchange, false, 12.4)
  const [line = '', ...others] = lines
  assert.deepEqual(others, [])
  assert.match(
    line,
    /^192\.0\.2\.7 - alice \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/topics\?a=b HTTP\/1\.1" 200 5 "https:\/\/example\.com\/a" "curl\/8" 12 - -\n$/,
  )
})

test('its time is that of the head, in UTC', () => {
  const { lines, log } = logging(NCSA_LOG)
  log(exchangeOf(), false, 0)
  const [, day, month, year, time] =
    /\[(\d\d)\/(\w{3})\/(\d{4}):([\d:]+) \+0000\]/.exec(lines[0] ?? '') ?? []
  const told = Date.parse(`${day} ${month} ${year} ${time} GMT`)
  assert.ok(Math.abs(Date.now() - told) < 60_000, lines[0])
})

test('errors and failed records are two more fields, unless the configuration leaves them out', () => {
  const refused = exchangeOf()
  refused.respondWithError(new RestError('KEY_SCHEMA_MISSING'))
  const failed = exchangeOf()
  failed.respond({ status: 200, body: '', logged: { records: 2, failedRecords: 2 } })
  const { lines, log } = logging(NCSA_LOG)
  log(refused, false, 1)
  log(failed, false, 1)
  assert.match(lines[0] ?? '', / 1 42201 -\n$/)
  assert.match(lines[1] ?? '', / 1 - Failed=2\n$/)
  const silent = logging({ ...NCSA_LOG, logsErrors: false })
  silent.log(refused, false, 1)
  assert.match(silent.lines[0] ?? '', /"-" 1\n$/)
})

test('no character of a request ends a field, or a line', () => {
  const { lines, log } = logging(NCSA_LOG)
  const evil = 'a" 200 5\n\u001b[2J\\ü'
  const exchange = exchangeOf({ path: '/x' }, { 'user-agent': evil })
  exchange.principal = 'CN=a b,O="c"'
  log(exchange, false, 1)
  assert.equal(lines[0]?.split('\n').length, 2)
  assert.match(lines[0] ?? '', / - CN=a%20b,O=%22c%22 \[/)
  assert.match(lines[0] ?? '', /"a%22 200 5%0A%1B\[2J%5C%C3%BC" 1 - -\n$/)
})

test('of a sample every so many requests are logged, and all that fail', () => {
  const { lines, log } = logging({ ...JSON_LOG, oneOf: 3 })
  const answer = (status: number, failedRecords = 0, isAborted = false) => {
    const exchange = exchangeOf()
    exchange.respond({ status, body: '', logged: { records: 5, failedRecords } })
    log(exchange, isAborted, 1)
  }
  for (let request = 0; request < 7; request++) answer(200)
  assert.equal(lines.length, 3)
  answer(404)
  answer(200, 1)
  answer(200, 0, true)
  assert.equal(lines.length, 6)
})
