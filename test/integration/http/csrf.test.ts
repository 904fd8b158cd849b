/** `csrf.prevention.…` over sockets. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startSluice } from '../../cluster/sluice.ts'
import { V2 } from '../../media-types.ts'

const sluice = await startSluice('', {
  'sluice.embedded': 'true',
  'sluice.http.threads': '2',
  'csrf.prevention.enable': 'true',
  'csrf.prevention.token.endpoint': '/tokens/own',
})
after(() => sluice.stop())

const create = (headers: Record<string, string>) =>
  fetch(`${sluice.url}/consumers/g`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': V2, connection: 'close', ...headers },
  })

test('a session gets a token with which it may change something, on all event loops', async () => {
  const headers = { 'x-requested-by': 'session' }
  const issued = await fetch(`${sluice.url}/tokens/own`, { headers })
  assert.deepEqual([issued.status, await issued.text()], [200, ''])
  assert.equal(issued.headers.get('cache-control'), 'no-store')
  const token = issued.headers.get('x-confluent-csrf-token') ?? ''
  for (let index = 0; index < 8; index++) {
    assert.equal((await create({ ...headers, 'x-requested-with': token })).status, 200)
  }
  const foreign = await create({ 'x-requested-by': 'other', 'x-requested-with': token })
  assert.equal(foreign.status, 400)
  assert.match(await foreign.text(), /Invalid CSRF token in request header X-Requested-With/)
})

test('a request without a token gets 400 when it would change something', async () => {
  const refused = await create({ 'x-requested-by': 'session' })
  assert.equal(refused.status, 400)
  assert.deepEqual(await refused.json(), {
    error_code: 400,
    message: 'Missing CSRF token in request header X-Requested-With',
  })
  const deleted = await fetch(`${sluice.url}/consumers/g/instances/none`, { method: 'DELETE' })
  assert.equal(deleted.status, 400)
  assert.equal((await fetch(`${sluice.url}/topics`)).status, 200)
  assert.equal((await fetch(`${sluice.url}/tokens/own`)).status, 400)
  assert.equal((await fetch(`${sluice.url}/csrf`)).status, 404)
})
