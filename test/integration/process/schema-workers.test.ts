/** Threads for schemas that end in the middle of their work: every request has its answer, and no record is lost or doubled. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PREFIX_BYTES } from '../../../src/serde/records/wire-format.ts'
import type { WitnessRecord } from '../../cluster/witness.ts'
import { AVRO } from '../../media-types.ts'
import { FakeRegistry, inKafka } from '../../unit/serde/fake-schemas.ts'
import type { ConsumerClient } from '../consumer-client.ts'
import { gaugeOf } from '../metrics-text.ts'
import type { RestResponse } from '../rest-client.ts'
import { setTheStage } from '../stage.ts'
import { until } from '../until.ts'
import { FATAL_VALUES, GROWS, HANGS } from './fatal-compilers.ts'

const registry = new FakeRegistry()
const { rest, witness, newTopic, newConsumer } = await setTheStage(
  {
    'sluice.http.threads': 2,
    'sluice.schema.threads': 2,
    'sluice.schema.work.max.ms': 300,
    'sluice.schema.heap.max.bytes': 67_108_864,
  },
  {
    schemas: {
      source: registry,
      compilers: new URL('fatal-compilers.ts', import.meta.url).href,
    },
  },
)

function produce(topic: string, body: object): Promise<RestResponse> {
  return rest.post(`/topics/${topic}`, body, { 'content-type': AVRO })
}

/** A schema of its own for each test: one that has ended a thread is refused. */
let schemas = 0
const another = (text: string) => `${text} ${++schemas}`

/** A request with other schemas, one of which uses the thread of any schema. */
function produceOthers(topic: string): Promise<RestResponse>[] {
  return Array.from({ length: 20 }, (_, at) =>
    produce(topic, { value_schema: another('any'), records: [{ value: at }] }),
  )
}

async function readerOf(topic: string): Promise<ConsumerClient> {
  const consumer = await newConsumer({ format: 'avro' })
  await consumer.assign(topic, 0)
  return consumer
}

/** The JSON behind the prefix and the mark of the simple language. */
function jsonOf({ value }: WitnessRecord): string {
  return String(value?.subarray(PREFIX_BYTES + 1))
}

function assertRefused({ status, body }: RestResponse): void {
  assert.equal(status, 503)
  assert.match(
    body.message,
    /Nothing of this request was written: .* is refused for another \d+ s\.$/,
  )
}

function assertTooMuch({ status, body }: RestResponse): void {
  assert.equal(status, 503)
  assert.match(body.message, /took more than sluice\.schema\.work\.max\.ms .* was written\.$/)
}

describe('a thread for schemas ends by', () => {
  for (const [what, text] of [
    ['a schema that takes for ever', HANGS],
    ['a schema that takes all memory', GROWS],
  ] as const) {
    test(`${what}: it is refused, and others are not`, async () => {
      const topic = await newTopic()
      const schema = another(text)
      const bad = [1, 2, 3].map((value) =>
        produce(topic, { value_schema: schema, records: [{ value }] }),
      )
      const good = produceOthers(topic)
      for (const answer of await Promise.all(bad)) assertRefused(answer)
      for (const { status } of await Promise.all(good)) assert.equal(status, 200)
      const ended = await gaugeOf(rest, 'sluice_schema_workers_ended_total')
      // It is not tried again.
      assertRefused(await produce(topic, { value_schema: schema, records: [{ value: 4 }] }))
      assert.equal(await gaugeOf(rest, 'sluice_schema_workers_ended_total'), ended)
      const records = await witness.consumeAll(topic)
      assert.deepEqual(
        records
          .map(jsonOf)
          .map(Number)
          .sort((a, b) => a - b),
        good.map((_, at) => at),
      )
    })
  }

  for (const value of ['hang', 'grow']) {
    test(`a value that makes it ${value}: nothing of its request is written`, async () => {
      const topic = await newTopic()
      const value_schema = another(FATAL_VALUES)
      const records = [{ value: 'first' }, { value }, { value: 'last' }]
      const bad = produce(topic, { value_schema, records })
      const good = [
        ...produceOthers(topic),
        produce(topic, { value_schema, records: [{ value: 1 }] }),
      ]
      assertTooMuch(await bad)
      for (const { status } of await Promise.all(good)) assert.equal(status, 200)
      await produce(topic, { value_schema: 'any', records: [{ value: 'end' }] })
      // A second value of the kind is a reason to refuse the schema.
      assertTooMuch(await produce(topic, { value_schema, records }))
      assertRefused(await produce(topic, { value_schema, records: [{ value: 2 }] }))
      const written = await witness.consumeAll(topic)
      assert.ok(written.every((record) => jsonOf(record) !== '"first"'))
    })
  }

  test('a record that is read: the response ends before it, and the next one is its error', async () => {
    const topic = await newTopic()
    const id = registry.add(another(FATAL_VALUES))
    const values = ['a', 'b', 'read hang', 'c']
    await witness.produce(
      topic,
      values.map((value) => ({ value: inKafka(id, JSON.stringify(value)) })),
    )
    const consumer = await readerOf(topic)
    const answer = await rest.get(consumer.recordsPath(), consumer.accept)
    // The thread may have ended before the first records were sent.
    if (answer.status === 200) {
      assert.deepEqual(
        answer.body.map(({ value }: { value: unknown }) => value),
        ['a', 'b'],
      )
    } else {
      assert.equal(answer.status, 503)
    }
    const next = await rest.get(consumer.recordsPath(), consumer.accept)
    assert.equal(next.status, 503)
    assert.match(next.body.message, /Seek past the record|is refused for another/)
    const last = await rest.get(consumer.recordsPath(), consumer.accept)
    assert.equal(last.status, 503)
    assert.match(last.body.message, /is refused for another/)
  })
})

test('no memory is held afterwards', async () => {
  for (const gauge of [
    'sluice_consume_buffered_bytes',
    'sluice_produce_inflight_bytes',
    'sluice_schema_jobs',
  ]) {
    await until(`${gauge} is 0`, async () => (await gaugeOf(rest, gauge)) === 0)
  }
})
