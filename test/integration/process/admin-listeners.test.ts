/** `sluice.admin.listeners`: health, readiness and metrics at addresses of their own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { get } from 'node:https'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createAuthority, createIdentity, STORE_PASSWORD } from '../../certificates.ts'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { keyStore } from '../../stores.ts'
import { until } from '../until.ts'

const FOR_OPERATORS = ['/healthy', '/ready', '/metrics']

interface Served {
  readonly sluice: Sluice
  /** The URL for operators. */
  readonly admin: string
}

async function serve(settings: Record<string, string> = {}, scheme = 'http'): Promise<Served> {
  const [port] = await freePorts(1)
  const admin = `${scheme}://127.0.0.1:${port}`
  const sluice = await startSluice('', {
    'sluice.embedded': 'true',
    'sluice.admin.listeners': admin,
    ...settings,
  })
  after(() => sluice.stop())
  return { sluice, admin }
}

const statusOf = async (url: string) => (await fetch(url)).status

describe('an address for operators', () => {
  for (const loops of ['1', '2']) {
    test(`serves health, readiness and metrics, and nothing else, with ${loops} event loops`, async () => {
      const { sluice, admin } = await serve({ 'sluice.http.threads': loops })
      await until('it listens', async () => /"adminPorts":\[\d+\]/.test(sluice.log()))
      for (const path of FOR_OPERATORS) assert.equal(await statusOf(admin + path), 200, path)
      for (const path of ['/', '/topics', '/openapi.json', '/consumers/g']) {
        assert.equal(await statusOf(admin + path), 404, path)
      }
      const produced = { method: 'POST', body: '{"records":[{"value":1}]}' }
      assert.equal((await fetch(`${admin}/topics/t`, produced)).status, 404)
      assert.match(await (await fetch(`${admin}/metrics`)).text(), /^sluice_build_info/m)
    })
  }

  test('has no path, whatever the path of the API, whose endpoints may be blocked', async () => {
    const [port] = await freePorts(1)
    const { sluice, admin } = await serve({
      listeners: `http://127.0.0.1:${port}/kafka`,
      'api.endpoints.blocklist': 'operations.metrics,operations.ready',
    })
    for (const path of FOR_OPERATORS) assert.equal(await statusOf(admin + path), 200, path)
    assert.equal(await statusOf(`${sluice.url}/metrics`), 404)
    assert.equal(await statusOf(`${sluice.url}/ready`), 404)
    assert.equal(await statusOf(`${sluice.url}/topics`), 200)
  })

  test('tells until the end that the process stops', async () => {
    const { sluice, admin } = await serve({ 'sluice.shutdown.delay.ms': '5000' })
    const stopped = sluice.stop('SIGTERM')
    await until('it is not ready', async () => (await statusOf(`${admin}/ready`)) === 503)
    assert.equal(await statusOf(`${admin}/metrics`), 200)
    assert.equal((await stopped)?.code, 0)
  })

  test('has TLS of its own', async () => {
    const authority = createAuthority('authority')
    const identity = createIdentity('server', authority, 'IP:127.0.0.1')
    const { admin } = await serve(
      {
        'ssl.keystore.location': keyStore('PKCS12', 'admin', identity),
        'ssl.keystore.password': STORE_PASSWORD,
      },
      'https',
    )
    const status = await new Promise((resolve, reject) => {
      get(`${admin}/ready`, { rejectUnauthorized: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      }).on('error', reject)
    })
    assert.equal(status, 200)
  })

  test('is that of the health check of the image', async () => {
    const { admin } = await serve()
    const check = (listeners: string) =>
      spawnSync(process.execPath, [join('dist', 'health-check.js')], {
        env: { ...process.env, KAFKA_REST_SLUICE_ADMIN_LISTENERS: listeners },
      }).status
    assert.equal(check(admin), 0)
    assert.equal(check('http://127.0.0.1:1'), 1)
  })
})
