/** The content types of requests and responses (docs/conformance.md#2.2). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BINARY, JSON_V2, STRING, V2 } from '../../media-types.ts'
import { setTheStage } from '../stage.ts'

const { rest, newTopic, newConsumer } = await setTheStage()

const AVRO = 'application/vnd.kafka.avro.v2+json'
const JSONSCHEMA = 'application/vnd.kafka.jsonschema.v2+json'
const PROTOBUF = 'application/vnd.kafka.protobuf.v2+json'
const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'
const BYTES = 'application/octet-stream'

const topic = await newTopic()
const binary = await newConsumer({ 'consumer.request.timeout.ms': 1 })
const json = await newConsumer({ format: 'json', 'consumer.request.timeout.ms': 1 })
const string = await newConsumer({ format: 'string', 'consumer.request.timeout.ms': 1 })
for (const consumer of [binary, json, string]) await consumer.assign(topic, 0)

const record = '{"records":[{"value":null}]}'

interface Endpoint {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
}

/** An endpoint of each kind that 2.2 and 2.3 tell apart. */
const ROOT: Endpoint = { method: 'GET', path: '/', body: undefined }
const POST_ROOT: Endpoint = { method: 'POST', path: '/', body: '{}' }
const BROKERS: Endpoint = { method: 'GET', path: '/brokers', body: undefined }
const TOPICS: Endpoint = { method: 'GET', path: '/topics', body: undefined }
const PARTITION: Endpoint = {
  method: 'GET',
  path: `/topics/${topic}/partitions/0`,
  body: undefined,
}
const PRODUCE: Endpoint = { method: 'POST', path: `/topics/${topic}`, body: record }
const PRODUCE_TO_0: Endpoint = {
  method: 'POST',
  path: `/topics/${topic}/partitions/0`,
  body: record,
}
const CONSUMER: Endpoint = { method: 'GET', path: `${binary.path}/subscription`, body: undefined }
const RECORDS: Endpoint = { method: 'GET', path: `${binary.path}/records`, body: undefined }

const everywhere = [
  ROOT,
  POST_ROOT,
  BROKERS,
  TOPICS,
  PARTITION,
  PRODUCE,
  PRODUCE_TO_0,
  CONSUMER,
  RECORDS,
]

describe('a header that is no media type', () => {
  for (const { method, path, body } of everywhere) {
    test(`${method} ${path} calls what is no media type malformed`, async () => {
      for (const name of ['content-type', 'accept']) {
        for (const value of ['no type at all', '/', 'a/b; c', 'a/b c/d', `${V2}; q="open`]) {
          const answer = await rest.send(method, path, body, { [name]: value })
          assert.deepEqual([answer.status, answer.body.error_code], [400, 400], `${name}: ${value}`)
          assert.match(answer.body.message, / is malformed; expected type\/subtype/)
        }
      }
    })
  }
})

describe('the type of a request', () => {
  const ofConsumers = [V2, BINARY, JSON_V2, STRING, AVRO, JSONSCHEMA, PROTOBUF]
  const rows: [endpoints: Endpoint[], taken: string[], refused: string[]][] = [
    [
      [ROOT, POST_ROOT, TOPICS, PARTITION],
      [V2],
      [BINARY, JSON_V2, AVRO, JSON_TYPE, FORM, BYTES, 'text/plain'],
    ],
    [
      [PRODUCE, PRODUCE_TO_0],
      [BINARY, JSON_V2, STRING],
      [V2, JSON_TYPE, 'application/vnd.kafka+json', FORM, BYTES],
    ],
    [[CONSUMER, RECORDS], ofConsumers, [JSON_TYPE, 'application/vnd.kafka+json', FORM, BYTES]],
    [[BROKERS], [...ofConsumers, JSON_TYPE, FORM, BYTES], []],
    // A range fits where there is no body for it to name the type of.
    [
      [ROOT, TOPICS, PARTITION, CONSUMER, RECORDS],
      ['*/*', 'application/*', 'application/*; q=0.1'],
      ['text/*'],
    ],
    [[POST_ROOT, PRODUCE, PRODUCE_TO_0], [], ['*/*', 'application/*']],
  ]

  for (const [endpoints, taken, refused] of rows) {
    for (const { method, path, body } of endpoints) {
      for (const type of taken) {
        test(`${method} ${path} takes ${type}`, async () => {
          assert.equal((await rest.send(method, path, body, { 'content-type': type })).status, 200)
        })
      }
      for (const type of refused) {
        test(`${method} ${path} refuses ${type}`, async () => {
          const answer = await rest.send(method, path, body, { 'content-type': type })
          assert.equal(answer.status, 415)
          assert.deepEqual(answer.body, {
            error_code: 415,
            message: 'HTTP 415 Unsupported Media Type',
          })
        })
      }
    }
  }

  for (const { method, path, body } of everywhere) {
    test(`${method} ${path} takes a request without a type`, async () => {
      assert.equal((await rest.send(method, path, body)).status, 200)
    })
  }

  test('parameters and case make no difference', async () => {
    for (const type of [`${BINARY}; charset=utf-8`, `${BINARY};x=y`, BINARY.toUpperCase()]) {
      const { status } = await rest.post(PRODUCE.path, record, { 'content-type': type })
      assert.equal(status, 200, type)
    }
  })

  test('without a type a produced body is binary', async () => {
    const { status, body } = await rest.post(PRODUCE.path, '{"records":[{"value":"no base64!"}]}')
    assert.equal(status, 400)
    assert.match(body.message, /is not a valid base64 string/)
  })
})

