/** `api.endpoints.allowlist` and `api.endpoints.blocklist`. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type Sluice, startSluice } from '../../cluster/sluice.ts'
import { BINARY, JSON_V2, V2 } from '../../media-types.ts'

const EMBEDDED = { 'sluice.embedded': 'true' }

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests name what they expect
  readonly body: any
}

/** Sends requests. The description of the API does not declare the answers of hidden endpoints. */
class Client {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async send(method: string, path: string, body?: string, type = V2): Promise<Answer> {
    const headers = body === undefined ? {} : { 'content-type': type }
    const sent = body === undefined ? {} : { body }
    const response = await fetch(this.#url + path, { method, headers, ...sent })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text }
  }

  async read(accept: string): Promise<Answer> {
    const path = '/consumers/g/instances/none/records'
    const response = await fetch(this.#url + path, { headers: { accept } })
    return { status: response.status, body: await response.json() }
  }
}

async function start(settings: Record<string, string>): Promise<[Sluice, Client]> {
  const sluice = await startSluice('', { ...EMBEDDED, ...settings })
  after(() => sluice.stop())
  return [sluice, new Client(sluice.url)]
}

const [allowing, allowed] = await start({
  'api.endpoints.allowlist':
    'api.v2.topics.*, api.v2.produce-to-topic.json, api.v2.brokers.list, api.v2.consumers.list',
  'api.endpoints.blocklist': 'api.v2.brokers.*',
})
const [, blocked] = await start({
  'api.endpoints.blocklist':
    'api.v2.consumers.consume-binary,api.v2.root.get,api.v2.consumers.delete,operations.metrics',
})

const RECORD = '{"records":[{"value":""}]}'
const HIDDEN = { error_code: 404, message: 'HTTP 404 Not Found' }
const REFUSED = { error_code: 405, message: 'HTTP 405 Method Not Allowed' }

describe('an allow list', () => {
  test('keeps the endpoints that it names, by format and by class', async () => {
    assert.equal((await allowed.send('GET', '/topics')).status, 200)
    assert.equal((await allowed.send('GET', '/topics/none')).body.error_code, 40403)
    const produced = await allowed.send('POST', '/topics/t', RECORD, JSON_V2)
    assert.equal(produced.status, 200)
  })

  test('hides all others: GET and HEAD get 404, other methods 405', async () => {
    assert.deepEqual((await allowed.send('GET', '/')).body, HIDDEN)
    assert.equal((await allowed.send('HEAD', '/topics/t/partitions')).status, 404)
    const binary = await allowed.send('POST', '/topics/t', RECORD, BINARY)
    assert.deepEqual([binary.status, binary.body], [405, REFUSED])
    const created = await allowed.send('POST', '/consumers/g', '{}')
    assert.deepEqual([created.status, created.body], [405, REFUSED])
  })

  test('gives way to a block list', async () => {
    assert.deepEqual((await allowed.send('GET', '/brokers')).body, HIDDEN)
  })

  test('lets OPTIONS and the routes of operators be', async () => {
    assert.equal((await allowed.send('OPTIONS', '/brokers')).status, 200)
    for (const path of ['/healthy', '/ready', '/metrics', '/openapi.json']) {
      assert.equal((await allowed.send('GET', path)).status, 200, path)
    }
  })

  test('shortens the description of the API', async () => {
    const { paths } = (await allowed.send('GET', '/openapi.json')).body
    assert.deepEqual(Object.keys(paths['/topics/{topic_name}']), ['get', 'post'])
    assert.equal(paths['/brokers'], undefined)
  })

  test('has names of endpoints, and warns of others', () => {
    assert.match(
      allowing.log(),
      /api\.endpoints\.allowlist: no endpoint of this process is named api\.v2\.consumers\.list/,
    )
  })
})

describe('a block list', () => {
  test('hides what it names, and nothing else', async () => {
    for (const path of ['/', '/metrics'])
      assert.deepEqual((await blocked.send('GET', path)).body, HIDDEN)
    assert.equal((await blocked.send('POST', '/', '{}')).status, 200)
    assert.equal((await blocked.send('GET', '/topics')).status, 200)
    assert.equal((await blocked.send('DELETE', '/consumers/g/instances/none')).status, 405)
  })

  test('tells reads by their format', async () => {
    const read = async (accept: string) => (await blocked.read(accept)).body.error_code
    // Without a format a read is one of bytes.
    assert.equal(await read('*/*'), 404)
    assert.equal(await read(BINARY), 404)
    assert.equal(await read(JSON_V2), 40403)
  })
})
