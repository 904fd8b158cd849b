/** Java's .properties syntax. The cases were compared with java.util.Properties of Java 17. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatProperty, parseProperties } from '../../../src/config/properties-file.ts'

function pairsOf(text: string): [string, string][] {
  return parseProperties(Buffer.from(text, 'latin1')).map(({ key, value }) => [key, value])
}

const cases: [behaviour: string, text: string, pairs: [string, string][]][] = [
  ['= separates', 'a=1', [['a', '1']]],
  [': separates', 'a:1', [['a', '1']]],
  ['white space separates', 'a\t 1', [['a', '1']]],
  ['white space around a separator is dropped', ' a \f= \t1', [['a', '1']]],
  ['only the first separator separates', 'a= =b:c', [['a', '=b:c']]],
  ['white space at the end belongs to the value', 'a=1 \t', [['a', '1 \t']]],
  ['a key alone has an empty value', 'a', [['a', '']]],
  ['a value alone has an empty key', '=1', [['', '1']]],
  ['# and ! start comments', '# a=1\n  ! b=2\nc=#3', [['c', '#3']]],
  ['a comment is not continued', '# a \\\nb=1', [['b', '1']]],
  ['blank lines are nothing', '\n \t\f\n\r\n', []],
  [
    'lines end with LF, CR, or both',
    'a=1\nb=2\rc=3\r\nd=4',
    [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
      ['d', '4'],
    ],
  ],
  ['a backslash continues a line and drops the indent', 'a=1,\\\r\n   2,\\\n\t3', [['a', '1,2,3']]],
  [
    'two backslashes are one and continue nothing',
    'a=1\\\\\nb=2',
    [
      ['a', '1\\'],
      ['b', '2'],
    ],
  ],
  ['three backslashes are one and continue', 'a=1\\\\\\\n2', [['a', '1\\2']]],
  ['a continued line may look like a comment', 'a=1\\\n#2', [['a', '1#2']]],
  ['a line that continues nothing is nothing', '\\\n# a=1\n\\\nb=2', [['b', '2']]],
  ['a backslash at the end of the file is dropped', 'a=1\\', [['a', '1']]],
  ['a key may be continued', 'a\\\n b=1', [['ab', '1']]],
  ['escaped separators belong to the key', 'a\\=b\\:c\\ d=1', [['a=b:c d', '1']]],
  ['\\t, \\n, \\r and \\f are control characters', 'a=\\t\\n\\r\\f', [['a', '\t\n\r\f']]],
  ['\\u is any character', 'a=\\u20ac\\u00E9', [['a', '€é']]],
  ['other escapes are the character', 'a=\\q\\"\\b', [['a', 'q"b']]],
  ['bytes are ISO-8859-1', 'a=\xe9\x85', [['a', '\u00e9\u0085']]],
  [
    'duplicates are all there',
    'a=1\na=2',
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ],
]

for (const [behaviour, text, pairs] of cases) {
  test(behaviour, () => assert.deepEqual(pairsOf(text), pairs))
}

test('each pair knows the line on which it starts', () => {
  const entries = parseProperties(Buffer.from('# comment\n\na=1\\\n  2\nb=3'))
  assert.deepEqual(
    entries.map(({ line }) => line),
    [3, 5],
  )
})

test('a malformed \\u is refused with its line', () => {
  assert.throws(() => pairsOf('a=1\nb=\\u12g4'), /line 2: \\u must be followed by four hex digits/)
})

test('what formatProperty writes is read back, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (key, value) => {
      const line = formatProperty(key, value)
      assert.match(line, /^[ -~]*$/)
      assert.deepEqual(pairsOf(line), [[key, value]])
    }),
  )
})
