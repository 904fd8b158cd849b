/** Many requests that wait for a slow schema registry: what they hold is bounded, in memory and in threads for schemas. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { AVRO, PROTOBUF } from '../../media-types.ts'
import { gaugeOf } from '../metrics-text.ts'
import type { RestResponse } from '../rest-client.ts'
import { FaultyRegistry, silence } from '../schema-registry/faulty-registry.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'

const INFLIGHT_BYTES = 8_388_608

const registry = await FaultyRegistry.start()
after(() => registry.stop())
const { rest, newTopic } = await setTheStage({
  'schema.registry.url': registry.url,
  'schema.registry.max.retries': 0,
  'sluice.schema.registry.timeout.ms': 10_000,
  'sluice.schema.threads': 1,
  'sluice.schema.heap.max.bytes': 134_217_728,
  'sluice.schema.work.max.ms': 60_000,
  'sluice.produce.inflight.max.bytes': INFLIGHT_BYTES,
  'sluice.request.max.bytes': INFLIGHT_BYTES,
})
registry.behaviour = silence

/** No schema ends a thread, and no memory is held afterwards. */
async function assertIdle(): Promise<void> {
  for (const gauge of ['sluice_schema_jobs', 'sluice_produce_inflight_bytes']) {
    await until(`${gauge} is 0`, async () => (await gaugeOf(rest, gauge)) === 0)
  }
  assert.equal(await gaugeOf(rest, 'sluice_schema_workers_ended_total'), 0)
}

/** Each compiles to tens of megabytes. */
function largeSchema(index: number): string {
  const fields = Array.from(
    { length: 4000 },
    (_, at) => `string field_with_a_long_name_${at} = ${at + 1};`,
  )
  return `syntax = "proto3"; message M${index} { ${fields.join(' ')} }`
}

test('many large schemas in requests take their turns in the memory of a thread', async () => {
  const topic = await newTopic()
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      rest.post(
        `/topics/${topic}`,
        { value_schema: largeSchema(index), records: [{ value: {} }] },
        { 'content-type': PROTOBUF },
      ),
    ),
  )
  for (const { status, text } of answers) {
    if (status === 503)
      assert.match(text, /large schemas as texts .*sluice\.schema\.registry\.time/)
    else assert.equal(status, 422, text)
  }
  await assertIdle()
})

test('large bodies that wait use sluice.produce.inflight.max.bytes, and more of them get 429', async () => {
  const topic = await newTopic()
  const value = 'x'.repeat(1_000_000)
  const send = (): Promise<RestResponse> =>
    rest.post(
      `/topics/${topic}`,
      { value_schema_id: 1, records: [{ value }] },
      { 'content-type': AVRO },
    )
  const answers = await Promise.all(Array.from({ length: 40 }, send))
  const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length
  assert.equal(count(422) + count(429), 40, answers.map(({ status }) => status).join())
  // Those that wait at the same time fit into the budget.
  assert.ok(count(429) > 0, 'some are refused')
  assert.ok(count(422) > 0, 'some wait')
  await assertIdle()
})
