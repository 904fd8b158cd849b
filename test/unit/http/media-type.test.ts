/** Accept headers against what a route can answer with, and Content-Type headers. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoize, negotiate, type Offer, parseContentType } from '../../../src/http/media-type.ts'

const V2 = 'application/vnd.kafka.v2+json'
const BINARY = 'application/vnd.kafka.binary.v2+json'
const JSON_V2 = 'application/vnd.kafka.json.v2+json'

/** As of reads: the binary handler is preferred, in either of its types. */
const OFFERS: readonly Offer[] = [
  { type: JSON_V2, quality: 0.1 },
  { type: V2, quality: 0.9 },
  { type: BINARY, quality: 1 },
]

function chosen(accept: string): string | undefined {
  return OFFERS[negotiate(accept, OFFERS) ?? assert.fail('malformed')]?.type
}

const cases: [accept: string, expected: string | undefined][] = [
  // Nobody asks: what we like best.
  ['', BINARY],
  ['*/*', BINARY],
  ['application/*', BINARY],
  // By name, however it is written.
  [V2, V2],
  [JSON_V2.toUpperCase(), JSON_V2],
  [`  ${JSON_V2} ; charset=utf-8 `, JSON_V2],
  // The client's weight before ours, ours when those are equal.
  [`${JSON_V2}; q=0.9, ${V2}; q=0.5`, JSON_V2],
  [`${JSON_V2}, ${V2}, application/json`, V2],
  [`${JSON_V2};Q=0.4,${BINARY};q=0.3`, JSON_V2],
  // A name before a range, whatever their weights.
  [`${JSON_V2}; q=0.1, application/*; q=0.9, */*`, JSON_V2],
  [`application/*; q=0.1, */*; q=0.9`, BINARY],
  // Refused by name, others are left.
  [`${BINARY}; q=0, */*`, V2],
  [`${BINARY}; q=0.0, ${V2};q=0, */*;q=0.1`, JSON_V2],
  // Nothing fits.
  ['application/json', undefined],
  ['text/*', undefined],
  ['*/*; q=0', undefined],
  [`${BINARY}; q=0`, undefined],
  // Empty entries, and types alone.
  [',,,', undefined],
  [`,${V2},`, V2],
  ['*', BINARY],
  ['application', BINARY],
  ['nonsense', undefined],
  // What Java's HttpURLConnection sends by itself.
  ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', BINARY],
  // Parameters: quoted commas and semicolons separate nothing.
  [`${JSON_V2}; a="x, y; q=0"; q=1.0, ${V2};q=0.999`, JSON_V2],
  [`${JSON_V2}; a="\\""; q=0, ${V2};`, V2],
]

for (const [accept, expected] of cases) {
  test(`Accept: ${accept} gives ${expected}`, () => {
    assert.equal(chosen(accept), expected)
  })
}

test('of equal offers the first is taken', () => {
  const equal = [
    { type: 'a/a', quality: 1 },
    { type: 'a/b', quality: 1 },
  ]
  assert.equal(negotiate('*/*', equal), 0)
  assert.equal(negotiate('a/b, a/a', equal), 0)
})

for (const accept of [
  'application/',
  '/json',
  'a/b c/d',
  'a/b/c',
  'a/b; q',
  'a/b; c="open',
  'a/b; q=',
  'a/b; q=.',
  'a/b; q=9',
  'a/b; q=0.1.2',
  'a/b; q=-1',
  'a@b',
  'ä/b',
]) {
  test(`Accept: ${accept} is malformed`, () => assert.equal(negotiate(accept, OFFERS), undefined))
}

const contentTypes: [header: string, kind: string, essence?: string][] = [
  [' Application/JSON ; charset=UTF-8; q=1', 'type', 'application/json'],
  ['a/b;', 'type', 'a/b'],
  ['a/b; c="d, e/f"', 'type', 'a/b'],
  ['*/*', 'range', '*/*'],
  ['Application/*;q=0.1', 'range', 'application/*'],
  ['*', 'malformed'],
  ['json', 'malformed'],
  ['a/', 'malformed'],
  ['a/b, c/d', 'malformed'],
  ['a/b; charset', 'malformed'],
  ['a b', 'malformed'],
  ['', 'malformed'],
]

for (const [header, kind, essence] of contentTypes) {
  test(`Content-Type: ${header} is ${kind}`, () => {
    const expected = essence === undefined ? { kind } : { kind, essence }
    assert.deepEqual(parseContentType(header), expected)
  })
}

test('answers are remembered, also undefined ones, and only so many', () => {
  const asked: string[] = []
  const answer = memoize((header) => {
    asked.push(header)
    return header === 'none' ? undefined : header.length
  }, 2)
  const answers = ['a', 'none', 'a', 'none', 'third', 'a'].map(answer)
  assert.deepEqual(answers, [1, undefined, 1, undefined, 5, 1])
  assert.deepEqual(asked, ['a', 'none', 'third', 'a'])
})

test('long headers are answered, and not remembered', () => {
  let asked = 0
  const answer = memoize((header) => {
    asked++
    return header.length
  })
  for (const length of [256, 257]) {
    asked = 0
    const answers = [1, 2].map(() => answer('x'.repeat(length)))
    assert.deepEqual([answers, asked], [[length, length], length - 255])
  }
})

test('of an Accept header the first fifty ranges count', () => {
  const behind = (others: number) => `${'a/b,'.repeat(others)}${V2}`
  assert.equal(chosen(behind(49)), V2)
  assert.equal(chosen(behind(50)), undefined)
})

test('an offer for some Accept headers is not there for others', () => {
  const page = { type: 'text/html', quality: 1, onlyFor: /^text\/html(?:$|,)/ }
  const offers = [{ type: V2, quality: 1 }, page]
  assert.equal(negotiate('text/html', offers), 1)
  assert.equal(negotiate('text/html, */*;q=0.1', offers), 1)
  assert.equal(negotiate(`${V2}, text/html`, offers), 0)
  assert.equal(negotiate('text/html;q=1', offers), -1)
  assert.equal(negotiate('', offers), 0)
})
