/**
 * JSON Schema with a real registry and a real Kafka. Which values are of a schema is what the
 * official test suite says; see test/golden/json-schema.py. A payload is the value's own text.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Case, cases } from '../../golden/json-schema.ts'
import { exactJson } from '../../unit/serde/exact-json.ts'
import { framed, setTheSchemaStage } from '../schema-stage.ts'

const stage = await setTheSchemaStage('JSON')
const { witness, newTopic, register, produce, produceValues, readBack, valuesInKafka } = stage

/** Apicurio takes no JSON for a schema that does not say which draft it is of. */
const DRAFT_7 = 'http://json-schema.org/draft-07/schema#'

/** One of each draft and keyword; the rest is for the codec. */
const KEYWORDS =
  /\/(type|enum|allOf|oneOf|required|items|additionalProperties|pattern|multipleOf): /
const chosen = cases
  .filter(({ name, schema }) => KEYWORDS.test(name) && schema.includes('"$schema"'))
  .filter(
    ({ name }, index, all) => all.findIndex((one) => areaOf(one) === areaOf({ name })) === index,
  )

function areaOf({ name }: Pick<Case, 'name'>): string {
  return name.replace(/:.*/, '')
}

function inKafka(id: number, json: string): string {
  return framed(id, Buffer.from(json).toString('hex'))
}

describe('as the official suite says', { concurrency: 4 }, () => {
  for (const { name, schema, tests } of chosen) {
    test(name, async () => {
      const topic = await newTopic()
      const id = await register(topic, { text: schema })
      // A null is written as such when it is of the schema.
      const fine = tests.flatMap(([, json, isValid]) => (isValid ? [json] : []))
      await produceValues(topic, id, fine)
      for (const [what, json] of tests.filter(([, , isValid]) => !isValid)) {
        const answer = await produce(topic, { value_schema_id: id }, [`{"value":${json}}`])
        assert.equal(answer.body.error_code, 400, `${what}: ${answer.text}`)
      }
      assert.deepEqual(
        await valuesInKafka(topic),
        fine.map((json) => inKafka(id, json)),
      )
      assert.deepEqual(
        (await readBack(topic, fine.length)).map(({ value }) => value),
        fine.map((json) => exactJson(json)),
      )
    })
  }

  test('which has all drafts', () => {
    const drafts = new Set(chosen.map(({ name }) => name.replace(/\/.*/, '')))
    for (const draft of ['draft4', 'draft7', 'draft2020-12']) assert.ok(drafts.has(draft), draft)
    assert.ok(chosen.length > 20, String(chosen.length))
  })
})

describe('a topic with JSON Schema', { concurrency: true }, () => {
  const KEY = `{"$schema":"${DRAFT_7}","type":"integer"}`
  const ITEM = `{"$schema":"${DRAFT_7}","type":"object","required":["sku"]}`
  const ORDER = JSON.stringify({
    $schema: DRAFT_7,
    title: 'Order',
    type: 'object',
    properties: { cents: { type: 'integer' }, items: { items: { $ref: 'item.json' } } },
  })

  test('has keys with a schema of their own, tombstones, and the digits of clients', async () => {
    const topic = await newTopic()
    const value = `{"$schema":"${DRAFT_7}","type":["object","null"]}`
    const text = '{"a":12345678901234567890.10,"b":[1e400]}'
    const first = await produce(topic, { key_schema: KEY, value_schema: value }, [
      `{"key":9007199254740993,"value":{ "a": 12345678901234567890.10,\n"b" : [1e400]}}`,
      '{"key":1,"value":null}',
    ])
    assert.equal(first.status, 200, first.text)
    const { key_schema_id: keyId, value_schema_id: valueId } = first.body
    const second = await produce(topic, { key_schema_id: keyId }, ['{"key":1}'])
    assert.equal(second.status, 200, second.text)
    assert.deepEqual(
      (await witness.consumeAll(topic)).map(({ key, value }) => [
        key?.toString('hex'),
        value?.toString('hex'),
      ]),
      [
        [inKafka(keyId, '9007199254740993'), inKafka(valueId, text)],
        // A null that the schema allows is a value; without a schema it is none.
        [inKafka(keyId, '1'), inKafka(valueId, 'null')],
        [inKafka(keyId, '1'), undefined],
      ],
    )
    assert.deepEqual(
      (await readBack(topic, 3)).map(({ key, value }) => [key, value]),
      [
        [exactJson('9007199254740993'), exactJson(text)],
        [exactJson('1'), null],
        [exactJson('1'), null],
      ],
    )
  })

  test('resolves references, and takes nothing of a request in which a value is wrong', async () => {
    const topic = await newTopic()
    const references = [{ name: 'item.json', text: ITEM }]
    const id = await register(topic, { text: ORDER, references })
    const fine = '{"cents":1,"items":[{"sku":"a"}]}'
    const rows: [value: string, message: RegExp][] = [
      ['{"cents":1.5}', /\/cents/],
      ['{"items":[{"sku":"a"},{}]}', /\/items\/1.*sku/],
      ['null', /null/],
    ]
    for (const [value, message] of rows) {
      const records = [`{"value":${fine}}`, `{"value":${value}}`]
      const { status, body, text } = await produce(topic, { value_schema_id: id }, records)
      assert.deepEqual([status, body.error_code], [400, 400], text)
      assert.match(body.message, message)
      assert.match(body.message, /\(\/records\/1\/value\)$/)
    }
    assert.deepEqual(await valuesInKafka(topic), [])
    await produceValues(topic, id, [fine])
    assert.deepEqual(await valuesInKafka(topic), [inKafka(id, fine)])
  })

  test('takes no schema that is none', async () => {
    const topic = await newTopic()
    const { body, text } = await produce(topic, { value_schema: '{"type":7}' }, ['{"value":1}'])
    assert.equal(body.error_code, 42205, text)
    assert.deepEqual(await valuesInKafka(topic), [])
  })
})
