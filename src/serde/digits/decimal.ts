/** Decimal numbers in JSON's notation, of any size and precision, without floating-point arithmetic. */

/** `coefficient` × 10^`exponent`. The coefficient does not end in a zero unless it is zero. */
export interface Decimal {
  readonly coefficient: bigint
  readonly exponent: number
  /** The number of digits in the coefficient. */
  readonly precision: number
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Larger exponents are cut to this limit: only the comparison of two such numbers is affected. */
const EXPONENT_LIMIT = 1e15

/** Parses a number in JSON's notation, with leading zeros allowed. Undefined for other texts. */
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

/** Removes trailing zeros in linear time; `/0+$/` backtracks at every run of zeros. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--
  return digits.slice(0, end)
}

/** Whether a number has no fraction. */
export function isInteger({ exponent }: Decimal): boolean {
  return exponent >= 0
}

/** Compares two numbers for `sort`: negative, zero or positive. */
export function compare(a: Decimal, b: Decimal): number {
  const bySign = sign(a) - sign(b)
  if (bySign !== 0 || sign(a) === 0) return bySign
  const byMagnitude = a.precision + a.exponent - (b.precision + b.exponent)
  if (byMagnitude !== 0) return sign(a) * byMagnitude
  // The magnitudes are equal, so the exponents differ by at most the number of digits.
  const shared = Math.min(a.exponent, b.exponent)
  return Number(scaled(a, shared) - scaled(b, shared))
}

/** Whether a number is an integral multiple of a divisor. No number is a multiple of zero. */
export function isMultiple(number: Decimal, divisor: Decimal): boolean {
  if (divisor.coefficient === 0n) return false
  if (number.coefficient === 0n) return true
  const shift = number.exponent - divisor.exponent
  if (shift >= 0) {
    return (
      (number.coefficient * powerOfTen(shift, divisor.coefficient)) % divisor.coefficient === 0n
    )
  }
  // Coefficients do not end in zeros, so a divisor with more trailing zeros cannot divide the number.
  return (
    -shift <= number.precision &&
    number.coefficient % (divisor.coefficient * 10n ** BigInt(-shift)) === 0n
  )
}

/** Returns a text that equals another number's text exactly when the numbers are equal. */
export function canonical({ coefficient, exponent }: Decimal): string {
  return `${coefficient}e${exponent}`
}

/** Returns all digits of an integer; undefined for fractions and for integers of more than `limit` digits. */
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

/** Computes 10^exponent modulo a number by repeated squaring, for exponents of any size. */
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
