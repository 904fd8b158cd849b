/** Authentication by passwords, of a process as an operator runs it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { createAuthority, createIdentity } from '../../certificates.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { readMetrics } from '../metrics-text.ts'
import { RawConnection } from '../raw-connection.ts'
import { type Headers, RestClient } from '../rest-client.ts'
import { until } from '../until.ts'
import { JSON_CHUNKS, StreamClient } from '../v3/stream-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-auth-'))
after(() => rmSync(folder, { recursive: true }))

const MAIN = join(import.meta.dirname, '../../../dist/main.js')
const SECRETS = [
  'wonderland',
  'builder-123',
  'guessed',
  Buffer.from('alice:wonderland').toString('base64'),
]

function lineOf(user: string, password: string): string {
  const args = [MAIN, '--hash-password', user]
  return execFileSync(process.execPath, args, { input: `${password}\n`, encoding: 'utf8' })
}

function basic(name: string, password: string): Headers {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` }
}

const ALICE = basic('alice', 'wonderland')
const JSON_RECORDS = { 'content-type': 'application/vnd.kafka.json.v2+json' }

const running: Sluice[] = []
const clients: RestClient[] = []
after(async () => {
  for (const client of clients) client.close()
  for (const sluice of running) await sluice.stop()
})

async function serve(settings: Record<string, string>, env = {}): Promise<Sluice> {
  const given = { 'sluice.embedded': 'true', 'authentication.method': 'BASIC', ...settings }
  const sluice = await startSluice('', given, [], { ...process.env, ...env })
  running.push(sluice)
  return sluice
}

function clientOf(url: string): RestClient {
  const client = new RestClient(url)
  clients.push(client)
  return client
}

/** Ends a process, whose log has no secret. */
async function stopped(sluice: Sluice): Promise<void> {
  await sluice.stop()
  for (const secret of SECRETS) assert.ok(!sluice.log().includes(secret), sluice.log())
}

test('users of a file are who they say, on each event loop, until the file says otherwise', async () => {
  const users = join(folder, 'users')
  const alice = lineOf('alice:admin', 'wonderland')
  writeFileSync(users, alice + lineOf('bob', 'builder-123'))
  const sluice = await serve({
    'sluice.auth.users.file': users,
    'sluice.http.threads': '2',
    'sluice.log.requests': 'true',
    'authentication.skip.paths': '/openapi.json',
  })
  const rest = clientOf(sluice.url)

  const without = await rest.get('/topics')
  assert.equal(without.status, 401)
  assert.equal(without.headers['www-authenticate'], 'Basic realm="Sluice"')
  assert.deepEqual(without.body, { error_code: 401, message: 'HTTP 401 Unauthorized' })

  for (let count = 0; count < 8; count++) {
    // Each connection is that of one event loop.
    const other = clientOf(sluice.url)
    assert.equal((await other.get('/topics', ALICE)).status, 200)
  }
  assert.equal((await rest.get('/topics', basic('alice', 'guessed'))).status, 401)
  assert.equal((await rest.get('/topics', basic('nobody', 'guessed'))).status, 401)
  assert.equal((await rest.get('/topics', basic('bob', 'builder-123'))).status, 403)

  // What does not exist is nobody's business.
  assert.equal((await rest.get('/nothing')).status, 401)
  assert.equal((await rest.get('/nothing', ALICE)).status, 404)
  assert.equal((await rest.send('PUT', '/topics')).status, 401)
  assert.equal((await rest.get('/metrics')).status, 401)
  for (const path of ['/healthy', '/ready', '/openapi.json']) {
    assert.equal((await rest.get(path)).status, 200, path)
  }

  const produced = await rest.post(
    '/topics/t',
    { records: [{ value: 1 }] },
    { ...ALICE, ...JSON_RECORDS },
  )
  assert.equal(produced.status, 200)
  await until('the log names the user', () => sluice.log().includes('"principal":"alice"'))

  writeFileSync(users, 'alice:removed')
  await until('the fault is told', () =>
    sluice.log().includes('files of users and keys cannot be read again'),
  )
  assert.equal((await rest.get('/topics', ALICE)).status, 200)
  writeFileSync(users, lineOf('bob:admin', 'builder-123'))
  await until('alice is gone', async () => (await rest.get('/topics', ALICE)).status === 401)
  assert.equal((await rest.get('/topics', basic('bob', 'builder-123'))).status, 200)

  writeFileSync(users, alice)
  process.kill(sluice.pid as number, 'SIGHUP')
  await until('alice is back', async () => (await rest.get('/topics', ALICE)).status === 200)
  await stopped(sluice)
})

