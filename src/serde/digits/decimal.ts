/**
 * Decimal numbers in JSON's notation, of any size and precision, without floating-point arithmetic. All functions but
 * `isMultiple` work on digits, in time proportional to their number.
 */

/** `sign` × `digits` × 10^`exponent`. The digits have no leading and no trailing zeros; zero has none. */
export interface Decimal {
  readonly sign: -1 | 0 | 1
  readonly digits: string
  readonly exponent: number
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Larger exponents are cut to this limit: only the comparison of two such numbers is affected. */
const EXPONENT_LIMIT = 1e15

const ZERO: Decimal = { sign: 0, digits: '', exponent: 0 }

/** Parses a number in JSON's notation, with leading zeros allowed. Undefined for other texts. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = NUMBER.exec(text)
  if (match === null) return undefined
  const [, minus, whole = '', fraction = '', exponent = '0'] = match
  const all = whole + fraction
  const first = firstNonZero(all)
  if (first === all.length) return ZERO
  const end = behindLastNonZero(all)
  const power = Math.max(-EXPONENT_LIMIT, Math.min(EXPONENT_LIMIT, Number(exponent)))
  return {
    sign: minus === '-' ? -1 : 1,
    digits: all.slice(first, end),
    exponent: power - fraction.length + all.length - end,
  }
}

const CODE_OF_ZERO = 0x30

function firstNonZero(digits: string): number {
  let first = 0
  while (digits.charCodeAt(first) === CODE_OF_ZERO) first++
  return first
}

/** `/0+$/` backtracks at every run of zeros. */
function behindLastNonZero(digits: string): number {
  let end = digits.length
  while (digits.charCodeAt(end - 1) === CODE_OF_ZERO) end--
  return end
}

/** Returns the number of significant digits, at least one. */
export function precisionOf({ digits }: Decimal): number {
  return Math.max(1, digits.length)
}

/** Whether a number has no fraction. */
export function isInteger({ exponent }: Decimal): boolean {
  return exponent >= 0
}

/** Compares two numbers for `sort`: negative, zero or positive. */
export function compare(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign || a.sign === 0) return a.sign - b.sign
  const byMagnitude = a.digits.length + a.exponent - (b.digits.length + b.exponent)
  if (byMagnitude !== 0) return a.sign * byMagnitude
  // The first digits have the same weight, so the order is that of the texts.
  return a.sign * (a.digits < b.digits ? -1 : a.digits > b.digits ? 1 : 0)
}

/** Whether a number is an integral multiple of a divisor. No number is a multiple of zero. */
export function isMultiple(number: Decimal, divisor: Decimal): boolean {
  if (divisor.sign === 0) return false
  if (number.sign === 0) return true
  const shift = number.exponent - divisor.exponent
  // Digits do not end in zeros, so a divisor with more trailing zeros cannot divide the number.
  if (-shift > number.digits.length) return false
  const [up, down] = [Math.min(Math.max(shift, 0), enoughTens(divisor)), Math.max(-shift, 0)]
  return (
    (BigInt(number.digits) * 10n ** BigInt(up)) % (BigInt(divisor.digits) * 10n ** BigInt(down)) ===
    0n
  )
}

/**
 * Returns the number of tens above which further ones cannot help a divisor: it has fewer factors of two and five than
 * bits.
 */
function enoughTens({ digits }: Decimal): number {
  return 4 * digits.length
}

/** Returns an upper bound on the work of `isMultiple`, in multiplications of 16 digits. */
export function workOfMultiple(number: Decimal, divisor: Decimal): number {
  const shift = Math.abs(number.exponent - divisor.exponent)
  const tens = Math.min(shift, enoughTens(divisor) + number.digits.length)
  return 1 + ((number.digits.length + tens) * (divisor.digits.length + tens)) / 256
}

/** Returns a text that equals another number's text exactly when the numbers are equal. */
export function canonical({ sign, digits, exponent }: Decimal): string {
  return `${sign < 0 ? '-' : ''}${digits}e${exponent}`
}

/** Returns all digits of an integer; undefined for fractions and for integers of more than `limit` digits. */
export function integerText(number: Decimal, limit: number): string | undefined {
  if (!isInteger(number) || precisionOf(number) + number.exponent > limit) return undefined
  if (number.sign === 0) return '0'
  return `${number.sign < 0 ? '-' : ''}${number.digits}${'0'.repeat(number.exponent)}`
}
