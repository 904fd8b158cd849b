/**
 * Upper bounds, in characters, on the JSON that a message implies besides the contents of its bytes: two bytes can be a
 * message of a thousand fields, each printed with its name and its default.
 */
import type { DescEnum, DescMessage, Registry } from '@bufbuild/protobuf'
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt'
import type { Field } from './json-walk.ts'
import { heightOf, typesIn } from './reachable.ts'
import { MAX_DEPTH } from './wire-cursor.ts'

/** Two quotes, a colon and a comma. */
const NAME_DELIMITERS = 4
/** The brackets of an extension's name. */
const EXTENSION_BRACKETS = 2
/** The length of `false,`, the longest default of a scalar. */
const MAX_DEFAULT = 6
/** The cost of fields that are not printed: an object for a oneof, and a check for any other field. */
const UNSET_ONEOF = 32
const UNSET_FIELD = 1

const sizes = new WeakMap<DescMessage, number>()

/** Returns the implied size of a message without bytes. */
export function sizeOfEmpty(message: DescMessage): number {
  const known = sizes.get(message)
  if (known !== undefined) return known
  const size = message.members
    .map((member) => (member.kind === 'oneof' ? UNSET_ONEOF : sizeOfUnset(member)))
    .reduce((sum, one) => sum + one, 0)
  sizes.set(message, size)
  return size
}

function sizeOfUnset(field: Field): number {
  if (!isAlwaysThere(field)) return UNSET_FIELD
  const nameSize = field.jsonName.length + NAME_DELIMITERS
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return nameSize + UNSET_ONEOF
  return nameSize + Math.max(MAX_DEFAULT, sizeOfValue(field))
}

/** Returns the size of a field's name; zero for fields that are always printed. */
export function sizeOfName(field: Field): number {
  if (field.kind === 'extension')
    return field.typeName.length + EXTENSION_BRACKETS + NAME_DELIMITERS
  return isAlwaysThere(field) ? 0 : field.jsonName.length + NAME_DELIMITERS
}

/** Returns the size of the longest enum name; zero for other types, whose values are bounded by their bytes. */
export function sizeOfValue(field: Field): number {
  return field.enum === undefined ? 0 : longestName(field.enum) + NAME_DELIMITERS
}

function longestName({ values }: DescEnum): number {
  return values.reduce((length, { name }) => Math.max(length, name.length), 0)
}

function isAlwaysThere(field: Field): boolean {
  if (field.kind === 'extension' || field.oneof !== undefined) return false
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return true
  return field.presence === FeatureSet_FieldPresence.IMPLICIT
}

/** The tag and the length of a nested message. */
const BYTES_OF_LEVEL = 2

/**
 * Returns the payload size, in bytes, up to which a message exceeds neither the nesting limit nor the limit on implied
 * JSON.
 *
 * @param maxImplied the limit on implied JSON, in characters
 */
export function safeSizeOf(message: DescMessage, registry: Registry, maxImplied: number): number {
  const depthSize = heightOf(message) > MAX_DEPTH ? MAX_DEPTH * BYTES_OF_LEVEL : Infinity
  // Each byte may be a value of a packed field, or half of a nested message with a name.
  const sizeOfByte = largest(typesIn(message, registry).map(sizeOfType))
  return Math.min(depthSize, maxImplied / sizeOfByte - 1)
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
