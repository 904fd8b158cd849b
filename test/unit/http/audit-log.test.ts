/** The audit log: what belongs to it, and what a flood of refusals leaves of it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { RestError } from '../../../src/errors.ts'
import { AuditLog } from '../../../src/http/audit-log.ts'
import { Exchange } from '../../../src/http/exchange.ts'
import type { AnyRoute } from '../../../src/http/route.ts'
import { fakeOwner } from './fake-owner.ts'
import { FakeResponse, fakeRequest } from './fake-response.ts'

function auditing(maxPerSecond = 100) {
  const lines: Record<string, unknown>[] = []
  let omitted = 0
  const sink = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const log = new AuditLog(sink, { maxPerSecond, onOmitted: () => omitted++ })
  return { lines, log, omitted: () => omitted }
}

function answered(error?: RestError, status = 200): Exchange<never> {
  const { owner } = fakeOwner<never>({ keepsAddresses: true, keepsAuthorization: true })
  const head = fakeRequest({ path: '/topics/t', query: 'token=SECRET' })
  const request = { ...head, getHeader: () => 'Basic SECRET' }
  const exchange = new Exchange<never>(new FakeResponse(), request, owner)
  if (error) exchange.respondWithError(error)
  else exchange.respond({ status, body: '' })
  return exchange
}

test('refusals for credentials and rights have a line, with who, what and why; others have none', () => {
  const { lines, log } = auditing()
  const denied = answered(new RestError('ACCESS_DENIED'))
  denied.principal = 'alice'
  for (const exchange of [
    answered(new RestError('UNAUTHENTICATED')),
    denied,
    answered(new RestError('TOO_MANY_LOGINS')),
    answered(new RestError('NOT_FOUND')),
    answered(new RestError('RATE_LIMITED')),
    answered(),
  ]) {
    log.onOver(exchange, false)
  }
  assert.deepEqual(
    lines.map(({ event, client, principal, method, path, status, reason }) => [
      ...[event, client, principal, method, path, status, reason],
    ]),
    [
      ['authentication', '192.0.2.7', undefined, 'GET', '/topics/t', 401, 'UNAUTHENTICATED'],
      ['access', '192.0.2.7', 'alice', 'GET', '/topics/t', 403, 'ACCESS_DENIED'],
      ['authentication', '192.0.2.7', undefined, 'GET', '/topics/t', 429, 'TOO_MANY_LOGINS'],
    ],
  )
  assert.ok(lines.every(({ time }) => new Date(String(time)).toISOString() === time))
  assert.doesNotMatch(JSON.stringify(lines), /SECRET/)
})

test('a stream that is ended because its client would be refused now has one', () => {
  const { lines, log } = auditing()
  for (const name of ['UNAUTHENTICATED', 'ACCESS_DENIED'] as const) {
    const stream = answered()
    stream.withdrawal = new RestError(name)
    log.onOver(stream, false)
  }
  const described = lines.map(({ event, status, reason, withdrawn }) => {
    return [event, status, reason, withdrawn]
  })
  assert.deepEqual(described, [
    ['authentication', 200, 'UNAUTHENTICATED', true],
    ['access', 200, 'ACCESS_DENIED', true],
  ])
})

test('a response that Kafka refuses for rights has one, without an error of ours', () => {
  const { lines, log } = auditing()
  log.onOver(answered(undefined, 403), false)
  assert.deepEqual([lines[0]?.['event'], lines[0]?.['reason']], ['access', undefined])
})

test('requests that change something for all clients have one, whatever became of them', () => {
  const { lines, log } = auditing()
  for (const error of [undefined, new RestError('NOT_FOUND')]) {
    const exchange = answered(error)
    exchange.route = { operationId: 'createTopic', isAudited: true } as AnyRoute<never>
    log.onOver(exchange, false)
  }
  assert.deepEqual(
    lines.map(({ event, operation, status }) => [event, operation, status]),
    [
      ['change', 'createTopic', 200],
      ['change', 'createTopic', 404],
    ],
  )
})

test('a flood is cut, counted and told; it leaves room for lines of other kinds', (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const { lines, log, omitted } = auditing(2)
  const refused = () => log.onOver(answered(new RestError('UNAUTHENTICATED')), false)
  for (let request = 0; request < 5; request++) refused()
  log.onOver(answered(new RestError('FORBIDDEN')), false)
  assert.deepEqual(
    lines.map(({ event }) => event),
    ['authentication', 'authentication', 'access'],
  )
  assert.equal(omitted(), 3)
  t.mock.timers.tick(1000)
  const { event, of, lines: count } = lines.at(-1) ?? {}
  assert.deepEqual([event, of, count], ['omitted', 'authentication', 3])
  refused()
  assert.equal(lines.at(-1)?.['event'], 'authentication')
})
