/** What all responses have in common. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection, rawExchange } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'

const { url, rest, newTopic, newConsumer } = await setTheStage()

describe('X-Request-Id', () => {
  test("is the request's own", async () => {
    for (const id of ['abc-123', '0af7651916cd43dd/8448eb211c80319c', 'a'.repeat(128)]) {
      const { headers } = await rest.get('/', { 'x-request-id': id })
      assert.equal(headers['x-request-id'], id)
    }
  })

  test('is a new one when there is none, or when it could do harm', async () => {
    const ids = new Set<string>()
    for (const id of [undefined, '', 'a b', '"x"', '<script>', 'a'.repeat(129)]) {
      const { headers } = await rest.get('/', id === undefined ? {} : { 'x-request-id': id })
      assert.match(String(headers['x-request-id']), /^[0-9a-z]+-[0-9a-z]+$/)
      ids.add(String(headers['x-request-id']))
    }
    assert.equal(ids.size, 6)
  })

  test('is in errors, streams and answers without a body', async () => {
    const headers = { 'x-request-id': 'mine' }
    const topic = await newTopic()
    await rest.post(`/topics/${topic}`, '{"records":[{"value":""}]}')
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 1000 })
    const partitions = [{ topic, partition: 0 }]
    const answers = [
      await rest.get('/no/such/path', headers),
      await rest.get('/topics', { ...headers, accept: 'text/html' }),
      await rest.post(`${consumer.path}/assignments`, { partitions }, headers),
      await rest.get(consumer.recordsPath(), headers),
      await rest.send('OPTIONS', '/', undefined, headers),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 406, 204, 200, 200],
    )
    for (const answer of answers) assert.equal(answer.headers['x-request-id'], 'mine')
  })
})

describe('every response', () => {
  test('has a date, and does not say what serves it', async () => {
    const { headers } = await rest.get('/')
    assert.ok(Math.abs(Date.parse(String(headers.date)) - Date.now()) < 60_000)
    for (const name of ['server', 'x-powered-by', 'uwebsockets']) {
      assert.equal(headers[name], undefined)
    }
  })

  test('is compact JSON without an end of line', async () => {
    const { text } = await rest.get('/brokers')
    assert.equal(text, JSON.stringify(JSON.parse(text)))
  })
})

test('a large answer waits for a reader that pauses', async () => {
  const topic = await newTopic()
  const body = `{"records":[${Array(120_000).fill('{}').join()}]}`
  const connection = await RawConnection.open(url)
  connection.pause()
  await connection.send(
    `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  // uWebSockets.js would cut it after ten seconds.
  await sleep(14_000)
  connection.resume()
  const response = await connection.response()
  assert.equal(JSON.parse(response?.body ?? '').offsets.length, 120_000)
  await connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.equal((await connection.response())?.body, '{}')
  connection.close()
})

describe('HEAD', () => {
  for (const path of ['/', '/brokers', '/topics', '/no/such/path', '/healthy', '/openapi.json']) {
    test(`of ${path} has the status and the length of GET, and no body`, async () => {
      const get = await rest.get(path)
      const head = await rest.send('HEAD', path)
      assert.deepEqual([head.status, head.text], [get.status, ''])
      assert.equal(head.headers['content-type'], get.headers['content-type'])
      assert.equal(head.headers['content-length'], get.headers['content-length'])
    })
  }

  test('leaves the connection as good as it was', async () => {
    const connection = await RawConnection.open(url)
    for (const method of ['HEAD', 'HEAD', 'GET', 'HEAD', 'GET']) {
      await connection.send(`${method} / HTTP/1.1\r\nHost: x\r\n\r\n`)
      const response = await connection.response(method === 'HEAD')
      assert.deepEqual([response?.status, response?.headers['content-length']], [200, '2'])
    }
    connection.close()
  })
})

describe('a 204', () => {
  test('has no body, no length and no type, and leaves the connection as it was', async () => {
    const consumer = await newConsumer()
    const connection = await RawConnection.open(url)
    for (let i = 0; i < 2; i++) {
      await connection.send(`DELETE ${consumer.path}/subscription HTTP/1.1\r\nHost: x\r\n\r\n`)
      const response = await connection.response()
      assert.equal(response?.status, 204)
      for (const name of ['content-length', 'content-type', 'transfer-encoding']) {
        assert.equal(response?.headers[name], undefined)
      }
    }
    connection.close()
  })
})

describe('OPTIONS', () => {
  const rows: [path: string, allow: string][] = [
    ['/', 'GET, HEAD, POST, OPTIONS'],
    ['/brokers', 'GET, HEAD, OPTIONS'],
    ['/topics/x', 'GET, HEAD, POST, OPTIONS'],
    ['/consumers/g', 'POST, OPTIONS'],
    ['/consumers/g/instances/i', 'DELETE, OPTIONS'],
    ['/consumers/g/instances/i/subscription', 'POST, GET, HEAD, DELETE, OPTIONS'],
  ]
  for (const [path, allow] of rows) {
    test(`of ${path} tells its methods, and other methods are told them too`, async () => {
      const options = await rest.send('OPTIONS', path, undefined, { accept: 'text/html' })
      assert.deepEqual([options.status, options.text, options.headers.allow], [200, '', allow])
      const wrong = await rest.send('PATCH', path, '{}')
      assert.equal(wrong.status, 405)
      assert.deepEqual(wrong.body, { error_code: 405, message: 'HTTP 405 Method Not Allowed' })
      assert.equal(wrong.headers.allow, allow)
    })
  }

  test('of an unknown path is 404', async () => {
    assert.equal((await rest.send('OPTIONS', '/nothing')).status, 404)
  })
})

test('methods that no route has are 405, and those that HTTP does not have are 501', async () => {
  for (const [method, status] of [
    ['PUT', 405],
    ['PATCH', 405],
    ['TRACE', 405],
    ['CONNECTED', 501],
    ['get', 501],
  ] as const) {
    const response = await rawExchange(url, `${method} /topics HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.equal(response?.status, status, method)
  }
})
