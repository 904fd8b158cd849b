/** Configs of the v3 API: their sources, and requests to change them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  changesOf,
  changeTo,
  configNamed,
  configResources,
} from '../../../../src/api/v3/configs.ts'
import { Place } from '../../../../src/api/v3/links.ts'

const place = Place.ofCluster({ baseUri: '', resourceNameAuthority: '' }, 'c')
const owner = {
  kind: 'KafkaTopicConfig',
  clusterId: 'c',
  member: { topic_name: 't' },
  place: (name: string) => place.at(['configs', name], ['config', name]),
}

const entry = (name: string, source: number) => ({
  name,
  value: 'v',
  source,
  is_read_only: false,
  is_sensitive: false,
  synonyms: [{ name: `log.${name}`, value: null, source: 4 }],
})

test('configs are sorted by name, and only those with the source of defaults are defaults', () => {
  const configs = configResources(owner, [entry('b', 5), entry('a', 1), entry('c', 7)])
  assert.deepEqual(
    configs.map(({ name, source, is_default }) => [name, source, is_default]),
    [
      ['a', 'DYNAMIC_TOPIC_CONFIG', false],
      ['b', 'DEFAULT_CONFIG', true],
      ['c', 'UNKNOWN', false],
    ],
  )
  assert.deepEqual(configs[0]?.synonyms, [
    { name: 'log.a', value: null, source: 'STATIC_BROKER_CONFIG' },
  ])
  assert.equal(configNamed([entry('a', 1)], 'a').name, 'a')
  assert.throws(() => configNamed([], 'a', 'None.'), { status: 404, message: 'None.' })
})

test('a change sets a value or deletes one, and names a config once', () => {
  const requested = [
    { name: 'a', value: '1' },
    { name: 'b', value: '2', operation: 'DELETE' },
  ]
  assert.deepEqual(changesOf(requested), [
    { name: 'a', value: '1' },
    { name: 'b', value: null },
  ])
  assert.deepEqual(changeTo('a', ''), { name: 'a', value: '' })
  assert.throws(() => changeTo('a', undefined), {
    code: 40002,
    message: 'Null value not supported for : a',
  })
  assert.throws(() => changesOf([{ name: 'a' }]), { code: 40002 })
  assert.throws(() => changesOf([...requested, { name: 'a', value: '3' }]), {
    code: 40002,
    message: /duplicate config keys : a\b/,
  })
  assert.throws(() => changesOf([{ name: 'a', value: '1', operation: 'ADD' }]), { code: 400 })
})
