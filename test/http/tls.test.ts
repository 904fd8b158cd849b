/** TLS of the HTTP addon: versions, ciphers, client certificates, replacement, the ends of connections. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { javaSubjectOf } from '../../src/tls/java-name.ts'
import {
  createAuthority,
  createIdentity,
  encryptedPem,
  type Identity,
  STORE_PASSWORD,
} from '../certificates.ts'
import { serveTls, type TlsServer } from './tls-server.ts'

interface Pem {
  readonly cert: string
  readonly key: string
}

const first = createAuthority('First authority')
const second = createAuthority('Second authority')
const localhost = createIdentity('localhost', first)
const server = pemOf(localhost)
const client = pemOf(createIdentity('alice', first, undefined, '/CN=alice/O=Example Org/OU=Büro'))
const stranger = pemOf(createIdentity('stranger', second))
const ca = textOf(first.cert)

test('a request is answered, whole, at each size', async (t) => {
  const served = serveTls(t, server)
  for (const size of [0, 1, 16_383, 16_384, 16_385, 100_000, 5_000_000]) {
    const answer = await ask(
      served,
      {},
      `GET /bytes/${size} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    assert.equal(bodyOf(answer).length, size)
  }
})

test('only TLS 1.2 and 1.3 are spoken, and only the versions that are set', async (t) => {
  const both = serveTls(t, server)
  assert.equal(await protocolOf(both, { maxVersion: 'TLSv1.2' }), 'TLSv1.2')
  assert.equal(await protocolOf(both, {}), 'TLSv1.3')
  await refused(both, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })
  const old = serveTls(t, { ...server, maxVersion: 'TLSv1.2' })
  assert.equal(await protocolOf(old, {}), 'TLSv1.2')
  const modern = serveTls(t, { ...server, minVersion: 'TLSv1.3' })
  await refused(modern, { maxVersion: 'TLSv1.2' })
})

test('ciphers and cipher suites are those that are set, and two servers differ', async (t) => {
  const one = serveTls(t, {
    ...server,
    ssl_ciphers: 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384',
    ciphersuites: 'TLS_CHACHA20_POLY1305_SHA256',
  })
  const other = serveTls(t, { ...server, ciphersuites: 'TLS_AES_128_GCM_SHA256' })
  assert.equal((await cipherOf(one, {})).standardName, 'TLS_CHACHA20_POLY1305_SHA256')
  assert.match((await cipherOf(one, { maxVersion: 'TLSv1.2' })).name, /AES256-GCM-SHA384$/)
  assert.equal((await cipherOf(other, {})).standardName, 'TLS_AES_128_GCM_SHA256')
  await refused(one, { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256' })
})

test('the protocol is http/1.1, by ALPN or without it', async (t) => {
  const served = serveTls(t, server)
  assert.equal(await alpnOf(served, ['h2', 'http/1.1']), 'http/1.1')
  assert.equal(await alpnOf(served, undefined), false)
  await refused(served, { ALPNProtocols: ['h2'] })
})

/** Subjects as OpenSSL takes them, and as Java 17's X500Principal.getName() prints them. */
const SUBJECTS = [
  [
    '/C=DE/ST=Bayern/L=München/street=Hauptstr. 1/O=Example, Org/OU=a\\+b/CN=alice',
    'CN=alice,OU=a\\+b,O=Example\\, Org,STREET=Hauptstr. 1,L=München,ST=Bayern,C=DE',
  ],
  [
    '/DC=com/DC=example/UID=u1/CN=bob <b@x>;"q"\\\\ =#1',
    'CN=bob \\<b@x\\>\\;\\"q\\"\\\\ \\=\\#1,UID=u1,DC=example,DC=com',
  ],
  [
    '/CN=carol/emailAddress=carol@example.com/serialNumber=42/title=Dr/SN=Smith/GN=Al',
    '2.5.4.42=#0c02416c,2.5.4.4=#0c05536d697468,2.5.4.12=#0c024472,2.5.4.5=#13023432,' +
      '1.2.840.113549.1.9.1=#16116361726f6c406578616d706c652e636f6d,CN=carol',
  ],
  ['/O=Org/CN= leading and trailing ', 'CN=\\ leading and trailing\\ ,O=Org'],
  ['/O=Org+OU=Unit/CN=x+UID=y+C=DE', 'CN=x+C=DE+UID=y,O=Org+OU=Unit'],
  ['/CN=#hash', 'CN=\\#hash'],
  [
    '/jurisdictionC=DE/businessCategory=Private/postalCode=1/dnQualifier=q/CN=ev',
    'CN=ev,2.5.4.46=#130171,2.5.4.17=#0c0131,2.5.4.15=#0c0750726976617465,1.3.6.1.4.1.311.60.2.1.3=#13024445',
  ],
] as const

