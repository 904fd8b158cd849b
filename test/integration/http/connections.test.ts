/** Connections: kept, closed, and used by too much at once. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RawConnection } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'

const { url, rest, witness, newTopic, newConsumer } = await setTheStage()

/** A request to produce one record. */
function produce(topic: string): string {
  const body = '{"records":[{"value":null}]}'
  return `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

describe('a connection', { concurrency: true }, () => {
  test('serves one request after the other', async () => {
    const connection = await RawConnection.open(url)
    for (let i = 0; i < 20; i++) {
      await connection.send(GET)
      assert.equal((await connection.response())?.body, '{}')
    }
    connection.close()
  })

  test('is closed after the response when the request says so', async () => {
    const connection = await RawConnection.open(url)
    await connection.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    assert.equal((await connection.response())?.body, '{}')
    await connection.closed()
  })

  test('is not closed while its request is served', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 14_000 })
    await consumer.assign(topic, 0)
    const started = performance.now()
    assert.deepEqual(await consumer.records(), [])
    assert.ok(performance.now() - started >= 13_990)
  })
})

describe('pipelining', { concurrency: true }, () => {
  test('of requests that are answered at once works', async () => {
    const connection = await RawConnection.open(url)
    await connection.send(GET + GET + GET)
    for (let i = 0; i < 3; i++) assert.equal((await connection.response())?.body, '{}')
    connection.close()
  })

  test('of requests that have to wait answers each of them, in order', async () => {
    const topic = await newTopic()
    const connection = await RawConnection.open(url)
    const topics = 'GET /topics HTTP/1.1\r\nHost: x\r\n\r\n'
    await connection.send(produce(topic) + topics + GET + produce(topic) + topics)
    const bodies: string[] = []
    for (let i = 0; i < 5; i++) bodies.push((await connection.response())?.body ?? '')
    assert.deepEqual(
      [bodies[0], bodies[3]].map((body) => JSON.parse(body ?? '').offsets[0].offset),
      [0, 1],
    )
    for (const body of [bodies[1], bodies[4]]) assert.ok(JSON.parse(body ?? '').includes(topic))
    assert.equal(bodies[2], '{}')
    connection.close()
  })

  test('ends with the response to a request that closes its connection', async () => {
    const topic = await newTopic()
    const closing = produce(topic).replace('\r\n', '\r\nConnection: close\r\n')
    const connection = await RawConnection.open(url)
    await connection.send(produce(topic) + closing + produce(topic) + GET)
    for (const offset of [0, 1]) {
      assert.equal(JSON.parse((await connection.response())?.body ?? '').offsets[0].offset, offset)
    }
    assert.equal((await connection.closed()).length, 0)
    assert.equal((await witness.watermarks(topic))[0]?.high, 2)
  })

  test('of thousands of requests answers all of them', async () => {
    const connection = await RawConnection.open(url)
    await connection.send(GET.repeat(5000))
    for (let i = 0; i < 5000; i++) assert.equal((await connection.response())?.body, '{}')
    connection.close()
  })
})

describe('a client that sends no more', { concurrency: true }, () => {
  test('gets its answer', async () => {
    const topic = await newTopic()
    const connection = await RawConnection.open(url)
    await connection.send(produce(topic))
    connection.socket.end()
    const response = await connection.response()
    assert.equal(JSON.parse(response?.body ?? '').offsets[0].offset, 0)
    await connection.closed()
  })

  test('ends a read that waits: its records stay with the instance', async () => {
    const topic = await newTopic()
    const consumer = await newConsumer({ 'consumer.request.timeout.ms': 20_000 })
    await consumer.assign(topic, 0)
    const connection = await RawConnection.open(url)
    const accept = `Accept: ${consumer.accept['accept']}`
    await connection.send(`GET ${consumer.recordsPath()} HTTP/1.1\r\nHost: x\r\n${accept}\r\n\r\n`)
    connection.socket.end()
    await connection.closed()
    await rest.post(`/topics/${topic}`, '{"records":[{"value":null}]}')
    assert.equal((await consumer.records()).length, 1)
  })
})

test('pipelined requests with large responses are answered, and each is over', async () => {
  const connection = await RawConnection.open(url)
  const large = 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'
  await connection.send(large.repeat(5) + GET)
  for (let i = 0; i < 5; i++) JSON.parse((await connection.response())?.body ?? '')
  assert.equal((await connection.response())?.body, '{}')
  connection.close()
  const { text } = await rest.get('/metrics')
  assert.match(text, /^sluice_http_requests_in_flight 1$/m, 'only the request for the metrics')
})

test('five hundred connections at once are served', async () => {
  const connections = await Promise.all(Array.from({ length: 500 }, () => RawConnection.open(url)))
  await Promise.all(connections.map((connection) => connection.send(GET)))
  const responses = await Promise.all(connections.map((connection) => connection.response()))
  assert.ok(responses.every((response) => response?.status === 200))
  for (const connection of connections) connection.close()
})
