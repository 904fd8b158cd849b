/** How long a payload may be without anybody having to look whether it can be read. */
import type { DescMessage, Registry } from '@bufbuild/protobuf'
import type { Field } from './json-walk.ts'
import { canReachAny, heightOf, reachableFrom } from './reachable.ts'
import { sizeOfEmpty, sizeOfName, sizeOfValue } from './unsaid-size.ts'
import { MAX_DEPTH } from './wire-cursor.ts'

/** A message within another has a tag and a length. */
const BYTES_OF_LEVEL = 2

/**
 * In bytes. Shorter payloads of a message are neither nested too deeply nor more JSON than allowed.
 *
 * @param maxUnsaid how many characters of JSON there may be besides what the bytes say
 */
export function safeSizeOf(message: DescMessage, registry: Registry, maxUnsaid: number): number {
  const depthSize = heightOf(message) > MAX_DEPTH ? MAX_DEPTH * BYTES_OF_LEVEL : Infinity
  // Each byte can be a value of a packed field, or be half of a message that has a name besides.
  const sizeOfByte = largest(typesIn(message, registry).map(sizeOfType))
  return Math.min(depthSize, maxUnsaid / sizeOfByte - 1)
}

/** All that there can be in a message, extensions by themselves. */
function typesIn(message: DescMessage, registry: Registry): (DescMessage | Field)[] {
  const messages = [...reachableFrom(message)]
  if (!canReachAny(message)) return messages
  const others = [...registry].filter(({ kind }) => kind === 'message' || kind === 'extension')
  return [...messages, ...(others as (DescMessage | Field)[])]
}

function sizeOfType(type: DescMessage | Field): number {
  if (type.kind !== 'message') return sizeOfField(type)
  return Math.max(sizeOfEmpty(type), largest(type.fields.map(sizeOfField)))
}

function sizeOfField(field: Field): number {
  return sizeOfName(field) + sizeOfValue(field)
}

function largest(sizes: readonly number[]): number {
  return sizes.reduce((size, one) => Math.max(size, one), 1)
}
