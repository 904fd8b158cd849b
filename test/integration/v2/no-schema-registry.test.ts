/** Formats with schemas where there is no schema registry (docs/conformance.md#7.9-no-schema). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AVRO } from '../../media-types.ts'
import { setTheStage, uniqueName } from '../stage.ts'

const { rest, witness, newTopic } = await setTheStage()

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
    [{ records: [] }, 422, /found no record/],
    [
      { value_schema: '['.repeat(2 ** 20 + 1), records: [{ value: 1 }] },
      413,
      /^\/value_schema: found a schema of 1048577 bytes, .* sluice\.schema\.max\.bytes=1048576\.$/,
    ],
    [{ key_schema: '['.repeat(2000), records: [{ key: 1 }] }, 42205, /nest deeper than 1000\.$/],
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
    assert.match(
      answer.body.message,
      /needs a schema registry, but schema\.registry\.url is not set/,
    )
  }
})
