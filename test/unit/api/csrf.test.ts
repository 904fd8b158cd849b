/** Tokens against cross-site request forgery. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CsrfTokens } from '../../../src/api/csrf.ts'
import { loadConfig } from '../../../src/config/index.ts'

const SECRET = new Uint8Array(32).fill(7)
const MINUTE = 60_000
const NOW = 1_700_000_000_000

function tokens(secret = SECRET, ...settings: string[]): CsrfTokens {
  const { config, faults } = loadConfig({ sets: ['bootstrap.servers=a:1', ...settings] })
  assert.deepEqual(faults, [])
  return new CsrfTokens(config, secret)
}

const caller = (
  given: { requestedBy?: string; requestedWith?: string; principal?: string } = {},
) => ({
  method: 'POST',
  principal: undefined,
  requestedBy: 'session',
  requestedWith: '',
  ...given,
})

const without = (what: string) => ({ status: 400, message: what })
const INVALID = without('Invalid CSRF token in request header X-Requested-With')

test('a token admits its session until its end', () => {
  const issuer = tokens()
  const requestedWith = issuer.issue(caller(), NOW)
  issuer.check(caller({ requestedWith }), NOW + 30 * MINUTE - 1)
  assert.throws(() => issuer.check(caller({ requestedWith }), NOW + 30 * MINUTE), INVALID)
})

test('csrf.prevention.token.expiration.minutes is the time of a token', () => {
  const issuer = tokens(SECRET, 'csrf.prevention.token.expiration.minutes=2')
  const requestedWith = issuer.issue(caller(), NOW)
  issuer.check(caller({ requestedWith }), NOW + 2 * MINUTE - 1)
  assert.throws(() => issuer.check(caller({ requestedWith }), NOW + 2 * MINUTE), INVALID)
})

test('a token is for one session of one principal', () => {
  const issuer = tokens()
  const requestedWith = issuer.issue(caller({ principal: 'alice' }), NOW)
  issuer.check(caller({ principal: 'alice', requestedWith }), NOW)
  for (const other of [{ principal: 'bob' }, {}, { principal: 'alice', requestedBy: 'other' }]) {
    assert.throws(() => issuer.check(caller({ requestedWith, ...other }), NOW), INVALID)
  }
})

test('a token that was changed, or that another process made, is not valid', () => {
  const issuer = tokens()
  const token = issuer.issue(caller(), NOW)
  const later = token.replace(/^\d+/, (end) => String(Number(end) + 1))
  const foreign = tokens(new Uint8Array(32)).issue(caller(), NOW)
  for (const requestedWith of [later, foreign, `${token}a`, 'XMLHttpRequest', '.', `${NOW}.`]) {
    assert.throws(() => issuer.check(caller({ requestedWith }), NOW), INVALID)
  }
})

test('processes of a cluster take the tokens of each other', () => {
  const cluster = [
    'sluice.cluster.id=c',
    'sluice.peer.secret=0123456789abcdef',
    'sluice.peer.listeners=http://127.0.0.1:1',
  ]
  const requestedWith = tokens(SECRET, ...cluster).issue(caller(), NOW)
  tokens(new Uint8Array(32), ...cluster).check(caller({ requestedWith }), NOW)
})

test('requests without a session or a token are told what is missing; those that change nothing need none', () => {
  const issuer = tokens()
  const noSession = without('Missing user session identifier in request header X-Requested-By')
  assert.throws(() => issuer.issue(caller({ requestedBy: '' }), NOW), noSession)
  assert.throws(() => issuer.check(caller({ requestedBy: '', requestedWith: 'x' }), NOW), noSession)
  const noToken = without('Missing CSRF token in request header X-Requested-With')
  assert.throws(() => issuer.check(caller(), NOW), noToken)
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    issuer.check({ ...caller({ requestedBy: '' }), method }, NOW)
  }
})
