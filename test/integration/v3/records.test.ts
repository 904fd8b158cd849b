/** Streams of records: what is written, and what is answered while the request goes on. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startSluice } from '../../cluster/sluice.ts'
import { rawExchange } from '../raw-connection.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'
import { StreamClient } from './stream-client.ts'

const MAX_RECORD_BYTES = 40_000_000

const { url, rest, newTopic, witness, kafka } = await setTheStage({
  'sluice.request.max.bytes': String(MAX_RECORD_BYTES),
  'producer.max.request.size': '30000000',
})

const clients: StreamClient[] = []
after(() => {
  for (const client of clients) client.close()
})

async function open(topic: string, lines?: string): Promise<StreamClient> {
  const client = await StreamClient.open(url, pathOf(topic), lines)
  clients.push(client)
  return client
}

const pathOf = (topic: string) => `/v3/clusters/c1/topics/${topic}/records`

const text = (data: string) => JSON.stringify({ value: { type: 'STRING', data } })

/** Sends a body as a whole. */
async function post(topic: string, body: string | Uint8Array, headers = {}) {
  const { status, text } = await sendTo(topic, body, headers)
  const lines = text.split('\r\n')
  assert.equal(lines.pop(), '', 'the last line has an end')
  return { status, answers: lines.map((line) => JSON.parse(line)) }
}

async function sendTo(topic: string, body: string | Uint8Array, headers = {}) {
  const response = await fetch(url + pathOf(topic), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  })
  return { status: response.status, text: await response.text() }
}

test('each record is answered in a chunk of its own while the request goes on', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await open(topic)
  for (let i = 0; i < 5; i++) {
    client.send(text(`v${i}`))
    const { timestamp, ...receipt } = await client.answer()
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/)
    assert.deepEqual(receipt, {
      error_code: 200,
      cluster_id: 'c1',
      topic_name: topic,
      partition_id: 0,
      offset: i,
      value: { type: 'STRING', size: 2 },
    })
  }
  assert.equal(client.status, 200)
  assert.equal(client.headers['content-type'], 'application/json')
  assert.equal(client.headers['transfer-encoding'], 'chunked')
  client.end()
  assert.deepEqual(await client.rest(), [])
  assert.ok(client.isComplete)
})

test('the connection of a stream that has ended serves the next request', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await open(topic)
  client.send(text('a'))
  client.end()
  assert.equal((await client.rest()).length, 1)
  assert.notEqual(client.headers['connection'], 'close')
  client.isComplete = false
  client.status = 0
  client.socket.write('GET /healthy HTTP/1.1\r\nHost: a\r\n\r\n')
  await until('the next response', async () => client.status === 200)
})

test('records in one chunk have a chunk each', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await open(topic)
  client.send(text('a') + text('b') + text('c'))
  const offsets = [await client.answer(), await client.answer(), await client.answer()]
  assert.deepEqual(
    offsets.map(({ offset }) => offset),
    [0, 1, 2],
  )
  client.close()
})

test('a record may be cut at any byte of its chunks', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await open(topic)
  const record = text('ä{"\\}')
  for (const byte of Buffer.from(record)) client.send(Uint8Array.of(byte))
  assert.equal((await client.answer()).error_code, 200)
  client.end()
  const [written] = await witness.consumeAll(topic)
  assert.equal(written?.value?.toString(), 'ä{"\\}')
})

test('keys, values, headers, partitions and timestamps arrive as they were sent', async () => {
  const topic = await newTopic({ partitions: 3 })
  const { answers } = await post(
    topic,
    JSON.stringify({
      partition_id: 2,
      timestamp: '2026-01-02T03:04:05.678+01:00',
      headers: [
        { name: 'h', value: 'AP8=' },
        { name: 'h', value: null },
      ],
      key: { type: 'BINARY', data: 'AQ==' },
      value: { type: 'STRING', data: '' },
    }),
  )
  assert.deepEqual(answers, [
    {
      error_code: 200,
      cluster_id: 'c1',
      topic_name: topic,
      partition_id: 2,
      offset: 0,
      timestamp: '2026-01-02T02:04:05.678Z',
      key: { type: 'BINARY', size: 1 },
      value: { type: 'STRING', size: 0 },
    },
  ])
  const [written] = await witness.consumeAll(topic)
  assert.deepEqual(written?.key, Buffer.of(1))
  assert.deepEqual(written?.value, Buffer.alloc(0))
  assert.equal(written?.partition, 2)
})

