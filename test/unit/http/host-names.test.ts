/** Which hosts a certificate is for. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { HostNames } from '../../../src/http/host-names.ts'
import { createAuthority, createIdentity } from '../../certificates.ts'

const authority = createAuthority('authority')
const namesOf = (name: string, host?: string) =>
  new HostNames(readFileSync(createIdentity(name, authority, host).cert, 'utf8'))

test('a certificate is for its names, its addresses, and the names below its wildcards', () => {
  const names = namesOf(
    'many',
    'DNS:rest.example.com,DNS:*.inner.example,IP:192.0.2.1,IP:2001:db8::1',
  )
  for (const host of [
    'rest.example.com',
    'REST.example.com:8082',
    'rest.example.com.',
    'a.inner.example',
    '192.0.2.1:8082',
    '[2001:db8::1]:8082',
    '[2001:db8:0::1]',
  ]) {
    assert.equal(names.includes(host), true, host)
    assert.equal(names.includes(host), true, `${host}, again`)
  }
  for (const host of [
    '',
    'many',
    'example.com',
    'other.rest.example.com',
    'a.b.inner.example',
    'inner.example',
    '192.0.2.2',
    '[2001:db8::2]',
    'rest.example.com@evil',
    'rest.example.com:80:80',
  ]) {
    assert.equal(names.includes(host), false, host)
  }
})

test('a certificate without such names is for its common name', () => {
  assert.equal(namesOf('common.example').includes('common.example:1'), true)
  assert.equal(namesOf('common.example').includes('other.example'), false)
})