describe('the type of a response', () => {
  const ANY_V2: [accept: string, type: string][] = [
    ['*/*', V2],
    ['application/*', V2],
    [V2, V2],
    [`${V2}; q=0.1, text/html`, V2],
    [V2.toUpperCase(), V2],
  ]
  const rows: [endpoint: Endpoint, accepts: [accept: string, type: string | 406][]][] = [
    [ROOT, [...ANY_V2, [JSON_TYPE, 406], [BINARY, 406]]],
    [BROKERS, [...ANY_V2, [JSON_TYPE, 406]]],
    [TOPICS, [...ANY_V2, [JSON_TYPE, 406]]],
    [PARTITION, [...ANY_V2, [JSON_TYPE, 406]]],
    [PRODUCE, [...ANY_V2, [JSON_V2, 406], [BINARY, 406], [`${V2};q=0`, 406]]],
    [
      CONSUMER,
      [
        ...ANY_V2,
        [BINARY, BINARY],
        [AVRO, AVRO],
        [PROTOBUF, PROTOBUF],
        [`${AVRO}, ${V2}`, V2],
        [`${AVRO}, */*`, AVRO],
        [`${AVRO};q=0.2, ${V2};q=0.1`, AVRO],
        [JSON_TYPE, 406],
      ],
    ],
    [
      RECORDS,
      [
        ['*/*', BINARY],
        ['application/*', BINARY],
        ['text/html, application/*;q=0.1', BINARY],
        ['*', BINARY],
        ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', BINARY],
        [BINARY, BINARY],
        [V2, V2],
        [`${V2}, ${BINARY}`, BINARY],
        [`${BINARY};q=0.5, ${V2}`, V2],
        [`${BINARY};q=0, */*`, V2],
        [JSON_TYPE, 406],
        [FORM, 406],
      ],
    ],
  ]

  for (const [{ method, path, body }, accepts] of rows) {
    test(`${method} ${path} without Accept is answered in the first of its types`, async () => {
      const answer = await rest.send(method, path, body)
      const [, type] = accepts[0] ?? []
      assert.deepEqual([answer.status, answer.headers['content-type']], [200, type])
    })

    for (const [accept, expected] of accepts) {
      test(`${method} ${path} for ${accept} is ${expected}`, async () => {
        const answer = await rest.send(method, path, body, { accept })
        if (expected !== 406) {
          assert.deepEqual([answer.status, answer.headers['content-type']], [200, expected])
          return
        }
        assert.equal(answer.status, 406)
        assert.deepEqual(answer.body, { error_code: 406, message: 'HTTP 406 Not Acceptable' })
        assert.equal(answer.headers['content-type'], undefined)
      })
    }
  }

  test('what cannot be answered is not done', async () => {
    const own = await newTopic()
    const produced = await rest.post(`/topics/${own}`, record, { accept: JSON_TYPE })
    assert.equal(produced.status, 406)
    assert.equal((await rest.get(`/topics/${own}/partitions/0/offsets`)).body.end_offset, 0)

    const consumer = await newConsumer()
    const refused = await rest.delete(consumer.path, { accept: JSON_TYPE })
    assert.equal(refused.status, 406)
    assert.equal((await consumer.get('subscription')).status, 200)
    assert.equal((await consumer.delete()).status, 204)
  })

  test('a 204 has neither a type nor a length', async () => {
    const { status, headers } = await binary.assign(topic, 0)
    assert.equal(status, 204)
    assert.equal(headers['content-type'], undefined)
    assert.equal(headers['content-length'], undefined)
  })
})

