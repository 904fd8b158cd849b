/** JSON numbers, without a loss between their decimal digits and what they mean. */
import { isDigit, type JsonText } from './json-text.ts'

/** So many decimal digits fit into a double, whatever they are. */
const EXACT_DIGITS = 15
/** More digits than any long has. */
const TOO_MANY_DIGITS = 20
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power)
const DECIMAL = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$/

const MINUS = 0x2d
const POINT = 0x2e

/** The digits that were scanned last. One for all: who scans reads it at once. */
const SCANNED = { end: 0, value: 0 }

/** Passes an integer of at most 15 digits. NaN, and passes nothing, when something else comes. */
export function passShortInteger(json: JsonText): number {
  const from = afterSign(json)
  scanDigits(json.bytes, from, 0)
  return passScanned(json, from, 0)
}

/**
 * Passes a number of fewer than 15 digits without an exponent: the quotient of two integers that are
 * exact, and so correctly rounded. NaN, and passes nothing, when something else comes.
 */
export function passShortDecimal(json: JsonText): number {
  const { bytes } = json
  const from = afterSign(json)
  scanDigits(bytes, from, 0)
  const point = SCANNED.end
  if (bytes[point] !== POINT) return passScanned(json, from, 0)
  scanDigits(bytes, point + 1, SCANNED.value)
  return passScanned(json, from, SCANNED.end - point - 1)
}

function afterSign(json: JsonText): number {
  return json.peek() === MINUS ? json.position + 1 : json.position
}

/** @param before what the digits before these were */
function scanDigits(bytes: Uint8Array, from: number, before: number): void {
  let end = from
  let value = before
  let byte = bytes[end] as number
  while (isDigit(byte)) {
    value = value * 10 + (byte - 0x30)
    byte = bytes[++end] as number
  }
  SCANNED.end = end
  SCANNED.value = value
}

/** @param decimals how many of the digits are behind the point */
function passScanned(json: JsonText, from: number, decimals: number): number {
  const { end, value } = SCANNED
  const size = end - from
  if (size === 0 || size > EXACT_DIGITS || goesOn(json.bytes[end] as number)) {
    return Number.NaN
  }
  const isNegative = from > json.position
  json.position = end
  const magnitude = value / (POWERS_OF_TEN[decimals] as number)
  return isNegative ? -magnitude : magnitude
}

/** What goes on with a number after its digits: `.`, `e` or `E`. */
function goesOn(char: number): boolean {
  return char === POINT || (char | 0x20) === 0x65
}

/**
 * What a number is, if it is an integer: `12`, `12.0` and `1.2e1` are the same.
 *
 * @param text a JSON number, not so long that an expression has much to try
 * @returns `undefined` of one with a fraction, `Infinity` of one that is beyond all longs
 */
export function integerOf(text: string): bigint | number | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  if (whole === undefined) return undefined
  const digits = `${whole}${fraction}`
  const kept = digits.replace(/0+$/, '')
  const significant = kept.replace(/^0+/, '')
  if (significant === '') return 0n
  // An exponent too large for a double is infinite, which is as good.
  const zeros = Number(exponent) - fraction.length + digits.length - kept.length
  if (zeros < 0) return undefined
  if (significant.length + zeros > TOO_MANY_DIGITS) return Number.POSITIVE_INFINITY
  return BigInt(`${sign}${significant}${'0'.repeat(zeros)}`)
}
