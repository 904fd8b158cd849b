/** Addresses of clients as text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressText } from '../../../src/http/address-text.ts'

const textOf = (hex: string): string =>
  addressText(new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex')).buffer)

test('an IPv4 address has dots, also when it came to a socket for IPv6', () => {
  assert.equal(textOf('c0 00 02 07'), '192.0.2.7')
  assert.equal(textOf('0000 0000 0000 0000 0000 ffff c000 0207'), '192.0.2.7')
})

test('an IPv6 address has its shortest form', () => {
  assert.equal(textOf('0000 0000 0000 0000 0000 0000 0000 0001'), '::1')
  assert.equal(textOf('2001 0db8 0000 0000 0001 0000 0000 00ff'), '2001:db8::1:0:0:ff')
})

test('a socket without an address, such as one that is closed, has no text', () => {
  assert.equal(textOf(''), '')
})
