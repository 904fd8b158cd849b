/** The strategies of subject names. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../../src/config/index.ts'
import {
  NamelessSchemaError,
  type SubjectNameStrategy,
  subjectName,
} from '../../../src/serde/subject-name.ts'

const strategies: [strategy: SubjectNameStrategy, key: string, value: string][] = [
  ['TopicNameStrategy', 'orders-key', 'orders-value'],
  ['RecordNameStrategy', 'shop.Order', 'shop.Order'],
  ['TopicRecordNameStrategy', 'orders-shop.Order', 'orders-shop.Order'],
]

for (const [strategy, key, value] of strategies) {
  test(`${strategy} calls the subjects ${key} and ${value}`, () => {
    assert.equal(subjectName(strategy, 'orders', 'key', 'shop.Order'), key)
    assert.equal(subjectName(strategy, 'orders', 'value', 'shop.Order'), value)
  })

  test(`${strategy} is set by its class`, () => {
    const name = 'schema.registry.value.subject.name.strategy'
    const { config, faults } = loadConfig({
      sets: ['sluice.embedded=true', `${name}=io.confluent.kafka.serializers.subject.${strategy}`],
    })
    assert.deepEqual(faults, [])
    assert.equal(subjectName(config[name], 'orders', 'value', 'shop.Order'), value)
  })
}

test('only a strategy that uses it needs the name of the record', () => {
  assert.equal(subjectName('TopicNameStrategy', 'orders', 'key', undefined), 'orders-key')
  for (const strategy of ['RecordNameStrategy', 'TopicRecordNameStrategy'] as const) {
    for (const name of [undefined, '']) {
      assert.throws(
        () => subjectName(strategy, 'orders', 'key', name),
        (error: Error) =>
          error instanceof NamelessSchemaError &&
          /^The key's schema.*named record/.test(error.message),
      )
    }
  }
})
