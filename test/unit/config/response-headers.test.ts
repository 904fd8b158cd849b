/** `response.http.headers.config`: its grammar, and what it refuses. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseHeaderRules, ValueFault } from '../../../src/config/index.ts'

const rules = (text: string) =>
  parseHeaderRules(text).map(({ action, name, value }) => [action, name, value])

describe('rules for headers', () => {
  test('have an action, a name and a value', () => {
    assert.deepEqual(rules(''), [])
    assert.deepEqual(rules('add X-Frame-Options: DENY,set X-A:b,  addDate Expires: -60000 '), [
      ['add', 'X-Frame-Options', 'DENY'],
      ['set', 'X-A', 'b'],
      ['add', 'Expires', -60_000],
    ])
    assert.deepEqual(rules('setDate Expires: 31540000000'), [['set', 'Expires', 31_540_000_000]])
    assert.deepEqual(rules('set X-Empty:'), [['set', 'X-Empty', '']])
  })

  test('are quoted as a whole when they contain commas', () => {
    assert.deepEqual(
      rules('"add Cache-Control: no-cache, no-store", "set X-Q: \\"a\\\\b\\"" ,add X-C: 1; mode=x'),
      [
        ['add', 'Cache-Control', 'no-cache, no-store'],
        ['set', 'X-Q', '"a\\b"'],
        ['add', 'X-C', '1; mode=x'],
      ],
    )
  })

  test('are faults when they are malformed', () => {
    for (const text of [
      'X-A: b',
      'put X-A: b',
      'SET X-A: b',
      'set X A: b',
      'set X-A b',
      'set : b',
      'set X-A: "b, c"',
      '"set X-A: b',
      'setDate Expires: soon',
      'set X-A: b\r\nX-B: c',
      'set X-A: é',
    ]) {
      assert.throws(() => parseHeaderRules(text), ValueFault, text)
    }
  })

  test('are faults for fields that the server computes', () => {
    for (const name of ['Content-Length', 'connection', 'Transfer-Encoding', 'Date']) {
      assert.throws(() => parseHeaderRules(`set ${name}: 1`), ValueFault, name)
    }
  })
})
