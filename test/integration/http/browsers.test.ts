/** CORS, OPTIONS and the header fields that the configuration adds, on all kinds of responses. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:http'
import { after, describe, test } from 'node:test'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { BINARY, V2 } from '../../media-types.ts'
import { RawConnection } from '../raw-connection.ts'

const ORIGIN = 'https://app.example.com'
const EMBEDDED = { 'sluice.embedded': 'true' }

async function start(settings: Record<string, string>): Promise<Sluice> {
  const sluice = await startSluice('', { ...EMBEDDED, ...settings })
  after(() => sluice.stop())
  return sluice
}

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A request as a browser sends it: fetch() would not set these headers. */
async function ask(
  { url }: Sluice,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  const outgoing = request(url + path, { method, headers, agent: false }).end(body)
  const [incoming] = await once(outgoing, 'response')
  let text = ''
  for await (const piece of incoming) text += piece
  return { status: incoming.statusCode, headers: incoming.headers, text }
}

const sluice = await start({
  'access.control.allow.origin': `https://*.example.com , http://localhost:3000`,
  'access.control.allow.methods': 'GET, POST, DELETE',
  'access.control.allow.headers': ' Content-Type , Authorization',
  'access.control.expose.headers': 'X-Failed-Records, X-Request-Id',
  'nosniff.prevention.enable': 'true',
  'hsts.header.enable': 'true',
  'sluice.trusted.proxies': '127.0.0.2',
  'response.http.headers.config':
    'add X-Frame-Options: DENY, "set Cache-Control: no-store, private", setDate Expires: 3600000',
  'sluice.request.max.bytes': '100000',
})
const refusing = await start({
  'access.control.allow.origin': '*',
  'reject.options.request': 'true',
})

const preflight = (method: string, headers = '', origin = ORIGIN) => ({
  origin,
  'access-control-request-method': method,
  ...(headers && { 'access-control-request-headers': headers }),
})

const isAllowed = ({ headers }: Answer) => {
  assert.match(String(headers.vary), /(^|, )Origin(,|$)/)
  const origin = headers['access-control-allow-origin']
  assert.equal(
    headers['access-control-allow-credentials'],
    origin === undefined ? undefined : 'true',
  )
  return origin === ORIGIN
}

