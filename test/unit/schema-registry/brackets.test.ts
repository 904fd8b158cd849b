/** Brackets that are counted before anybody parses. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAnswer } from '../../../src/schema-registry/answers.ts'
import { bracketsOf } from '../../../src/schema-registry/brackets.ts'

test('brackets in strings are no brackets', () => {
  assert.deepEqual(bracketsOf('{"a":"[[[\\"{{{","b":[[]]}', 'json'), {
    depth: 3,
    count: 3,
    commas: 1,
  })
  assert.deepEqual(bracketsOf(`["'",["'"]]`, 'json'), { depth: 2, count: 2, commas: 1 })
})

test('those of comments are none in Protobuf, but are in JSON, which has no comments', () => {
  const text = "message A { // don't [[[\n /* {{{ */ string b = 1 [x = '{{'];}"
  assert.deepEqual(bracketsOf(text, 'protobuf'), { depth: 2, count: 2, commas: 0 })
  assert.deepEqual(bracketsOf('[ // [', 'json'), { depth: 2, count: 2, commas: 0 })
})

test('a quote that is never closed hides nothing', () => {
  assert.equal(bracketsOf('"a\n[[', 'json').depth, 2)
  assert.equal(bracketsOf("'a\n[[", 'protobuf').depth, 2)
  assert.equal(bracketsOf('"', 'json').depth, 0)
  assert.equal(bracketsOf('"\\', 'json').depth, 0)
})

test('the depth of any JSON value is that of its containers', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
      : 0
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(bracketsOf(JSON.stringify(value), 'json').depth, depthOf(value))
    }),
  )
})

test('answers of a registry are flat, and lists of moderate length', () => {
  const brackets = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  parseAnswer(brackets(16))
  assert.throws(() => parseAnswer(brackets(17)), SyntaxError)
  assert.throws(() => parseAnswer('['.repeat(2_000_000)), SyntaxError)
  parseAnswer(`[${'{},'.repeat(19_999)}{}]`)
  assert.throws(() => parseAnswer(`[${'{},'.repeat(20_000)}{}]`), SyntaxError)
  assert.throws(() => parseAnswer(`[${'0,'.repeat(40_000)}0]`), SyntaxError)
  assert.deepEqual(parseAnswer(`{"schema":"${'['.repeat(100)}"}`), { schema: '['.repeat(100) })
})
