/** Decimals: what is equal, what is greater, what is a multiple, against rational arithmetic. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  canonical,
  compare,
  type Decimal,
  integerText,
  isInteger,
  isMultiple,
  parseDecimal,
} from '../../../src/serde/digits/decimal.ts'

function decimal(text: string): Decimal {
  const parsed = parseDecimal(text)
  assert.ok(parsed, text)
  return parsed
}

const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 30n }),
    fc.option(fc.stringMatching(/^\d{1,25}$/), { nil: '' }),
    fc.option(fc.integer({ min: -40, max: 40 }), { nil: 0 }),
  )
  .map(([sign, whole, fraction, exponent]) => {
    const point = fraction === '' ? '' : `.${fraction}`
    return `${sign}${whole}${point}${exponent === 0 ? '' : `e${exponent}`}`
  })

/** A number times 10^80, which is integral for all that `numberText` makes. */
function scaled(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return BigInt(whole + fraction) * 10n ** BigInt(80 + Number(exponent) - fraction.length)
}

test('order is that of the numbers', () => {
  fc.assert(
    fc.property(numberText, numberText, (a, b) => {
      const difference = scaled(a) - scaled(b)
      const expected = difference > 0n ? 1 : difference < 0n ? -1 : 0
      assert.equal(Math.sign(compare(decimal(a), decimal(b))), expected)
      assert.equal(canonical(decimal(a)) === canonical(decimal(b)), expected === 0)
    }),
  )
})

test('multiples are those of the numbers', () => {
  fc.assert(
    fc.property(numberText, numberText, fc.boolean(), (a, b, related) => {
      const number = related ? `${BigInt(a.split('.')[0]?.split('e')[0] ?? '0')}e3` : a
      if (scaled(b) === 0n) return
      assert.equal(isMultiple(decimal(number), decimal(b)), scaled(number) % scaled(b) === 0n)
    }),
  )
})

test('integers are those without a fraction', () => {
  fc.assert(
    fc.property(numberText, (text) => {
      const isWhole = scaled(text) % 10n ** 80n === 0n
      assert.equal(isInteger(decimal(text)), isWhole)
      const whole = scaled(text) / 10n ** 80n
      assert.equal(integerText(decimal(text), 200), isWhole ? `${whole}` : undefined)
    }),
  )
})

test('exponents of any size are compared without being written out', () => {
  assert.ok(compare(decimal('1e999999999'), decimal('1e999999998')) > 0)
  assert.ok(compare(decimal('-1e999999999'), decimal('1e-999999998')) < 0)
  assert.ok(compare(decimal('1e-999999999999999999999'), decimal('0')) > 0)
  assert.ok(isMultiple(decimal('6e999999999'), decimal('4')))
  assert.ok(!isMultiple(decimal('1e999999999'), decimal('3')))
  assert.ok(!isMultiple(decimal('1e-999999999'), decimal('3')))
  assert.equal(integerText(decimal('1e999999999'), 20), undefined)
})

test('0.3 is a multiple of 0.1, and nothing one of zero', () => {
  assert.ok(isMultiple(decimal('0.3'), decimal('0.1')))
  assert.ok(isMultiple(decimal('-19.99'), decimal('0.01')))
  assert.ok(!isMultiple(decimal('19.995'), decimal('0.01')))
  assert.ok(!isMultiple(decimal('1'), decimal('0')))
})

test('what JSON does not write is no decimal', () => {
  for (const text of ['', '+1', '.5', '1.', '0x10', 'NaN', ' 1', '1e', '--1']) {
    assert.equal(parseDecimal(text), undefined, text)
  }
})