test('the subject of a client’s certificate is spelled as by Java', async (t) => {
  const served = serveTls(t, { ...server, ca, clientCertificate: 'required' })
  for (const [index, [subject, expected]] of SUBJECTS.entries()) {
    const named = pemOf(createIdentity(`named-${index}`, first, undefined, subject))
    const answer = JSON.parse(bodyOf(await ask(served, named, closing('/peer'))).toString())
    assert.equal(answer.subject, expected)
    assert.equal(javaSubjectOf(new X509Certificate(named.cert)), expected, 'of a key store')
  }
})

test('a client’s certificate is known when it is verified, and no other is accepted', async (t) => {
  const requested = serveTls(t, { ...server, ca, clientCertificate: 'requested' })
  const known = JSON.parse(bodyOf(await ask(requested, client, closing('/peer'))).toString())
  const certificate = new X509Certificate(Buffer.from(known.der, 'base64'))
  assert.equal(certificate.fingerprint256, new X509Certificate(client.cert).fingerprint256)
  assert.equal(known.isVerified, true)
  assert.equal(known.subject, 'OU=Büro,O=Example Org,CN=alice')
  assert.equal(bodyOf(await ask(requested, {}, closing('/peer'))).toString(), 'none')
  await refused(requested, stranger)

  const required = serveTls(t, { ...server, ca, clientCertificate: 'required' })
  assert.equal(
    JSON.parse(bodyOf(await ask(required, client, closing('/peer'))).toString()).isVerified,
    true,
  )
  await refused(required, {})
  await refused(required, stranger)

  const never = serveTls(t, { ...server, ca, clientCertificate: 'none' })
  assert.equal(bodyOf(await ask(never, client, closing('/peer'))).toString(), 'none')
})

test('a resumed session keeps its certificate, and ends with the authority that verified it', async (t) => {
  const served = serveTls(t, { ...server, ca, clientCertificate: 'required' })
  const session = await sessionOf(served, client)
  const again = await open(served, { session })
  assert.equal(again.isSessionReused(), true)
  again.end(closing('/peer'))
  assert.equal(JSON.parse(bodyOf(await all(again)).toString()).isVerified, true)

  served.app.replaceOptions({ ...server, ca: textOf(second.cert), clientCertificate: 'required' })
  await refused(served, { session })
  await refused(served, { ...client, session })
  assert.match((await ask(served, stranger, closing('/peer'))).toString(), /CN=stranger/)
})

