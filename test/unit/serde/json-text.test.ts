/** Texts made compact, and numbers that keep what doubles lose. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PayloadError } from '../../../src/serde/codec.ts'
import { readJsonText, refuseLostMembers } from '../../../src/serde/digits/json-text.ts'
import { parseKeepingDigits } from '../../../src/serde/digits/kept-digits.ts'

test('compact is what JSON.stringify makes of it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t', '\r\n '), (json, indent) => {
      const value: unknown = JSON.parse(json)
      const compact = JSON.stringify(value)
      assert.equal(readJsonText(JSON.stringify(value, null, indent)).compact, compact)
    }),
  )
})

test('no white space inside a string is touched, nor a digit', () => {
  const text = String.raw` { "a b\" c\\" : [ 1.10 , 1e400 , -0.0 , "\u0020 \n" ] , "" : null } `
  assert.equal(
    readJsonText(text).compact,
    String.raw`{"a b\" c\\":[1.10,1e400,-0.0,"\u0020 \n"],"":null}`,
  )
})

test('a text keeps its letters, of whatever script, when white space is dropped', () => {
  for (const letters of ['plain', 'é ÿ', 'π', '\u2028 \u3000', '😀 \ud83d']) {
    assert.equal(readJsonText(`[ "${letters}",\t1 ]`).compact, `["${letters}",1]`)
  }
})

test('a member whose name is that of the prototype is a member, with all its digits', () => {
  const { holder, digits } = parseKeepingDigits('{"__proto__":12345678901234567890}')
  const object = holder.value as object
  assert.deepEqual(Object.keys(object), ['__proto__'])
  assert.equal(digits.textOf(object, '__proto__'), '12345678901234567890')
})

test('numbers that no double is are found', () => {
  for (const text of [
    '1',
    '-1.5',
    '123456789012345',
    '[1e300]',
    '"12345678901234567890"',
    '1e-9',
  ]) {
    assert.ok(readJsonText(text).fitsDoubles, text)
  }
  for (const text of ['9007199254740993', '[1e400]', '{"a":0.1234567890123456789}', '1e-320']) {
    assert.ok(!readJsonText(text).fitsDoubles, text)
  }
  assert.ok(readJsonText('1000000000000000000000').fitsDoubles, 'zeros are no digits that count')
})

test('depth and length of numbers are bounded', () => {
  const nested = (depth: number) => '[{"a":'.repeat(depth / 2) + 1 + '}]'.repeat(depth / 2)
  assert.equal(readJsonText(nested(1000)).compact, nested(1000))
  assert.throws(() => readJsonText(nested(1002)), new PayloadError('nested deeper than 1000'))
  assert.throws(() => readJsonText(`[${'1'.repeat(1001)}]`), PayloadError)
  assert.equal(readJsonText(`"${'['.repeat(5000)}"`).compact.length, 5002)
})

test('members that JSON.parse loses are missed', () => {
  const check = (json: string) => refuseLostMembers(JSON.parse(json), readJsonText(json).members)
  for (const json of ['{"a":1,"b":{"a":[{"a":":"}]}}', '{"__proto__":1}', '":"', '[]', '{"":{}}']) {
    check(json)
  }
  for (const json of ['{"a":1,"a":1}', '[[{"a":{"b":1,"\\u0062":2}}]]']) {
    assert.throws(() => check(json), PayloadError)
  }
})

test('the parser agrees with JSON.parse', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'medium' }), (json) => {
      const { compact } = readJsonText(json)
      const { value } = parseKeepingDigits(compact).holder
      assert.equal(JSON.stringify(value), JSON.stringify(JSON.parse(json)))
    }),
  )
})

test('digits are kept where they stand, and what stands there has the right kind', () => {
  const text =
    '{"big":12345678901234567890,"list":[1,9007199254740993.5,1e400,-1e400],"tiny":1e-400,"small":1}'
  const { holder, digits } = parseKeepingDigits(text)
  const value = holder.value as { list: number[]; tiny: number; big: number; small: number }
  assert.equal(digits.textOf(value, 'big'), '12345678901234567890')
  assert.equal(digits.textOf(value.list, 1), '9007199254740993.5')
  assert.equal(digits.textOf(value, 'tiny'), '1e-400')
  assert.equal(digits.textOf(value, 'small'), undefined)
  assert.ok(Number.isInteger(value.big))
  assert.ok(!Number.isInteger(value.list[1]))
  assert.ok(Number.isFinite(value.list[2]) && Number.isInteger(value.list[2]))
  assert.ok((value.list[3] ?? 0) < 0)
  assert.ok(!Number.isInteger(value.tiny))
})

test('the last of several members of one name counts, with its digits', () => {
  const { holder, digits } = parseKeepingDigits('{"a":9007199254740993,"a":2}')
  assert.deepEqual(holder.value, { a: 2 })
  assert.equal(digits.textOf(holder.value as object, 'a'), undefined)
})

test('a number alone has digits too', () => {
  const { holder, digits } = parseKeepingDigits('18446744073709551615')
  assert.equal(digits.textOf(holder, 'value'), '18446744073709551615')
})

test('__proto__ is a name like others', () => {
  const { holder } = parseKeepingDigits('{"__proto__":{"a":1}}')
  assert.deepEqual(Object.keys(holder.value as object), ['__proto__'])
})
