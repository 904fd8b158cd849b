/**
 * Formats with schemas, from HTTP to Kafka and back, with a registry and a codec of the test's own:
 * what codecs make of values is tested with them.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RestError } from '../../../src/errors.ts'
import type { RecordToProduce } from '../../cluster/witness.ts'
import { AVRO, BINARY, JSON_SCHEMA, PROTOBUF } from '../../media-types.ts'
import { FakeRegistry, inKafka } from '../../unit/serde/fake-schemas.ts'
import type { ConsumerClient, InstanceSettings, ReadRecord } from '../consumer-client.ts'
import { gaugeOf } from '../metrics-text.ts'
import { type RestResponse, responseTo } from '../rest-client.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const registry = new FakeRegistry()
const { rest, witness, newTopic, newConsumer } = await setTheStage(
  {},
  {
    schemas: {
      source: registry,
      compilers: new URL('../../unit/serde/simple-compilers.ts', import.meta.url).href,
    },
  },
)
const ANY = registry.add('any')
const NO_SUCH_ID = 1_000_000

function produce(topic: string, body: object, type = AVRO): Promise<RestResponse> {
  return rest.post(`/topics/${topic}`, body, { 'content-type': type })
}

/** An instance with schemas that has partition 0 of a topic. */
async function readerOf(topic: string, settings: InstanceSettings = {}): Promise<ConsumerClient> {
  const consumer = await newConsumer({ format: 'avro', ...settings })
  await consumer.assign(topic, 0)
  return consumer
}

/** A record as a producer with the same codec would write it. */
function written(value: unknown, id = ANY): RecordToProduce {
  return { value: inKafka(id, JSON.stringify(value)) }
}

/** Produces a record of any bytes, which the witness could not if they are empty. */
async function produceBytes(topic: string, { key, value }: RecordToProduce): Promise<void> {
  const text = (bytes?: Buffer | null) => bytes?.toString('base64') ?? null
  const records = [{ key: text(key), value: text(value) }]
  assert.equal((await produce(topic, { records }, BINARY)).status, 200)
}

/** A new topic with these records. */
async function topicOf(records: readonly RecordToProduce[]): Promise<string> {
  const topic = await newTopic()
  await witness.produce(topic, records)
  return topic
}

const valuesOf = (records: readonly ReadRecord[]) => records.map(({ value }) => value)
const offsetsOf = (records: readonly ReadRecord[]) => records.map(({ offset }) => offset)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

async function highOf(topic: string): Promise<number[]> {
  return (await witness.watermarks(topic)).map(({ high }) => high)
}

