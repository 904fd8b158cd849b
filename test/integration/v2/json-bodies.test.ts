/** JSON bodies without records: the accepted values, and the errors for all others (docs/conformance.md#4). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Body } from '../rest-client.ts'
import { setTheStage, uniqueName } from '../stage.ts'

const { rest, newTopic, newConsumer } = await setTheStage()

const topic = await newTopic()
const consumer = await newConsumer()
const subscriber = await newConsumer()
await consumer.assign(topic, 0)

/** A body, the status and the code of the answer, and what its message says. */
type Row = [body: Body, status: number, code?: number, message?: RegExp]

function table(what: string, rows: Row[]): void {
  describe(what, () => {
    for (const [body, status, code, message] of rows) {
      const shown = typeof body === 'object' ? JSON.stringify(body) : String(body)
      test(`${shown.slice(0, 80)} is ${code ?? status}`, async () => {
        const answer = await rest.post(`${consumer.path}/${what}`, body)
        assert.equal(answer.status, status, answer.text)
        if (code !== undefined) assert.equal(answer.body.error_code, code)
        if (message) assert.match(answer.body.message, message)
      })
    }
  })
}

const at = { topic, partition: 0 }

describe('what is no JSON', () => {
  for (const body of ['{', '{]', '{"a":1,}', "{'a':1}", '{"a":NaN}', '{"a":01}', '// x\n{}', 'x']) {
    test(`${JSON.stringify(body)} is 400`, async () => {
      const { status, body: answer } = await rest.post(`${consumer.path}/assignments`, body)
      assert.deepEqual([status, answer.error_code], [400, 400])
      assert.match(answer.message, /^The body is not JSON: .+/)
    })
  }

  test('bytes that are no UTF-8 are 400', async () => {
    const body = Buffer.from('{"topics":["\xff"]}', 'latin1')
    const answer = await rest.post(`${consumer.path}/subscription`, body)
    assert.deepEqual([answer.status, answer.body.message], [400, 'The body is not UTF-8.'])
  })

  test('a thousand levels are the limit', async () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    const deep = await rest.post(`${consumer.path}/assignments`, nested(1000))
    assert.match(deep.body.message, /^The body is an array/)
    const deeper = await rest.post(`${consumer.path}/assignments`, nested(1001))
    assert.equal(deeper.status, 400)
    assert.match(deeper.body.message, /nested more than 1000 levels/)
  })

  test('a mebibyte is the limit', async () => {
    const largest = await rest.post(`${consumer.path}/positions`, '{}'.padEnd(2 ** 20))
    assert.equal(largest.status, 204)
    const { status, body } = await rest.post(`${consumer.path}/positions`, '{}'.padEnd(2 ** 20 + 1))
    assert.deepEqual([status, body.error_code], [413, 413])
    assert.match(body.message, /has 1048577 bytes or more; the limit is 1048576 for a body without/)
  })

  test('white space round it does no harm', async () => {
    const answer = await rest.post(`${consumer.path}/positions`, ' \r\n\t{ "offsets" : [ ] } \n')
    assert.equal(answer.status, 204)
  })

  test('of a member that comes twice the last counts', async () => {
    const body = `{"partitions":null,"partitions":[${JSON.stringify(at)}]}`
    assert.equal((await rest.post(`${consumer.path}/assignments`, body)).status, 204)
  })
})

const noBody: Row[] = [
  [undefined, 422, 422, /must not be null/],
  ['', 422, 422, /must not be null/],
  ['null', 422, 422, /must not be null/],
  ['[]', 400, 400, /^The body is an array; expected an object\.$/],
  ['1', 400, 400, /^The body is the number 1; expected an object\.$/],
  [{ bogus: 1 }, 422, 422, /^Unrecognized field: bogus /],
]

