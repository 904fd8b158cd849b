/** Networks in the configuration. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../../src/config/index.ts'

function load(text: string) {
  const sets = ['bootstrap.servers=a:1', `sluice.trusted.proxies=${text}`]
  const { config, faults } = loadConfig({ sets })
  return { networks: config['sluice.trusted.proxies'], fault: faults[0]?.expected }
}

test('an address is a network of one', () => {
  assert.deepEqual(load('10.0.0.7, 2001:db8::1').networks, ['10.0.0.7/32', '2001:db8::1/128'])
})

test('a network has the bits of its family at most', () => {
  assert.deepEqual(load('0.0.0.0/0,fd00::/8').networks, ['0.0.0.0/0', 'fd00::/8'])
  assert.match(load('10.0.0.0/33').fault ?? '', /at most 32 bits/)
  assert.match(load('fd00::/129').fault ?? '', /at most 128 bits/)
})

test('what is no address stops the start', () => {
  for (const text of ['proxy', '10.0.0', '10.0.0.0/', '10.0.0.0/x', '[::1]', '10.0.0.0/-1', '*']) {
    assert.match(load(text).fault ?? '', /an IPv4 or IPv6 address/, text)
  }
})

test('an IPv4 address in the form of IPv6 would never be met, and stops the start', () => {
  assert.match(load('::ffff:10.0.0.0/104').fault ?? '', /in its own form/)
})

test('a header of certificates without trusted proxies stops the start', () => {
  const key = 'sluice.trusted.proxies.certificate.header'
  const faultOf = (...sets: string[]) =>
    loadConfig({ sets: ['bootstrap.servers=a:1', ...sets] }).faults[0]
  assert.match(faultOf(`${key}=X-Client-DN`)?.expected ?? '', /sluice.trusted.proxies/)
  assert.match(faultOf(`${key}=a b`, 'sluice.trusted.proxies=10.0.0.7')?.expected ?? '', /a header/)
  assert.equal(faultOf(`${key}=X-Client-DN`, 'sluice.trusted.proxies=10.0.0.7'), undefined)
})
