/** Bytes in JSON are base64. The library takes what is none, and leaves out what it cannot read. */
import { ScalarType } from '@bufbuild/protobuf'
import { misfit } from './complaint.ts'
import type { Container, Field, Visitor } from './json-walk.ts'
import { canReach } from './reachable.ts'

/** Of one alphabet or the other. How much padding there is behind it says nothing. */
const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)=*$/

/** Whether there can be bytes in a message, or in one that is in it. */
export const mayHaveBytes = canReach(({ fields }) =>
  fields.some(({ scalar }) => scalar === ScalarType.BYTES),
)

/** Refuses texts that are no base64 where bytes are expected. */
export const BYTES_CHECK: Visitor = {
  visitScalar(field: Field, container: Container, key: string | number): void {
    if (field.scalar === ScalarType.BYTES) checkBytes(field, container[key])
  },
}

/** @throws {PayloadError} when it is a text, and no base64 */
export function checkBytes(field: Field, value: unknown): void {
  if (typeof value !== 'string') return
  const end = value.indexOf('=')
  const length = end < 0 ? value.length : end
  // Four characters are three bytes; a single one that is left over is no byte.
  if (!BASE64.test(value) || length % 4 === 1) throw misfit(field, 'base64', value)
}
