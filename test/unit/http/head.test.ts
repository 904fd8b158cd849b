/** What is wrong with heads, and what is read of headers that may come in many forms. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exchange } from '../../../src/http/exchange.ts'
import { bodyTypeOf, faultOfContentType, faultOfHead } from '../../../src/http/head.ts'
import { readHeaders } from '../../../src/http/headers.ts'
import { fakeOwner } from './fake-owner.ts'
import { FakeResponse, fakeRequest } from './fake-response.ts'

type Headers = (readonly [name: string, value: string])[]

const { owner } = fakeOwner()
const JSON_TYPE = 'application/json'

const exchangeOf = (headers: Headers) =>
  new Exchange(new FakeResponse(), fakeRequest({ headers }), owner)

test('where a body ends is said once, in a way that we understand', () => {
  const good: Headers[] = [
    [],
    [['content-length', '0']],
    [['transfer-encoding', 'chunked']],
    [['transfer-encoding', 'Chunked']],
  ]
  for (const headers of good) assert.equal(faultOfHead(exchangeOf(headers)), undefined)
  const bad: Headers[] = [
    [['content-length', '']],
    [['transfer-encoding', '']],
    [['transfer-encoding', 'gzip']],
    [
      ['content-length', '1'],
      ['transfer-encoding', 'chunked'],
    ],
    [
      ['content-length', '1'],
      ['content-length', '1'],
    ],
    [
      ['transfer-encoding', 'chunked'],
      ['trailer', 'x'],
    ],
  ]
  for (const headers of bad) {
    assert.equal(faultOfHead(exchangeOf(headers))?.code, 400, JSON.stringify(headers))
  }
})

test('a host is one, and one that may stand in a URL', () => {
  for (const host of ['', 'a', 'a:1', 'a:', '127.0.0.1:80', '[::1]:80', 'a%20b']) {
    assert.equal(faultOfHead(exchangeOf([['host', host]])), undefined, host)
  }
  for (const host of ['a/b', 'u@a', 'a b', 'a:x', '[::1', 'a%2']) {
    assert.equal(faultOfHead(exchangeOf([['host', host]]))?.code, 400, host)
  }
  const twice: Headers = [
    ['host', 'a'],
    ['host', 'a'],
  ]
  assert.equal(faultOfHead(exchangeOf(twice))?.code, 400)
})

test('a message shows the beginning of a header', () => {
  const fault = faultOfHead(exchangeOf([['host', '@'.repeat(10_000)]]))
  assert.match(fault?.message ?? '', /@{100}"/)
  assert.ok((fault?.message.length ?? 0) < 300)
})

test('the type of a body is one that the route takes; a range will do without a body', () => {
  const codeOf = (type: string, consumes: readonly string[] | 'any', ...more: Headers) => {
    const exchange = exchangeOf([['content-type', type], ...more])
    return faultOfContentType(exchange, consumes)?.code
  }
  const takes = [JSON_TYPE]
  for (const type of ['', JSON_TYPE, 'Application/JSON; charset=utf-8', 'application/*', '*/*']) {
    assert.equal(codeOf(type, takes), undefined, type)
  }
  assert.equal(codeOf('text/csv', takes), 415)
  assert.equal(codeOf('text/*', takes), 415)
  assert.equal(codeOf('text/csv', 'any'), undefined)
  for (const consumes of [takes, 'any'] as const) assert.equal(codeOf('json', consumes), 400)
  assert.equal(codeOf('application/*', takes, ['content-length', '1']), 415)
  assert.equal(codeOf(JSON_TYPE, takes, ['content-length', '1']), undefined)
})

test('a body has the essence of its type, or none', () => {
  const typeOf = (type: string) => bodyTypeOf(exchangeOf([['content-type', type]]))
  assert.equal(typeOf('Application/JSON;a=b'), JSON_TYPE)
  assert.equal(typeOf('*/*'), '')
  assert.equal(typeOf(''), '')
})

test('headers are counted with all that is around them', () => {
  const read = (headers: Headers) => readHeaders(fakeRequest({ headers }))
  assert.equal(read([]).bytes, 0)
  assert.equal(
    read([
      ['a', '12'],
      ['bc', ''],
    ]).bytes,
    3 + 4 + 2 + 4,
  )
  const facts = read([
    ['content-length', '1'],
    ['transfer-encoding', 'x'],
    ['host', 'a'],
    ['host', 'b'],
  ])
  assert.deepEqual([facts.framing, facts.hosts], [2, 2])
})

test('Connection and Expect are lists of items in any case, in one header or in several', () => {
  const read = (name: string, ...values: string[]) =>
    readHeaders(fakeRequest({ headers: values.map((value) => [name, value] as const) }))
  for (const values of [['close'], ['CLOSE'], ['a, Close ,b'], ['close', 'a'], ['a', 'close']]) {
    assert.equal(read('connection', ...values).closes, true, values.join('|'))
  }
  for (const value of ['', 'closed', 'a-close', 'keep-alive']) {
    assert.equal(read('connection', value).closes, false, value)
  }
  for (const value of ['100-Continue', 'a, 100-continue', '100-CONTINUE,']) {
    assert.equal(read('expect', value).awaitsInvitation, true, value)
  }
  // uWebSockets.js has answered the first one by itself.
  for (const value of ['100-continue', '', '100-continued']) {
    assert.equal(read('expect', value).awaitsInvitation, false, value)
  }
})
