/** What text each type of key accepts, and what it says of other text. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bool,
  type ConfigOf,
  classNamed,
  each,
  ignored,
  int,
  type Key,
  list,
  long,
  oneOf,
  password,
  string,
  ValueFault,
} from '../../../src/config/define.ts'

const rest = { importance: 'low', doc: 'A sentence.' } as const

const keys = {
  int: int({ default: 0, ...rest }),
  'int, bounded': int({ default: 0, min: -1, max: 10, ...rest }),
  'long, at least 0': long({ default: 0, min: 0, ...rest }),
  bool: bool({ default: false, ...rest }),
  string: string({ default: '', ...rest }),
  password: password(rest),
  enum: oneOf(['error', 'return'], { default: 'error', ...rest }),
  'enum of upper case, or empty': oneOf(['URL', ''], { default: '', ...rest }),
  class: classNamed(['First', 'Second'], { default: 'First', ...rest }),
  list: list({ default: [], ...rest }),
  'list of upper case': list({
    default: [],
    parseItem(item) {
      if (/[^a-z]/.test(item)) throw new ValueFault('letters')
      return item.toUpperCase()
    },
    ...rest,
  }),
} satisfies Record<string, Key<unknown>>

const accepted: [keyof typeof keys, string, unknown][] = [
  ['int', ' 42 ', 42],
  ['int', '+7', 7],
  ['int', '-2147483648', -2147483648],
  ['int, bounded', '-1', -1],
  ['long, at least 0', '9007199254740991', 9007199254740991],
  ['bool', 'TRUE', true],
  ['bool', ' false', false],
  ['string', ' a b ', 'a b'],
  ['password', ' a b ', 'a b'],
  ['enum', 'Return', 'return'],
  ['enum of upper case, or empty', 'url', 'URL'],
  ['enum of upper case, or empty', ' ', ''],
  ['class', 'com.example.Second ', 'Second'],
  ['class', 'First', 'First'],
  ['list', '', []],
  ['list', ' a , b,,c ', ['a', 'b', 'c']],
  ['list of upper case', 'a,b', ['A', 'B']],
]

for (const [key, text, value] of accepted) {
  test(`${key} reads "${text}" as ${JSON.stringify(value)}`, () => {
    assert.deepEqual(keys[key].parse(text), value)
  })
}

const refusedTexts: [keyof typeof keys, string, string][] = [
  ['int', '', 'a whole number'],
  ['int', '1.5', 'a whole number'],
  ['int', '1e3', 'a whole number'],
  ['int', '2147483648', 'a whole number'],
  ['int, bounded', '11', 'a whole number, -1 to 10'],
  ['long, at least 0', '-1', 'a whole number, at least 0'],
  ['long, at least 0', '9007199254740993', 'a whole number, at least 0'],
  ['bool', 'yes', 'true or false'],
  ['enum', 'drop', 'one of error, return'],
  ['enum of upper case, or empty', 'none', 'one of URL, empty'],
  ['class', 'second', 'one of First, Second, with or without a package'],
  ['list of upper case', 'a,1,b,2', 'letters instead of "1"; letters instead of "2"'],
]

for (const [key, text, expected] of refusedTexts) {
  test(`${key} refuses "${text}"`, () => {
    assert.throws(() => keys[key].parse(text), new ValueFault(expected))
  })
}

test('lists are frozen', () => {
  assert.ok(Object.isFrozen(keys.list.parse('a,b')))
})

test('a table gives its values their types, and inert keys no value', () => {
  const table = { ...each(['gone', 'away'], ignored('no reason')), mode: keys.enum, size: keys.int }
  const config: ConfigOf<typeof table> = { mode: 'return', size: 1 }
  // @ts-expect-error A misspelt key must not compile.
  assert.equal(config['sice'], undefined)
  // @ts-expect-error An inert key has no value.
  assert.equal(config['gone'], undefined)
})
