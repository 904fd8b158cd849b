/**
 * What the library prints otherwise than the original. Floats: 1.1, where it prints the double that is next to the
 * float, which is 1.100000023841858. A `google.protobuf.Value` without a value: null, where it fails.
 */
import { ScalarType } from '@bufbuild/protobuf'
import { fewestDigits } from '../digits/float-text.ts'
import type { Container, Field, Visitor } from './json-walk.ts'
import { canReach } from './reachable.ts'

/** Rounds each float to the fewest digits that give it back. */
export const FLOAT_ROUNDER: Visitor = {
  visitScalar(field: Field, container: Container, key: string | number): void {
    const value = container[key]
    if (field.scalar === ScalarType.FLOAT && typeof value === 'number') {
      container[key] = fewestDigits(value)
    }
  },
}

/** Whether there can be a float in a message, or in one that is in it. */
export const mayHaveFloats = canReach(({ fields }) =>
  fields.some(({ scalar }) => scalar === ScalarType.FLOAT),
)

/** Makes each `Value` without a value null, and says whether there was one. Those packed in an `Any` aren't found. */
export function fillEmptyValues(message: object): boolean {
  const { $typeName: name, kind } = message as { $typeName?: string; kind?: { case?: string } }
  const isEmpty = name === 'google.protobuf.Value' && kind?.case === undefined
  if (isEmpty) Object.assign(message, { kind: { case: 'nullValue', value: 0 } })
  const filled = Object.values(message).map(
    (value) => isObject(value) && !ArrayBuffer.isView(value) && fillEmptyValues(value),
  )
  return isEmpty || filled.includes(true)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
