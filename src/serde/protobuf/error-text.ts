/** Error texts of Protobuf-ES in a common style: `a.b.Order.amount: expected int64, got "x"`. */

import { PayloadError } from '../codec.ts'
import { excerpt } from '../limits/text-length.ts'
import type { Field } from './json-walk.ts'

/** Replacements, applied in order. The first two produce protobuf-java's words. */
const REWORDINGS: readonly (readonly [RegExp, string])[] = [
  [
    /^cannot decode message (\S+) from JSON: key "(.*)" is unknown$/s,
    'Cannot find field: $2 in message $1',
  ],
  [
    /^cannot decode message \S+ from JSON: (null|true|false|[-\d.]\S*|".*"|Array\(\d+\))$/s,
    'Expect message object but got: $1',
  ],
  [
    /^cannot (?:de|en)code (?:field|message|enum|oneof) (\S+) (?:from|to) (?:JSON|binary): /,
    '$1: ',
  ],
  [/\bexpected \w+ \((\w+)\)/, 'expected $1'],
]

/** Converts an error to a PayloadError with a replaced text. */
export function payloadErrorOf(error: unknown): PayloadError {
  if (error instanceof PayloadError) return error
  const message = excerpt(error instanceof Error ? error.message : String(error))
  return new PayloadError(
    REWORDINGS.reduce((text, [pattern, words]) => text.replace(pattern, words), message),
  )
}

/** Returns the error for a value that does not match its field. */
export function fieldError(field: Field, expected: string, text: string): PayloadError {
  return new PayloadError(`${nameOf(field)}: expected ${expected}, got ${excerpt(text)}`)
}

/** Returns the full name of a field or an extension. */
export function nameOf(field: Field): string {
  return field.kind === 'extension' ? field.typeName : `${field.parent.typeName}.${field.name}`
}