test("a JAAS file as Confluent's tools name it has the users, behind symbolic links", async () => {
  const [jaas, target, users] = ['jaas.conf', 'users.properties', 'link'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  writeFileSync(target, 'alice: wonderland,kafka\neve: OBF:1u2u1wml1z7s1z7a1wnl1u2g\n')
  symlinkSync(target, users)
  const module = 'org.eclipse.jetty.jaas.spi.PropertyFileLoginModule'
  writeFileSync(
    jaas,
    `KafkaRest {\n  ${module} required\n  file="${users}"\n  debug="false";\n};\n`,
  )
  const sluice = await serve(
    { 'authentication.realm': 'KafkaRest', 'authentication.roles': 'kafka' },
    { KAFKAREST_OPTS: `-Xmx1g -Djava.security.auth.login.config=${jaas}` },
  )
  const rest = clientOf(sluice.url)
  const { headers } = await rest.get('/topics')
  assert.equal(headers['www-authenticate'], 'Basic realm="KafkaRest"')
  assert.equal((await rest.get('/topics', ALICE)).status, 200)
  assert.equal((await rest.get('/topics', basic('eve', 'keypwd'))).status, 403)
  await stopped(sluice)
})

test('the body of a refused request is not read', async () => {
  const users = join(folder, 'one-user')
  writeFileSync(users, lineOf('alice:admin', 'wonderland'))
  const sluice = await serve({ 'sluice.auth.users.file': users })
  const head = (credentials: Headers) =>
    `POST /topics/t HTTP/1.1\r\nHost: x\r\nContent-Type: ${JSON_RECORDS['content-type']}\r\n` +
    `Authorization: ${credentials['authorization']}\r\nContent-Length: 1000000\r\n`
  const refused = await RawConnection.open(sluice.url)
  await refused.send(`${head(basic('alice', 'guessed'))}\r\n{"records`)
  const response = await refused.response()
  assert.equal(response?.status, 401)
  await refused.closed()
  const invited = await RawConnection.open(sluice.url)
  await invited.send(`${head(basic('alice', 'guessed'))}Expect: 100-continue\r\n\r\n`)
  assert.equal((await invited.response())?.status, 401)
  await stopped(sluice)
})

test('who guesses is slowed down, and others are not', async () => {
  const users = join(folder, 'guessed-user')
  writeFileSync(users, lineOf('alice:admin', 'wonderland'))
  const sluice = await serve({ 'sluice.auth.users.file': users })
  const rest = clientOf(sluice.url)
  assert.equal((await rest.get('/topics', ALICE)).status, 200)
  const statuses = new Map<number, number>()
  for (let count = 0; count < 200 && !statuses.has(429); count++) {
    const { status, headers } = await rest.get('/topics', basic('alice', `guessed${count}`))
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status === 429) assert.ok(Number(headers['retry-after']) >= 1)
  }
  assert.ok((statuses.get(401) ?? 0) >= 5)
  assert.equal(statuses.get(429), 1)
  const metrics = await readMetrics({
    get: (path: string) => rest.get(path, ALICE),
  } as RestClient)
  const count = (result: string) =>
    metrics.get(`sluice_authentication_checks_total{method="BASIC",result="${result}"}`)
  assert.equal(count('accepted'), 1)
  assert.equal(count('slowed'), 1)
  assert.equal(count('refused'), statuses.get(401))
  await stopped(sluice)
})

