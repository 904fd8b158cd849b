/** `POST /topics/{topic}` and `POST /topics/{topic}/partitions/{partition}`: what gets to Kafka. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { consoleConsume, consoleProduce } from '../../cluster/console-clients.ts'
import { BINARY, JSON_V2, STRING, V2 } from '../../media-types.ts'
import { setTheStage, uniqueName } from '../stage.ts'

const { kafka, rest, witness, newTopic } = await setTheStage()

const base64 = (bytes: string | number[] | Uint8Array) =>
  Buffer.from(bytes as string).toString('base64')
const as = (type: string) => ({ 'content-type': type })

/** The answer when all records went to partition 0 of a new topic. */
function acknowledged(count: number) {
  return {
    offsets: Array.from({ length: count }, (_, offset) => ({
      partition: 0,
      offset,
      error_code: null,
      error: null,
    })),
    key_schema_id: null,
    value_schema_id: null,
  }
}

/** Keys and values as stored, in their order. */
async function stored(topic: string) {
  const records = await witness.consumeAll(topic)
  return records.map(({ key, value }) => [key, value])
}

describe('binary', () => {
  test('bytes are stored as base64 stands for them', async () => {
    const topic = await newTopic()
    const bytes = Buffer.from([0, 0xff, 0x80, 0x7f])
    const records = [
      { key: base64('k'), value: base64(bytes) },
      { value: '//8' }, // Padding is optional.
      { value: '/w====' }, // Surplus padding is fine.
    ]

    const { status, headers, body } = await rest.post(`/topics/${topic}`, { records }, as(BINARY))

    assert.equal(status, 200)
    assert.equal(headers['content-type'], V2)
    assert.equal(headers['x-failed-records'], undefined)
    assert.deepEqual(body, acknowledged(3))
    assert.deepEqual(await stored(topic), [
      [Buffer.from('k'), bytes],
      [null, Buffer.from([0xff, 0xff])],
      [null, Buffer.from([0xff])],
    ])
  })

  test('the members of the answer are in their order', async () => {
    const topic = await newTopic()
    const { text } = await rest.post(`/topics/${topic}`, '{"records":[{}]}')
    assert.equal(
      text,
      '{"offsets":[{"partition":0,"offset":0,"error_code":null,"error":null}],' +
        '"key_schema_id":null,"value_schema_id":null}',
    )
  })
})

describe('json', () => {
  const values = [
    [
      '{ "b" : 1.10 , "a":\n[ 12345678901234567890, 1e400, -0 ] }',
      '{"b":1.10,"a":[12345678901234567890,1e400,-0]}',
    ],
    ['{"a":1,"a":2}', '{"a":1,"a":2}'],
    ['" spaces  stay "', '" spaces  stay "'],
    ['"\\u00e9é\\n"', '"\\u00e9é\\n"'],
    ['0', '0'],
    ['false', 'false'],
    ['""', '""'],
    ['[]', '[]'],
  ]

  test('values are stored as they were written, without white space between tokens', async () => {
    const topic = await newTopic()
    const body = `{"records":[${values.map(([value]) => `{"value": ${value} }`)}]}`
    const answer = await rest.post(`/topics/${topic}`, body, as(JSON_V2))
    assert.deepEqual(answer.body, acknowledged(values.length))
    assert.deepEqual(
      (await stored(topic)).map(([, value]) => String(value)),
      values.map(([, value]) => value),
    )
  })

  test('keys are JSON too, and null is no value', async () => {
    const topic = await newTopic()
    const body = '{"records":[{"key":{"id": 7},"value":null},{"key":null,"value":"null"}]}'
    assert.equal((await rest.post(`/topics/${topic}`, body, as(JSON_V2))).status, 200)
    assert.deepEqual(await stored(topic), [
      [Buffer.from('{"id":7}'), null],
      [null, Buffer.from('"null"')],
    ])
  })
})