describe('a round trip', { concurrency: true }, () => {
  test('keeps keys, values, nulls, partitions, headers and timestamps', async () => {
    const topic = await newTopic({ partitions: 2 })
    const headers = [
      { name: 'h', value: 'AQID' },
      { name: 'h', value: null },
    ]
    const produced = await produce(topic, {
      key_schema: 'nullable',
      value_schema: 'nullable',
      records: [
        { partition: 1, key: 'k', value: 'v', timestamp: 1234567890123, headers },
        { partition: 1, key: '', value: null },
        { partition: 1, value: 'é€' },
        { partition: 0, key: 'other' },
      ],
    })
    assert.equal(produced.status, 200, produced.text)
    const [first] = await witness.consumeAll(topic)
    assert.equal(first?.value, null)
    const consumer = await newConsumer({ format: 'avro' })
    await consumer.assign(topic, 1)
    const [one, ...others] = await consumer.recordsUntil(3, 'include=headers,timestamp')
    assert.deepEqual(one, {
      topic,
      key: 'k',
      value: 'v',
      partition: 1,
      offset: 0,
      headers,
      timestamp: 1234567890123,
    })
    assert.deepEqual(
      others.map(({ key, value, headers }) => [key, value, headers]),
      [
        ['', null, []],
        [null, 'é€', []],
      ],
    )
  })

  test('keeps the digits of a number, and the order of members', async () => {
    const topic = await newTopic()
    const value = '{"b":12345678901234567890.10,"a":1e400,"b":[]}'
    const body = `{"value_schema":"any","records":[{"value":${value}}]}`
    const produced = await rest.post(`/topics/${topic}/partitions/0`, body, {
      'content-type': AVRO,
    })
    assert.deepEqual(
      [produced.body.key_schema_id, produced.body.value_schema_id],
      [null, ANY],
      produced.text,
    )
    const { text } = await (await readerOf(topic)).read()
    assert.equal(
      text,
      `[{"topic":"${topic}","key":null,"value":${value},"partition":0,"offset":0}]`,
    )
  })

  for (const [format, type] of [
    ['jsonschema', JSON_SCHEMA],
    ['protobuf', PROTOBUF],
  ] as const) {
    test(`works for ${format}`, async () => {
      const topic = await newTopic()
      const body = { value_schema: 'any', records: [{ value: 7 }] }
      assert.equal((await produce(topic, body, type)).status, 200)
      const consumer = await readerOf(topic, { format })
      const { headers, body: records } = await consumer.read()
      assert.equal(headers['content-type'], type)
      assert.deepEqual(valuesOf(records), [7])
    })
  }

  test('of ten thousand records keeps them all, in order', async () => {
    const topic = await newTopic()
    const records = upTo(10_000).map((value) => ({ key: `k${value}`, value: { value } }))
    const body = { key_schema: 'any', value_schema: 'any', records }
    const { status, body: answer } = await produce(topic, body)
    assert.equal(status, 200)
    assert.equal(answer.offsets.length, records.length)
    const read = await (await readerOf(topic)).recordsUntil(records.length)
    assert.deepEqual(
      read.map(({ key, value }) => ({ key, value })),
      records,
    )
    assert.deepEqual(offsetsOf(read), upTo(records.length))
  })

  test('of records that are larger than the pieces they pass in keeps them whole', async () => {
    const topic = await newTopic()
    const values = [1, 900_000, 2, 300_000, 600_000, 3].map((size) => 'é'.repeat(size / 2) + size)
    for (const value of values) {
      const answer = await produce(topic, { value_schema: 'any', records: [{ value }] })
      assert.equal(answer.status, 200, answer.text)
    }
    const read = await (await readerOf(topic)).recordsUntil(values.length)
    assert.deepEqual(valuesOf(read), values)
  })
})

