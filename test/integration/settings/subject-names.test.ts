/** Strategies of subject names that differ for keys and values, with a real registry. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTheSchemaStage } from '../schema-stage.ts'

const { newTopic, produce, registryUrl } = await setTheSchemaStage('AVRO', {
  'schema.registry.key.subject.name.strategy': 'RecordNameStrategy',
  'schema.registry.value.subject.name.strategy': 'TopicRecordNameStrategy',
})

test('keys and values are registered under the subjects of their strategies', async () => {
  const topic = await newTopic()
  const suffix = randomUUID().replaceAll('-', '')
  const schema = (name: string) =>
    JSON.stringify({ type: 'record', name, fields: [{ name: 'n', type: 'int' }] })
  const answer = await produce(
    topic,
    { key_schema: schema(`Key${suffix}`), value_schema: schema(`Value${suffix}`) },
    ['{"key":{"n":1},"value":{"n":2}}'],
  )
  assert.equal(answer.status, 200, answer.text)
  const subjects = (await (await fetch(`${registryUrl}/subjects`)).json()) as string[]
  assert.deepEqual(
    subjects.filter((subject) => subject.includes(suffix)).sort(),
    [`Key${suffix}`, `${topic}-Value${suffix}`].sort(),
  )
})
