/** The start of the URLs that clients are given. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { baseUriOf } from '../../../src/api/base-uri.ts'
import { loadConfig } from '../../../src/config/index.ts'

function baseUri(origin: string, ...sets: string[]): string {
  const { config, faults } = loadConfig({ sets: ['bootstrap.servers=a:1', ...sets] })
  assert.deepEqual(faults, [])
  const scheme = origin.startsWith('https:') ? 'https' : 'http'
  return baseUriOf(config)({ scheme, origin })
}

test('by default it is what the client called us', () => {
  assert.equal(baseUri('http://proxy.example:80'), 'http://proxy.example:80')
  assert.equal(baseUri('http://[::1]:8082'), 'http://[::1]:8082')
})

test('host.name replaces the host; the port is ours, if the client named one', () => {
  assert.equal(baseUri('http://a:1', 'host.name=me'), 'http://me:8082')
  assert.equal(baseUri('http://a', 'host.name=me'), 'http://me')
  assert.equal(baseUri('http://[::1]', 'host.name=me'), 'http://me')
})

test('with listeners the port is that of the last one', () => {
  const listeners = 'listeners=http://0.0.0.0:1111,http://0.0.0.0:2222'
  assert.equal(baseUri('http://a:1', 'host.name=me', listeners), 'http://me:2222')
  assert.equal(baseUri('http://a', 'host.name=me', listeners), 'http://me')
})

test('the first advertised listener of the scheme wins over all', () => {
  const advertised = 'advertised.listeners=https://s:1,http://[::1]:2,http://other:3'
  assert.equal(baseUri('http://a:1', 'host.name=me', advertised), 'http://[::1]:2')
})

test('the path of the listeners stands behind it, unless an advertised one has its own', () => {
  const listeners = 'listeners=http://0.0.0.0:1111/kafka/rest/'
  assert.equal(baseUri('http://a:1', listeners), 'http://a:1/kafka/rest')
  assert.equal(baseUri('http://a:1', listeners, 'host.name=me'), 'http://me:1111/kafka/rest')
  assert.equal(baseUri('http://a', listeners, 'host.name=me'), 'http://me/kafka/rest')
  const plain = 'advertised.listeners=http://b:2'
  assert.equal(baseUri('http://a', listeners, plain), 'http://b:2/kafka/rest')
  assert.equal(baseUri('http://a', listeners, `${plain}/other`), 'http://b:2/other')
  assert.equal(baseUri('http://a', `${plain}/other`), 'http://b:2/other')
})

test('advertised listeners of another scheme do not count', () => {
  assert.equal(baseUri('http://a:1', 'advertised.listeners=https://s:1'), 'http://a:1')
})