describe('CORS', () => {
  test('allows the origin on answers of routes, on errors before routing and on errors of routes', async () => {
    const tooLarge = '{"records":['.padEnd(200_000)
    const answers = [
      await ask(sluice, 'GET', '/topics', { origin: ORIGIN }),
      await ask(sluice, 'GET', '/no/such/path', { origin: ORIGIN }),
      await ask(sluice, 'GET', '/topics//x', { origin: ORIGIN }),
      await ask(sluice, 'PUT', '/topics', { origin: ORIGIN }),
      await ask(sluice, 'GET', '/topics', { origin: ORIGIN, accept: 'text/html' }),
      await ask(sluice, 'POST', '/topics/t', { origin: ORIGIN, 'content-type': 'a/b' }, '{}'),
      await ask(sluice, 'POST', '/topics/t', { origin: ORIGIN, 'content-type': BINARY }, tooLarge),
      await ask(sluice, 'GET', '/topics/none', { origin: ORIGIN }),
      await ask(sluice, 'HEAD', '/', { origin: ORIGIN }),
      await ask(sluice, 'OPTIONS', '/topics', { origin: ORIGIN }),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 404, 400, 405, 406, 415, 413, 404, 200, 200],
    )
    assert.ok(answers.every(isAllowed))
    for (const { headers } of answers) {
      assert.equal(headers['access-control-expose-headers'], 'X-Failed-Records,X-Request-Id')
      assert.match(String(headers['x-request-id']), /^[0-9a-z]+-[0-9a-z]+$/)
    }
  })

  test('allows the origin on a streamed response', async () => {
    const json = { 'content-type': V2 }
    const settings = '{"name":"me","auto.offset.reset":"earliest"}'
    assert.equal((await ask(sluice, 'POST', '/consumers/g', json, settings)).status, 200)
    const produce = { 'content-type': BINARY, origin: ORIGIN }
    const produced = await ask(sluice, 'POST', '/topics/t', produce, '{"records":[{"value":""}]}')
    assert.equal(produced.status, 200, produced.text)
    assert.ok(isAllowed(produced))
    const assignment = '{"partitions":[{"topic":"t","partition":0}]}'
    const me = '/consumers/g/instances/me'
    assert.equal((await ask(sluice, 'POST', `${me}/assignments`, json, assignment)).status, 204)
    const read = await ask(sluice, 'GET', `${me}/records?timeout=1000`, { origin: ORIGIN })
    assert.equal(read.status, 200)
    assert.ok(isAllowed(read))
  })

  test('shows no permission to other origins, and serves them', async () => {
    for (const origin of [
      'https://example.com',
      'https://app.example.com.evil',
      'http://localhost',
      'null',
    ]) {
      const answer = await ask(sluice, 'GET', '/topics', { origin })
      assert.equal(answer.status, 200)
      assert.ok(!isAllowed(answer), origin)
      const asked = await ask(sluice, 'OPTIONS', '/topics', preflight('GET', '', origin))
      assert.deepEqual([asked.status, isAllowed(asked)], [200, false])
      assert.equal(asked.headers['access-control-allow-methods'], undefined)
    }
    assert.ok(!isAllowed(await ask(sluice, 'GET', '/')))
  })

  test('answers preflight requests for any path, and reads lists with spaces', async () => {
    for (const path of ['/consumers/g/instances/me', '/no/such/path']) {
      const asked = preflight('DELETE', 'authorization,content-type')
      const { status, headers, text } = await ask(sluice, 'OPTIONS', path, asked)
      assert.deepEqual([status, text, headers['access-control-allow-origin']], [200, '', ORIGIN])
      assert.equal(headers['access-control-allow-methods'], 'GET,POST,DELETE')
      assert.equal(headers['access-control-allow-headers'], 'Content-Type,Authorization')
      assert.equal(headers['access-control-max-age'], '1800')
    }
    const asked = await ask(sluice, 'OPTIONS', '/topics', preflight('GET', 'x-other'))
    assert.deepEqual([asked.status, isAllowed(asked)], [200, false])
  })

  test('reject.options.request refuses preflight requests, too', async () => {
    for (const headers of [{}, preflight('GET')]) {
      const { status, text } = await ask(refusing, 'OPTIONS', '/topics', headers)
      assert.equal(status, 403)
      assert.match(text, /reject\.options\.request/)
    }
    assert.equal((await ask(refusing, 'GET', '/topics')).status, 200)
  })
})

describe('configured headers', () => {
  test('are in every response, also in that of a malformed request', async () => {
    const connection = await RawConnection.open(sluice.url)
    await connection.send('GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n')
    const malformed = await connection.response()
    assert.equal(malformed?.status, 400)
    const answers = [
      await ask(sluice, 'GET', '/topics'),
      await ask(sluice, 'GET', '/no'),
      await ask(sluice, 'OPTIONS', '/no', preflight('GET')),
    ]
    for (const { headers } of [...answers, malformed as { headers: IncomingHttpHeaders }]) {
      assert.equal(headers['x-frame-options'], 'DENY')
      assert.equal(headers['cache-control'], 'no-store, private')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      const expires = Date.parse(String(headers.expires)) - Date.parse(String(headers.date))
      assert.ok(Math.abs(expires - 3_600_000) < 60_000, headers.expires)
    }
  })

  test('give way to a header that the response has itself', async () => {
    const { headers } = await ask(sluice, 'GET', '/openapi.json')
    assert.equal(headers['cache-control'], 'no-cache')
    assert.equal(headers['x-frame-options'], 'DENY')
  })

  test('tell browsers to use https only over https', async () => {
    const plain = await ask(sluice, 'GET', '/', { 'x-forwarded-proto': 'https' })
    assert.equal(plain.headers['strict-transport-security'], undefined)
    const proxy = await RawConnection.open(sluice.url, '127.0.0.2')
    await proxy.send('GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\n\r\n')
    const secure = await proxy.response()
    proxy.close()
    assert.equal(
      secure?.headers['strict-transport-security'],
      'max-age=63072000; includeSubDomains',
    )
  })

  test('are absent without their keys', async () => {
    const { headers } = await ask(refusing, 'GET', '/')
    const names = ['x-frame-options', 'x-content-type-options', 'strict-transport-security']
    for (const name of names) assert.equal(headers[name], undefined)
  })
})
