/**
 * Estimates, in bytes of heap, of the objects that Protobuf-ES makes: two bytes of a payload, or two characters of JSON, can
 * be a message of a thousand fields, each of which is a property of an object.
 */
import { type DescMessage, type Registry, ScalarType } from '@bufbuild/protobuf'
import type { Field } from './json-walk.ts'
import { typesIn } from './reachable.ts'

/** An object without properties of its own, and its place in a list. */
const OBJECT = 96
/** A property. V8 makes a dictionary of an object with more of them than a few. */
const PROPERTY = 16
const PROPERTY_OF_MANY = 72
const FEW = 12
/** The values of properties that are objects. */
const LIST = 32
const MAP = 56
const ONEOF = 56
/** An array of bytes: its buffer is an object, too, and has memory outside of the heap. */
const BYTES = 320

/** A member of an object with many, or an entry of a map. */
export const HEAP_OF_ENTRY = PROPERTY_OF_MANY
/** A number or a text; in a list it has no property, which is counted already. */
const SCALAR = 16
const SCALAR_IN_LIST = 44
/** A field that the schema does not have, which is kept as bytes. */
export const HEAP_OF_UNKNOWN = 320
/** A `Value` and its kind; the `ListValue` or the `Struct` that a kind may be. */
export const HEAP_OF_VALUE = OBJECT + PROPERTY + ONEOF
export const HEAP_OF_CONTAINER = OBJECT + PROPERTY + MAP

const VALUE = 'google.protobuf.Value'

const sizes = new WeakMap<DescMessage, number>()

/** Returns the size of a message without content. */
export function heapOfEmpty(message: DescMessage): number {
  const known = sizes.get(message)
  if (known !== undefined) return known
  const property = message.members.length > FEW ? PROPERTY_OF_MANY : PROPERTY
  const size = message.members.reduce(
    (sum, member) => sum + property + (member.kind === 'oneof' ? ONEOF : heapOfUnset(member)),
    OBJECT,
  )
  sizes.set(message, size)
  return size
}

function heapOfUnset({ fieldKind }: Field): number {
  if (fieldKind === 'list') return LIST
  return fieldKind === 'map' ? MAP : 0
}

/** Returns the size of a value that is no message. */
export function heapOfScalar({ fieldKind, scalar }: Field): number {
  if (scalar === ScalarType.BYTES) return BYTES
  return fieldKind === 'list' ? SCALAR_IN_LIST : SCALAR
}

/** Returns the largest size that two characters of JSON, or two bytes of a payload, can have within a message. */
export function largestHeapOfTwo(message: DescMessage, registry: Registry): number {
  return typesIn(message, registry)
    .map(heapOfType)
    .reduce((size, one) => Math.max(size, one))
}

function heapOfType(type: DescMessage | Field): number {
  if (type.kind !== 'message') return heapOfField(type)
  const content = type.typeName === VALUE ? HEAP_OF_CONTAINER : 0
  return type.fields.reduce(
    (size, field) => Math.max(size, heapOfField(field)),
    heapOfEmpty(type) + content,
  )
}

function heapOfField(field: Field): number {
  return Math.max(2 * heapOfScalar(field), HEAP_OF_UNKNOWN)
}