test('numbers of JSON data keep all of their digits', async () => {
  const topic = await newTopic({ partitions: 1 })
  const data = '{ "a" : 1.0, "b": 12345678901234567890.10, "a2": [ 1e400 ] }'
  await post(topic, `{"value":{"data":${data},"type":"JSON"}}`)
  const [written] = await witness.consumeAll(topic)
  assert.equal(written?.value?.toString(), data.replaceAll(' ', ''))
})

test('null is a tombstone, and a record may have nothing', async () => {
  const topic = await newTopic({ partitions: 1 })
  const { answers } = await post(
    topic,
    '{"value":{"type":"BINARY","data":null}}{"value":{"type":"JSON"}}{}{"key":null}',
  )
  assert.deepEqual(
    answers.map(({ key, value }) => [key, value]),
    [
      [undefined, { type: 'BINARY', size: -1 }],
      [undefined, { type: 'JSON', size: -1 }],
      [undefined, undefined],
      [undefined, undefined],
    ],
  )
  for (const { value } of await witness.consumeAll(topic)) assert.equal(value, null)
})

test('a refused record has an error for an answer, and its neighbours are written', async () => {
  const topic = await newTopic({ partitions: 1 })
  const { status, answers } = await post(
    topic,
    [
      text('a'),
      '{"value":{"type":"BINARY","data":1}}',
      '{"records":[{"subject":"foobar"}]}',
      '{"partition_id":-1}',
      '{"partition_id":99}',
      '{"value":{"data":1}}',
      text('b'),
    ].join('\n'),
  )
  assert.equal(status, 200)
  assert.deepEqual(
    answers.map(({ error_code, message }) => [error_code, message]),
    [
      [200, undefined],
      [400, 'Bad Request: data=1 is not a base64 string.'],
      [
        400,
        'Unrecognized field "records" (class io.confluent.kafkarest.entities.v3.AutoValue_ProduceRequest$Builder), ' +
          'not marked as ignorable (6 known properties: "value", "originalSize", "partitionId", "headers", "key", ' +
          '"timestamp")',
      ],
      [40402, 'Partition not found.'],
      [40401, `Partition 99 of topic ${topic} is not present in metadata.`],
      [422, 'Error: 42206 : Payload error. Schema Registry must be configured when using schemas.'],
      [200, undefined],
    ],
  )
  assert.equal((await witness.consumeAll(topic)).length, 2)
})

test('a topic that does not exist is an error of each record', async () => {
  // Kafka creates topics with legal names.
  const { status, answers } = await post('no*topic', text('a') + text('b'))
  assert.equal(status, 200)
  const error = { error_code: 40002, message: 'Invalid topics: [no*topic]' }
  assert.deepEqual(answers, [error, error])
})

test('a text that is no JSON ends the stream behind the answers before it', async () => {
  const topic = await newTopic({ partitions: 1 })
  for (const [garbage, beginning] of [
    ['{"value" 1}', "Bad Request: Error processing message: found '1' at byte 9"],
    ['[{}]', 'Bad Request: Error processing JSON: found an array'],
    ['x', 'Bad Request: Error processing JSON: '],
  ] as const) {
    const client = await open(topic)
    client.send(text('a'))
    assert.equal((await client.answer()).error_code, 200)
    client.send(garbage)
    const { error_code, message } = await client.answer()
    assert.equal(error_code, 400)
    assert.ok(message.startsWith(beginning), message)
    assert.equal(await client.next(), undefined)
    assert.ok(client.isComplete)
    await client.closed()
  }
})

test('a body that ends within a record has an error behind the other answers', async () => {
  const topic = await newTopic({ partitions: 1 })
  const { answers } = await post(topic, `${text('a')}{"value":`)
  assert.deepEqual(
    answers.map(({ error_code }) => error_code),
    [200, 400],
  )
})

test('an empty body is answered with 200 and nothing', async () => {
  assert.deepEqual(await sendTo('t', ''), { status: 200, text: '' })
  const client = await open('t')
  client.send(' \r\n\t ')
  client.end()
  assert.deepEqual(await client.rest(), [])
  assert.equal(client.status, 200)
})

test('charsets other than UTF-8 and ISO-8859-1 are refused before the stream', async () => {
  const topic = await newTopic({ partitions: 1 })
  for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'iso-8859-1', 'ISO-8859-1']) {
    const { status } = await post(topic, text('a'), {
      'Content-Type': `application/json; charset=${charset}`,
    })
    assert.equal(status, 200, charset)
  }
  const { status, body } = await rest.post(pathOf(topic), text('a'), {
    'Content-Type': 'application/json; charset=utf-16',
  })
  const message = 'Unsupported charset in Content-Type header. Supports "UTF-8" and "ISO-8859-1".'
  assert.deepEqual([status, body], [400, { error_code: 400, message }])
})

