/** `sluice.trusted.proxies`: what a proxy in front says counts, what a client says does not. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { JSON_V2 } from '../../media-types.ts'
import { RawConnection } from '../raw-connection.ts'
import { until } from '../until.ts'

const PROXY = '127.0.0.2'
const CLIENT = '127.0.0.3'
const FORGED = 'X-Forwarded-For: 198.51.100.9'

const sluice = await startSluice('', {
  'sluice.embedded': 'true',
  'sluice.log.requests': 'true',
  'sluice.trusted.proxies': `${PROXY},10.0.0.0/8`,
})
const certified = await startSluice('', {
  'sluice.embedded': 'true',
  'sluice.log.requests': 'true',
  'sluice.trusted.proxies': PROXY,
  'sluice.trusted.proxies.certificate.header': 'X-Forwarded-Client-Cert',
  'auth.ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/',
})
after(() => Promise.all([sluice.stop(), certified.stop()]))

/** Creates an instance from an address. Returns the beginning of its URL, and the client in the log. */
async function create(from: string, id: string, ...headers: string[]) {
  const connection = await RawConnection.open(sluice.url, from)
  const head = [
    'POST /consumers/g HTTP/1.1',
    'Host: inner:8082',
    `Content-Type: ${JSON_V2}`,
    `X-Request-Id: ${id}`,
    'Content-Length: 2',
    ...headers,
  ]
  await connection.send(`${head.join('\r\n')}\r\n\r\n{}`)
  const answer = await connection.response()
  connection.close()
  assert.equal(answer?.status, 200, answer?.body)
  const origin = String(JSON.parse(answer?.body ?? '').base_uri).replace(/\/consumers.*/, '')
  return { origin, client: (await lineInLog(sluice, id))['client'] }
}

async function lineInLog({ log }: Sluice, id: string): Promise<Record<string, unknown>> {
  const find = () => log().match(new RegExp(`^.*"requestId":"${id}".*$`, 'm'))?.[0]
  await until('the request is logged', () => find() !== undefined)
  return JSON.parse(find() ?? '')
}

test('a trusted proxy names the client, the scheme and the host', async () => {
  const named = ['X-Forwarded-Proto: https', 'X-Forwarded-Host: api.example']
  assert.deepEqual(
    await create(PROXY, 'x', 'X-Forwarded-For: 198.51.100.9, 192.0.2.1, 10.0.0.1', ...named),
    { origin: 'https://api.example', client: '192.0.2.1' },
  )
  // HAProxy adds a header, behind the one that its client sent.
  assert.deepEqual(await create(PROXY, 'y', FORGED, 'X-Forwarded-For: 192.0.2.1'), {
    origin: 'http://inner:8082',
    client: '192.0.2.1',
  })
  const element = 'Forwarded: for=198.51.100.9;host=forged, for="[2001:db8::1]:4711";proto=https'
  assert.deepEqual(await create(PROXY, 'z', element), {
    origin: 'https://inner:8082',
    client: '2001:db8::1',
  })
})

test('the same headers from another address have no effect', async () => {
  const forged = [FORGED, 'X-Forwarded-Proto: https', 'X-Forwarded-Host: forged.example']
  const expected = { origin: 'http://inner:8082', client: CLIENT }
  assert.deepEqual(await create(CLIENT, 'a', ...forged), expected)
  assert.deepEqual(await create(CLIENT, 'b', 'Forwarded: for=10.0.0.1;proto=https'), expected)
})

test('malformed values from a trusted proxy are ignored', async () => {
  const malformed = ['X-Forwarded-For: x', 'X-Forwarded-Proto: ftp', 'X-Forwarded-Host: a b']
  assert.deepEqual(await create(PROXY, 'm', ...malformed), {
    origin: 'http://inner:8082',
    client: PROXY,
  })
})

describe('sluice.trusted.proxies.certificate.header', () => {
  /** Lists topics from an address. Returns the status, and the principal in the log. */
  async function list(from: string, id: string, ...headers: string[]) {
    const connection = await RawConnection.open(certified.url, from)
    const head = ['GET /topics HTTP/1.1', 'Host: a', `X-Request-Id: ${id}`, ...headers]
    await connection.send(`${head.join('\r\n')}\r\n\r\n`)
    const answer = await connection.response()
    connection.close()
    return { status: answer?.status, principal: (await lineInLog(certified, id))['principal'] }
  }
  const subject = (text: string) => `X-Forwarded-Client-Cert: Hash=0f;Subject="${text}"`

  test('a trusted proxy names the certificate, of which the rules make a principal', async () => {
    assert.deepEqual(await list(PROXY, 'p', subject('CN=orders,O=Example')), {
      status: 200,
      principal: 'orders',
    })
    assert.deepEqual(await list(PROXY, 'q'), { status: 200, principal: undefined })
  })

  test('a subject that no rule matches, or that cannot be read, gets 401', async () => {
    for (const [index, header] of [
      subject('O=Example'),
      'X-Forwarded-Client-Cert: Hash=0f',
      'X-Forwarded-Client-Cert: Subject="CN=a',
    ].entries()) {
      const answer = await list(PROXY, `r${index}`, header)
      assert.deepEqual(answer, { status: 401, principal: undefined }, header)
    }
  })

  test('the header of another address has no effect', async () => {
    assert.deepEqual(await list(CLIENT, 's', subject('CN=orders')), {
      status: 200,
      principal: undefined,
    })
  })
})