describe('a produce request', { concurrency: true }, () => {
  const FINE = { value: 'fine' }
  const other = registry.add('any other')
  const jsonSchema = registry.add('any of JSON', 'JSON')
  const broken = registry.add('broken')

  const rows: [name: string, members: object, code: number, message: RegExp][] = [
    [
      'with a value that is not of its schema',
      { value_schema: 'string', records: [FINE, FINE, { value: 7 }] },
      400,
      /^Bad Request: Expected string\. Got 7 \(\/records\/2\/value\)$/,
    ],
    [
      'with a key that is not of its schema',
      { key_schema: 'string', records: [{ key: 'k' }, { key: 7 }] },
      400,
      /^Bad Request: .* \(\/records\/1\/key\)$/,
    ],
    [
      'with a null that its schema does not allow',
      { value_schema: 'string', records: [FINE, {}] },
      400,
      /^Bad Request: Expected string\. Got null \(\/records\/1\/value\)$/,
    ],
    [
      'with keys and no schema for them',
      { value_schema: 'any', records: [FINE, { key: 1, value: 1 }] },
      42201,
      /^Request includes keys but does not include key schema$/,
    ],
    [
      'with values and no schema for them',
      { key_schema: 'any', records: [{ key: 1 }, { key: 1, value: 1 }] },
      42202,
      /^Request includes values but does not include value schema$/,
    ],
    [
      'with a schema that is none',
      { value_schema: 'nonsense', records: [FINE] },
      42205,
      /^Invalid schema: Error when parsing raw schema\. format = AVRO, schema = nonsense\n/,
    ],
    [
      'with the text and the id of a schema',
      { value_schema: 'any', value_schema_id: ANY, records: [FINE] },
      400,
      /value_schema or value_schema_id, not both/,
    ],
    [
      'with an id that there is not',
      { value_schema_id: NO_SUCH_ID, records: [FINE] },
      42207,
      /^Error serializing message\. Error when fetching schema by id\. schemaId = 1000000\n/,
    ],
    [
      'with an id of another subject',
      { value_schema_id: other, records: [FINE] },
      42207,
      /^Error serializing message\. Error when fetching schema version\. subject = .*-value, /,
    ],
    [
      'with an id of another language',
      { value_schema_id: jsonSchema, records: [FINE] },
      42207,
      /is JSON; the content type of the request is for AVRO/,
    ],
    [
      'with an id of a schema that cannot be used',
      { value_schema_id: broken, records: [FINE] },
      42207,
      /"broken" is no schema/,
    ],
    ['without records', { value_schema: 'any', records: [] }, 422, /found no record/],
    ['with a schema that is no text', { value_schema: {}, records: [FINE] }, 400, /value_schema/],
  ]
  for (const [name, body, code, message] of rows) {
    test(`${name} is refused as a whole`, async () => {
      const topic = await newTopic()
      for (const path of [`/topics/${topic}`, `/topics/${topic}/partitions/0`]) {
        const answer = await rest.post(path, body, { 'content-type': AVRO })
        assert.equal(answer.body.error_code, code, answer.text)
        assert.match(answer.body.message, message)
      }
      assert.deepEqual(await highOf(topic), [0])
    })
  }

  test('whose last of many records is wrong writes none of them', async () => {
    const topic = await newTopic()
    const records = [...upTo(20_000).map((value) => ({ value: `v${value}` })), { value: 1 }]
    const answer = await produce(topic, { value_schema: 'string', records })
    assert.equal(answer.status, 400)
    assert.match(answer.body.message, /\(\/records\/20000\/value\)$/)
    assert.deepEqual(await highOf(topic), [0])
  })

  test('that the registry forbids is answered with 403', async () => {
    const topic = await newTopic()
    const forbidden = new RestError('KAFKA_AUTHORIZATION', 'no\nyou may not')
    registry.failures.set(`register ${topic}-value`, forbidden)
    for (const path of [`/topics/${topic}`, `/topics/${topic}/partitions/0`]) {
      const body = { value_schema: 'any', records: [FINE] }
      const answer = await rest.post(path, body, { 'content-type': AVRO })
      assert.deepEqual(
        [answer.status, answer.body],
        [
          403,
          {
            error_code: 40301,
            message:
              'Error when registering schema. format = AVRO, ' +
              `subject = ${topic}-value, schema = any`,
          },
        ],
      )
    }
  })

  test('with an id of its own subject uses it', async () => {
    const topic = await newTopic()
    const id = registry.add(`string of ${topic}`, 'AVRO', `${topic}-value`)
    const answer = await produce(topic, { value_schema_id: id, records: [{ value: 'v' }] })
    assert.equal(answer.body.value_schema_id, id, answer.text)
    assert.deepEqual((await witness.consumeAll(topic))[0]?.value, inKafka(id, '"v"'))
  })

  test('with a null writes a tombstone in Avro, and null in JSON', async () => {
    const topic = await newTopic()
    const body = { value_schema: 'nullable', records: [{ value: null }] }
    assert.equal((await produce(topic, body)).status, 200)
    const { body: answer } = await produce(topic, body, JSON_SCHEMA)
    const [tombstone, json] = await witness.consumeAll(topic)
    assert.equal(tombstone?.value, null)
    assert.deepEqual(json?.value, inKafka(answer.value_schema_id, 'null'))
  })

  test('that a bug befalls is answered with 500', async () => {
    const topic = await newTopic()
    registry.failures.set(`look up ${topic}-value`, new TypeError('a bug'))
    const answer = await produce(topic, { value_schema: 'any', records: [FINE] })
    assert.equal(answer.status, 500)
  })
})

