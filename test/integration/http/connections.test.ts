/** Connections: kept, closed, and used by too much at once. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RawConnection } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const { url, rest, witness, newTopic, newConsumer } = await setTheStage()

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

  test('on which nothing happens is closed', async () => {
    const connection = await RawConnection.open(url)
    await connection.send(GET)
    assert.equal((await connection.response())?.body, '{}')
    const started = performance.now()
    await connection.closed()
    // What balancers have to know: see docs/load-balancers.md.
    assert.ok(performance.now() - started >= 7000)
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

  test('of a request that has to wait closes the connection without an answer', async () => {
    // What uWebSockets.js does (U4); docs/load-balancers.md says so.
    const connection = await RawConnection.open(url)
    await connection.send('GET /topics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3))
    assert.equal((await connection.closed()).length, 0)
  })

  test('of a produce request loses the answer, not the record, and leaves nothing behind', async () => {
    const topic = await newTopic()
    const body = '{"records":[{"value":null}]}'
    const produce = `POST /topics/${topic} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const connection = await RawConnection.open(url)
    await connection.send(produce + GET)
    await connection.closed()
    await until('the record is written', async () => {
      const [partition] = await witness.watermarks(topic)
      return partition?.high === 1
    })
    assert.equal((await rest.post(`/topics/${topic}`, body)).body.offsets[0].offset, 1)
  })
})

test('five hundred connections at once are served', async () => {
  const connections = await Promise.all(Array.from({ length: 500 }, () => RawConnection.open(url)))
  await Promise.all(connections.map((connection) => connection.send(GET)))
  const responses = await Promise.all(connections.map((connection) => connection.response()))
  assert.ok(responses.every((response) => response?.status === 200))
  for (const connection of connections) connection.close()
})
