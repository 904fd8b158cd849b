/** Addresses of listeners, advertised listeners, and brokers. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress } from '../../../src/config/address.ts'
import { ValueFault } from '../../../src/config/define.ts'
import { advertisedListenersOf, listenersOf } from '../../../src/config/listeners.ts'

function listen(listeners: string[], protocolMap: string[] = []) {
  return listenersOf({ listeners, 'listener.protocol.map': protocolMap })
}

const addresses: [text: string, host: string, port: number, authority: string][] = [
  ['kafka:9092', 'kafka', 9092, 'kafka:9092'],
  ['SASL_SSL://kafka_1.example:9092', 'kafka_1.example', 9092, 'kafka_1.example:9092'],
  ['[::1]:9092', '::1', 9092, '[::1]:9092'],
  ['http://[fe80::1]:80/', 'fe80::1', 80, '[fe80::1]:80'],
]

for (const [text, host, port, authority] of addresses) {
  test(`${text} is host ${host} and port ${port}`, () => {
    const { scheme: _, ...address } = parseAddress(text)
    assert.deepEqual(address, { host, port, authority })
  })
}

for (const text of [
  '',
  'kafka',
  'kafka:',
  ':9092',
  '::1:9092',
  '[kafka]:9092',
  'kafka:99999',
  'http://a/b:1',
]) {
  test(`"${text}" is no address`, () => assert.throws(() => parseAddress(text), ValueFault))
}

test('several plain listeners are fine', () => {
  assert.deepEqual(listen(['http://0.0.0.0:8082', 'HTTP://[::]:8083']), [
    { name: 'http', scheme: 'http', host: '0.0.0.0', port: 8082, path: '' },
    { name: 'http', scheme: 'http', host: '::', port: 8083, path: '' },
  ])
})

test('a named listener is what the map says', () => {
  assert.deepEqual(listen(['INTERNAL://a:1'], ['internal:HTTP']), [
    { name: 'internal', scheme: 'http', host: 'a', port: 1, path: '' },
  ])
})

test('listeners may have a path, which is the same for all', () => {
  const paths = (...listeners: string[]) => listen(listeners).map(({ path }) => path)
  assert.deepEqual(paths('http://a:1/x/', 'http://b:1/x'), ['/x', '/x'])
  assert.deepEqual(paths('http://a:1/x.y/z-1~'), ['/x.y/z-1~'])
  assert.deepEqual(paths('http://a:1/'), [''])
})

test('https, and names that are mapped to it, have TLS', () => {
  const [plain, secure, named] = listen(
    ['http://a:1', 'https://a:2', 'EXTERNAL://a:3'],
    ['EXTERNAL:https'],
  )
  assert.deepEqual(
    [plain, secure, named].map((each) => [each?.name, each?.scheme]),
    [
      ['http', 'http'],
      ['https', 'https'],
      ['external', 'https'],
    ],
  )
})

test('port 0 can be asked for more than once', () => {
  assert.equal(listen(['http://a:0', 'http://a:0']).length, 2)
})

const refused: [why: string, listeners: string[], map: string[], message: RegExp][] = [
  ['an unknown name', ['EXTERNAL://a:1'], [], /listener\.protocol\.map/],
  ['no scheme', ['a:1'], [], /http:\/\/host:port/],
  ['no port', ['http://a'], [], /host:port/],
  ['a name twice', ['A://a:1', 'a://a:2'], ['a:http'], /not a twice/],
  ['an address twice', ['http://a:1', 'http://a:1'], [], /not a port 1 twice/],
  ['a pair without a protocol', [], ['A'], /NAME:http/],
  ['a pair without a name', [], [':http'], /NAME:http/],
  ['a name mapped twice', [], ['a:http', 'A:http'], /each name once/],
  ['http as https', [], ['http:https'], /http to stay http/],
  ['two paths', ['http://a:1/x', 'http://b:1'], [], /one path for all listeners, not \/x and \//],
  ['a query', ['http://a:1/x?y'], [], /host:port/],
  ['an empty segment', ['http://a:1//x'], [], /host:port/],
  ['an escape', ['http://a:1/%20'], [], /host:port/],
  ['a path that goes up', ['http://a:1/x/..'], [], /without "\." and "\.\."/],
]

for (const [why, listeners, map, message] of refused) {
  test(`listeners are refused for ${why}`, () => {
    assert.throws(
      () => listen(listeners, map),
      (error: Error) => error instanceof ValueFault && message.test(error.message),
    )
  })
}

test('all faulty listeners are told at once', () => {
  assert.throws(() => listen(['ftp://a:1', 'http://b:1', 'c']), /"ftp:\/\/a:1".*"c"/)
})

test('advertised listeners keep their authority as written', () => {
  const listeners = advertisedListenersOf({
    'advertised.listeners': ['http://[::1]:80', 'https://Proxy.example:443'],
  })
  assert.deepEqual(listeners, [
    { scheme: 'http', authority: '[::1]:80', path: '' },
    { scheme: 'https', authority: 'Proxy.example:443', path: '' },
  ])
})

test('an advertised listener has to be http or https', () => {
  const advertise = () => advertisedListenersOf({ 'advertised.listeners': ['INTERNAL://a:1'] })
  assert.throws(advertise, ValueFault)
})
