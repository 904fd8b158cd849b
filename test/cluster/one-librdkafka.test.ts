/** The tests load node-rdkafka beside the addon, and both use one librdkafka. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadedLibrdkafka } from '../../src/kafka/native.ts'
import { loadRdkafka } from './rdkafka-client.ts'

test('one librdkafka is loaded in a process with node-rdkafka and the addon', () => {
  assert.equal(loadRdkafka().librdkafkaVersion, loadedLibrdkafka().version)
  const maps = readFileSync('/proc/self/maps', 'utf8')
  const libraries = new Set(maps.match(/\/\S*librdkafka\.so\S*/g))
  assert.equal(libraries.size, 1, [...libraries].join(', '))
})
