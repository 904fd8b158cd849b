/** The keys of the identity in Kafka: what belongs together, and what prevents the start. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig, propagatesIdentity } from '../../../src/config/index.ts'

const CLASS = 'io.confluent.kafkarest.security.KafkaRestSecurityResourceExtension'
const FILE = 'sluice.kafka.credentials.file=/etc/kafka.jaas'

function load(...sets: string[]) {
  const { config, faults, warnings } = loadConfig({
    sets: ['bootstrap.servers=127.0.0.1:1', ...sets],
  })
  return { config, keys: faults.map(({ key }) => key), warnings }
}

test('requests share one identity by default', () => {
  const { config, keys } = load()
  assert.deepEqual([propagatesIdentity(config), keys], [false, []])
})

test("the key and the class of Confluent's plug-in propagate the identity of principals", () => {
  for (const set of [
    'sluice.kafka.identity=propagate',
    `kafka.rest.resource.extension.class=${CLASS}`,
  ]) {
    const { config, keys, warnings } = load(set, FILE)
    assert.deepEqual([propagatesIdentity(config), keys, warnings], [true, [], []])
  }
})

test('credentials and their use need each other', () => {
  assert.deepEqual(load('sluice.kafka.identity=propagate').keys, ['sluice.kafka.credentials.file'])
  assert.deepEqual(load(FILE).keys, ['sluice.kafka.credentials.file'])
})

test('other plug-ins and other sources of principals prevent the start', () => {
  const key = 'kafka.rest.resource.extension.class'
  for (const value of ['com.example.Other', `${CLASS},com.example.Other`]) {
    assert.ok(load(`${key}=${value}`, FILE).keys.includes(key), value)
  }
  const method = 'confluent.rest.auth.propagate.method'
  assert.deepEqual(load(`${method}=OTHER`).keys, [method])
  assert.deepEqual(load(`${method}=SSL`).keys, [])
})

test("the source of principals of Confluent's plug-in is the one that the listeners have", () => {
  const plugIn = [`kafka.rest.resource.extension.class=${CLASS}`, FILE]
  const method = 'confluent.rest.auth.propagate.method'
  const login = ['authentication.method=BASIC', 'sluice.auth.users.file=/users']
  assert.deepEqual(load(...plugIn, `${method}=JETTY_AUTH`).keys, [method])
  assert.deepEqual(load(...plugIn, `${method}=JETTY_AUTH`, ...login).keys, [])
  assert.deepEqual(load(...plugIn, ...login).keys, [method])
})

test('the JAAS file of the users has the credentials in Kafka, too, unless another one is named', () => {
  const jaas = 'sluice.auth.jaas.file=/etc/rest.jaas'
  const fileOf = (...sets: string[]) => load(...sets).config['sluice.kafka.credentials.file']
  assert.equal(fileOf(jaas, 'sluice.kafka.identity=propagate'), '/etc/rest.jaas')
  assert.equal(fileOf(jaas, 'sluice.kafka.identity=propagate', FILE), '/etc/kafka.jaas')
  assert.equal(fileOf(jaas), '')
})

test('the embedded cluster knows no principals', () => {
  const { keys } = load('sluice.embedded=true', 'sluice.kafka.identity=propagate', FILE)
  assert.deepEqual(keys, ['sluice.embedded'])
})
