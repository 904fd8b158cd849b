/** `network.traffic.rate.limit.…` over sockets: bytes are read no faster, and no client is refused or cut for it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { createAuthority, createIdentity } from '../../certificates.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { JSON_V2 } from '../../media-types.ts'
import { readMetrics } from '../metrics-text.ts'
import { RawConnection } from '../raw-connection.ts'
import { RestClient } from '../rest-client.ts'

const run = promisify(execFile)

const RATE = 100_000
/** Read at once after a pause: the bytes of a second, and a piece of each event loop. */
const BURST = RATE + (2 * RATE) / 8
const CURL_TIMEOUT_S = 300

const folder = mkdtempSync(join(tmpdir(), 'sluice-rate-'))
after(() => rmSync(folder, { recursive: true }))

/** A file with a produce request of a little more than `bytes`. */
function requestOf(bytes: number): string {
  const file = join(folder, `request-${bytes}.json`)
  writeFileSync(file, JSON.stringify({ records: [{ value: 'x'.repeat(bytes) }] }))
  return file
}

/** Sends a file with curl. Resolves to the status. */
async function upload(url: string, file: string, ...options: string[]): Promise<number> {
  const { stdout } = await run('curl', [
    ...['--silent', '--show-error', '--output', '/dev/null', '--write-out', '%{http_code}'],
    ...['--max-time', String(CURL_TIMEOUT_S), '--header', `Content-Type: ${JSON_V2}`],
    ...['--data-binary', `@${file}`, ...options, `${url}/topics/rate`],
  ])
  return Number(stdout)
}

/** Starts a process with the limit, and an operators' listener without it. */
async function serve(settings: Record<string, string>): Promise<{ sluice: Sluice; admin: string }> {
  const [plain, port] = (await freePorts(2)) as [number, number]
  const admin = `http://127.0.0.1:${port}`
  const sluice = await startSluice('', {
    'sluice.embedded': 'true',
    listeners: `http://127.0.0.1:${plain}`,
    'sluice.admin.listeners': admin,
    'network.traffic.rate.limit.enable': 'true',
    'network.traffic.rate.limit.bytes.per.sec': String(RATE),
    ...settings,
  })
  after(() => sluice.stop())
  return { sluice, admin }
}

async function secondsFor(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

describe('network.traffic.rate.limit.enable', () => {
  test('an upload takes its time, and is not cut by the deadlines that it exceeds', async () => {
    const { sluice, admin } = await serve({
      // Half of the time that the upload takes.
      'sluice.request.upload.timeout.ms': '5000',
      'sluice.request.upload.min.bytes.per.second': '1000000',
      'idle.timeout.ms': '5000',
    })
    const bytes = 12 * RATE
    const seconds = await secondsFor(async () => {
      assert.equal(await upload(sluice.url, requestOf(bytes)), 200)
    })
    assert.ok(seconds >= (bytes - BURST) / RATE, `${seconds} s`)
    const operator = new RestClient(admin)
    const metrics = await readMetrics(operator)
    operator.close()
    const listener = `{listener="http:${new URL(sluice.url).port}"}`
    assert.ok((metrics.get(`sluice_http_read_bytes_total${listener}`) ?? 0) >= bytes)
    assert.ok((metrics.get(`sluice_http_read_pauses_total${listener}`) ?? 0) > 0)
  })

  test('connections share the rate over event loops, and all of them come to their end', async () => {
    // Less than a connection waits between two pieces.
    const { sluice } = await serve({ 'sluice.http.threads': '2', 'idle.timeout.ms': '2500' })
    const body = JSON.stringify({ records: [{ value: 'x'.repeat(RATE / 5) }] })
    const headers = { 'Content-Type': JSON_V2 }
    const send = () => fetch(`${sluice.url}/topics/rate`, { method: 'POST', body, headers })
    const seconds = await secondsFor(async () => {
      const responses = await Promise.all(Array.from({ length: 40 }, send))
      assert.deepEqual([...new Set(responses.map(({ status }) => status))], [200])
      await Promise.all(responses.map((response) => response.text()))
    })
    assert.ok(seconds >= (40 * (RATE / 5) - BURST) / RATE, `${seconds} s`)
  })

  test('the bytes of heads count', async () => {
    const { sluice } = await serve({ 'network.traffic.rate.limit.bytes.per.sec': '10000' })
    const connection = await RawConnection.open(sluice.url)
    const head = `GET /healthy HTTP/1.1\r\nHost: x\r\nX-Filler: ${'x'.repeat(3900)}\r\n\r\n`
    const seconds = await secondsFor(async () => {
      for (let request = 0; request < 12; request++) {
        await connection.send(head)
        assert.equal((await connection.response())?.status, 200)
      }
    })
    connection.close()
    assert.ok(seconds >= (12 * 3900 - 12_500) / 10_000, `${seconds} s`)
  })

  test('the bytes of TLS are limited, and another listener has a rate of its own', async () => {
    const authority = createAuthority('rate-authority')
    const identity = createIdentity('rate-server', authority, 'IP:127.0.0.1')
    const [plain, secure] = (await freePorts(2)) as [number, number]
    const { sluice } = await serve({
      listeners: `http://127.0.0.1:${plain},https://127.0.0.1:${secure}`,
      'ssl.keystore.location': identity.pem,
      'ssl.keystore.type': 'PEM',
    })
    const bytes = 5 * RATE
    let isUploaded = false
    const seconds = await secondsFor(async () => {
      const url = `https://127.0.0.1:${secure}`
      const uploaded = upload(url, requestOf(bytes), '--cacert', authority.cert).finally(() => {
        isUploaded = true
      })
      assert.equal((await fetch(`${sluice.url}/healthy`)).status, 200)
      assert.equal(isUploaded, false)
      assert.equal(await uploaded, 200)
    })
    assert.ok(seconds >= (bytes - BURST) / RATE, `${seconds} s`)
  })

  test('a small request does not wait for the end of a large one', async () => {
    const { sluice } = await serve({})
    const large = await RawConnection.open(sluice.url)
    const head = `POST /topics/rate HTTP/1.1\r\nHost: x\r\nContent-Type: ${JSON_V2}\r\n`
    await large.send(`${head}Content-Length: ${30 * RATE}\r\n\r\n{"records":[{"value":"`)
    await large.send('x'.repeat(20 * RATE))
    assert.equal((await fetch(`${sluice.url}/topics`)).status, 200)
    large.close()
    assert.equal((await fetch(`${sluice.url}/topics`)).status, 200)
  })

  test('with resilience4j a second has all of its bytes at its beginning', async () => {
    const { sluice } = await serve({ 'network.traffic.rate.limit.backend': 'resilience4j' })
    const bytes = 5 * RATE
    const seconds = await secondsFor(async () => {
      assert.equal(await upload(sluice.url, requestOf(bytes)), 200)
    })
    // The first and the last second are used at once.
    assert.ok(seconds >= (bytes - 2 * BURST) / RATE, `${seconds} s`)
  })
})