describe('string', () => {
  test('texts are stored in UTF-8', async () => {
    const topic = await newTopic()
    const records = [{ key: 'ключ', value: 'line\nbreak "quoted" \u0000 😀' }]
    const answer = await rest.post(`/topics/${topic}`, { records }, as(STRING))
    assert.deepEqual(answer.body, acknowledged(1))
    assert.deepEqual(await stored(topic), [
      [Buffer.from('ключ'), Buffer.from('line\nbreak "quoted" \u0000 😀')],
    ])
  })
})

describe('null, empty and absent', () => {
  for (const [type, empty] of [
    [BINARY, '""'],
    [STRING, '""'],
  ] as const) {
    test(`stay different in ${type}`, async () => {
      const topic = await newTopic()
      const body = `{"records":[{"key":${empty},"value":${empty}},{"key":null,"value":null},{}]}`
      assert.equal((await rest.post(`/topics/${topic}`, body, as(type))).status, 200)
      const records = await consoleConsume(kafka.bootstrapServers, topic, 3)
      assert.deepEqual(
        records.map(({ key, value }) => [key, value]),
        [
          [Buffer.alloc(0), Buffer.alloc(0)],
          [null, null],
          [null, null],
        ],
      )
    })
  }
})

describe('headers', () => {
  test('keep their order, duplicates, bytes, and the difference of null and empty', async () => {
    const topic = await newTopic()
    const headers = [
      { name: 'b', value: base64([0xff, 0, 0x80]) },
      { name: 'a', value: base64('1') },
      { name: 'a', value: base64('2') },
      { name: 'ü', value: '' },
      { name: '', value: null },
      { name: 'absent' },
    ]
    const answer = await rest.post(`/topics/${topic}`, { records: [{ value: '', headers }] })
    assert.deepEqual(answer.body, acknowledged(1))
    const [record] = await consoleConsume(kafka.bootstrapServers, topic, 1)
    assert.deepEqual(record?.headers, [
      ['b', Buffer.from([0xff, 0, 0x80])],
      ['a', Buffer.from('1')],
      ['a', Buffer.from('2')],
      ['ü', Buffer.alloc(0)],
      ['', null],
      ['absent', null],
    ])
  })

  test('none, null and an empty list are the same', async () => {
    const topic = await newTopic()
    const records = [{}, { headers: null }, { headers: [] }]
    assert.equal((await rest.post(`/topics/${topic}`, { records })).status, 200)
    for (const { headers } of await witness.consumeAll(topic)) assert.deepEqual(headers, [])
  })
})

describe('timestamps', () => {
  test("are the client's, or the time of the request", async () => {
    const topic = await newTopic()
    const before = Date.now()
    const records = [{ timestamp: 1_500_000_000_123 }, { timestamp: null }, {}]
    assert.equal((await rest.post(`/topics/${topic}`, { records })).status, 200)
    const after = Date.now()
    const [given, ...made] = (await witness.consumeAll(topic)).map(({ timestamp }) => timestamp)
    assert.equal(given, 1_500_000_000_123)
    for (const timestamp of made) assert.ok(timestamp >= before && timestamp <= after)
  })
})

