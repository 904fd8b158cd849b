/**
 * Produce requests that are refused: as a whole, with a 4xx and nothing written; or record by
 * record, where Kafka says no.
 */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { BINARY, JSON_V2, STRING } from '../../media-types.ts'
import { setTheStage, uniqueName } from '../stage.ts'

const { rest, witness, newTopic } = await setTheStage({
  'producer.topic.metadata.propagation.max.ms': 500,
})
const topic = await newTopic({ partitions: 2 })

/** What a refused body is preceded by: records that would be fine by themselves. */
const FINE = '{"key":null,"value":null}'

describe('a body that is refused', () => {
  after(async () => {
    const watermarks = await witness.watermarks(topic)
    assert.deepEqual(
      watermarks.map(({ high }) => high),
      [0, 0],
      'nothing of any refused body was written',
    )
  })

  const rows: [type: string, body: string, code: number, message: RegExp][] = [
    [BINARY, '', 422, /found an empty body, expected an object/],
    [JSON_V2, 'null', 422, /found null, expected an object/],
    [STRING, '{}', 422, /records: found no record, expected at least one/],
    [BINARY, '{"records":null}', 422, /records: found no record/],
    [BINARY, '{"records":[]}', 422, /records: found no record/],
    [BINARY, '{"records":[null]}', 400, /^\/records\/0: .*expected an object/],
    [BINARY, '{"records":{}}', 400, /^\/records: .*expected an array/],
    [BINARY, '[]', 400, /^the body: .*expected an object/i],
    [BINARY, `{"records":[${FINE},7]}`, 400, /^\/records\/1: .*expected an object/],
    [BINARY, `{"records":[${FINE},{"value":"a!"}]}`, 400, /data="a!" is not a valid base64 string/],
    [BINARY, `{"records":[${FINE},{"value":"a-_="}]}`, 400, /is not a valid base64 string/],
    [BINARY, `{"records":[${FINE},{"value":"YQ ="}]}`, 400, /is not a valid base64 string/],
    [BINARY, `{"records":[${FINE},{"value":"A"}]}`, 400, /is not a valid base64 string/],
    [BINARY, `{"records":[${FINE},{"key":7}]}`, 400, /^Bad Request: data=7 is not a base64 string/],
    [
      BINARY,
      `{"records":[${FINE},{"value":{"a":1}}]}`,
      400,
      /data=\{"a":1\} is not a base64 string/,
    ],
    [BINARY, `{"records":[${FINE},{"value":"x`, 400, /^Malformed JSON/],
    [BINARY, `{"records":[${FINE},]}`, 400, /expected an object/],
    [BINARY, `{"records":[${FINE}]`, 400, /^Malformed JSON/],
    [BINARY, `{"records":[${FINE}]} x`, 400, /expected the end of the body/],
    [BINARY, `{"records":[${FINE}]}{}`, 400, /expected the end of the body/],
    [
      BINARY,
      `{"records":[${FINE},{"valeu":null}]}`,
      422,
      /^Unrecognized field: valeu in \/records\/1/,
    ],
    [BINARY, `{"records":[${FINE}],"record":[]}`, 422, /^Unrecognized field: record/],
    [BINARY, `{"records":[${FINE},{"partition":-1}]}`, 422, /^\/records\/1\/partition: found -1/],
    [BINARY, `{"records":[${FINE},{"partition":1.5}]}`, 400, /^\/records\/1\/partition/],
    [BINARY, `{"records":[${FINE},{"partition":2147483648}]}`, 400, /at most 32 bits/],
    [BINARY, `{"records":[${FINE},{"timestamp":0}]}`, 422, /^\/records\/1\/timestamp: found 0/],
    [BINARY, `{"records":[${FINE},{"timestamp":"now"}]}`, 400, /^\/records\/1\/timestamp/],
    [BINARY, `{"records":[${FINE},{"headers":{}}]}`, 400, /^\/records\/1\/headers: .*an array/],
    [BINARY, `{"records":[${FINE},{"headers":[{}]}]}`, 422, /^\/records\/1\/headers\/0\/name/],
    [BINARY, `{"records":[${FINE},{"headers":[{"name":"a\\u0000"}]}]}`, 422, /NUL character/],
    [BINARY, `{"records":[${FINE},{"headers":[{"name":"a","value":"!"}]}]}`, 400, /valid base64/],
    [JSON_V2, `{"records":[${FINE},{"value":01}]}`, 400, /^Malformed JSON in \/records\/1/],
    [JSON_V2, `{"records":[${FINE},{"value":'a'}]}`, 400, /^Malformed JSON in \/records\/1/],
    [JSON_V2, `{"records":[${FINE},{"value":NaN}]}`, 400, /^Malformed JSON in \/records\/1/],
    [JSON_V2, `{"records":[${FINE},{"value":"\t"}]}`, 400, /^Malformed JSON .*control character/],
    [JSON_V2, `{"records":[${FINE},{"value":${'['.repeat(1001)}`, 400, /^Malformed JSON/],
    [STRING, `{"records":[${FINE},{"value":7}]}`, 400, /^\/records\/1\/value: .*a string or null/],
    [STRING, `{"records":[${FINE},{"value":"\\ud800"}]}`, 400, /unpaired surrogate/],
    [BINARY, `{"records":[${FINE}],"key_schema":{}}`, 400, /key_schema.*a string or null/],
    [BINARY, `{"records":[${FINE}],"key_schema_id":"x"}`, 400, /key_schema_id.*an integer/],
  ]

  for (const [type, body, code, message] of rows) {
    for (const path of [`/topics/${topic}`, `/topics/${topic}/partitions/1`]) {
      const [kind] = /binary|json|string/.exec(type) ?? []
      const where = path.endsWith('/1') ? 'to a partition' : 'to a topic'
      test(`${kind} ${body.slice(0, 80)} ${where} is ${code}`, async () => {
        const answer = await rest.post(path, body, { 'content-type': type })
        assert.deepEqual([answer.status, answer.body.error_code], [code, code], answer.text)
        assert.match(answer.body.message, message)
      })
    }
  }

  test('with bytes that are no UTF-8 is 400', async () => {
    const body = Buffer.from(`{"records":[${FINE},{"value":"\xff"}]}`, 'latin1')
    const answer = await rest.post(`/topics/${topic}`, body, { 'content-type': STRING })
    assert.deepEqual([answer.status, answer.body.error_code], [400, 400])
    assert.match(answer.body.message, /UTF-8/)
  })

  test('in gzip is 400: bodies are not inflated', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-type': BINARY }
    const body = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
    const answer = await rest.post(`/topics/${topic}`, body, headers)
    assert.deepEqual([answer.status, answer.body.error_code], [400, 400])
  })

  for (const partition of ['-1', '-0001']) {
    test(`for partition ${partition} of the path is 422`, async () => {
      const answer = await rest.post(`/topics/${topic}/partitions/${partition}`, '{"records":[{}]}')
      assert.deepEqual([answer.status, answer.body.error_code], [422, 422])
    })
  }

  for (const partition of ['x', '2147483648']) {
    test(`for partition ${partition} of the path is a 404`, async () => {
      const answer = await rest.post(`/topics/${topic}/partitions/${partition}`, '{"records":[{}]}')
      assert.deepEqual([answer.status, answer.body.error_code], [404, 404])
    })
  }
})

