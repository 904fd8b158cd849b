/** Texts in JSON may have halves of surrogate pairs, as escapes. No text in a payload can. */
import { PayloadError } from '../codec.ts'

/** The escape of half of a pair, which may have its other half. */
const SURROGATE = /\\u[dD][89a-fA-F]/

/** To an expression in Unicode mode a pair is one character. */
const HALF = /\p{Surrogate}/u

/** @throws {PayloadError} when one half stands without the other in a text or a name: it would become another character */
export function refuseHalves(json: string): void {
  if (SURROGATE.test(json)) refuseHalvesIn(JSON.parse(json))
}

function refuseHalvesIn(value: unknown): void {
  if (typeof value === 'string') refuseHalf(value)
  else if (Array.isArray(value)) value.forEach(refuseHalvesIn)
  else if (typeof value === 'object' && value !== null) {
    Object.keys(value).forEach(refuseHalf)
    Object.values(value).forEach(refuseHalvesIn)
  }
}

function refuseHalf(text: string): void {
  if (HALF.test(text)) throw new PayloadError('a text has half of a surrogate pair')
}
