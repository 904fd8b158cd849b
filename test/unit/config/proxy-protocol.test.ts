/** `proxy.protocol.…` of listeners: who is believed, and what prevents the start. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listenersOf, loadConfig, proxySendersOf } from '../../../src/config/index.ts'

const BASE = [
  'bootstrap.servers=a:1',
  'listeners=http://a:1,inner://a:2',
  'listener.protocol.map=inner:http',
]

function load(...settings: string[]) {
  const { config, faults } = loadConfig({ sets: [...BASE, ...settings] })
  return { faults, senders: () => listenersOf(config).map((each) => proxySendersOf(config, each)) }
}

test('no listener expects a header by default', () => {
  assert.deepEqual(load('sluice.trusted.proxies=10.0.0.1').senders(), [undefined, undefined])
})

test('the trusted proxies are believed, or the range of the key', () => {
  const enabled = load('sluice.trusted.proxies=10.0.0.1', 'proxy.protocol.enabled=true')
  assert.deepEqual(enabled.senders(), [['10.0.0.1/32'], ['10.0.0.1/32']])
  const ranged = load(
    'sluice.trusted.proxies=10.0.0.1',
    'proxy.protocol.enabled=true',
    'proxy.protocol.accepted.ip.range=fd00::/8',
    'listener.name.inner.proxy.protocol.accepted.ip.range=10.1.0.0/16',
  )
  assert.deepEqual(ranged.senders(), [['fd00::/8'], ['10.1.0.0/16']])
})

test('a listener has its own value', () => {
  const settings = [
    'sluice.trusted.proxies=10.0.0.1',
    'listener.name.inner.proxy.protocol.enabled=true',
  ]
  assert.deepEqual(load(...settings).senders(), [undefined, ['10.0.0.1/32']])
})

for (const [what, ...settings] of [
  ['nobody who is believed', 'proxy.protocol.enabled=true'],
  ['nobody who is believed by a listener', 'listener.name.inner.proxy.protocol.enabled=true'],
  ['a malformed range', 'proxy.protocol.accepted.ip.range=10.0.0.0/40'],
  [
    'a header in front of a listener for operators',
    'sluice.trusted.proxies=10.0.0.1',
    'listener.protocol.map=inner:http,ops:http',
    'sluice.admin.listeners=ops://a:3',
    'listener.name.ops.proxy.protocol.enabled=true',
  ],
] as const) {
  test(`${what} prevents the start`, () => {
    assert.equal(load(...settings).faults.length, 1)
  })
}

test('headers of proxies are read from those that are named', () => {
  const key = 'network.forwarded.request.customizer.enable=true'
  assert.equal(load(key).faults.length, 1)
  assert.deepEqual(load(key, 'sluice.trusted.proxies=10.0.0.1').faults, [])
})
