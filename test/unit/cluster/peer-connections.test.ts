/** Connections to other processes: used again, at the pace of the receiver, and never with the bytes of another response. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { createServer as createSecureServer, type TLSSocket } from 'node:tls'
import {
  type NoResponseError,
  PeerConnections,
  type PeerResponse,
} from '../../../src/cluster/peer-connections.ts'
import type { TlsOptions } from '../../../src/http/server.ts'
import { createAuthority, createIdentity, type Identity } from '../../certificates.ts'

const MIB = 1 << 20
const request = { method: 'GET', target: '/', headers: {}, body: new Uint8Array(0) }
const forever = new AbortController().signal
const closing: (() => void)[] = []
after(() => {
  for (const close of closing) close()
})

const authority = createAuthority('connections-authority')
const here = createIdentity('connections-here', authority, 'IP:127.0.0.1')

/** The options of a process with the key of `identity`, for which the certificates of `trusted` count. */
function tlsOf(identity: Identity, trusted = authority): TlsOptions {
  return {
    key: readFileSync(identity.key, 'utf8'),
    cert: readFileSync(identity.cert, 'utf8'),
    ca: readFileSync(trusted.cert, 'utf8'),
    ssl_ciphers: '',
    ciphersuites: '',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    clientCertificate: 'required',
  }
}

function connectionsWith(tls: TlsOptions | undefined): PeerConnections {
  const connections = new PeerConnections()
  connections.replaceTls(tls)
  closing.push(() => connections.close())
  return connections
}

/** A server that answers each request head with `answer`. Those with TLS ask for certificates. */
async function serveAt(
  tls: TlsOptions | undefined,
  answer: (socket: Socket, count: number) => void,
) {
  const sockets: Socket[] = []
  let count = 0
  const accept = (socket: Socket) => {
    sockets.push(socket)
    socket.on('data', () => answer(socket, ++count))
    socket.on('error', () => {})
  }
  const server = tls
    ? createSecureServer({ ...tls, requestCert: true }, accept)
    : createServer(accept)
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, sockets }
}

