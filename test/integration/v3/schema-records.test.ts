/** Records with schemas in streams and batches: by text, id, version, latest version, subject and strategy. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTheSchemaStage } from '../schema-stage.ts'

const { url, rest, newTopic, register, valuesInKafka } = await setTheSchemaStage('AVRO')

const RECORD = JSON.stringify({
  type: 'record',
  name: 'User',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'nick', type: ['null', 'string'], default: null },
  ],
})

const pathOf = (topic: string) => `/v3/clusters/c1/topics/${topic}/records`

// biome-ignore lint/suspicious/noExplicitAny: tests compare it
async function post(topic: string, ...records: (object | string)[]): Promise<any[]> {
  const response = await fetch(url + pathOf(topic), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: records.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join(''),
  })
  return (await response.text())
    .split('\r\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

const user = (id: number) => ({ id, nick: { string: 'n' } })

test('a schema is named by its text, its id, its version, or is the latest one', async () => {
  const topic = await newTopic({ partitions: 1 })
  const [byText] = await post(topic, {
    value: { type: 'AVRO', schema: RECORD, data: user(1) },
  })
  const { schema_id: id, ...value } = byText.value
  assert.deepEqual(value, {
    type: 'AVRO',
    subject: `${topic}-value`,
    schema_version: 1,
    size: 9,
  })
  const answers = await post(
    topic,
    { value: { schema_id: id, data: user(2) } },
    { value: { schema_version: 1, data: user(3) } },
    { value: { data: user(4) } },
    { value: { subject: `${topic}-value`, data: user(5) } },
  )
  for (const answer of answers) assert.deepEqual(answer.value, byText.value)
  const prefix = `00${id.toString(16).padStart(8, '0')}`
  assert.deepEqual(
    await valuesInKafka(topic),
    ['02', '04', '06', '08', '0a'].map((each) => `${prefix}${each}02026e`),
  )
})

test('numbers keep their digits, and keys have schemas of their own', async () => {
  const topic = await newTopic({ partitions: 1 })
  const long = '9007199254740993'
  const schema = JSON.stringify(RECORD)
  const [answer] = await post(
    topic,
    `{"key":{"type":"AVRO","schema":"\\"string\\"","data":"k"},` +
      `"value":{"type":"AVRO","schema":${schema},"data":{"id":${long},"nick":null}}}`,
  )
  assert.equal(answer.key.subject, `${topic}-key`)
  assert.equal(answer.value.subject, `${topic}-value`)
  const [value] = await valuesInKafka(topic)
  // The zigzag of 2^53 + 1.
  assert.ok(value?.endsWith('828080808080802000'), value)
})

test('a strategy makes the subject from the name of the record', async () => {
  const topic = await newTopic({ partitions: 1 })
  const schema = RECORD.replace('User', `R${topic.replaceAll('-', '_')}`)
  const name = JSON.parse(schema).name
  const [byName, byBoth] = await post(
    topic,
    { value: { type: 'AVRO', subject_name_strategy: 'RECORD_NAME', schema, data: user(1) } },
    { value: { type: 'AVRO', subject_name_strategy: 'TOPIC_RECORD_NAME', schema, data: user(1) } },
  )
  assert.equal(byName.value.subject, name)
  assert.equal(byBoth.value.subject, `${topic}-${name}`)
})

test('records that cannot be encoded are refused, and their neighbours are written', async () => {
  const topic = await newTopic({ partitions: 1 })
  const id = await register(topic, { text: RECORD })
  const value = (data: unknown) => ({ value: { schema_id: id, data } })
  const answers = await post(
    topic,
    value(user(1)),
    value({ id: 'x' }),
    value(null),
    { value: { type: 'STRING', data: 'between' } },
    { value: { schema_version: 99, data: user(1) } },
    { value: { subject_name_strategy: 'RECORD_NAME', data: user(1) } },
    { value: { type: 'AVRO', schema: '{"type":"nonsense"}', data: 1 } },
    { value: { schema_id: 99_999_999, data: 1 } },
    value(user(2)),
  )
  assert.deepEqual(
    answers.map(({ error_code }) => error_code),
    [200, 400, 400, 200, 400, 400, 422, 422, 200],
  )
  const messages = answers.map(({ message = '' }) => message)
  assert.match(messages[1], /^Bad Request: /)
  assert.match(messages[2], /^Bad Request: /)
  assert.equal(
    messages[4],
    `Bad Request: Schema does not exist for subject: ${topic}-value, version: 99`,
  )
  assert.equal(
    messages[5],
    'Bad Request: Cannot use schema_subject_strategy=RECORD_NAME without schema_id or schema.',
  )
  assert.match(messages[6], /^Error: 42205 : Invalid schema: /)
  assert.match(messages[7], /^Error: 42207 : Error serializing message\. /)
  assert.equal((await valuesInKafka(topic)).length, 3)
})

test('null under a schema that allows null is a tombstone', async () => {
  const topic = await newTopic({ partitions: 1 })
  const [answer] = await post(topic, {
    value: { type: 'AVRO', schema: '["null","string"]', data: null },
  })
  assert.equal(answer.value.size, -1)
  assert.deepEqual(await valuesInKafka(topic), [undefined])
})

test('the other languages have their names', async () => {
  const topic = await newTopic({ partitions: 1 })
  const [json] = await post(topic, {
    value: {
      type: 'JSONSCHEMA',
      schema: '{"$schema":"http://json-schema.org/draft-07/schema#","type":"integer"}',
      data: 7,
    },
  })
  assert.equal(json.value?.type, 'JSONSCHEMA', JSON.stringify(json))
  const other = await newTopic({ partitions: 1 })
  const [proto] = await post(other, {
    value: {
      type: 'PROTOBUF',
      schema: 'syntax = "proto3"; message M { int64 id = 1; }',
      data: { id: '5' },
    },
  })
  assert.equal(proto.value?.type, 'PROTOBUF', JSON.stringify(proto))
})

test('ten thousand records with a schema keep their order', async () => {
  const topic = await newTopic({ partitions: 1 })
  const id = await register(topic, { text: '"int"' })
  const count = 10_000
  const records = Array.from({ length: count }, (_, data) => ({ value: { schema_id: id, data } }))
  const answers = await post(topic, ...records)
  assert.equal(answers.length, count)
  for (const [index, { offset }] of answers.entries()) assert.equal(offset, index)
})

test('entries of a batch have schemas, too', async () => {
  const topic = await newTopic({ partitions: 1 })
  const { status, body } = await rest.post(`${pathOf(topic)}:batch`, {
    entries: [
      { id: 'a', value: { type: 'AVRO', schema: '"int"', data: 1 } },
      { id: 'b', value: { type: 'AVRO', schema: '"int"', data: 'x' } },
    ],
  })
  assert.equal(status, 207)
  assert.equal(body.successes[0].value.schema_version, 1)
  assert.equal(body.failures[0].error_code, 400)
})
