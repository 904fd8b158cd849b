/**
 * Differences between the JSON of Protobuf-ES and of protobuf-java. Protobuf-ES prints a float as the nearest double,
 * 1.100000023841858 instead of 1.1, and fails for a `google.protobuf.Value` without a value, which protobuf-java
 * prints as null.
 */
import { ScalarType } from '@bufbuild/protobuf'
import { fewestDigits } from '../digits/float-text.ts'
import type { Container, Field, Visitor } from './json-walk.ts'
import { canReach } from './reachable.ts'

/** Rounds each float to the fewest digits that read back as the same float. */
export const FLOAT_ROUNDER: Visitor = {
  visitScalar(field: Field, container: Container, key: string | number): void {
    const value = container[key]
    if (field.scalar === ScalarType.FLOAT && typeof value === 'number') {
      container[key] = fewestDigits(value)
    }
  },
}

/** Whether a message may contain floats at any depth. */
export const mayHaveFloats = canReach(({ fields }) =>
  fields.some(({ scalar }) => scalar === ScalarType.FLOAT),
)

/** Sets each empty `Value` to null. Returns whether there was one. Values in an `Any` are not visited. */
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
