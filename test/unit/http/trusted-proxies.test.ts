/** What proxies say about a request, and who is believed. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TrustedProxies } from '../../../src/http/trusted-proxies.ts'
import { fakeRequest } from './fake-response.ts'

const PROXIES = TrustedProxies.of(['10.0.0.0/8', '2001:db8::/32'])
const PROXY = '10.0.0.1'

function read(headers: [string, string][], peer = PROXY) {
  const forwarded = PROXIES?.read(peer, fakeRequest({ headers }))
  return forwarded && { client: forwarded.client, scheme: forwarded.scheme, host: forwarded.host }
}

const clientOf = (...values: string[]) =>
  read(values.map((value) => ['x-forwarded-for', value]))?.client

test('without proxies nothing is read', () => {
  assert.equal(TrustedProxies.of([]), undefined)
})

test('headers of an address that is not trusted have no effect', () => {
  for (const peer of ['192.0.2.1', '11.0.0.1', '2001:db9::1', '']) {
    assert.equal(read([['x-forwarded-for', '10.0.0.9']], peer), undefined, peer)
  }
})

test('headers of both families are read', () => {
  for (const peer of ['10.255.255.255', '2001:db8:ffff::1']) {
    const headers: [string, string][] = [
      ['x-forwarded-for', '192.0.2.1'],
      ['x-forwarded-proto', 'HTTPS'],
      ['x-forwarded-host', 'api.example:8443'],
    ]
    assert.deepEqual(read(headers, peer), {
      client: '192.0.2.1',
      scheme: 'https',
      host: 'api.example:8443',
    })
  }
})

test('an address of one family is in no network of the other', () => {
  const all = TrustedProxies.of(['::/0'])
  assert.equal(all?.read('10.0.0.1', fakeRequest({ headers: [] })), undefined)
})

describe('the client', () => {
  test('is the last address that is not trusted: those in front of it may be forged', () => {
    assert.equal(clientOf('192.0.2.1'), '192.0.2.1')
    assert.equal(clientOf('198.51.100.9, 192.0.2.1, 10.1.1.1,10.2.2.2'), '192.0.2.1')
  })

  test('is found also when a proxy adds a header instead of a value', () => {
    assert.equal(clientOf('198.51.100.9', '192.0.2.1'), '192.0.2.1')
    assert.equal(clientOf('198.51.100.9, 192.0.2.1', '10.1.1.1'), '192.0.2.1')
  })

  test('is the first proxy when all addresses are trusted', () => {
    assert.equal(clientOf('10.9.9.9, 10.1.1.1'), '10.9.9.9')
  })

  test('is the last proxy without a header', () => {
    assert.equal(read([])?.client, PROXY)
  })

  test('is that which was read before a malformed value', () => {
    for (const text of [
      'unknown',
      '',
      '1.2.3',
      '1.2.3.4.5',
      '::g',
      'fe80::1%eth0',
      '<x>',
      '[::1',
    ]) {
      assert.equal(clientOf(`192.0.2.1, ${text}`), PROXY, text)
      assert.equal(clientOf(`192.0.2.1, ${text}, 10.1.1.1`), '10.1.1.1', text)
    }
  })

  test('may have a port, and brackets', () => {
    for (const [text, address] of [
      ['192.0.2.1:4711', '192.0.2.1'],
      ['[2001:db9::1]:4711', '2001:db9::1'],
      ['[2001:db9::1]', '2001:db9::1'],
      ['2001:db9::1', '2001:db9::1'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
    ] as const) {
      assert.equal(clientOf(text), address)
    }
  })
})

describe('scheme and host', () => {
  test('of several values the last one counts, which the nearest proxy has written', () => {
    const headers: [string, string][] = [
      ['x-forwarded-proto', 'http'],
      ['x-forwarded-proto', 'http, https'],
      ['x-forwarded-host', 'forged.example, api.example'],
    ]
    const { scheme, host } = read(headers) ?? {}
    assert.deepEqual([scheme, host], ['https', 'api.example'])
  })

  test('malformed values are ignored', () => {
    for (const text of ['', 'ftp', 'https:', 'https http', 'javascript']) {
      assert.equal(read([['x-forwarded-proto', text]])?.scheme, undefined, text)
    }
    for (const text of [
      '',
      'a b',
      'a/b',
      'u@h',
      'h:',
      'h:123456',
      'h:x',
      '"h"',
      '[x',
      '<h>',
      'h?',
    ]) {
      assert.equal(read([['x-forwarded-host', text]])?.host, undefined, text)
    }
  })
})

describe('Forwarded', () => {
  const forwarded = (...values: string[]) =>
    read(values.map((value) => ['forwarded', value] as [string, string]))

  test('is read as RFC 7239 writes it', () => {
    assert.deepEqual(forwarded('For="[2001:db9::17]:4711"; proto=https;host="api.example:8443"'), {
      client: '2001:db9::17',
      scheme: 'https',
      host: 'api.example:8443',
    })
    assert.equal(forwarded('for="192.0.2.\\1"')?.client, '192.0.2.1')
  })

  test('elements are believed from the last one to the first that is not from a trusted proxy', () => {
    assert.deepEqual(
      forwarded(
        'for=10.9.9.9;proto=http;host=forged.example',
        'for=192.0.2.1;proto=https;host=api.example, for=10.1.1.1;proto=http',
      ),
      { client: '192.0.2.1', scheme: 'https', host: 'api.example' },
    )
  })

  test('an element without an address ends the list', () => {
    for (const node of ['unknown', '_hidden', '"_hidden:47"']) {
      const { client, scheme } =
        forwarded(`for=192.0.2.1;proto=http, for=${node};proto=https`) ?? {}
      assert.deepEqual([client, scheme], [PROXY, 'https'])
    }
  })

  test('a malformed header is ignored', () => {
    for (const text of [
      '',
      ',',
      'for=192.0.2.1,',
      'for=192.0.2.1;',
      'for="192.0.2.1',
      'for=192.0.2.1 proto=https',
      'for=192.0.2.1;for=192.0.2.2',
      'for=[2001:db9::1]',
      '=192.0.2.1',
      'for',
    ]) {
      assert.deepEqual(forwarded(text), { client: PROXY, scheme: undefined, host: undefined }, text)
    }
  })

  test('is not read beside X-Forwarded headers: the proxy writes one kind, and may pass the other', () => {
    const headers: [string, string][] = [
      ['forwarded', 'for=198.51.100.9;proto=https;host=forged.example'],
      ['x-forwarded-for', '192.0.2.1'],
    ]
    assert.deepEqual(read(headers), { client: '192.0.2.1', scheme: undefined, host: undefined })
  })
})

describe('the subject of a certificate', () => {
  const subjectIn = (header: string, ...values: string[]) => {
    const headers = values.map((value) => [header, value] as [string, string])
    return TrustedProxies.of(['10.0.0.0/8'], header)?.read(PROXY, fakeRequest({ headers }))
      ?.certificateSubject
  }
  const xfcc = (...values: string[]) => subjectIn('x-forwarded-client-cert', ...values)
  const dn = (...values: string[]) => subjectIn('x-client-dn', ...values)

  test('is not read without a header of that name in the configuration', () => {
    const headers: [string, string][] = [['x-forwarded-client-cert', 'Subject="CN=a"']]
    const forwarded = PROXIES?.read(PROXY, fakeRequest({ headers }))
    assert.equal(forwarded?.namesCertificates, false)
    assert.equal(forwarded?.certificateSubject, undefined)
  })

  test('is undefined without the header, or with an empty one', () => {
    for (const read of [xfcc, dn]) {
      assert.equal(read(), undefined)
      assert.equal(read(''), undefined)
    }
  })

  test('is that of the last element, which the nearest proxy has written', () => {
    assert.equal(
      xfcc('By=spiffe://a;Hash=0f;Subject="CN=orders,O=Example";URI=spiffe://b'),
      'CN=orders,O=Example',
    )
    assert.equal(xfcc('Subject="CN=forged", Subject="CN=orders"'), 'CN=orders')
    assert.equal(xfcc('Subject="CN=forged"', 'subject="CN=orders"'), 'CN=orders')
    assert.equal(xfcc('Subject=CN'), '')
  })

  test('keeps the escapes of RFC 2253, and what they protect', () => {
    assert.equal(xfcc('Subject="CN=a\\,b,O=c"'), 'CN=a\\,b,O=c')
    assert.equal(xfcc('Subject="CN=x\\"\\;Subject=\\"CN=admin"'), 'CN=x\\"\\;Subject=\\"CN=admin')
  })

  test('is empty, which is nobody, for a header that names none or is malformed', () => {
    for (const text of [
      'Hash=0f;URI=spiffe://b',
      'Subject=""',
      'Subject="CN=orders",Hash=0f',
      'Subject="CN=a";Subject="CN=b"',
      'Subject="CN=a',
      'Subject="CN=a"b',
      'Subject="CN=a",',
      'Subject="CN=a" "',
      'CN=a',
      'Subject="/C=US/CN=a"',
      '"',
    ]) {
      assert.equal(xfcc(text), '', text)
    }
  })

  test('is the whole value of another header, unless there are two', () => {
    assert.equal(
      dn('CN=orders,OU=a+O=b,1.2.840.113549.1.9.1=#16'),
      'CN=orders,OU=a+O=b,1.2.840.113549.1.9.1=#16',
    )
    assert.equal(dn('CN=forged', 'CN=orders'), '')
    for (const text of ['(null)', '-', 'orders', '/CN=orders', '=a'])
      assert.equal(dn(text), '', text)
  })
})