test('a stream needs a content type', async () => {
  const response = await rawExchange(
    url,
    `POST ${pathOf('t')} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`,
  )
  assert.equal(response?.status, 415)
})

test('a client that asks first is told to continue', async () => {
  const topic = await newTopic({ partitions: 1 })
  const response = await rawExchange(
    url,
    `POST ${pathOf(topic)} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n` +
      'Expect: 100-continue\r\nContent-Length: 2\r\n\r\n',
    '{}',
  )
  assert.equal(response?.status, 100)
})

test('a client of HTTP/1.0 gets its answers without chunks', async () => {
  const topic = await newTopic({ partitions: 1 })
  const response = await rawExchange(
    url,
    `POST ${pathOf(topic)} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n{}{}`,
  )
  assert.equal(response?.status, 200)
  assert.equal(response?.body.split('\r\n').length, 3)
  assert.ok(response?.body.startsWith('{"error_code":200,'))
})

test('a body in gzip is answered as it arrives', async () => {
  const topic = await newTopic({ partitions: 1 })
  const { answers } = await post(topic, gzipSync(text('a') + text('b')), {
    'Content-Encoding': 'gzip',
  })
  assert.deepEqual(
    answers.map(({ offset }) => offset),
    [0, 1],
  )
})

test('a record of 20 MB is written', async () => {
  const topic = await newTopic({ partitions: 1, config: { 'max.message.bytes': '31000000' } })
  const data = 'x'.repeat(20_000_000)
  const { answers } = await post(topic, text(data))
  assert.equal(answers[0].error_code, 200, JSON.stringify(answers[0]))
  assert.equal(answers[0].value.size, data.length)
})

test('a record that Kafka does not take is an error of 413', async () => {
  const topic = await newTopic({ partitions: 1 })
  const { answers } = await post(topic, text('x'.repeat(32_000_000)) + text('a'))
  assert.deepEqual(
    answers.map(({ error_code }) => error_code),
    [413, 200],
  )
})

test('a record above the limit of requests ends its stream', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await open(topic)
  client.send(text('a'))
  assert.equal((await client.answer()).error_code, 200)
  client.send(`{"value":{"type":"STRING","data":"`)
  const piece = 'x'.repeat(1_000_000)
  for (let sent = 0; sent < MAX_RECORD_BYTES; sent += piece.length) client.send(piece)
  const { error_code, message } = await client.answer()
  assert.equal(error_code, 400)
  assert.equal(
    message,
    'Bad Request: Error processing message: Produce request size is larger than allowed threshold',
  )
  assert.equal(await client.next(), undefined)
})

test('a hundred thousand tiny records in one chunk are all answered, in their order', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await open(topic)
  const count = 100_000
  client.send('{}'.repeat(count))
  client.end()
  const answers = await client.rest()
  assert.equal(answers.length, count)
  for (const [index, { offset }] of answers.entries()) assert.equal(offset, index)
})

test('a client that reads no answers is not read from, and gets them all when it reads', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await open(topic)
  client.socket.pause()
  const chunk = text('x'.repeat(200)).repeat(1000)
  let sent = 0
  // Until the server has stopped to read: what is written then stays here.
  while (client.socket.writableLength < 20_000_000) {
    client.send(chunk)
    sent += 1000
    await new Promise((resolve) => setImmediate(resolve))
    if (sent > 2_000_000) assert.fail('the server reads on')
    if (sent % 100_000 === 0) await new Promise((resolve) => setTimeout(resolve, 100))
  }
  client.end()
  client.socket.resume()
  let answered = 0
  for (let line = await client.next(); line !== undefined; line = await client.next()) answered++
  assert.equal(answered, sent)
})

test('what was answered to a client that left is in Kafka', async () => {
  const topic = await newTopic({ partitions: 1 })
  const client = await open(topic)
  for (let i = 0; i < 10; i++) client.send(text(`v${i}`))
  let answered = 0
  for (; answered < 5; answered++) await client.answer()
  client.close()
  await until('no stream is open', async () =>
    /^sluice_produce_streams 0$/m.test((await rest.get('/metrics')).text),
  )
  assert.ok((await witness.consumeAll(topic)).length >= answered)
})

test('an idle stream lives as long as the idle timeout allows', async () => {
  const proxy = await startSluice(kafka.bootstrapServers, { 'idle.timeout.ms': '3000' })
  after(() => proxy.stop())
  const topic = await newTopic({ partitions: 1 })
  const client = await StreamClient.open(proxy.url, pathOf(topic))
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1500))
    client.send(text('a'))
    assert.equal((await client.answer()).error_code, 200)
  }
  const { error_code } = await client.answer()
  assert.equal(error_code, 408)
  await client.closed()
  assert.ok(client.isComplete)
})
