/** The image's health check: which listener it asks, and what it answers. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createAuthority } from '../../certificates.ts'

const PROGRAM = fileURLToPath(new URL('../../../src/health-check.ts', import.meta.url))

let status = 200
const asked: (string | undefined)[] = []
const server = createServer((request, response) => {
  asked.push(request.url)
  response.writeHead(status).end()
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
after(() => server.close())

async function check(listeners: string): Promise<number | null> {
  const env = { ...process.env, KAFKA_REST_LISTENERS: listeners, KAFKA_REST_PORT: '1' }
  const child = execFile(process.execPath, ['--import=tsx', PROGRAM], { env })
  const [code] = await once(child, 'exit')
  return code
}

test('the first listener of the environment is asked, at its path', async () => {
  status = 200
  assert.equal(await check(`http://0.0.0.0:${port}/rest,http://0.0.0.0:1/rest`), 0)
  assert.deepEqual(asked.splice(0), ['/rest/healthy'])
})

test('a plain listener is asked before one with TLS', async () => {
  status = 200
  assert.equal(await check(`https://127.0.0.1:1,http://127.0.0.1:${port}`), 0)
  assert.deepEqual(asked.splice(0), ['/healthy'])
})

test('a listener with TLS is asked whatever its certificate, and one that asks for certificates lives', async () => {
  const { cert, key } = createAuthority('health-check')
  const identity = { cert: readFileSync(cert), key: readFileSync(key) }
  for (const requestCert of [false, true]) {
    const secure = createSecureServer({ ...identity, requestCert }, (_, response) => {
      response.end()
    }).listen(0, '127.0.0.1')
    await once(secure, 'listening')
    assert.equal(await check(`https://127.0.0.1:${(secure.address() as AddressInfo).port}`), 0)
    secure.close()
  }
})

test('an answer that is no success, and no answer, are unhealthy', async () => {
  status = 503
  assert.equal(await check(`http://127.0.0.1:${port}`), 1)
  assert.equal(await check('http://127.0.0.1:1'), 1)
})
