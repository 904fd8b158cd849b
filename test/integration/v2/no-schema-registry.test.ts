/** Formats with schemas where there is no schema registry (contract v2, 7.9). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AVRO } from '../rest-client.ts'
import { setTheStage, uniqueName } from '../stage.ts'

const { rest, witness, newTopic } = await setTheStage({ 'schema.registry.url': '' })

test('records are refused, in other words when they come with a schema', async () => {
  const topic = await newTopic()
  const rows: [body: object, code: number, message: RegExp][] = [
    [
      { records: [{ value: null }] },
      42207,
      /^Error serializing message\. Schema Registry not defi/,
    ],
    [
      { value_schema: '"int"', records: [{ value: 1 }] },
      42206,
      /^Payload error\. Schema Registry must be configured when using schemas\.$/,
    ],
    [{ key_schema_id: 1, records: [{ value: null }] }, 42206, /^Payload error/],
    [{ records: [] }, 422, /found none/],
  ]
  for (const path of [`/topics/${topic}`, `/topics/${topic}/partitions/0`]) {
    for (const [body, code, message] of rows) {
      const answer = await rest.post(path, body, { 'content-type': AVRO })
      assert.equal(answer.body.error_code, code, answer.text)
      assert.match(answer.body.message, message)
    }
  }
  assert.deepEqual(
    (await witness.watermarks(topic)).map(({ high }) => high),
    [0],
  )
})

test('no instance is made', async () => {
  for (const format of ['avro', 'JsonSchema', 'protobuf']) {
    const answer = await rest.post(`/consumers/${uniqueName('group')}`, { format })
    assert.equal(answer.body.error_code, 42204)
    assert.match(answer.body.message, /needs a schema registry, but schema\.registry\.url is empty/)
  }
})