const withLength = (body: string | Buffer) =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`),
    Buffer.from(body),
  ])

/** Resolves to the body, of which each piece is copied when `isFree` resolves. Rejects when it is cut. */
function bodyOf(response: PeerResponse, isFree = async () => {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const take = async (piece: Uint8Array, taken: () => void) => {
      await isFree()
      pieces.push(Buffer.from(piece))
      taken()
    }
    const finish = async (piece: Uint8Array, taken: () => void) => {
      await take(piece, taken)
      resolve(Buffer.concat(pieces))
    }
    response.receive({ send: (...all) => void take(...all), finish }, () =>
      reject(new Error('cut')),
    )
  })
}

for (const secure of [false, true]) {
  const tls = secure ? tlsOf(here) : undefined
  const connections = connectionsWith(tls)
  const serve = (answer: (socket: Socket, count: number) => void) => serveAt(tls, answer)

  test(`${secure ? 'with TLS, ' : ''}a connection is used again when its response is taken`, async () => {
    const { url, sockets } = await serve((socket, count) => socket.write(withLength(`${count}`)))
    for (const expected of ['1', '2', '3']) {
      const response = await connections.request(url, request, forever)
      assert.equal(String(await bodyOf(response)), expected)
    }
    assert.equal(sockets.length, 1)
  })

  test(`${secure ? 'with TLS, ' : ''}a connection that is to be closed is not used again`, async () => {
    const { url, sockets } = await serve((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
    )
    for (let count = 0; count < 2; count++) {
      await bodyOf(await connections.request(url, request, forever))
    }
    assert.equal(sockets.length, 2)
  })

  test(`${secure ? 'with TLS, ' : ''}pieces keep their bytes until they are taken, and a slow receiver slows the sender`, async () => {
    const body = Buffer.from(Uint32Array.from({ length: 4 * MIB }, (_, index) => index).buffer)
    const chunks = Array.from({ length: 16 }, (_, index) => {
      const chunk = body.subarray(index * MIB, (index + 1) * MIB)
      return Buffer.concat([Buffer.from(`${MIB.toString(16)}\r\n`), chunk, Buffer.from('\r\n')])
    })
    const { url, sockets } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      for (const chunk of chunks) socket.write(chunk)
      socket.write('0\r\n\r\n')
    })
    const response = await connections.request(url, request, forever)
    let isOpen = false
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    const received = bodyOf(response, async () => {
      if (isOpen) await new Promise((resolve) => setImmediate(resolve))
      else await opened
    })
    const [socket] = sockets as [Socket]
    // The sender is blocked: the bytes that it has not sent stay the same.
    let unsent = -1
    while (unsent !== socket.writableLength) {
      unsent = socket.writableLength
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.ok(unsent > 0)
    isOpen = true
    open()
    assert.ok((await received).equals(body))
  })

  test(`${secure ? 'with TLS, ' : ''}two responses at a time have two connections`, async () => {
    const waiting: Socket[] = []
    const { url } = await serve((socket) => {
      waiting.push(socket)
      if (waiting.length < 2) return
      for (const [index, each] of waiting.entries())
        each.write(withLength(`${index}`.repeat(10_000)))
    })
    const bodies = await Promise.all(
      [0, 1].map(async () => bodyOf(await connections.request(url, request, forever))),
    )
    assert.deepEqual(bodies.map((body) => String(body)).sort(), [
      '0'.repeat(10_000),
      '1'.repeat(10_000),
    ])
  })

  test(`${secure ? 'with TLS, ' : ''}a response that ends early is cut`, async () => {
    const { url } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome')
      setTimeout(() => socket.destroy(), 20)
    })
    const response = await connections.request(url, request, forever)
    await assert.rejects(bodyOf(response), /cut/)
  })

  test(`${secure ? 'with TLS, ' : ''}bytes behind a response end its connection`, async () => {
    const { url } = await serve((socket) =>
      socket.write(Buffer.concat([withLength('a'), withLength('b')])),
    )
    const response = await connections.request(url, request, forever)
    await assert.rejects(bodyOf(response), /cut/)
  })

  test(`${secure ? 'with TLS, ' : ''}a response that nobody has asked for is no response to the next request`, async () => {
    const { url, sockets } = await serve((socket, count) => {
      socket.write(withLength(`${count}`))
      if (count === 1) setTimeout(() => socket.write(withLength('wrong')), 20)
    })
    assert.equal(String(await bodyOf(await connections.request(url, request, forever))), '1')
    await once(sockets[0] as Socket, 'close')
    assert.equal(String(await bodyOf(await connections.request(url, request, forever))), '2')
  })

  test(`${secure ? 'with TLS, ' : ''}a signal ends a request before and behind its head`, async () => {
    const silent = await serve(() => {})
    const before = new AbortController()
    const first = connections.request(silent.url, request, before.signal)
    setTimeout(() => before.abort(), 20)
    await assert.rejects(first, /given up/)
    const { url } = await serve((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome'),
    )
    const behind = new AbortController()
    const cut = bodyOf(await connections.request(url, request, behind.signal))
    behind.abort()
    await assert.rejects(cut, /cut/)
    await assert.rejects(connections.request(url, request, behind.signal), /given up/)
  })

  test(`${secure ? 'with TLS, ' : ''}a request with a line break or a space in its target is not sent`, async () => {
    const { url, sockets } = await serve((socket) => socket.write(withLength('')))
    for (const bad of [
      { ...request, target: '/a b' },
      { ...request, target: '/\r\nA: b' },
      { ...request, headers: { 'x-request-id': 'a\r\nb: c' } },
      { ...request, headers: { 'x-request-id': 'ä' } },
    ]) {
      await assert.rejects(connections.request(url, bad, forever), /character/)
    }
    assert.ok(sockets.every(({ bytesRead }) => bytesRead === 0))
  })
}

test('a process with a certificate of another authority, or for another host, gets nothing', async () => {
  const stranger = createAuthority('connections-stranger')
  const strange = createIdentity('connections-strange', stranger, 'IP:127.0.0.1')
  const elsewhere = createIdentity('connections-elsewhere', authority, 'IP:127.0.0.2')
  const connections = connectionsWith(tlsOf(here))
  for (const [identity, reason] of [
    [strange, /certificate/],
    [elsewhere, /127\.0\.0\.1 is not in the cert's list/],
  ] as const) {
    let count = 0
    const { url } = await serveAt(tlsOf(identity, authority), (socket) => {
      count++
      socket.write(withLength(''))
    })
    await assert.rejects(connections.request(url, request, forever), (error: NoResponseError) => {
      assert.match(error.message, reason)
      assert.equal(error.wasSent, false)
      return true
    })
    assert.equal(count, 0)
  }
})

test('certificates count also when NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
  const stranger = createAuthority('connections-nobody')
  const { url } = await serveAt(
    tlsOf(createIdentity('nobody', stranger, 'IP:127.0.0.1')),
    (socket) => socket.write(withLength('')),
  )
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  try {
    await assert.rejects(connectionsWith(tlsOf(here)).request(url, request, forever), /certificate/)
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  }
})

test('a process shows its own certificate, and one without TLS gets nothing of a process with it', async () => {
  const { url, sockets } = await serveAt(tlsOf(here), (socket) => socket.write(withLength('')))
  await bodyOf(await connectionsWith(tlsOf(here)).request(url, request, forever))
  const [socket] = sockets as [TLSSocket]
  assert.equal(socket.getPeerCertificate().subject.CN, 'connections-here')
  await assert.rejects(connectionsWith(undefined).request(url, request, forever), /are http$/)
  const plain = url.replace('https', 'http')
  await assert.rejects(connectionsWith(tlsOf(here)).request(plain, request, forever), /are https$/)
  assert.equal(sockets.length, 1)
})

test('with new certificates open connections end with their response, and later ones have the new ones', async () => {
  const connections = connectionsWith(tlsOf(here))
  const renewed = createIdentity('connections-renewed', authority, 'IP:127.0.0.1')
  const waiting: Socket[] = []
  const { url, sockets } = await serveAt(tlsOf(here), (socket, count) => {
    if (count === 3) waiting.push(socket)
    else socket.write(withLength(`${count}`))
  })
  const both = await Promise.all([1, 2].map(() => connections.request(url, request, forever)))
  for (const response of both) await bodyOf(response)
  const running = connections.request(url, request, forever)
  while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  connections.replaceTls(tlsOf(renewed))
  assert.equal(String(await bodyOf(await connections.request(url, request, forever))), '4')
  waiting[0]?.write(withLength('3'))
  assert.equal(String(await bodyOf(await running)), '3')
  await Promise.all(
    sockets
      .slice(0, 2)
      .map(
        (socket) =>
          socket.destroyed || once(socket, 'close', { signal: AbortSignal.timeout(60_000) }),
      ),
  )
  assert.equal(sockets.length, 3)
  const [, , last] = sockets as TLSSocket[]
  assert.equal(last?.getPeerCertificate().subject.CN, 'connections-renewed')
})
