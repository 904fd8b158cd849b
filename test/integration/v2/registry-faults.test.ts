/**
 * What clients are told when the schema registry is down, slow, or no schema registry at all; and
 * that then nothing of their requests is written. The faults themselves are tested one floor below,
 * in schema-registry/faults.test.ts.
 */
import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { AVRO } from '../../media-types.ts'
import type { RestResponse } from '../rest-client.ts'
import {
  type Behaviour,
  endless,
  FaultyRegistry,
  failure,
  json,
  silence,
  text,
} from '../schema-registry/faulty-registry.ts'
import { setTheStage } from '../stage.ts'

/** Long enough for a busy machine to answer, short enough to be waited for. */
const TIMEOUT_MS = 1000
/** What all of a request may take beyond that: a last word of the registry's, and a busy machine. */
const SLACK_MS = 3000

const SCHEMA_ID = 7
const WEB_PAGE = text(200, 'text/html', '<!DOCTYPE html>')
const REDIRECT: Behaviour = (_, response) => {
  response.writeHead(302, { location: 'http://127.0.0.1:1/login' }).end()
}

const registry = await FaultyRegistry.start()
after(() => registry.stop())
const { rest, witness, newTopic, newConsumer } = await setTheStage({
  'schema.registry.url': registry.url,
  'sluice.schema.registry.timeout.ms': TIMEOUT_MS,
  'sluice.schema.registry.missing.ttl.ms': 0,
  'schema.registry.max.retries': 0,
  'sluice.schema.record.max.bytes': 2048,
})

beforeEach(() => {
  registry.requests.length = 0
})

function produce(topic: string, schema: object): Promise<RestResponse> {
  const body = { ...schema, records: [{ value: 'fine' }] }
  return rest.post(`/topics/${topic}`, body, { 'content-type': AVRO })
}

async function assertEmpty(topic: string): Promise<void> {
  assert.deepEqual(
    (await witness.watermarks(topic)).map(({ high }) => high),
    [0],
  )
}

/** Each with what is said of it, behind the question and the address. */
const SILENT = 'says nothing'
const FAULTS: [what: string, behaviour: Behaviour, words: RegExp][] = [
  [SILENT, silence, /got no answer: no answer within \d+ ms/],
  ['hangs up', (_, response) => response.destroy(), /got no answer: /],
  ['fails', failure(500, 50001), /was answered with 500 .*: No luck \(50001\); error code: 50001/],
  ['is not there yet', text(503, 'text/plain', 'wait'), /503 .* text\/plain that is no error of/],
  ['wants fewer questions', failure(429, 42901), /was answered with 429 .*error code: 42901/],
  ['is a web page', WEB_PAGE, /text\/html that is no complete JSON. Is schema\.registry\.url/],
  ['answers something else', json(200, { hello: 'you' }), /what was expected: /],
  ['is elsewhere', REDIRECT, /302, a redirect, which is not fol/],
  ['does not come to an end', endless, /was answered with more than 3145728 bytes/],
]

