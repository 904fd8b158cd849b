/** Integers in paths and query strings, as the original parses them. */
import { RestError } from '../errors.ts'

/** The largest int of Java, which is the limit of integers without another one. */
export const MAX_INT = 2 ** 31 - 1

const INT = /^[+-]?\d{1,10}$/
const LONG = /^[+-]?\d{1,19}$/

/** Parses an int. Throws 404 for another text (docs/conformance.md#3.2-parameter). */
export function intOf(text: string): number {
  const number = INT.test(text) ? Number(text) : Number.NaN
  if (!(Math.abs(number) <= MAX_INT)) throw new RestError('NOT_FOUND')
  return number
}

/** Parses a long, whose digits beyond those of a double are lost. Throws 404 for another text. */
export function longOf(text: string): number {
  if (!LONG.test(text)) throw new RestError('NOT_FOUND')
  return Number(text)
}