describe('the format of a read', () => {
  const rows: [accept: string | undefined, binary: string, json: string, string: string][] = [
    [undefined, BINARY, '40601', '40601'],
    ['*/*', BINARY, '40601', '40601'],
    [V2, V2, '40601', '40601'],
    [BINARY, BINARY, '40601', '40601'],
    [JSON_V2, '40601', JSON_V2, '40601'],
    [STRING, '40601', '40601', STRING],
    [`${JSON_V2}, ${V2}, ${JSON_TYPE}`, V2, '40601', '40601'],
    [`${JSON_V2}; q=0.9, ${V2}; q=0.5`, '40601', JSON_V2, '40601'],
    [`${STRING}, */*`, '40601', '40601', STRING],
  ]

  for (const [accept, ...expected] of rows) {
    for (const [index, consumer] of [binary, json, string].entries()) {
      const format = ['binary', 'json', 'string'][index]
      test(`a ${format} instance, asked for ${accept ?? 'nothing'}: ${expected[index]}`, async () => {
        const { status, headers, body } = await rest.get(
          consumer.recordsPath(),
          accept === undefined ? {} : { accept },
        )
        if (expected[index] !== '40601') {
          assert.deepEqual([status, headers['content-type']], [200, expected[index]])
          return
        }
        assert.equal(status, 406)
        assert.deepEqual(body, {
          error_code: 40601,
          message:
            'The requested embedded data format does not match the deserializer for this ' +
            'consumer instance',
        })
      })
    }
  }
})

describe('the type of an error', () => {
  test('is the negotiated one, once there is a handler', async () => {
    const path = '/consumers/nobody/instances/nothing/records'
    for (const [accept, type] of [
      [undefined, BINARY],
      [V2, V2],
      [JSON_V2, JSON_V2],
      [STRING, STRING],
    ]) {
      const { status, headers, body } = await rest.get(path, accept ? { accept } : {})
      assert.equal(status, 404)
      assert.deepEqual(body, { error_code: 40403, message: 'Consumer instance not found.' })
      assert.equal(headers['content-type'], type)
    }
  })

  test('of an unknown path or method is none', async () => {
    const unknown = await rest.get('/no/such/path')
    assert.deepEqual(unknown.body, { error_code: 404, message: 'HTTP 404 Not Found' })
    assert.equal(unknown.headers['content-type'], undefined)

    const method = await rest.delete('/topics')
    assert.equal(method.status, 405)
    assert.deepEqual(method.body, { error_code: 405, message: 'HTTP 405 Method Not Allowed' })
    assert.equal(method.headers['content-type'], undefined)
    assert.equal(method.headers.allow, 'GET, HEAD, OPTIONS')
  })

  const rows: [accept: string | undefined, type: string][] = [
    [undefined, JSON_TYPE],
    ['*/*', JSON_TYPE],
    [JSON_TYPE, JSON_TYPE],
    [V2, V2],
    [`${V2}, ${JSON_TYPE};q=0.5`, V2],
    [`${V2};q=0.5, ${JSON_TYPE}`, JSON_TYPE],
    ['text/html', JSON_TYPE],
  ]
  for (const [accept, type] of rows) {
    test(`of a 415, asked for ${accept ?? 'nothing'}, is ${type}`, async () => {
      const headers = { 'content-type': 'text/plain', ...(accept && { accept }) }
      const answer = await rest.get('/topics', headers)
      assert.deepEqual([answer.status, answer.headers['content-type']], [415, type])
    })
  }
})

describe('of several faults the first is told', () => {
  const wrong = { 'content-type': 'text/plain', accept: 'text/html' }

  test('the path before the method, the method before the types', async () => {
    assert.equal((await rest.send('PUT', '/no/such/path', undefined, wrong)).status, 404)
    assert.equal((await rest.send('PUT', '/topics', undefined, wrong)).status, 405)
  })

  test("the request's type before the response's", async () => {
    assert.equal((await rest.get('/topics', wrong)).status, 415)
  })

  test('the types before the instance and the body', async () => {
    const path = '/consumers/nobody/instances/nothing/subscription'
    assert.equal((await rest.post(path, '{', wrong)).status, 415)
    assert.equal((await rest.post(path, '{', { accept: 'text/html' })).status, 406)
  })
})