test('no Authorization header is more than refused', async () => {
  const users = join(folder, 'users-of-fuzz')
  writeFileSync(users, lineOf('alice:admin', 'wonderland'))
  const sluice = await serve({ 'sluice.auth.users.file': users, 'sluice.http.threads': '2' })
  const rest = clientOf(sluice.url)
  const text = fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,200}$/)
  const base64 = fc
    .uint8Array({ maxLength: 300 })
    .map((bytes) => Buffer.from(bytes).toString('base64'))
  const header = fc.oneof(
    text,
    base64.map((credentials) => `Basic ${credentials}`),
    text.map((rest) => `Basic ${rest}`),
    text.map((rest) => `Bearer ${rest}`),
    fc.constant(`Basic ${'A'.repeat(30_000)}`),
  )
  await fc.assert(
    fc.asyncProperty(
      header,
      fc.constantFrom('GET', 'POST', 'PUT'),
      async (authorization, method) => {
        const { status } = await rest.send(method, '/topics', undefined, { authorization })
        assert.ok([400, 401, 429].includes(status), `${status}`)
      },
    ),
    { numRuns: 300 },
  )
  assert.equal((await rest.get('/healthy')).status, 200)
  await stopped(sluice)
})

test('a listener has its own authentication', async () => {
  const users = join(folder, 'users-of-one')
  writeFileSync(users, lineOf('alice:admin', 'wonderland'))
  const [outside, inside] = (await freePorts(2)) as [number, number]
  const sluice = await serve({
    listeners: `http://127.0.0.1:${outside},inside://127.0.0.1:${inside}`,
    'listener.protocol.map': 'inside:http',
    'listener.name.inside.authentication.method': 'NONE',
    'sluice.auth.users.file': users,
  })
  const rest = clientOf(sluice.url)
  assert.equal((await rest.get('/topics')).status, 401)
  const trusted = clientOf(`http://127.0.0.1:${inside}`)
  assert.equal((await trusted.get('/topics')).status, 200)
  await stopped(sluice)
})

test('a stream of records ends when its user is removed, and the audit log tells', async () => {
  const users = join(folder, 'users-of-streams')
  const audit = join(folder, 'audit-of-streams')
  const bob = lineOf('bob:admin', 'builder-123')
  writeFileSync(users, lineOf('alice:admin', 'wonderland') + bob)
  const sluice = await serve({ 'sluice.auth.users.file': users, 'sluice.audit.log': audit })
  const path = '/v3/clusters/c1/topics/streamed/records'
  const open = (login: Headers) =>
    StreamClient.open(
      sluice.url,
      path,
      `Authorization: ${login['authorization']}\r\n${JSON_CHUNKS}`,
    )
  const [removed, kept] = [await open(ALICE), await open(basic('bob', 'builder-123'))]
  for (const client of [removed, kept]) {
    client.send('{"value":{"type":"STRING","data":"x"}}')
    assert.equal((await client.answer()).error_code, 200)
  }
  writeFileSync(users, bob)
  const rest = await removed.rest()
  assert.deepEqual(
    rest.map(({ error_code }) => error_code),
    [401],
  )
  await removed.closed()
  kept.send('{"value":{"type":"STRING","data":"y"}}')
  assert.equal((await kept.answer()).error_code, 200)
  kept.end()
  await kept.rest()
  kept.close()
  await stopped(sluice)
  const lines = readFileSync(audit, 'utf8').trim().split('\n')
  assert.deepEqual(
    lines.map((line) => {
      const { event, principal, status, reason, withdrawn } = JSON.parse(line)
      return [event, principal, status, reason, withdrawn]
    }),
    [['authentication', 'alice', 200, 'UNAUTHENTICATED', true]],
  )
})

