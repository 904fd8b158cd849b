/** The output of --print-config. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../../src/config/load.ts'
import { printConfig } from '../../../src/config/print.ts'
import { parseProperties } from '../../../src/config/properties-file.ts'
import { temporaryFile } from './temporary-file.ts'

const { config } = loadConfig({
  environment: { KAFKA_REST_BOOTSTRAP_SERVERS: 'SSL://a:1,b:2' },
  sets: [
    'id=\\ ü#=1',
    'client.sasl.jaas.config=x password="hunter2";',
    'producer.linger.ms=5',
    'unknown.key=1',
  ],
})
const printed = printConfig(config)
const entries = new Map(
  parseProperties(Buffer.from(printed, 'latin1')).map(({ key, value }) => [key, value]),
)

test('every value is told with its source above it', () => {
  assert.match(printed, /^# KAFKA_REST_BOOTSTRAP_SERVERS\nbootstrap\.servers=a:1,b:2$/m)
  assert.match(printed, /^# default\nconsumer\.threads=50$/m)
  assert.match(printed, /^# --set\nproducer\.linger\.ms=5$/m)
})

test('values are the effective ones', () => {
  assert.equal(entries.get('listeners'), 'http://0.0.0.0:8082')
  assert.equal(entries.get('sluice.produce.inflight.max.bytes'), '67108864')
})

test('keys are sorted, and unknown ones left out', () => {
  const keys = [...entries.keys()]
  assert.deepEqual(keys, [...keys].sort())
  assert.ok(!entries.has('unknown.key'))
})

test('secrets are masked', () => {
  assert.equal(entries.get('client.sasl.jaas.config'), '[hidden]')
  assert.doesNotMatch(printed, /hunter2/)
})

test('the output is a properties file that means the same', () => {
  const path = temporaryFile('printed.properties', Buffer.from(printed, 'latin1'))
  const { config: again, faults } = loadConfig({ file: path })
  assert.deepEqual(faults, [])
  const { originals: _, ...values } = config
  const { originals: __, ...valuesAgain } = again
  assert.deepEqual(valuesAgain, values)
})