test('a certificate is replaced while connections are open, and a broken one changes nothing', async (t) => {
  const served = serveTls(t, server)
  const old = await open(served, {})
  served.app.replaceOptions(stranger)
  old.end(closing('/'))
  assert.match((await all(old)).toString(), /^HTTP\/1\.1 200/)
  assert.equal(await issuerOf(served), 'Second authority')
  for (const [options, reason] of [
    [{ cert: 'no certificate', key: server.key }, /no start line/],
    [{ cert: server.cert, key: client.key }, /mismatch/],
    [{ cert: server.cert, key: 'no key' }, /unsupported|no start line/],
    [{ ...server, ca: 'no authority' }, /no start line/],
    [
      {
        cert: `${server.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
        key: server.key,
      },
      /./,
    ],
    [{ ...server, ciphersuites: 'TLS_NONE' }, /./],
    [
      { ...server, minVersion: 'SSLv3' },
      /minVersion is "SSLv3"; expected is one of TLSv1.2, TLSv1.3/,
    ],
  ] as const) {
    assert.throws(() => served.app.replaceOptions(options), reason)
  }
  assert.equal(await issuerOf(served), 'Second authority')
})

test('a key with a passphrase is used with it, and refused with another or none', (t) => {
  const encrypted = textOf(encryptedPem('encrypted', localhost))
  const options = { cert: server.cert, key: encrypted }
  serveTls(t, { ...options, passphrase: STORE_PASSWORD })
  for (const passphrase of ['wrong', undefined, 'x'.repeat(100_000)]) {
    assert.throws(() => serveTls(t, { ...options, passphrase }), /App construction failed: /)
  }
})

test('a client that ends its half of the connection gets its answer', async (t) => {
  const served = serveTls(t, server)
  const socket = await open(served, { allowHalfOpen: true } as ConnectionOptions)
  socket.end(closing('/later'))
  assert.match((await all(socket)).toString(), /later$/)
})

test('answers that are written while decrypted bytes wait cut nothing off', async (t) => {
  const served = serveTls(t, server)
  const socket = await open(served, {})
  const body = Buffer.alloc(3_000_000, 'x')
  socket.write(`POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`)
  socket.write(body)
  socket.write(closing('/'))
  const text = (await all(socket)).toString()
  assert.match(text, /3000000HTTP\/1\.1 200/)
})

test('bytes that are no TLS end the connection, and nothing else', async (t) => {
  const served = serveTls(t, server)
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xff', '\x80\x2e\x01', '']) {
    const socket = connectTcp(served.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.end(Buffer.from(bytes, 'latin1'))
    socket.resume()
    await once(socket, 'close')
  }
  assert.match((await ask(served, {}, closing('/'))).toString(), /^HTTP\/1\.1 200/)
})

function pemOf({ cert, key }: Identity): Pem {
  return { cert: textOf(cert), key: textOf(key) }
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8')
}

function closing(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
}

async function open(served: TlsServer, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({
    port: served.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ...options,
  })
  await once(socket, 'secureConnect')
  return socket
}

async function all(socket: TLSSocket): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of socket) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function ask(
  served: TlsServer,
  options: ConnectionOptions,
  request: string,
): Promise<Buffer> {
  const socket = await open(served, options)
  socket.write(request)
  return all(socket)
}

function bodyOf(answer: Buffer): Buffer {
  return answer.subarray(answer.indexOf('\r\n\r\n') + 4)
}

/** The handshake fails, or, as TLS 1.3 tells a client late, the first request does. */
async function refused(served: TlsServer, options: ConnectionOptions): Promise<void> {
  await assert.rejects(async () => {
    const answer = await ask(served, options, closing('/'))
    if (answer.length === 0) throw new Error('The connection was closed.')
  })
}

async function protocolOf(served: TlsServer, options: ConnectionOptions) {
  return withSocket(served, options, (socket) => socket.getProtocol())
}

async function cipherOf(served: TlsServer, options: ConnectionOptions) {
  return withSocket(served, options, (socket) => socket.getCipher())
}

async function alpnOf(served: TlsServer, ALPNProtocols: string[] | undefined) {
  const options = ALPNProtocols === undefined ? {} : { ALPNProtocols }
  return withSocket(served, options, (socket) => socket.alpnProtocol)
}

async function issuerOf(served: TlsServer) {
  return withSocket(served, {}, (socket) => socket.getPeerCertificate().issuer.CN)
}

async function withSocket<T>(
  served: TlsServer,
  options: ConnectionOptions,
  use: (socket: TLSSocket) => T,
) {
  const socket = await open(served, options)
  try {
    return use(socket)
  } finally {
    socket.destroy()
  }
}

async function sessionOf(served: TlsServer, options: ConnectionOptions): Promise<Buffer> {
  const socket = await open(served, options)
  const received = once(socket, 'session')
  socket.write(closing('/'))
  await all(socket)
  const [session] = await received
  return session
}
