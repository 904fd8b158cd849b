/** https listeners: certificates, clients' certificates, versions, and new certificates without a restart. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import {
  createAuthority,
  createIdentity,
  type Identity,
  STORE_PASSWORD,
} from '../../certificates.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { keyStore, trustStore } from '../../stores.ts'
import { readMetrics } from '../metrics-text.ts'
import { RestClient } from '../rest-client.ts'
import { until } from '../until.ts'

const authority = createAuthority('authority')
const stranger = createAuthority('stranger')
const server = createIdentity('server', authority, 'IP:127.0.0.1')
const renewed = createIdentity('renewed', authority, 'IP:127.0.0.1')
const client = createIdentity('client', authority)
const strangersClient = createIdentity('strangers-client', stranger)
const CA = readFileSync(authority.cert)

const folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'))
after(() => rmSync(folder, { recursive: true }))

interface Served {
  readonly sluice: Sluice
  readonly port: number
}

/** Starts a process with one plain listener and one with TLS, on an embedded cluster. */
async function serve(settings: Record<string, string>, name = 'https'): Promise<Served> {
  const [plain, port] = (await freePorts(2)) as [number, number]
  const sluice = await startSluice('', {
    'sluice.embedded': 'true',
    listeners: `http://127.0.0.1:${plain},${name}://127.0.0.1:${port}`,
    ...settings,
  })
  return { sluice, port }
}

function certificateOf({ cert, key }: Identity): ConnectionOptions {
  return { cert: readFileSync(cert), key: readFileSync(key) }
}

/** Completes a handshake; with TLS 1.3 a server refuses a client's certificate after it, with the first read. */
async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: CA, ...options })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.write('GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n')
    socket.once('data', () => resolve())
  })
  return socket
}

async function isAccepted(port: number, options?: ConnectionOptions): Promise<boolean> {
  try {
    const socket = await handshake(port, options)
    socket.destroy()
    return true
  } catch {
    return false
  }
}

async function subjectAt(port: number): Promise<string> {
  const socket = await handshake(port)
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}

async function post(port: number, path: string, type: string, body: object) {
  const agent = new Agent({ ca: CA })
  const headers = { 'content-type': `application/vnd.kafka.${type}` }
  return new Promise<{ status: number | undefined; body: Record<string, unknown> }>(
    (resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path, method: 'POST', agent, headers },
        async (response) => {
          const pieces = await response.toArray()
          agent.destroy()
          resolve({
            status: response.statusCode,
            body: JSON.parse(Buffer.concat(pieces).toString()),
          })
        },
      )
      sent.on('error', reject).end(JSON.stringify(body))
    },
  )
}

test('an https listener beside a plain one serves the API, and URLs have its scheme', async () => {
  const { sluice, port } = await serve({ 'ssl.keystore.location': server.pem })
  const produced = await post(port, '/topics/secure', 'json.v2+json', { records: [{ value: 1 }] })
  assert.equal(produced.status, 200)
  const created = await post(port, '/consumers/readers', 'v2+json', { name: 'one' })
  assert.equal(
    created.body['base_uri'],
    `https://127.0.0.1:${port}/consumers/readers/instances/one`,
  )
  assert.equal((await fetch(`${sluice.url}/healthy`)).status, 200)
  assert.equal(await isAccepted(port, { ca: readFileSync(stranger.cert) }), false)
  await sluice.stop()
})

test('a required certificate of a client must be there and be verified', async () => {
  const { sluice, port } = await serve({
    'ssl.keystore.location': server.pem,
    'ssl.truststore.location': authority.cert,
    'ssl.client.authentication': 'REQUIRED',
  })
  assert.equal(await isAccepted(port, certificateOf(client)), true)
  assert.equal(await isAccepted(port), false)
  assert.equal(await isAccepted(port, certificateOf(strangersClient)), false)
  await sluice.stop()
})

for (const type of ['JKS', 'PKCS12'] as const) {
  test(`stores in ${type} work as those in PEM`, async () => {
    const { sluice, port } = await serve({
      'ssl.keystore.location': keyStore(type, 'server', server),
      'ssl.keystore.password': STORE_PASSWORD,
      'ssl.truststore.location': trustStore(type, 'authority', [authority.cert]),
      'ssl.truststore.password': STORE_PASSWORD,
      'ssl.client.authentication': 'REQUIRED',
    })
    assert.equal(await isAccepted(port, certificateOf(client)), true)
    assert.equal(await isAccepted(port), false)
    assert.equal(await isAccepted(port, certificateOf(strangersClient)), false)
    await sluice.stop()
  })
}