const partitions: Row[] = [
  [{ partitions: 'x' }, 400, 400, /^\/partitions is the string "x"; expected an array/],
  [{ partitions: [null] }, 400, 400, /^\/partitions\/0 is null; expected an object/],
  [{ partitions: [at, 1] }, 400, 400, /^\/partitions\/1 is the number 1; expected an object/],
  [{ partitions: [{ partition: 0 }] }, 400, 400, /^\/partitions\/0\/topic is missing/],
  [{ partitions: [{ topic }] }, 400, 400, /^\/partitions\/0\/partition is missing/],
  [{ partitions: [{ topic, partition: null }] }, 400, 400, /\/0\/partition is missing/],
  [{ partitions: [{ ...at, topic: '' }] }, 422, 422, /^\/partitions\/0\/topic must not be empty/],
  [
    { partitions: [{ ...at, topic: 'a\0' }] },
    400,
    400,
    /^\/partitions\/0\/topic contains a NUL character/,
  ],
  [{ partitions: [{ ...at, topic: {} }] }, 400, 400, /\/0\/topic is an object; expected a string/],
  [{ partitions: [{ ...at, topic: 'a\ud800' }] }, 400, 400, /topic contains an unpaired surrogate/],
  // Names of more than 512 bytes are what librdkafka does not survive.
  [{ partitions: [{ ...at, topic: 'x'.repeat(513) }] }, 422, 422, /topic has 513 bytes; .* 249\./],
  [{ partitions: [{ ...at, topic: '€'.repeat(171) }] }, 422, 422, /topic has 513 bytes; .* 249\./],
  [{ partitions: [{ ...at, topic: 'x'.repeat(70_000) }] }, 422, 422, /topic has 70000 bytes/],
  [
    { partitions: [{ ...at, partition: -1 }] },
    422,
    422,
    /\/partition is -1; it must be at least 0/,
  ],
  [{ partitions: [{ ...at, partition: 2 ** 31 }] }, 400, 400, /must be at most 2147483647/],
  [{ partitions: [{ ...at, partition: 2 ** 32 }] }, 400, 400, /must be at most 2147483647/],
  [
    { partitions: [{ ...at, partition: 0.5 }] },
    400,
    400,
    /is the number 0\.5; expected an integer/,
  ],
  [{ partitions: [{ ...at, partition: '' }] }, 400, 400, /is the string ""; expected an integer/],
  [{ partitions: [{ ...at, partition: 'x' }] }, 400, 400, /is the string "x"; expected an integer/],
  [{ partitions: [{ ...at, partition: true }] }, 400, 400, /is the boolean true; expected an int/],
  [{ partitions: [{ ...at, bogus: 1 }] }, 422, 422, /^Unrecognized field: bogus \(in \/part.*\/0;/],
  [{ partitions: [{ ...at, partition: '0' }] }, 204],
]

table('assignments', [
  ...noBody,
  ['{}', 422, 422, /^\/partitions must not be null/],
  [{ partitions: null }, 422, 422, /^\/partitions must not be null/],
  ...partitions,
  [{ partitions: Array(1001).fill(at) }, 422, 422, /^\/partitions has 1001 items; .* 1000\./],
  [{ partitions: Array(1000).fill(at) }, 204],
  [{ partitions: [at, at] }, 204],
])

for (const end of ['beginning', 'end']) {
  table(`positions/${end}`, [
    ...noBody,
    ['{}', 422, 422, /^\/partitions must not be null/],
    ...partitions,
    [{ partitions: [] }, 204],
  ])
}

table('positions', [
  ...noBody,
  ['{}', 204],
  [{ offsets: null, timestamps: null }, 204],
  [{ offsets: [{ partition: 0, offset: 0 }] }, 400, 400, /^\/offsets\/0\/topic is missing/],
  [{ offsets: [{ topic }] }, 204],
  [{ offsets: [{ ...at, offset: null }] }, 204],
  [{ offsets: [{ ...at, offset: '7' }] }, 204],
  [{ offsets: [{ ...at, offset: 0, metadata: 5 }] }, 204],
  [{ offsets: [{ ...at, offset: -1 }] }, 422, 422, /^\/offsets\/0\/offset is -1; it must be at/],
  ['{"offsets":[{"topic":"t","offset":9007199254740993}]}', 400, 400, /expected an integer/],
  [{ timestamps: [{ ...at }] }, 400, 400, /^\/timestamps\/0\/timestamp is missing/],
  [{ timestamps: [{ ...at, timestamp: 'soon' }] }, 400, 400, /^\/timestamps\/0\/.* is soon; exp/],
  [{ timestamps: [{ ...at, timestamp: '2020-01-01T00:00:00' }] }, 400, 400, /with a zone/],
  [{ timestamps: [{ ...at, timestamp: '2020-13-01T00:00:00Z' }] }, 400, 400, /ISO 8601/],
  [{ timestamps: [{ ...at, timestamp: -1 }] }, 400, 400, /seconds since the epoch/],
  [
    { timestamps: [0, 1].map(() => ({ ...at, timestamp: 0 })) },
    422,
    422,
    /^\/timestamps\/1: .* is named twice/,
  ],
])

table('offsets', [
  [{ bogus: 1 }, 422, 422, /^Unrecognized field: bogus/],
  ['{}', 422, 422, /^\/offsets must not be null/],
  [{ offsets: null }, 422, 422, /^\/offsets must not be null/],
  [{ offsets: [{}] }, 400, 400, /^\/offsets\/0\/topic is missing/],
  [{ offsets: [{ topic }] }, 400, 400, /^\/offsets\/0\/partition is missing/],
  [{ offsets: [{ ...at }] }, 400, 400, /^\/offsets\/0\/offset is missing/],
  [{ offsets: [{ ...at, offset: -2 }] }, 422, 422, /^\/offsets\/0\/offset is -2; it must be at/],
  [
    { offsets: [{ ...at, offset: 1, metadata: 'a\0b' }] },
    400,
    400,
    /metadata contains a NUL character/,
  ],
  [
    { offsets: [{ ...at, offset: 1, metadata: 'a\ud800' }] },
    400,
    400,
    /metadata contains an unpaired surrogate/,
  ],
  [{ offsets: [{ ...at, topic: 'x'.repeat(513), offset: 1 }] }, 422, 422, /topic has 513 bytes/],
  [{ offsets: [{ ...at, offset: 1, metadata: [] }] }, 400, 400, /metadata is an array; expected/],
  [{ offsets: [] }, 200],
])

describe('subscription', () => {
  const rows: Row[] = [
    ...noBody,
    ['{}', 204],
    [{ topics: null, topic_pattern: null }, 204],
    [{ topics: 'x' }, 400, 400, /^\/topics is the string "x"; expected an array/],
    [{ topics: [null] }, 400, 400, /^\/topics\/0 is null; expected a string/],
    [{ topics: [{}] }, 400, 400, /^\/topics\/0 is an object; expected a string/],
    [{ topics: ['a', ' '] }, 422, 422, /^\/topics\/1 must be the name of a topic/],
    [{ topics: ['^.*'] }, 422, 422, /^\/topics\/0 must be the name of a topic/],
    [{ topics: ['a\0b'] }, 400, 400, /^\/topics\/0 contains a NUL character/],
    [{ topics: ['a\udfff'] }, 400, 400, /^\/topics\/0 contains an unpaired surrogate/],
    [
      { topics: ['x'.repeat(250)] },
      422,
      422,
      /^\/topics\/0 has 250 bytes; it may have at most 249/,
    ],
    [{ topics: Array(1001).fill('a') }, 422, 422, /^\/topics has 1001 items; .* at most 1000\./],
    [
      { topic_pattern: '(' },
      422,
      422,
      /^topic_pattern is no regular expression: .*missing closing/,
    ],
    [{ topic_pattern: 'a(?=b)' }, 422, 422, /^topic_pattern is no regular expression/],
    [{ topic_pattern: '(?:.?){1000}(?:.?){1000}' }, 422, 422, /^topic_pattern is made into \d+ st/],
    [{ topic_pattern: 'x'.repeat(1001) }, 422, 422, /^\/topic_pattern has 1001 bytes; .* 1000\./],
    [{ topic_pattern: {} }, 400, 400, /^\/topic_pattern is an object; expected a string/],
  ]
  for (const [body, status, code, message] of rows) {
    const shown = typeof body === 'object' ? JSON.stringify(body) : String(body)
    test(`${shown.slice(0, 80)} is ${code ?? status}`, async () => {
      const answer = await rest.post(`${subscriber.path}/subscription`, body)
      assert.equal(answer.status, status, answer.text)
      if (code !== undefined) assert.equal(answer.body.error_code, code)
      if (message) assert.match(answer.body.message, message)
      assert.deepEqual((await subscriber.get('subscription')).body, { topics: [] })
    })
  }
})

describe('a new consumer', () => {
  const rows: Row[] = [
    [{ 'fetch.min.bytes': 10_000_001 }, 422, 40001, /constraints: fetch\.min\.bytes is 10000001/],
    [{ 'fetch.min.bytes': -2 }, 422, 40001, /constraints: fetch\.min\.bytes is -2/],
    [{ responseMinBytes: -2 }, 422, 40001, /constraints: fetch\.min\.bytes is -2/],
    [
      { 'fetch.min.bytes': 2 ** 31 },
      400,
      400,
      /^\/fetch\.min\.bytes is 2147483648; it must be at most/,
    ],
    [{ 'fetch.min.bytes': 0.9 }, 400, 400, /^\/fetch\.min\.bytes is the number 0\.9; expected/],
    [{ 'fetch.min.bytes': 'x' }, 400, 400, /^\/fetch\.min\.bytes is the string "x"; expected/],
    [{ 'consumer.request.timeout.ms': 2 ** 31 }, 400, 400, /must be at most 2147483647/],
    [{ 'consumer.request.timeout.ms': -(2 ** 32) }, 400, 400, /must be at least -2147483647/],
    [{ requestWaitMs: 2 ** 31 }, 400, 400, /^\/requestWaitMs is .* must be at most 2147483647/],
    [{ format: 'schema' }, 422, 422, /^Invalid format type\.$/],
    [{ format: 'json_schema' }, 422, 422, /^Invalid format type\.$/],
    [{ format: 'constructor' }, 422, 422, /^Invalid format type\.$/],
    [{ format: [] }, 400, 400, /^\/format is an array; expected a string/],
    [{ 'auto.offset.reset': 'never' }, 422, 42204, /auto\.offset\.reset is never; .*earliest/],
    [{ 'auto.commit.enable': 'maybe' }, 422, 42204, /auto\.commit\.enable is maybe; .*true or fal/],
    [{ name: '' }, 422, 422, /^\/name must not be empty/],
    [{ id: '' }, 422, 422, /^\/id must not be empty/],
    [{ id: 'é'.repeat(128) }, 422, 422, /^\/id .*256.*255/],
    [{ name: 'n'.repeat(256) }, 422, 422, /^\/name .*256.*255/],
    [{ name: 'a\0b' }, 400, 400, /^\/name contains a NUL character/],
    [{ name: 'a\ud83d' }, 400, 400, /^\/name contains an unpaired surrogate/],
    [{ 'enable.auto.commit': 'no' }, 422, 42204, /enable\.auto\.commit is no; .*true or false/],
    [
      { 'enable.auto.commit': true, 'auto.commit.enable': 'false' },
      422,
      42204,
      /auto\.commit\.enable is false, but enable\.auto\.commit, .* is true/,
    ],
    [
      { 'isolation.level': 'serializable' },
      422,
      42204,
      /isolation\.level is serializable; .*read_c/,
    ],
    [{ 'enable.auto.commits': true }, 422, 422, /^Unrecognized field: enable\.auto\.commits/],
    [{ name: '.' }, 422, 422, /"\.", which clients leave out of URLs/],
    [{ id: '..' }, 422, 422, /"\.\.", which clients leave out of URLs/],
    ['[]', 400, 400, /^The body is an array; expected an object/],
  ]
  for (const [body, status, code, message] of rows) {
    const shown = typeof body === 'object' ? JSON.stringify(body) : String(body)
    test(`${shown} is ${code}`, async () => {
      const answer = await rest.post(`/consumers/${uniqueName('group')}`, body)
      assert.deepEqual([answer.status, answer.body.error_code], [status, code], answer.text)
      if (message) assert.match(answer.body.message, message)
    })
  }

  for (const group of ['%2E', '%2e%2E']) {
    test(`a group whose name is left out of URLs (${group}) is 42204`, async () => {
      // RestClient sends it as it is; most clients would resolve it.
      const { status, body } = await rest.post(`/consumers/${group}`, '{}')
      assert.deepEqual([status, body.error_code], [422, 42204])
      assert.match(body.message, /group\.id is "\.\.?", which clients leave out of URLs/)
    })
  }

  for (const group of ['%20', '%09%0A']) {
    test(`a group of nothing but white space (${group}) is 42204`, async () => {
      const { status, body } = await rest.post(`/consumers/${group}`, '{}')
      assert.deepEqual([status, body.error_code], [422, 42204])
      assert.match(body.message, /group\.id is blank/)
    })
  }
})
