/**
 * Avro with a real registry and a real Kafka. What another client finds in Kafka is compared with
 * the bytes that Apache Avro for Java has made of the same values, and those bytes, written by
 * another client, are read as Java reads them; see test/golden/avro.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { exactJson } from '../../unit/serde/exact-json.ts'
import type { RestResponse } from '../rest-client.ts'
import { framed, setTheSchemaStage } from '../schema-stage.ts'

interface Vectors {
  readonly name: string
  readonly schema: string
  readonly references?: readonly string[]
  readonly values: readonly { readonly payload: string; readonly json: string }[]
}

const FILE = join(import.meta.dirname, '../../golden/avro/vectors.json')
const { values, random } = JSON.parse(readFileSync(FILE, 'utf8')) as Record<
  'values' | 'random',
  Vectors[]
>
/** Of those that Apicurio answers with 500: it does not come to the end of its schema. */
const TOO_DEEP = 'tree'
/** Random schemas are for the codec; a few of them show that nothing here depends on the choice. */
const SOME = 10

/** Java writes floats as doubles. */
const rounded = (json: string) => exactJson(json, Math.fround)

const stage = await setTheSchemaStage('AVRO')
const { witness, newTopic, register, produce, produceValues, readBack, valuesInKafka } = stage

function assertRefused({ status, body, text }: RestResponse, message: RegExp): void {
  assert.deepEqual([status, body.error_code], [400, 400], text)
  assert.match(body.message, message)
}

describe('as with Java', { concurrency: 4 }, () => {
  const usable = values.filter(({ name }) => name !== TOO_DEEP)
  for (const given of [...usable, ...random.slice(0, SOME)]) {
    const { name, schema: text, references = [] } = given
    const payloads = given.values.map(({ payload }) => payload)
    const json = given.values.map((value) => value.json)

    test(name, async () => {
      const topic = await newTopic()
      const id = await register(topic, {
        text,
        references: references.map((text, index) => ({ name: `reference ${index}`, text })),
      })
      const bytes = payloads.map((payload) => framed(id, payload))
      await produceValues(topic, id, json)
      // What is null is so for Kafka, too.
      const expected = bytes.map((hex, index) => (json[index] === 'null' ? undefined : hex))
      assert.deepEqual(await valuesInKafka(topic), expected)

      await witness.produce(
        topic,
        bytes.map((hex) => ({ value: Buffer.from(hex, 'hex') })),
      )
      const read = await readBack(topic, 2 * json.length, rounded)
      const exact = json.map(rounded)
      assert.deepEqual(
        read.map(({ value }) => value),
        [...exact, ...exact],
      )
    })
  }
})

describe('a topic with Avro', { concurrency: true }, () => {
  const ORDER = JSON.stringify({
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'note', type: ['null', 'string'] },
      { name: 'paid', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    ],
  })

  test('has keys with a schema of their own, and tombstones', async () => {
    const topic = await newTopic()
    const order = '{"id":9007199254740993,"note":{"string":"fragile"},"paid":"\\u0004\\u00d2"}'
    const schemas = { key_schema: '"long"', value_schema: ORDER }
    const first = await produce(topic, schemas, [`{"key":1,"value":${order}}`])
    assert.equal(first.status, 200, first.text)
    const { key_schema_id: keyId, value_schema_id: valueId } = first.body
    // A null is none of the schema's values, and so comes without.
    const second = await produce(topic, { key_schema_id: keyId }, ['{"key":1}'])
    assert.deepEqual([second.status, second.body.value_schema_id], [200, null], second.text)

    const inKafka = await witness.consumeAll(topic)
    assert.deepEqual(
      inKafka.map(({ key, value }) => [key?.toString('hex'), value?.toString('hex')]),
      [
        [framed(keyId, '02'), framed(valueId, `8280808080808020020e${hexOf('fragile')}0404d2`)],
        [framed(keyId, '02'), undefined],
      ],
    )
    const key = exactJson('1')
    assert.deepEqual(
      (await readBack(topic, 2)).map(({ key, value }) => ({ key, value })),
      [
        { key, value: exactJson(order) },
        { key, value: null },
      ],
    )
  })

  test('takes the plain form of a union where it is unambiguous', async () => {
    const topic = await newTopic()
    const value = '{"id":1,"note":"plain","paid":""}'
    const answer = await produce(topic, { value_schema: ORDER }, [`{"value":${value}}`])
    assert.equal(answer.status, 200, answer.text)
    const [record] = await readBack(topic, 1)
    assert.deepEqual(record?.value, exactJson('{"id":1,"note":{"string":"plain"},"paid":""}'))
  })

  test('has bytes at the top without their length', async () => {
    const topic = await newTopic()
    const answer = await produce(topic, { value_schema: '"bytes"' }, ['{"value":"\\u0000\\u00ff"}'])
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(await valuesInKafka(topic), [framed(answer.body.value_schema_id, '00ff')])
    assert.deepEqual((await readBack(topic, 1))[0]?.value, '\u0000\u00ff')
  })

  test('has the same ids for the same schemas', async () => {
    const [topic, other] = [await newTopic(), await newTopic()]
    const ids = new Set<number>()
    for (const each of [topic, other, topic]) {
      const { body } = await produce(each, { value_schema: ORDER }, [])
      assert.equal(body.error_code, 422)
      const answer = await produce(each, { value_schema: '"string"' }, ['{"value":"a"}'])
      ids.add(answer.body.value_schema_id)
    }
    assert.equal(ids.size, 1)
  })

  test('takes nothing of a request in which a value is not of its schema', async () => {
    const topic = await newTopic()
    const fine = '{"value":{"id":1,"note":null,"paid":""}}'
    const rows: [value: string, message: RegExp][] = [
      ['{"id":9223372036854775808,"note":null,"paid":""}', /id/],
      ['{"id":1,"note":{"int":1},"paid":""}', /Unknown union branch int/],
      ['{"id":1,"paid":""}', /note/],
      ['null', /Expected .*\. Got VALUE_NULL/],
    ]
    for (const [value, message] of rows) {
      const answer = await produce(topic, { value_schema: ORDER }, [fine, `{"value":${value}}`])
      assertRefused(answer, message)
      assert.match(answer.body.message, /\(\/records\/1\/value\)$/)
    }
    assert.deepEqual(await valuesInKafka(topic), [])
  })

  test('takes no schema that is none, or is none of its topic, or does not exist', async () => {
    const [topic, other] = [await newTopic(), await newTopic()]
    const id = await register(other, { text: '"double"' })
    const rows: [members: object, code: number, message: RegExp][] = [
      [
        { value_schema: '{"type":"recor"}' },
        42205,
        /^Invalid schema: Error when parsing raw schema/,
      ],
      [{ value_schema_id: id }, 42207, /Error when fetching schema version\. subject = /],
      [
        { value_schema_id: 2_000_000_000 },
        42207,
        /Error when fetching schema by id\. schemaId = 2/,
      ],
    ]
    for (const [members, code, message] of rows) {
      const answer = await produce(topic, members, ['{"value":1.5}'])
      assert.deepEqual([answer.status, answer.body.error_code], [422, code], answer.text)
      assert.match(answer.body.message, message)
    }
    assert.deepEqual(await valuesInKafka(topic), [])
  })
})

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}
