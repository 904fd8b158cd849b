/** Listeners whose connections begin with a header of the PROXY protocol. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect } from 'node:tls'
import { createAuthority, createIdentity } from '../../certificates.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { RawConnection } from '../raw-connection.ts'
import { until } from '../until.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-proxy-'))
after(() => rmSync(folder, { recursive: true }))
const rules = join(folder, 'rules')
writeFileSync(rules, 'deny * from:192.0.2.0/24,2001:db8::/32\nallow *\n')
const authority = createAuthority('authority')
const server = createIdentity('server', authority, 'IP:127.0.0.1')

const PROXY = '127.0.0.2'
const [plain, behind, secure] = (await freePorts(3)) as [number, number, number]
const sluice = await startSluice('', {
  'sluice.embedded': 'true',
  'sluice.http.threads': '2',
  listeners: `http://127.0.0.1:${plain},proxied://127.0.0.1:${behind},secure://127.0.0.1:${secure}`,
  'listener.protocol.map': 'proxied:http,secure:https',
  'listener.name.proxied.proxy.protocol.enabled': 'true',
  'listener.name.secure.proxy.protocol.enabled': 'true',
  'proxy.protocol.accepted.ip.range': `${PROXY}/32`,
  'ssl.keystore.location': server.pem,
  'sluice.access.rules': rules,
  'sluice.log.requests': 'true',
  'sluice.connections.per.address.max': '3',
})
after(() => sluice.stop())

const GET = 'GET /topics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
const v1 = (client: string) =>
  `PROXY ${client.includes(':') ? 'TCP6' : 'TCP4'} ${client} ${client} 4711 8082\r\n`

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** A header of version 2 for a client with an IPv4 address. */
function v2(client: string, extension = 0, command = 0x21): Buffer {
  const length = 12 + extension
  const fixed = Buffer.from([command, 0x11, length >> 8, length & 0xff])
  const addresses = Buffer.from([...client.split('.').map(Number), 10, 0, 0, 1, 18, 52, 31, 144])
  return Buffer.concat([SIGNATURE, fixed, addresses, Buffer.alloc(extension, 1)])
}

/** Sends pieces, and returns the status; undefined if the connection is closed without a response. */
async function ask(port: number, from: string, ...pieces: (string | Uint8Array)[]) {
  const connection = await RawConnection.open(`http://127.0.0.1:${port}`, from)
  await connection.send(...pieces)
  const response = await connection.response()
  connection.close()
  return response?.status
}

test('the client that a header names is the client of rules and of the log, in both versions', async () => {
  assert.equal(await ask(behind, PROXY, v1('203.0.113.7') + GET), 200)
  for (const header of [
    v1('192.0.2.7'),
    v1('2001:db8::7'),
    v2('192.0.2.7'),
    v2('192.0.2.7', 300),
  ]) {
    assert.equal(
      await ask(behind, PROXY, Buffer.concat([Buffer.from(header), Buffer.from(GET)])),
      403,
    )
  }
  await until('the log has the clients', () => {
    const clients = sluice.log().matchAll(/"client":"([^"]+)"/g)
    const seen = new Set([...clients].map(([, address]) => address))
    return ['203.0.113.7', '192.0.2.7', '2001:db8::7'].every((address) => seen.has(address))
  })
})

test('a header may arrive byte by byte, and before the request', async () => {
  const bytes = v2('192.0.2.7')
  const pieces = Array.from(bytes, (byte) => Buffer.from([byte]))
  assert.equal(await ask(behind, PROXY, ...pieces, GET), 403)
  assert.equal(await ask(behind, PROXY, 'PROXY TCP4 192.0.2', '.7 10.0.0.1 1 2\r', '\n', GET), 403)
})

test('a header without a client leaves the address of the connection', async () => {
  assert.equal(await ask(behind, PROXY, `PROXY UNKNOWN\r\n${GET}`), 200)
  const local = Buffer.concat([v2('192.0.2.7', 0, 0x20), Buffer.from(GET)])
  assert.equal(await ask(behind, PROXY, local), 200)
})

test('the header of somebody else is read, and not believed', async () => {
  assert.equal(await ask(behind, '127.0.0.3', v1('192.0.2.7') + GET), 200)
})

test('a connection that does not begin with a header is closed, and the log tells', async () => {
  for (const begin of [
    GET,
    '\r\nGET',
    'PROXY\r\n\r\n',
    `PROXY TCP4 999.0.0.1 1.1.1.1 1 2\r\n${GET}`,
  ]) {
    for (const from of [PROXY, '127.0.0.3']) assert.equal(await ask(behind, from, begin), undefined)
  }
  assert.equal(await ask(secure, PROXY, '\x16\x03\x01\x02\x00\x01'), undefined)
  await until('the log tells', () =>
    /did not begin with a header of the PROXY protocol/.test(sluice.log()),
  )
})

test('a listener without the key takes no header', async () => {
  assert.equal(await ask(plain, PROXY, GET), 200)
  assert.equal(await ask(plain, PROXY, v1('192.0.2.7') + GET), 501)
})

test('the header comes before TLS', async () => {
  for (const [client, status] of [
    ['203.0.113.7', 200],
    ['192.0.2.7', 403],
  ] as const) {
    const tcp = connectTcp({ host: '127.0.0.1', port: secure, localAddress: PROXY })
    await once(tcp, 'connect')
    tcp.write(v2(client, 5))
    const socket = connect({ socket: tcp, ca: readFileSync(authority.cert), host: '127.0.0.1' })
    socket.write(GET)
    const answer = Buffer.concat(await socket.toArray()).toString()
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
  }
})

test('sluice.connections.per.address.max counts the connections of each client', async () => {
  const open = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const connection = await RawConnection.open(`http://127.0.0.1:${behind}`, PROXY)
      await connection.send(v1(`203.0.113.${index % 2}`))
      return connection
    }),
  )
  // Of each client three stay, and answer.
  const keepAlive = 'GET /topics HTTP/1.1\r\nHost: x\r\n\r\n'
  const answers = await Promise.all(
    open.map(async (connection) => {
      await connection.send(keepAlive)
      return (await connection.response())?.status
    }),
  )
  assert.equal(answers.filter((status) => status === 200).length, 6)
  assert.equal(answers.filter((status) => status === undefined).length, 2)
  for (const connection of open) connection.close()
})