describe('a record that Kafka refuses', () => {
  test('is told in its place, and the others are written', async () => {
    const own = await newTopic({ partitions: 1, config: { 'max.message.bytes': '2000' } })
    const records = [
      { value: 'aGk=' },
      { partition: 7, value: 'aGk=' },
      { value: Buffer.alloc(1_100_000).toString('base64') },
      { value: 'aGk=' },
    ]

    const { status, headers, body } = await rest.post(`/topics/${own}`, { records })

    assert.equal(status, 200)
    assert.equal(headers['x-failed-records'], '2')
    assert.deepEqual(body, {
      offsets: [
        { partition: 0, offset: 0, error_code: null, error: null },
        {
          partition: null,
          offset: null,
          error_code: 50003,
          error: `Partition 7 of topic ${own} is not present in metadata.`,
        },
        {
          partition: null,
          offset: null,
          error_code: 50002,
          error:
            'The message is 1100000 bytes when serialized which is larger than 1048576, which is ' +
            'the value of the max.request.size configuration.',
        },
        { partition: 0, offset: 1, error_code: null, error: null },
      ],
      key_schema_id: null,
      value_schema_id: null,
    })
    assert.equal((await witness.consumeAll(own)).length, 2)
  })

  test('for being larger than the topic allows is 50002', async () => {
    const own = await newTopic({ config: { 'max.message.bytes': '2000' } })
    const value = Buffer.alloc(5000, 'x').toString('base64')
    const { status, body } = await rest.post(`/topics/${own}`, { records: [{ value }] })
    assert.equal(status, 200)
    assert.equal(body.offsets[0].error_code, 50002)
    assert.equal(
      body.offsets[0].error,
      'The request included a message larger than the max message size the server will accept.',
    )
  })

  for (const [name, shown] of [
    ['a b', 'a%20b'],
    ['a/b', 'a%2Fb'],
    ['..', '%2E%2E'],
    ['x'.repeat(250), 'x'.repeat(250)],
  ]) {
    test(`for the topic's name, ${shown?.slice(0, 9)}, is 50002, in a 200`, async () => {
      const { status, headers, body } = await rest.post(`/topics/${shown}`, {
        records: [{}, {}],
      })
      assert.equal(status, 200)
      assert.equal(headers['x-failed-records'], '2')
      for (const offset of body.offsets) {
        assert.deepEqual(offset, {
          partition: null,
          offset: null,
          error_code: 50002,
          error: `Invalid topics: [${name}]`,
        })
      }
    })
  }

  test('for a missing key in a compacted topic is told, not waited for', async () => {
    const own = await newTopic({ config: { 'cleanup.policy': 'compact' } })
    const { status, body } = await rest.post(`/topics/${own}`, { records: [{ value: '' }] })
    assert.equal(status, 200)
    assert.equal(body.offsets[0].error_code, 50002)
  })

  test('for a missing partition on every record is still a 200', async () => {
    const { status, body } = await rest.post(`/topics/${topic}/partitions/9`, { records: [{}, {}] })
    assert.equal(status, 200)
    for (const { error_code, error } of body.offsets) {
      assert.equal(error_code, 50003)
      assert.equal(error, `Partition 9 of topic ${topic} is not present in metadata.`)
    }
  })
})

test('a name that is no topic yet and has an escape is decoded once', async () => {
  const name = uniqueName('a%2Fb').replace('%', '%25')
  const { body } = await rest.post(`/topics/${name}`, { records: [{}] })
  assert.match(body.offsets[0].error, /^Invalid topics: \[a%2Fb/)
})
