/** Rules of access, limits and CORS for clients that authenticate: each principal has its own. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { hashPassword } from '../../../src/auth/password-hash.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { JSON_V2 } from '../../media-types.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-rules-'))
after(() => rmSync(folder, { recursive: true }))
const users = join(folder, 'users')
const hash = await hashPassword('secret')
writeFileSync(users, `alice:${hash}:writers\nbob:${hash}\ncarol:${hash}:writers\n`)
const rules = join(folder, 'rules')
writeFileSync(
  rules,
  'allow group:writers endpoint:api.v2.produce-to-topic.* topic:orders\nallow principal:* endpoint:api.v2.topics.list,api.v2.root.get\n',
)

const sluice = await startSluice('', {
  'sluice.embedded': 'true',
  'authentication.method': 'BASIC',
  'authentication.roles': '**',
  'sluice.auth.users.file': users,
  'sluice.access.rules': rules,
  'sluice.limits': 'principal:carol 1 requests/s burst 2',
  'access.control.allow.origin': 'https://app.example.com',
  'access.control.allow.headers': 'Content-Type,Authorization',
  'api.endpoints.blocklist': 'api.v2.brokers.*',
})
after(() => sluice.stop())

const ORIGIN = { origin: 'https://app.example.com' }

function send(method: string, path: string, name?: string, headers: Record<string, string> = {}) {
  const credentials = Buffer.from(`${name}:secret`).toString('base64')
  const authorization = name === undefined ? {} : { authorization: `Basic ${credentials}` }
  return fetch(sluice.url + path, {
    method,
    headers: { ...authorization, ...headers },
    ...(method === 'POST' && { body: '{"records":[{"value":1}]}' }),
  })
}

const produce = async (name: string, topic: string) =>
  (await send('POST', `/topics/${topic}`, name, { 'content-type': JSON_V2 })).status

test('rules know the names and groups of clients', async () => {
  assert.equal(await produce('alice', 'orders'), 200)
  assert.equal(await produce('alice', 'payments'), 403)
  assert.equal(await produce('bob', 'orders'), 403)
  const seen = async (name: string) => await (await send('GET', '/topics', name)).json()
  assert.deepEqual(await seen('alice'), ['orders'])
  assert.deepEqual(await seen('bob'), [])
  assert.equal((await send('GET', '/topics')).status, 401)
})

test('a limit of a principal is that of no other one', async () => {
  const statuses = async (name: string) => {
    const answers: number[] = []
    for (let index = 0; index < 30; index++) answers.push((await send('GET', '/', name)).status)
    return new Set(answers)
  }
  // A machine that is slow gives a permit now and then, and never all.
  assert.deepEqual([...(await statuses('carol'))].sort(), [200, 429])
  assert.deepEqual([...(await statuses('bob'))], [200])
})

test('browsers see refusals, and need no credentials for a preflight request', async () => {
  const refused = await send('GET', '/topics', undefined, ORIGIN)
  assert.equal(refused.status, 401)
  assert.equal(refused.headers.get('access-control-allow-origin'), ORIGIN.origin)
  const preflight = await send('OPTIONS', '/topics', undefined, {
    ...ORIGIN,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  })
  assert.equal(preflight.status, 200)
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'Content-Type,Authorization')
})

test('a blocked endpoint does not exist, whoever asks', async () => {
  for (const name of [undefined, 'alice']) {
    assert.equal((await send('GET', '/brokers', name)).status, 404)
  }
})