describe('partitions', () => {
  test('a partition of the path takes the records', async () => {
    const topic = await newTopic({ partitions: 3 })
    const { body } = await rest.post(`/topics/${topic}/partitions/2`, { records: [{}, {}] })
    assert.deepEqual(
      body.offsets.map(({ partition, offset }: Place) => [partition, offset]),
      [
        [2, 0],
        [2, 1],
      ],
    )
  })

  test('a partition of a record wins over that of the path', async () => {
    const topic = await newTopic({ partitions: 3 })
    const records = [{ partition: 1 }, { partition: null }, {}, { partition: '0' }]
    const { body } = await rest.post(`/topics/${topic}/partitions/2`, { records })
    assert.deepEqual(
      body.offsets.map(({ partition }: Place) => partition),
      [1, 2, 2, 0],
    )
  })

  test('a partition of a record is taken beside keys, on the topic too', async () => {
    const topic = await newTopic({ partitions: 3 })
    const records = [
      { partition: 2, key: base64('a') },
      { partition: 1, key: base64('a') },
    ]
    const { body } = await rest.post(`/topics/${topic}`, { records })
    assert.deepEqual(
      body.offsets.map(({ partition }: Place) => partition),
      [2, 1],
    )
  })

  test("keys go where Kafka's Java client puts them, the empty one too", async () => {
    const [ours, theirs] = await Promise.all([
      newTopic({ partitions: 10 }),
      newTopic({ partitions: 10 }),
    ])
    const keys = ['', ...Array.from({ length: 40 }, (_, index) => 'k'.repeat(index) + index)]
    await consoleProduce(
      kafka.bootstrapServers,
      theirs,
      keys.map((key) => ({ key, value: '' })),
    )
    const records = keys.map((key) => ({ key: base64(key) }))
    assert.equal((await rest.post(`/topics/${ours}`, { records })).status, 200)
    assert.deepEqual(await partitionsOfKeys(ours), await partitionsOfKeys(theirs))
  })
})

/** By the witness that tells an empty key from none. */
async function partitionsOfKeys(topic: string) {
  const records = await consoleConsume(kafka.bootstrapServers, topic, 41)
  return Object.fromEntries(records.map(({ key, partition }) => [String(key), partition]))
}

interface Place {
  partition: number
  offset: number
}

describe('many records', () => {
  test('are answered in the order of the request', async () => {
    const topic = await newTopic({ partitions: 4 })
    const records = Array.from({ length: 10_000 }, (_, index) => ({
      partition: index % 4,
      value: base64(String(index)),
    }))
    const { status, body } = await rest.post(`/topics/${topic}`, { records })
    assert.equal(status, 200)
    assert.deepEqual(
      body.offsets.map(({ partition, offset }: Place) => 4 * offset + partition),
      records.map((_, index) => index),
    )
    const found = await witness.consumeAll(topic)
    assert.deepEqual(
      found.map(({ partition, offset, value }) => [4 * offset + partition, Number(value)]),
      found.map(({ partition, offset }) => [4 * offset + partition, 4 * offset + partition]),
    )
  })

  test('a hundred requests at once are each answered with their own', async () => {
    const topic = await newTopic()
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        rest.post(`/topics/${topic}`, { records: [{ value: base64(String(index)) }] }),
      ),
    )
    const found = await witness.consumeAll(topic)
    const offsets = answers.map(({ body }) => body.offsets[0].offset)
    assert.equal(new Set(offsets).size, 100)
    assert.deepEqual(
      offsets.map((offset) => String(found[offset]?.value)),
      answers.map((_, index) => String(index)),
    )
  })
})

test('a topic that does not exist is made, where the brokers allow it', async () => {
  const topic = uniqueName('auto')
  const { status, body } = await rest.post(`/topics/${topic}`, { records: [{ value: '' }] })
  assert.equal(status, 200)
  assert.deepEqual(body, acknowledged(1))
  assert.equal((await rest.get(`/topics/${topic}`)).status, 200)
})

test('schemas are ignored', async () => {
  const topic = await newTopic()
  const schemas = {
    key_schema: '"int"',
    value_schema: null,
    key_schema_id: 1,
    value_schema_id: '2',
  }
  const { body } = await rest.post(`/topics/${topic}`, { ...schemas, records: [{}] })
  assert.deepEqual(body, acknowledged(1))
})

test('a zstd topic takes records and gives them back', async () => {
  const topic = await newTopic({ config: { 'compression.type': 'zstd' } })
  const records = [{ value: base64('v'.repeat(10_000)) }]
  assert.equal((await rest.post(`/topics/${topic}`, { records })).status, 200)
  assert.deepEqual(await stored(topic), [[null, Buffer.from('v'.repeat(10_000))]])
})