test('what was refused holds no memory', async () => {
  await until(
    'no request does',
    async () => (await gaugeOf(rest, 'sluice_produce_inflight_bytes')) === 0,
  )
})

describe('a consumer instance with schemas', { concurrency: true }, () => {
  test('reads what was written with any language, in any of them', async () => {
    const other = registry.add('any', 'PROTOBUF')
    const topic = await topicOf([written('a'), written('b', other)])
    for (const accept of [AVRO, JSON_SCHEMA, PROTOBUF]) {
      const consumer = await readerOf(topic, { format: 'Protobuf', 'fetch.min.bytes': 12 })
      const answer = await rest.get(consumer.recordsPath(), { accept })
      assert.equal(answer.headers['content-type'], accept)
      assert.deepEqual(valuesOf(answer.body), ['a', 'b'])
    }
  })

  test('does not read as binary or JSON', async () => {
    const consumer = await readerOf(await newTopic())
    for (const accept of [BINARY, '*/*', 'application/vnd.kafka.json.v2+json']) {
      const answer = await rest.get(consumer.recordsPath(), { accept })
      assert.equal(answer.body.error_code, 40601)
    }
  })

  test('answers a HEAD without taking records, and a read without records with none', async () => {
    const topic = await topicOf([written('a')])
    const consumer = await readerOf(topic)
    assert.equal(
      (await rest.send('HEAD', consumer.recordsPath(), undefined, consumer.accept)).status,
      200,
    )
    assert.deepEqual(valuesOf(await consumer.records()), ['a'])
    assert.equal((await consumer.read('timeout=50')).text, '[]')
  })

  test('asks for a schema once, whoever needs it', async () => {
    const id = registry.add('any asked once')
    let answer = () => {}
    registry.pauses.set(
      id,
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    const topic = await topicOf(upTo(100).map((value) => written(value, id)))
    const reads = Promise.all([1, 2, 3].map(async () => (await readerOf(topic)).recordsUntil(100)))
    await until('it was asked', async () => registry.asked.includes(id))
    await sleep(200)
    answer()
    for (const records of await reads) assert.deepEqual(valuesOf(records), upTo(100))
    assert.equal(registry.asked.filter((each) => each === id).length, 1)
  })

  test('counts JSON for max_bytes, and loses nothing where it stops', async () => {
    // Ten bytes of JSON each, so that three are below 31.
    const topic = await topicOf(upTo(10).map((value) => written(`--------${value}`.slice(0, 8))))
    const consumer = await readerOf(topic)
    const offsets: number[][] = []
    for (let count = 0; count < 10; count += offsets.at(-1)?.length ?? 0) {
      offsets.push(offsetsOf(await consumer.records('max_bytes=31')))
    }
    assert.deepEqual(offsets.flat(), upTo(10))
    assert.ok(
      offsets.every((each) => each.length <= 3),
      JSON.stringify(offsets),
    )
  })

  test('has room for JSON that is smaller than what Kafka has of it', async () => {
    const consumer = await readerOf(await topicOf([written(1)]))
    assert.deepEqual(valuesOf(await consumer.records('max_bytes=2')), [1])
  })

  test('names a record that is larger than max_bytes', async () => {
    const consumer = await readerOf(await topicOf([written('12345678901234567890')]))
    const answer = await consumer.read('max_bytes=15')
    assert.equal(answer.body.error_code, 41301)
    assert.deepEqual(valuesOf(await consumer.records()), ['12345678901234567890'])
  })
})

describe('a record that cannot be decoded', { concurrency: true }, () => {
  const unusable = registry.add('unusable')

  const rows: [name: string, record: RecordToProduce, message: RegExp][] = [
    ['has no magic byte', { value: Buffer.from('{"a":1}') }, /value: found 123 as the first byte/],
    ['is too short', { value: Buffer.from([0, 0, 0]) }, /value: found 3 bytes, expected a magic/],
    ['is empty', { value: Buffer.alloc(0) }, /value: found 0 bytes/],
    ['has an unknown id', written(1, NO_SUCH_ID), /value: .*no schema with id 1000000/],
    ['has an unusable schema', written(1, unusable), /value: its schema is invalid: "unusable"/],
    [
      'is not of its schema',
      { value: Buffer.from(`\0\0\0\0${String.fromCharCode(ANY)}?1`) },
      /value: found \?1, expected =/,
    ],
    ['has such a key', { key: Buffer.from('k'), ...written(1) }, /key: found 1 bytes/],
  ]
  for (const [name, record, message] of rows) {
    test(`because it ${name} ends the response before it, and then is the error`, async () => {
      const topic = await topicOf([written('a'), written('b')])
      await produceBytes(topic, record)
      await witness.produce(topic, [written('c')])
      const consumer = await readerOf(topic, {
        'fetch.min.bytes': 1000,
        'consumer.request.timeout.ms': 2000,
      })
      assert.deepEqual(offsetsOf(await consumer.records()), [0, 1])
      for (let i = 0; i < 2; i++) {
        const answer = await consumer.read()
        assert.deepEqual([answer.status, answer.body.error_code], [408, 40801], answer.text)
        assert.match(answer.body.message, message)
        assert.ok(
          answer.body.message.startsWith(`The record ${topic}-0 at offset 2 cannot be read: `),
          answer.body.message,
        )
      }
      await consumer.seek(topic, 0, 3)
      assert.deepEqual(offsetsOf(await consumer.records()), [3])
    })
  }

  test('is not committed, but what is before it is', async () => {
    const topic = await topicOf([written('a'), { value: Buffer.from('?') }])
    const consumer = await readerOf(topic, {
      'fetch.min.bytes': 1000,
      'consumer.request.timeout.ms': 1000,
    })
    assert.deepEqual(offsetsOf(await consumer.records()), [0])
    assert.equal((await consumer.read()).status, 408)
    await consumer.post('offsets')
    assert.deepEqual(await witness.committed(consumer.group, topic), [{ partition: 0, offset: 1 }])
  })

  test('far behind others loses none of them', async () => {
    const records = upTo(3000).map((value) => written(`${value} ${'x'.repeat(500)}`))
    const topic = await topicOf([...records, { value: Buffer.from('?') }, written('last')])
    const consumer = await readerOf(topic)
    assert.deepEqual(offsetsOf(await consumer.recordsUntil(3000)), upTo(3000))
    assert.equal((await consumer.read()).body.error_code, 40801)
  })

  test('because of a bug is answered with 500, and stays where it is', async () => {
    const topic = await topicOf([written('bug')])
    const consumer = await readerOf(topic)
    for (let i = 0; i < 2; i++) assert.equal((await consumer.read()).status, 500)
    await consumer.post('offsets')
    assert.deepEqual(await witness.committed(consumer.group, topic), [])
  })

  test('because the registry is down is read when it is up again', async () => {
    const id = registry.add('any sometimes')
    registry.failures.set(id, new RestError('KAFKA_RETRIABLE_ERROR', 'the registry is down'))
    const topic = await topicOf([written('a'), written('b', id)])
    const consumer = await readerOf(topic, {
      'fetch.min.bytes': 1000,
      'consumer.request.timeout.ms': 1000,
    })
    assert.deepEqual(offsetsOf(await consumer.records()), [0])
    const answer = await consumer.read()
    assert.deepEqual(
      [answer.status, answer.body],
      [
        500,
        {
          error_code: 50003,
          message: `The record ${topic}-0 at offset 1 cannot be read: value: the registry is down`,
        },
      ],
    )
    registry.failures.delete(id)
    assert.deepEqual(offsetsOf(await consumer.records()), [1])
  })
})

/** More than sockets hold, so that a reader that stops is felt. */
const LARGE = { count: 400, size: 100_000 }
const largeValues = upTo(LARGE.count).map((value) => String(value).padEnd(LARGE.size, 'x'))
const large = await topicOf(largeValues.map((value) => written(value)))

/** A read of all of them but the last record, for which there is no room in Kafka's bytes. */
const LARGE_READ = `max_bytes=${(LARGE.count - 1) * inKafka(ANY, `"${largeValues[0]}"`).length + 1}`
const largeReader = () =>
  readerOf(large, { 'fetch.min.bytes': -1, 'consumer.request.timeout.ms': 60_000 })

interface OpenRead {
  readonly request: ClientRequest
  readonly response: IncomingMessage
}

/** Begins a read; resolves when its head is there, before anything of its body is read. */
async function open(consumer: ConsumerClient, query = ''): Promise<OpenRead> {
  const request = rest.begin('GET', consumer.recordsPath(query), consumer.accept)
  request.end()
  const response = await responseTo(request)
  response.on('error', () => {})
  return { request, response }
}

describe('a response with schemas', () => {
  test('to a slow reader holds little memory, and is whole', async () => {
    const { response } = await open(await largeReader(), LARGE_READ)
    await sleep(1000)
    // Two pieces of frames, and two of JSON.
    assert.ok((await gaugeOf(rest, 'sluice_consume_buffered_bytes')) <= 4 * 262_144)
    const pieces: Buffer[] = []
    for await (const bytes of response) {
      pieces.push(bytes)
      if (pieces.length % 50 === 0) await sleep(1)
    }
    const records = JSON.parse(Buffer.concat(pieces).toString())
    assert.deepEqual(offsetsOf(records), upTo(LARGE.count - 1))
    assert.deepEqual(valuesOf(records), largeValues.slice(0, -1))
  })

  test('whose client leaves in the middle is read again', async () => {
    const consumer = await largeReader()
    const before = await gaugeOf(rest, 'sluice_consume_reads_returned_total')
    const { request, response } = await open(consumer, LARGE_READ)
    await once(response, 'readable')
    response.read()
    // Until the socket is full, and frames wait.
    await sleep(100)
    request.destroy()
    assert.deepEqual(offsetsOf(await consumer.records(LARGE_READ)), upTo(LARGE.count - 1))
    assert.ok((await gaugeOf(rest, 'sluice_consume_reads_returned_total')) > before)
    await until(
      'no response holds memory',
      async () => (await gaugeOf(rest, 'sluice_consume_buffered_bytes')) === 0,
    )
  })

  test('whose client leaves while a schema is awaited is read again', async () => {
    const id = registry.add('any that takes long')
    let answer = () => {}
    registry.pauses.set(
      id,
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    const consumer = await readerOf(await topicOf([written('a', id)]))
    const request = rest.begin('GET', consumer.recordsPath(), consumer.accept)
    request.on('error', () => {})
    request.end()
    await until('it was asked', async () => registry.asked.includes(id))
    request.destroy()
    await until(
      'the response holds no memory',
      async () => (await gaugeOf(rest, 'sluice_consume_buffered_bytes')) === 0,
    )
    answer()
    assert.deepEqual(valuesOf(await consumer.records()), ['a'])
  })

  test('ends as valid JSON when its instance is deleted', async () => {
    const topic = await topicOf([written('a')])
    const consumer = await readerOf(topic, {
      'fetch.min.bytes': -1,
      'consumer.request.timeout.ms': 60_000,
    })
    const { response } = await open(consumer)
    assert.equal((await consumer.delete()).status, 204)
    let text = ''
    for await (const bytes of response) text += bytes
    assert.deepEqual(valuesOf(JSON.parse(text)), ['a'])
  })
})
