/** `listeners=http://host:port/path`: everything is below that path, and nothing beside it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { JSON_V2 } from '../../media-types.ts'
import { setTheStage, uniqueName } from '../stage.ts'

const { url, newTopic } = await setTheStage({ listeners: 'http://127.0.0.1:0/kafka/rest/' })
const base = `${url}/kafka/rest`

async function get(path: string) {
  const answer = await fetch(path)
  const text = await answer.text()
  return { status: answer.status, text }
}

describe('below the path of the listener', { concurrency: true }, () => {
  for (const path of ['', '/', '/topics', '/brokers', '/healthy', '/ready', '/metrics']) {
    test(`"${path}" is served`, async () => assert.equal((await get(base + path)).status, 200))
  }

  for (const path of ['/', '/topics', '/healthy', '/metrics', '/kafka', '/kafka/restful/topics']) {
    test(`${path} beside it is 404`, async () => assert.equal((await get(url + path)).status, 404))
  }

  test('the OpenAPI document names it', async () => {
    const document = JSON.parse((await get(`${base}/openapi.json`)).text)
    assert.deepEqual(document.servers, [{ url: '/kafka/rest' }])
    assert.ok(document.paths['/topics'])
  })

  test('an instance is reached by its base_uri', async () => {
    const topic = await newTopic()
    const post = (path: string, body: unknown) =>
      fetch(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': JSON_V2 },
      })
    const made = await post(`${base}/consumers/${uniqueName('g')}`, { format: 'json' })
    const { base_uri: uri } = (await made.json()) as { base_uri: string }
    assert.ok(uri.startsWith(`${base}/consumers/`), uri)
    const partitions = [{ topic, partition: 0 }]
    assert.equal((await post(`${uri}/assignments`, { partitions })).status, 204)
    assert.equal((await post(`${uri}/positions/beginning`, { partitions })).status, 204)
    assert.equal((await post(`${base}/topics/${topic}`, { records: [{ value: 7 }] })).status, 200)
    const read = await fetch(`${uri}/records?timeout=10000`, { headers: { accept: JSON_V2 } })
    const records = (await read.json()) as { value: unknown }[]
    assert.deepEqual(
      records.map(({ value }) => value),
      [7],
    )
  })
})
