/**
 * Protobuf with a real registry and a real Kafka. What another client finds in Kafka is compared
 * with the bytes that Google's runtime has made of the same values, and those bytes, written by
 * another client, are read as it reads them; see test/golden/protobuf.py.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formsOf, goldens, indexBytes, isDifferent } from '../../golden/protobuf.ts'
import { framed, setTheSchemaStage } from '../schema-stage.ts'

const stage = await setTheSchemaStage('PROTOBUF')
const { witness, newTopic, register, produce, produceValues, readBack, valuesInKafka } = stage

/** Apicurio does not know them. */
const EDITIONS = /^edition /

/** Apicurio does not find out that this descriptor is Protobuf. */
const UNKNOWN_DESCRIPTORS = /^names$/

/** They differ in types, and not in what a schema is written in. */
const SCALARS = /^(integers|numbers): /

describe("as Google's runtime", { concurrency: 4 }, () => {
  const cases = goldens
    .filter(({ name }) => !EDITIONS.test(name))
    .flatMap((golden) =>
      Object.entries(formsOf(golden)).map(([form, schema]) => ({ ...golden, form, schema })),
    )
    .filter(({ name, form }) => form === 'text' || !SCALARS.test(name))
    .filter(({ name, form }) => form !== 'descriptor' || !UNKNOWN_DESCRIPTORS.test(name))

  for (const { name, form, schema, values } of cases) {
    const prefix = indexBytes(schema.indexes).toString('hex')

    // Clients write the first message of a schema.
    const toWrite = values.flatMap(({ json, payload }) =>
      json === undefined || payload === undefined || isDifferent(`${name} encode ${json}`)
        ? []
        : [{ json, payload }],
    )
    if (prefix === '00' && toWrite.length > 0) {
      test(`writes ${name}, by a ${form}`, async () => {
        const topic = await newTopic()
        const id = await register(topic, schema)
        await produceValues(
          topic,
          id,
          toWrite.map(({ json }) => json),
        )
        assert.deepEqual(
          await valuesInKafka(topic),
          toWrite.map(({ payload }) => framed(id, prefix + payload)),
        )
      })
    }

    const toRead = values.flatMap(({ payload, back }) =>
      payload === undefined || back === undefined || isDifferent(`${name} decode ${payload}`)
        ? []
        : [{ payload, back }],
    )
    if (toRead.length > 0) {
      test(`reads ${name}, by a ${form}`, async () => {
        const topic = await newTopic()
        const id = await register(topic, schema)
        await witness.produce(
          topic,
          toRead.map(({ payload }) => ({
            value: Buffer.from(framed(id, prefix + payload), 'hex'),
          })),
        )
        // What has 64 bits is a string, so that no digits are lost.
        const read = await readBack(topic, toRead.length, (text) => JSON.parse(text))
        assert.deepEqual(
          read.map(({ value }) => value),
          toRead.map(({ back }) => JSON.parse(back)),
        )
      })
    }
  }
})

describe('a topic with Protobuf', { concurrency: true }, () => {
  const KEY = 'syntax = "proto3"; message Key { int64 id = 1; }'
  const VALUE = 'syntax = "proto3"; message Order { string note = 1; int64 cents = 2; }'

  test('has keys with a schema of their own, and tombstones', async () => {
    const topic = await newTopic()
    const schemas = { key_schema: KEY, value_schema: VALUE }
    const record = '{"key":{"id":"9007199254740993"},"value":{"note":"a","cents":5}}'
    const first = await produce(topic, schemas, [record])
    assert.equal(first.status, 200, first.text)
    const { key_schema_id: keyId, value_schema_id: valueId } = first.body
    const second = await produce(topic, { key_schema_id: keyId }, ['{"key":{}}'])
    assert.deepEqual([second.status, second.body.value_schema_id], [200, null], second.text)
    assert.deepEqual(
      (await witness.consumeAll(topic)).map(({ key, value }) => [
        key?.toString('hex'),
        value?.toString('hex'),
      ]),
      [
        [framed(keyId, '00088180808080808010'), framed(valueId, '000a01611005')],
        [framed(keyId, '00'), undefined],
      ],
    )
    assert.deepEqual(
      (await readBack(topic, 2)).map(({ key, value }) => ({ key, value })),
      [
        { key: { id: '9007199254740993' }, value: { note: 'a', cents: '5' } },
        { key: { id: '0' }, value: null },
      ],
    )
  })

  test('takes nothing of a request in which a value is not of its schema', async () => {
    const topic = await newTopic()
    const rows: [value: string, message: RegExp][] = [
      ['{"cents":"9223372036854775808"}', /cents/],
      ['{"amount":1}', /amount/],
      ['"text"', /Expect message object but got: "text"/],
      ['null', /Expect message object but got: null/],
    ]
    for (const [value, message] of rows) {
      const records = ['{"value":{"note":"fine"}}', `{"value":${value}}`]
      const { status, body, text } = await produce(topic, { value_schema: VALUE }, records)
      assert.deepEqual([status, body.error_code], [400, 400], text)
      assert.match(body.message, message)
      assert.match(body.message, /\(\/records\/1\/value\)$/)
    }
    assert.deepEqual(await valuesInKafka(topic), [])
  })

  test('takes no schema that is none', async () => {
    const topic = await newTopic()
    const { body, text } = await produce(topic, { value_schema: 'message {' }, ['{"value":{}}'])
    assert.equal(body.error_code, 42205, text)
    assert.deepEqual(await valuesInKafka(topic), [])
  })
})
