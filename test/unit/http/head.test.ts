/** What is wrong with heads, and what is read of headers that may come in many forms. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exchange } from '../../../src/http/exchange.ts'
import { bodyTypeOf, faultOfContentType } from '../../../src/http/head.ts'
import { asksToClose } from '../../../src/http/headers.ts'
import { fakeOwner } from './fake-owner.ts'
import { FakeResponse, fakeRequest } from './fake-response.ts'

type Headers = (readonly [name: string, value: string])[]

const { owner } = fakeOwner()
const JSON_TYPE = 'application/json'

const exchangeOf = (headers: Headers) =>
  new Exchange(new FakeResponse(), fakeRequest({ headers }), owner)

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

test('Connection is a list of items in any case', () => {
  for (const value of ['close', 'CLOSE', 'a, Close ,b', 'close,a', 'a,close']) {
    assert.equal(asksToClose(value), true, value)
  }
  for (const value of ['', 'closed', 'a-close', 'keep-alive']) {
    assert.equal(asksToClose(value), false, value)
  }
})
