/** The API reference: what a browser gets, with the files of the built package and nothing else. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { freePorts } from '../../cluster/free-ports.ts'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'

/** As Firefox and Chromium navigate. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
/** Java's HttpURLConnection, when nobody sets a header. */
const JAVA = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'
const V2 = 'application/vnd.kafka.v2+json'

const servers: Sluice[] = []
after(() => Promise.all(servers.map((server) => server.stop('SIGKILL'))))

/** The URL of a Sluice. Its Kafka is not there: the reference needs none. */
async function start(config: Record<string, string> = {}): Promise<string> {
  const server = await startSluice('127.0.0.1:1', config)
  servers.push(server)
  return server.url
}

const url = await start()

function ask(path: string, accept: string, init: RequestInit = {}): Promise<Response> {
  return fetch(path, { ...init, headers: { ...init.headers, accept } })
}

/** The addresses that a page names, resolved as a browser does. */
function addressesIn(page: string, base: string): URL[] {
  const matches = page.matchAll(/(?:href|src|data-document)="([^"]+)"/g)
  return [...matches]
    .map(([, address]) => new URL(address as string, base))
    .filter(({ protocol }) => protocol !== 'data:')
}

async function assertComplete(page: string, base: string): Promise<void> {
  const addresses = addressesIn(page, base)
  assert.ok(addresses.length >= 8, `${addresses.length} addresses`)
  for (const address of addresses) {
    assert.equal(address.origin, new URL(base).origin)
    const { status, headers } = await fetch(address)
    // Without its Kafka the server is not ready.
    if (address.pathname.endsWith('/ready')) continue
    assert.equal(status, 200, address.href)
    assert.equal(headers.get('x-content-type-options') !== null, /reference/.test(address.pathname))
  }
}

describe('GET /', { concurrency: true }, () => {
  test('is a page for browsers, whose links lead to files of this server', async () => {
    for (const accept of [BROWSER, 'text/html']) {
      const response = await ask(`${url}/`, accept)
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
      assert.equal(response.headers.get('vary'), 'Accept')
      await assertComplete(await response.text(), `${url}/`)
    }
  })

  test('is {} for everybody else', async () => {
    for (const accept of ['', '*/*', 'application/json, */*', V2, JAVA, `text/html, ${V2};q=0.1`]) {
      const response = await ask(`${url}/`, accept)
      const type = response.headers.get('content-type')
      assert.deepEqual([response.status, type, await response.text()], [200, V2, '{}'], accept)
    }
  })
})

test('the page permits no script in the page and none of another server', async () => {
  const response = await ask(`${url}/`, BROWSER)
  const policy = response.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'; script-src 'self';/)
  assert.doesNotMatch(policy, /script-src[^;]*(?:unsafe|http|\*)/)
  assert.doesNotMatch(await response.text(), /<script(?![^>]* src=)|\son\w+=|<style/)
})

test('HEAD has the headers of GET, and a client that has a file gets 304', async () => {
  for (const path of ['/', '/reference', '/reference/viewer.js', '/openapi.json']) {
    const accept = path === '/' ? BROWSER : '*/*'
    const get = await ask(url + path, accept)
    const etag = get.headers.get('etag') ?? ''
    assert.match(etag, /^"[\w-]{22}"$/)
    assert.equal(get.headers.get('cache-control'), 'no-cache')
    const size = (await get.arrayBuffer()).byteLength
    assert.equal(Number(get.headers.get('content-length')), size)
    const head = await ask(url + path, accept, { method: 'HEAD' })
    assert.deepEqual(
      [head.status, head.headers.get('etag'), Number(head.headers.get('content-length'))],
      [200, etag, size],
    )
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask(url + path, accept, { headers: { 'if-none-match': known } })
      assert.deepEqual([again.status, again.headers.get('etag')], [304, etag], known)
      assert.equal(await again.text(), '')
    }
    const other = await ask(url + path, accept, { headers: { 'if-none-match': '"other"' } })
    assert.deepEqual([other.status, (await other.arrayBuffer()).byteLength], [200, size])
  }
})

test('no other file of the package is served', async () => {
  for (const name of ['package.json', '..%2fpackage.json', '..%2f..%2fpackage.json', 'page']) {
    assert.equal((await fetch(`${url}/reference/${name}`)).status, 404, name)
  }
})

test('below the path of a listener it names that path', async () => {
  const [port] = await freePorts(1)
  const base = await start({ listeners: `http://127.0.0.1:${port}/kafka/rest` })
  for (const path of [base, `${base}/`, `${base}/reference`]) {
    const response = await ask(path, BROWSER)
    assert.equal(response.status, 200)
    await assertComplete(await response.text(), path)
  }
})

test('without the v2 API it describes what is left', async () => {
  const disabled = await start({ 'api.v2.enable': 'false' })
  assert.equal((await ask(`${disabled}/`, BROWSER)).status, 404)
  const page = await ask(`${disabled}/reference`, BROWSER)
  await assertComplete(await page.text(), `${disabled}/reference`)
  const { paths } = (await (await fetch(`${disabled}/openapi.json`)).json()) as { paths: object }
  assert.ok('/metrics' in paths)
  assert.ok(!Object.keys(paths).some((path) => path === '/' || path.startsWith('/topics')))
})
