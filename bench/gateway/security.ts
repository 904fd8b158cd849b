/** What TLS, authentication and compression cost: one process with a listener for each, asked in turns. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { hashPassword } from '../../src/auth/password-hash.ts'
import { createAuthority } from '../../test/certificates.ts'
import { freePorts } from '../../test/cluster/free-ports.ts'
import { applyLoad, produceLoad } from '../wrk.ts'
import { measureCodings } from './codings.ts'
import { measurePrincipals } from './principals.ts'
import { inTurns, median, type Row, type Stage, short, spread } from './row.ts'
import { type MeteredProxy, startProxy } from './server.ts'

const ROUNDS = 5
const SECONDS = 4
const CONNECTIONS = 64
const BYTES = 100
const PASSWORD = 'for measurements'

interface Secured {
  readonly proxy: MeteredProxy
  /** By the name of the listener. */
  readonly urls: Readonly<Record<'none' | 'tls' | 'basic' | 'bearer', string>>
  readonly authorization: Readonly<Record<'basic' | 'bearer', string>>
}

interface Figures {
  readonly perSecond: number
  readonly cpuMicros: number
}

/** Records/s over TLS 1.3 and with credentials, beside the same without. */
export async function measureSecurity(stage: Stage): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-security-'))
  const { proxy, urls, authorization } = await startSecured(stage, folder)
  const topic = await stage.createTopic('security')
  const measure = (
    name: keyof Secured['urls'],
    records: number,
    headers: Record<string, string> = {},
  ) => measureProduce(proxy, `${urls[name]}/topics/${topic}`, records, headers)
  const compare = async (
    what: string,
    least: number,
    records: number,
    other: 'tls' | 'basic' | 'bearer',
  ) => {
    const headers = other === 'tls' ? {} : { Authorization: authorization[other] }
    await measure(other, records, headers)
    const pairs = await inTurns(
      ROUNDS,
      () => measure(other, records, headers),
      () => measure('none', records),
    )
    return rowOf(what, least, records, pairs)
  }
  await measure('none', 100)
  const rows = [
    await compare('TLS 1.3, 100 records a request: records/s ÷ plain text', 0.7, 100, 'tls'),
    await compare('TLS 1.3, one record a request: requests/s ÷ plain text', 0, 1, 'tls'),
    await compare('BASIC, one record a request: requests/s ÷ without', 0.95, 1, 'basic'),
    await compare('BEARER, one record a request: requests/s ÷ without', 0.9, 1, 'bearer'),
  ]
  await proxy.stop()
  rmSync(folder, { recursive: true })
  return [...rows, ...(await measurePrincipals()), ...(await measureCodings(stage))]
}

async function startSecured(stage: Stage, folder: string): Promise<Secured> {
  const identity = createAuthority('bench')
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ports = await freePorts(4)
  const urls = {
    none: `http://127.0.0.1:${ports[0]}`,
    tls: `https://127.0.0.1:${ports[1]}`,
    basic: `http://127.0.0.1:${ports[2]}`,
    bearer: `http://127.0.0.1:${ports[3]}`,
  }
  const named = (name: string, url: string) => url.replace(/^https?/, name)
  const proxy = await startProxy(stage.bootstrapServers, {
    listeners: [
      urls.none,
      urls.tls,
      named('BASIC', urls.basic),
      named('BEARER', urls.bearer),
    ].join(),
    'listener.protocol.map': 'BASIC:http,BEARER:http',
    'ssl.keystore.location': file(
      'listener.pem',
      [identity.key, identity.cert].map((path) => readFileSync(path, 'utf8')).join(''),
    ),
    'listener.name.basic.authentication.method': 'BASIC',
    'listener.name.bearer.authentication.method': 'BEARER',
    'sluice.auth.users.file': file('users', `bench:${await hashPassword(PASSWORD)}:role\n`),
    'public.key.path': file(
      'key.pem',
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ),
  })
  const token = await new SignJWT({ sub: 'bench' })
    .setProtectedHeader({ alg: 'RS256' })
    .setExpirationTime('1h')
    .sign(privateKey)
  const basic = Buffer.from(`bench:${PASSWORD}`).toString('base64')
  return { proxy, urls, authorization: { basic: `Basic ${basic}`, bearer: `Bearer ${token}` } }
}

async function measureProduce(
  { meter }: MeteredProxy,
  url: string,
  records: number,
  headers: Record<string, string>,
): Promise<Figures> {
  const before = meter.cpuSeconds()
  const load = { ...produceLoad(url, CONNECTIONS, SECONDS, records, BYTES), headers }
  const { requests, requestsPerSecond } = await applyLoad(load)
  const cpuMicros = ((meter.cpuSeconds() - before) * 1e6) / (requests * records)
  return { perSecond: requestsPerSecond * records, cpuMicros }
}

function rowOf(what: string, least: number, records: number, pairs: [Figures, Figures][]): Row {
  const ratios = pairs.map(([secured, plain]) => secured.perSecond / plain.perSecond)
  const of = (side: 0 | 1, figure: keyof Figures) => median(pairs.map((pair) => pair[side][figure]))
  const unit = records === 1 ? 'request' : 'record'
  return {
    section: 'Security',
    what: `Produce, ${what}`,
    value: spread(ratios),
    detail:
      `${short(of(0, 'perSecond'))} ÷ ${short(of(1, 'perSecond'))}; CPU a ${unit} ` +
      `${of(0, 'cpuMicros').toFixed(2)} and ${of(1, 'cpuMicros').toFixed(2)} µs`,
    ...(least > 0 && { target: `≥ ${least}`, isReached: median(ratios) >= least }),
  }
}