test('the subject of a certificate becomes the principal in the log, by rules', async () => {
  const { sluice, port } = await serve({
    'ssl.keystore.location': server.pem,
    'ssl.truststore.location': authority.cert,
    'ssl.client.authentication': 'REQUIRED',
    'sluice.log.requests': 'true',
    'auth.ssl.principal.mapping.rules': 'RULE:^CN=(cl.*)$/$1@example/U',
    'access.control.allow.origin': 'https://app',
    'access.control.skip.options': 'false',
  })
  const statusWith = async (identity: Identity, method = 'GET') => {
    const socket = await handshake(port, certificateOf(identity))
    socket.write(`${method} /topics HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app\r\n\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    return head.toString().split('\r\n')[0]
  }
  assert.equal(await statusWith(client), 'HTTP/1.1 200 OK')
  await until('the line', () => /"principal":"CLIENT@EXAMPLE"/.test(sluice.log()))
  // The certificate is valid, and no rule knows its subject.
  assert.equal(await statusWith(server), 'HTTP/1.1 401 Unauthorized')
  assert.equal(await statusWith(server, 'OPTIONS'), 'HTTP/1.1 401 Unauthorized')
  await sluice.stop()
})

test('a requested certificate may be absent, and must be verified', async () => {
  const { sluice, port } = await serve({
    'ssl.keystore.location': server.pem,
    'ssl.truststore.location': authority.cert,
    'ssl.client.authentication': 'REQUESTED',
  })
  assert.equal(await isAccepted(port, certificateOf(client)), true)
  assert.equal(await isAccepted(port), true)
  assert.equal(await isAccepted(port, certificateOf(strangersClient)), false)
  await sluice.stop()
})

test('a named listener has versions and suites of its own', async () => {
  const { sluice, port } = await serve(
    {
      'listener.protocol.map': 'outside:https',
      'ssl.keystore.location': server.pem,
      'listener.name.outside.ssl.enabled.protocols': 'TLSv1.2',
      'listener.name.outside.ssl.cipher.suites': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    },
    'outside',
  )
  const socket = await handshake(port)
  assert.equal(socket.getProtocol(), 'TLSv1.2')
  assert.equal(socket.getCipher().standardName, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256')
  socket.destroy()
  assert.equal(await isAccepted(port, { minVersion: 'TLSv1.3' }), false)
  assert.equal(await isAccepted(port, { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }), false)
  await sluice.stop()
})

test('new stores are used without a restart, in all event loops, and garbage is not', async () => {
  // As Kubernetes does it: the file is behind a link to a folder, which is swapped.
  const at = (version: string) => join(folder, version)
  for (const [version, identity] of [
    ['first', server],
    ['second', renewed],
  ] as const) {
    copyFileSync(identity.pem, at(`${version}.pem`))
  }
  writeFileSync(
    at('garbage.pem'),
    '-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n',
  )
  const link = at('listener.pem')
  const swap = (version: string) => {
    symlinkSync(at(`${version}.pem`), at('next'))
    renameSync(at('next'), link)
  }
  swap('first')
  const { sluice, port } = await serve({
    'ssl.keystore.location': link,
    'ssl.keystore.reload': 'true',
    'sluice.http.threads': '2',
  })
  const rest = new RestClient(sluice.url)
  const open = await handshake(port)
  assert.equal(await subjectAt(port), 'server')

  swap('second')
  await until('the new certificate', async () => {
    const subjects = await Promise.all(Array.from({ length: 8 }, () => subjectAt(port)))
    return subjects.every((subject) => subject === 'renewed')
  })
  // A connection that was open keeps its certificate.
  open.write('GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await new Promise((resolve) => open.once('data', resolve))
  open.destroy()

  swap('garbage')
  const failures = 'sluice_tls_reloads_total{result="failure"}'
  await until('the failure', async () => (await readMetrics(rest)).get(failures) === 1)
  assert.equal(await subjectAt(port), 'renewed')
  assert.match(sluice.log(), /ssl\.keystore\.location .*the old ones stay in use/)

  swap('first')
  await until('the first certificate', async () => (await subjectAt(port)) === 'server')
  rest.close()
  await sluice.stop()
})

test('SIGHUP has the stores read again', async () => {
  const file = join(folder, 'signal.pem')
  copyFileSync(server.pem, file)
  const { sluice, port } = await serve({ 'ssl.keystore.location': file })
  copyFileSync(renewed.pem, file)
  assert.equal(await subjectAt(port), 'server')
  process.kill(sluice.pid as number, 'SIGHUP')
  await until('the new certificate', async () => (await subjectAt(port)) === 'renewed')
  assert.equal((await sluice.stop())?.code, 0)
})

test('metrics tell when the certificate of a listener expires', async () => {
  const { sluice } = await serve({ 'ssl.keystore.location': server.pem })
  const text = await (await fetch(`${sluice.url}/metrics`)).text()
  const [, expiry] = /expiry_timestamp_seconds\{listener="https"\} (\d+)/.exec(text) ?? []
  const days = (Number(expiry) * 1000 - Date.now()) / 86_400_000
  assert.ok(days > 1 && days < 3, `${days} days`)
  assert.match(sluice.log(), /expires soon/)
  await sluice.stop()
})
