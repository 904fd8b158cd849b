/** Batches of records: each entry has its result, and what refuses the batch as a whole. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTheStage } from '../stage.ts'

const { rest, newTopic, witness } = await setTheStage()

const pathOf = (topic: string) => `/v3/clusters/c1/topics/${topic}/records:batch`

const text = (data: string) => ({ value: { type: 'STRING', data } })

test('each entry has its result, in the list of those that were written or of the others', async () => {
  const topic = await newTopic({ partitions: 1 })
  const { status, body } = await rest.post(pathOf(topic), {
    entries: [
      { id: '1', ...text('a') },
      { id: 'b-_Z', value: { type: 'BINARY', data: 1 } },
      { id: '3', partition_id: 0, headers: [], key: { type: 'STRING', data: 'k' }, ...text('b') },
      { id: '4', partition_id: -1 },
      { id: '5', value: { data: 1 } },
    ],
  })
  assert.equal(status, 207)
  const [first, second] = body.successes
  assert.match(first.timestamp, /Z$/)
  assert.deepEqual(
    { ...first, timestamp: '' },
    {
      id: '1',
      cluster_id: 'c1',
      topic_name: topic,
      partition_id: 0,
      offset: 0,
      timestamp: '',
      value: { type: 'STRING', size: 1 },
    },
  )
  assert.deepEqual([second.id, second.offset, second.key], ['3', 1, { type: 'STRING', size: 1 }])
  assert.deepEqual(body.failures, [
    { id: 'b-_Z', error_code: 400, message: 'Bad Request: data=1 is not a base64 string.' },
    { id: '4', error_code: 40402, message: 'Partition not found.' },
    {
      id: '5',
      error_code: 422,
      message:
        'Error: 42206 : Payload error. Schema Registry must be configured when using schemas.',
    },
  ])
  assert.equal((await witness.consumeAll(topic)).length, 2)
})

test('a batch is answered with 207 if all of it or nothing of it was written', async () => {
  const topic = await newTopic({ partitions: 1 })
  const written = await rest.post(pathOf(topic), { entries: [{ id: 'a' }] })
  assert.deepEqual([written.status, written.body.failures], [207, []])
  const refused = await rest.post(pathOf(topic), { entries: [{ id: 'a', partition_id: -1 }] })
  assert.deepEqual([refused.status, refused.body.successes], [207, []])
})

test('what is no batch is refused as a whole, and nothing of it is written', async () => {
  const topic = await newTopic({ partitions: 1 })
  const invalidId = 'Batch entry identifier is not a valid string.'
  const empty = 'Request body is empty. Data is required.'
  for (const [body, status, error_code, message] of [
    ['{"entries":[{"id":1}]}', 422, 42208, invalidId],
    ['{"entries":[{"id":null}]}', 422, 42208, invalidId],
    ['{"entries":[{"id":""}]}', 422, 42208, invalidId],
    ['{"entries":[{"id":"a b"}]}', 422, 42208, invalidId],
    [`{"entries":[{"id":"${'a'.repeat(81)}"}]}`, 422, 42208, invalidId],
    ['', 422, 42208, empty],
    ['null', 422, 42208, empty],
    ['{"entries":[{"id":"a"},{"id":"a"}]}', 422, 42208, 'Batch entry IDs are not distinct.'],
    ['{"entries":[]}', 422, 42208, 'Empty batch.'],
    ['{"entries":null}', 422, 42208, 'Empty batch.'],
    ['{}', 422, 42208, 'Empty batch.'],
    ['{"records":[]}', 422, 422, 'Unrecognized field: records'],
    ['{"entries":[{"id":"a","x":1}]}', 422, 422, 'Unrecognized field: x'],
    ['{"entries":[{"id":"a","value":{"x":1}}]}', 422, 422, 'Unrecognized field: x'],
    ['{"entries":[{}]}', 400, 400, 'id: found nothing, expected a string'],
    ['{"entries":[{"id":"a"},{"id":"b","value":{"type":"AVRO","data":1}}]}', 400, 400, undefined],
    ['{"entries":', 400, 400, undefined],
    ['[]', 400, 400, undefined],
  ] as const) {
    const answer = await rest.post(pathOf(topic), body, { 'Content-Type': 'application/json' })
    assert.deepEqual([answer.status, answer.body.error_code], [status, error_code], body)
    if (message) assert.equal(answer.body.message, message, body)
  }
  const ids = Array.from({ length: 11 }, (_, index) => ({ id: `${index}` }))
  const many = await rest.post(pathOf(topic), { entries: ids })
  assert.deepEqual(many.body, { error_code: 42208, message: 'Too many entries in batch.' })
  assert.equal((await witness.consumeAll(topic)).length, 0)
})
