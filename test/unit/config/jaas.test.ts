/** The login modules of Java. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseJaas, ValueFault } from '../../../src/config/index.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'

test('a module is known by its class name, and its options by theirs', () => {
  const text = `${PLAIN} required username="alice" password='a b' serviceName=kafka useKeyTab=true;`
  const { module, options } = parseJaas(text)
  assert.equal(module, 'PlainLoginModule')
  assert.deepEqual(Object.fromEntries(options), {
    username: 'alice',
    password: 'a b',
    serviceName: 'kafka',
    useKeyTab: 'true',
  })
})

test('lines, spaces around = and letter case of the flag are free', () => {
  const { options } = parseJaas(`\n  ${PLAIN} REQUIRED\n  username = "a"\n  password="b" ;\n`)
  assert.deepEqual(
    [...options],
    [
      ['username', 'a'],
      ['password', 'b'],
    ],
  )
})

test('a quoted value may hold anything', () => {
  const quoted = fc.string({ unit: 'grapheme' }).filter((text) => !/[\b\f\n\r\t]/.test(text))
  fc.assert(
    fc.property(quoted, quoted, (username, password) => {
      const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
      const text = `${PLAIN} required username=${quote(username)} password=${quote(password)};`
      assert.deepEqual([...parseJaas(text).options.values()], [username, password])
    }),
  )
})

const faulty = [
  '',
  PLAIN,
  `${PLAIN} required username="a"`,
  `${PLAIN} required username="a" password="hunter2;`,
  `${PLAIN} required username="a"; ${PLAIN} required username="b";`,
  `${PLAIN} sometimes username="a";`,
  'KafkaClient { some.Module required; };',
]

for (const text of faulty) {
  test(`"${text}" is refused without being repeated`, () => {
    assert.throws(
      () => parseJaas(text),
      (error: Error) => error instanceof ValueFault && !error.message.includes('hunter2'),
    )
  })
}
