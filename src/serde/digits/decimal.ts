/** Decimal numbers as JSON writes them, of any size and precision. No arithmetic in floating point. */

/** `coefficient` × 10^`exponent`; the coefficient doesn't end in a zero, unless it is zero. */
export interface Decimal {
  readonly coefficient: bigint
  readonly exponent: number
  /** How many digits the coefficient has. */
  readonly precision: number
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/**
 * Farther from zero no exponent is told from another: such numbers can only be compared with each other by
 * somebody who wants to see them confused.
 */
const EXPONENT_LIMIT = 1e15

/** The number that a text is, or undefined if it isn't written as JSON writes numbers (leading zeros are allowed). */
export function parseDecimal(text: string): Decimal | undefined {
  const match = NUMBER.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = withoutTrailingZeros(digits)
  if (significant === '') return { coefficient: 0n, exponent: 0, precision: 1 }
  const power = Math.max(-EXPONENT_LIMIT, Math.min(EXPONENT_LIMIT, Number(exponent)))
  return {
    coefficient: BigInt(sign + significant),
    exponent: power - fraction.length + digits.length - significant.length,
    precision: significant.length,
  }
}

/** A regular expression (`/0+$/`) would look at each run of zeros once for each of its digits. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--
  return digits.slice(0, end)
}

/** Whether there is nothing behind the decimal point. */
export function isInteger({ exponent }: Decimal): boolean {
  return exponent >= 0
}

/** Negative, zero or positive, as for `sort`. */
export function compare(a: Decimal, b: Decimal): number {
  const bySign = sign(a) - sign(b)
  if (bySign !== 0 || sign(a) === 0) return bySign
  const byMagnitude = a.precision + a.exponent - (b.precision + b.exponent)
  if (byMagnitude !== 0) return sign(a) * byMagnitude
  // Of one magnitude, so that the exponents differ by no more than the number of digits.
  const shared = Math.min(a.exponent, b.exponent)
  return Number(scaled(a, shared) - scaled(b, shared))
}

/** Whether a number is a divisor taken an integral number of times. Nothing is a multiple of zero. */
export function isMultiple(number: Decimal, divisor: Decimal): boolean {
  if (divisor.coefficient === 0n) return false
  if (number.coefficient === 0n) return true
  const shift = number.exponent - divisor.exponent
  if (shift >= 0) {
    return (
      (number.coefficient * powerOfTen(shift, divisor.coefficient)) % divisor.coefficient === 0n
    )
  }
  // Coefficients don't end in zeros, so that a divisor with more of them can't be in the number.
  return (
    -shift <= number.precision &&
    number.coefficient % (divisor.coefficient * 10n ** BigInt(-shift)) === 0n
  )
}

/** A text that two numbers share exactly when they are equal. */
export function canonical({ coefficient, exponent }: Decimal): string {
  return `${coefficient}e${exponent}`
}

/** All digits of an integer of up to `limit` digits; undefined of a fraction or of a longer number. */
export function integerText(number: Decimal, limit: number): string | undefined {
  if (!isInteger(number) || number.precision + number.exponent > limit) return undefined
  return scaled(number, 0).toString()
}

function sign({ coefficient }: Decimal): number {
  return coefficient > 0n ? 1 : coefficient < 0n ? -1 : 0
}

function scaled({ coefficient, exponent }: Decimal, target: number): bigint {
  return coefficient * 10n ** BigInt(exponent - target)
}

/** 10^exponent modulo a number, by repeated squaring: the exponent may be of any size. */
function powerOfTen(exponent: number, modulus: bigint): bigint {
  const positive = modulus < 0n ? -modulus : modulus
  let [result, factor, rest] = [1n % positive, 10n % positive, exponent]
  while (rest > 0) {
    if (rest % 2 === 1) result = (result * factor) % positive
    factor = (factor * factor) % positive
    rest = Math.floor(rest / 2)
  }
  return result
}
