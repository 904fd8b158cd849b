/** Requests that are to use what is registered: with a real registry and a real Kafka. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { framed, setTheSchemaStage } from '../schema-stage.ts'
import { until } from '../until.ts'

const { newTopic, register, produce, valuesInKafka } = await setTheSchemaStage('AVRO', {
  'schema.registry.auto.register.schemas': 'false',
  'schema.registry.use.latest.version': 'true',
})

test('a schema that is not registered is refused, and nothing is written', async () => {
  const topic = await newTopic()
  const refused = await produce(topic, { value_schema: '"long"' }, ['{"value":1}'])
  assert.deepEqual([refused.status, refused.body.error_code], [422, 42207], refused.text)
  assert.match(refused.body.message, /auto\.register\.schemas is false/)
  assert.deepEqual(await valuesInKafka(topic), [])
  const id = await register(topic, { text: '"long"' })
  // What the registry said before is remembered for a moment.
  await until('the schema to be found', async () => {
    const { status, body } = await produce(topic, { value_schema: '"long"' }, ['{"value":1}'])
    return status === 200 && body.value_schema_id === id
  })
})

test('a request without a schema uses the latest, and its nulls are tombstones', async () => {
  const topic = await newTopic()
  await register(topic, { text: '"int"' })
  const latest = await register(topic, { text: '"long"' })
  const answer = await produce(topic, {}, ['{"value":1}', '{"value":null}'])
  assert.deepEqual([answer.status, answer.body.value_schema_id], [200, latest], answer.text)
  assert.equal(answer.body.key_schema_id, null)
  assert.deepEqual(await valuesInKafka(topic), [framed(latest, '02'), undefined])
})

test('where there is no latest either, it is missing', async () => {
  const answer = await produce(await newTopic(), {}, ['{"value":1}'])
  assert.deepEqual([answer.status, answer.body.error_code], [422, 42202], answer.text)
})