describe('a produce request, when the registry', () => {
  for (const [what, behaviour, words] of FAULTS) {
    test(`${what}, is refused after one question, in time`, async () => {
      registry.behaviour = behaviour
      for (const [schema, question] of [
        [{ value_schema: '"string"' }, 'POST'],
        [{ value_schema_id: SCHEMA_ID }, 'GET'],
      ] as const) {
        const topic = await newTopic()
        registry.requests.length = 0
        const started = performance.now()
        const answer = await produce(topic, schema)
        assert.ok(performance.now() - started < TIMEOUT_MS + SLACK_MS)
        assert.deepEqual([answer.status, answer.body.error_code], [422, 42207], answer.text)
        const { message } = answer.body
        // On a busy machine the time of all questions may be over before that of the one question.
        const isOutOfTime = what === SILENT && /^Error serial.+ answers so slowly/.test(message)
        if (!isOutOfTime) {
          assert.match(
            message,
            /^Error serializing message\. Error when (looking up|fetching) schema/,
          )
          assert.match(message, words)
          assert.match(message, new RegExp(`\\b${question} /(subjects|schemas)/`))
        }
        assert.equal(registry.requests.length, 1, String(registry.paths))
        await assertEmpty(topic)
      }
    })
  }

  test('is slow with each of several answers, is refused in time', async () => {
    registry.behaviour = (request, response) => {
      setTimeout(
        () => json(200, { subject: 's', id: SCHEMA_ID, version: 1 })(request, response),
        700,
      )
    }
    const topic = await newTopic()
    const started = performance.now()
    const answer = await produce(topic, { key_schema: '"int"', value_schema: '"string"' })
    assert.ok(performance.now() - started < TIMEOUT_MS + SLACK_MS)
    assert.equal(answer.body.error_code, 42207, answer.text)
    assert.match(
      answer.body.message,
      /took longer than 1000 ms \(sluice\.schema\.registry\.timeout/,
    )
    await assertEmpty(topic)
  })

  test('has its schema, is refused when a value is longer than is allowed', async () => {
    registry.behaviour = json(200, { subject: 's', id: SCHEMA_ID, version: 1 })
    const topic = await newTopic()
    const produceText = (length: number) => {
      const records = [{ value: 'v' }, { value: 'v'.repeat(length - 2) }]
      const body = { value_schema: '"string"', records }
      return rest.post(`/topics/${topic}`, body, { 'content-type': AVRO })
    }
    const answer = await produceText(2049)
    assert.equal(answer.status, 413, answer.text)
    assert.match(
      answer.body.message,
      /^\/records\/1\/value: found 2049 bytes of JSON, .* sluice\.schema\.record\.max\.bytes=2048\.$/,
    )
    await assertEmpty(topic)
    assert.equal((await produceText(2048)).status, 200)
  })

  test('forbids it, is answered with 403', async () => {
    registry.behaviour = failure(403, 40301)
    const topic = await newTopic()
    const answer = await produce(topic, { value_schema: '"string"' })
    assert.deepEqual([answer.status, answer.body.error_code], [403, 40301])
    await assertEmpty(topic)
  })

  test('has a schema that is none, is refused', async () => {
    registry.behaviour = json(200, { schema: 'nonsense' })
    const topic = await newTopic()
    const answer = await produce(topic, { value_schema_id: 8 })
    assert.equal(answer.body.error_code, 42207, answer.text)
    assert.match(answer.body.message, /Error when fetching schema by id\. schemaId = 8\n/)
    await assertEmpty(topic)
  })
})

describe('a read, when the registry', () => {
  const UNAVAILABLE = [500, 50003]
  const UNDECODABLE = [408, 40801]
  const meaning: Record<string, readonly number[]> = {
    'is a web page': UNDECODABLE,
    'answers something else': UNDECODABLE,
    'is elsewhere': UNDECODABLE,
    'does not come to an end': UNDECODABLE,
    'wants fewer questions': [429, 42901],
  }
  let id = 1000

  for (const [what, behaviour, words] of FAULTS) {
    test(`${what}, says which record it is about, and reads it later`, async () => {
      const topic = await newTopic()
      id++
      const value = Buffer.from([0, 0, 0, id >> 8, id & 255, 2, 0x61])
      await witness.produce(topic, [{ value }])
      const consumer = await newConsumer({ format: 'avro' })
      await consumer.assign(topic, 0)
      registry.behaviour = behaviour
      const answer = await consumer.read()
      const expected = meaning[what] ?? UNAVAILABLE
      assert.deepEqual([answer.status, answer.body.error_code], expected, answer.text)
      const { message } = answer.body
      assert.ok(
        message.startsWith(`The record ${topic}-0 at offset 0 cannot be read: value: `),
        message,
      )
      assert.match(message, words)
      registry.behaviour = json(200, { schema: '"string"' })
      assert.deepEqual(
        (await consumer.records()).map((record) => record.value),
        ['a'],
      )
    })
  }
})
