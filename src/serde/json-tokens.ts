/** Strings and numbers in JSON texts that are known to be well-formed: where they end, and what numbers are. */
import { PayloadError } from './codec.ts'
import { parseDecimal } from './decimal.ts'

/** The original's limit: the work on a number grows faster than its length. */
const MAX_NUMBER_LENGTH = 1000

const BACKSLASH = 0x5c
const ZERO = 0x30
const NINE = 0x39

/** Behind the closing quote of the string that starts at a place. */
export function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1)
  while (end > 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end < 0 ? json.length : end + 1
}

function isEscaped(json: string, at: number): boolean {
  let before = at - 1
  while (json.charCodeAt(before) === BACKSLASH) before--
  return (at - before) % 2 === 0
}

/**
 * Behind the number that starts at a place.
 *
 * @throws {PayloadError} when it has more than 1000 characters
 */
export function endOfNumber(json: string, start: number): number {
  let end = start + 1
  while (end < json.length && isOfNumber(json.charCodeAt(end))) end++
  if (end - start > MAX_NUMBER_LENGTH) {
    throw new PayloadError(`a number of more than ${MAX_NUMBER_LENGTH} characters`)
  }
  return end
}

/** Digits, `+`, `-`, `.`, `E` and `e`. */
function isOfNumber(code: number): boolean {
  return (
    (code >= ZERO && code <= NINE) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x2e ||
    (code | 0x20) === 0x65
  )
}

/** Decimals of up to 15 digits and doubles of these sizes stand in the same order, and none shares its double. */
export function fitsDouble(text: string): boolean {
  if (text.length <= 15 && !/[eE]/.test(text)) return true
  const decimal = parseDecimal(text)
  if (decimal === undefined || decimal.precision > 15) return false
  return Math.abs(decimal.exponent + decimal.precision) <= 305
}
