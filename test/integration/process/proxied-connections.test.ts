/** HAProxy, and nginx, in front of listeners whose connections begin with a header of the PROXY protocol, with TLS and without. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get, type RequestOptions } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createAuthority, createIdentity } from '../../certificates.ts'
import { ChildServer } from '../../cluster/child-server.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { startSluice } from '../../cluster/sluice.ts'
import { RawConnection } from '../raw-connection.ts'
import { until } from '../until.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-proxied-'))
after(() => rmSync(folder, { recursive: true }))
const authority = createAuthority('proxied-authority')
const server = createIdentity('proxied-server', authority, 'IP:127.0.0.1')
const rules = join(folder, 'rules')
writeFileSync(rules, 'deny * from:127.0.0.5\nallow *\n')

const DENIED = '127.0.0.5'
const ALLOWED = '127.0.0.6'
/** HAProxy's name for each version. */
const VERSIONS = ['send-proxy', 'send-proxy-v2'] as const

const [plain, behind, secure, ...balanced] = (await freePorts(9)) as [
  number,
  number,
  number,
  ...number[],
]
const sluice = await startSluice('', {
  'sluice.embedded': 'true',
  'sluice.http.threads': '2',
  listeners: `http://127.0.0.1:${plain},proxied://127.0.0.1:${behind},secure://127.0.0.1:${secure}`,
  'listener.protocol.map': 'proxied:http,secure:https',
  'listener.name.proxied.proxy.protocol.enabled': 'true',
  'listener.name.secure.proxy.protocol.enabled': 'true',
  'proxy.protocol.accepted.ip.range': '127.0.0.1/32',
  'ssl.keystore.location': server.pem,
  'sluice.access.rules': rules,
  'sluice.log.requests': 'true',
})

/** The ports of HAProxy, with the version that it sends and the listener behind it. */
const PLACES = VERSIONS.flatMap((version) => [
  { version, target: behind, isTls: false },
  { version, target: secure, isTls: true },
]).map((place, index) => ({ ...place, port: balanced[index] as number }))

const configuration = join(folder, 'haproxy.cfg')
writeFileSync(
  configuration,
  [
    'defaults',
    '    mode tcp',
    '    timeout connect 30s',
    '    timeout client 60s',
    '    timeout server 60s',
    ...PLACES.flatMap(({ version, target, port }) => [
      `listen at-${port}`,
      `    bind 127.0.0.1:${port}`,
      `    server sluice 127.0.0.1:${target} ${version}`,
    ]),
    '',
  ].join('\n'),
)
const haproxy = new ChildServer({
  name: 'HAProxy',
  command: 'haproxy',
  args: ['-db', '-f', configuration],
  // Daemons are not in every user's path.
  env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  logFile: join(folder, 'haproxy.log'),
  isReady: () => isOpen(PLACES[0]?.port as number),
})
await haproxy.start()
after(async () => {
  await haproxy.stop()
  await sluice.stop()
})

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Asks for the topics from an address, and resolves to the status. */
async function ask(port: number, isTls: boolean, from: string): Promise<number | undefined> {
  if (isTls) return askOverTls({ port, localAddress: from })
  const connection = await RawConnection.open(`http://127.0.0.1:${port}`, from)
  await connection.send('GET /topics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const response = await connection.response()
  connection.close()
  return response?.status
}

async function askOverTls(options: RequestOptions): Promise<number | undefined> {
  const ca = readFileSync(authority.cert)
  const sent = get({ host: '127.0.0.1', path: '/topics', agent: false, ca, ...options })
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

/** nginx sends version 1. Debian has its module in a package of its own. */
const NGINX_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so'
const NGINX_PLACES = [
  { target: behind, isTls: false },
  { target: secure, isTls: true },
].map((place, index) => ({ ...place, port: balanced[PLACES.length + index] as number }))

/** Starts nginx, whose address for clients is that of their connection. */
async function startNginx(): Promise<ChildServer> {
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    [
      `load_module ${NGINX_MODULE};`,
      'daemon off;',
      'worker_processes 1;',
      `pid ${join(folder, 'nginx.pid')};`,
      'error_log stderr;',
      'events {}',
      'stream {',
      ...NGINX_PLACES.map(({ target, port }) => {
        const server = `listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${target};`
        return `  server { ${server} proxy_protocol on; }`
      }),
      '}',
      '',
    ].join('\n'),
  )
  const nginx = new ChildServer({
    name: 'nginx',
    command: 'nginx',
    args: ['-p', folder, '-e', 'stderr', '-c', file],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
    logFile: join(folder, 'nginx.log'),
    isReady: () => isOpen(NGINX_PLACES[0]?.port as number),
  })
  await nginx.start()
  return nginx
}

for (const { isTls, port } of NGINX_PLACES) {
  const skip = !existsSync(NGINX_MODULE)
  test(`rules and logs see the client behind nginx: ${isTls ? 'TLS' : 'plain'}`, {
    skip,
  }, async () => {
    const nginx = await startNginx()
    try {
      assert.equal(await ask(port, isTls, DENIED), 403)
      assert.equal(await ask(port, isTls, ALLOWED), 200)
    } finally {
      await nginx.stop()
    }
  })
}

for (const { version, isTls, port } of PLACES) {
  test(`rules and logs see the client behind HAProxy: ${version}, ${isTls ? 'TLS' : 'plain'}`, async () => {
    assert.equal(await ask(port, isTls, DENIED), 403)
    assert.equal(await ask(port, isTls, ALLOWED), 200)
    assert.equal(await ask(port, isTls, '127.0.0.1'), 200)
  })
}

test('the log has the addresses of the clients', async () => {
  await until('the log has them', () => {
    const seen = new Set([...sluice.log().matchAll(/"client":"([^"]+)"/g)].map(([, one]) => one))
    return seen.has(DENIED) && seen.has(ALLOWED)
  })
})