test('faults of users prevent the start', async () => {
  const broken = join(folder, 'broken')
  writeFileSync(broken, 'alice:wonderland\n')
  const jaas = join(folder, 'ldap.conf')
  writeFileSync(jaas, 'KafkaRest { com.example.LdapLoginModule required; };')
  const cases: [Record<string, string>, RegExp][] = [
    [{ 'sluice.auth.users.file': broken }, /a hash of scrypt, bcrypt or argon2 .* in line 1/],
    [{ 'sluice.auth.users.file': join(folder, 'missing') }, /a file that can be read/],
    [
      { 'sluice.auth.jaas.file': jaas, 'authentication.realm': 'KafkaRest' },
      /one PropertyFileLoginModule and no other login module in KafkaRest/,
    ],
    [{ 'sluice.auth.jaas.file': jaas, 'authentication.realm': 'Other' }, /an entry Other/],
  ]
  for (const [settings, message] of cases) {
    await assert.rejects(serve(settings), (error: Error) => {
      assert.match(error.message, message)
      assert.ok(!error.message.includes('wonderland'))
      return true
    })
  }
})

test('certificates and passwords are both asked for, or certificates alone where no method is', async () => {
  const users = join(folder, 'users-with-certificates')
  writeFileSync(users, lineOf('alice:admin', 'wonderland'))
  const authority = createAuthority('basic-authority')
  const server = createIdentity('basic-server', authority, 'IP:127.0.0.1')
  const client = createIdentity('basic-client', authority)
  const [plain, both, alone] = (await freePorts(3)) as [number, number, number]
  const sluice = await serve({
    listeners: `http://127.0.0.1:${plain},both://127.0.0.1:${both},alone://127.0.0.1:${alone}`,
    'listener.protocol.map': 'both:https,alone:https',
    'ssl.keystore.location': server.pem,
    'ssl.truststore.location': authority.cert,
    'ssl.client.authentication': 'REQUIRED',
    'auth.ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/',
    'listener.name.alone.authentication.method': 'NONE',
    'sluice.auth.users.file': users,
    'sluice.log.requests': 'true',
  })
  const tls = {
    ca: readFileSync(authority.cert),
    cert: readFileSync(client.cert),
    key: readFileSync(client.key),
  }
  const statusAt = async (port: number, headers: Headers = {}) => {
    const sent = httpsRequest({
      ...tls,
      host: '127.0.0.1',
      port,
      path: '/topics',
      headers,
      agent: false,
    })
    const [response] = (await once(sent.end(), 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }
  assert.equal(await statusAt(both), 401)
  assert.equal(await statusAt(both, ALICE), 200)
  await until('the log names the user', () => sluice.log().includes('"principal":"alice"'))
  assert.ok(!sluice.log().includes('"principal":"basic-client","status":200'))
  assert.equal(await statusAt(alone), 200)
  await until('the log names the certificate', () =>
    sluice.log().includes('"principal":"basic-client","status":200'),
  )
  await stopped(sluice)
})

test('preflight requests of browsers have no credentials, and pages see why they are refused', async () => {
  const users = join(folder, 'users-of-pages')
  writeFileSync(users, lineOf('alice:admin', 'wonderland'))
  const origin = 'https://app.example.com'
  const sluice = await serve({
    'sluice.auth.users.file': users,
    'access.control.allow.origin': origin,
    'api.endpoints.blocklist': 'api.v2.brokers.*',
  })
  const rest = clientOf(sluice.url)
  const preflight = { origin, 'access-control-request-method': 'GET' }
  assert.equal((await rest.send('OPTIONS', '/topics', undefined, preflight)).status, 200)
  const refused = await rest.get('/topics', { origin })
  assert.equal(refused.status, 401)
  assert.equal(refused.headers['access-control-allow-origin'], origin)
  // An endpoint that is hidden from all is hidden before anybody says who he is.
  assert.equal((await rest.get('/brokers')).status, 404)
  await stopped(sluice)
})
