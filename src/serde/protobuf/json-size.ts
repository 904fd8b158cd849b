/**
 * Upper bounds, in characters, on the JSON that a message implies besides the contents of its bytes: two bytes can be a
 * message of a thousand fields, each printed with its name and its default.
 */
import type { DescEnum, DescMessage, Registry } from '@bufbuild/protobuf'
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt'
import type { Field } from './json-walk.ts'
import { canReachAny, heightOf, reachableFrom } from './reachable.ts'
import { MAX_DEPTH } from './wire-cursor.ts'

/** Two quotes, a colon, a comma. */
const NAME_DELIMITERS = 4
/** The brackets of an extension's name. */
const EXTENSION_BRACKETS = 2
/** `false,` is the longest default of a scalar. */
const MAX_DEFAULT = 6
/** What isn't printed takes memory and time all the same: an object of a oneof, the look at any other field. */
const UNSET_ONEOF = 32
const UNSET_FIELD = 1

const sizes = new WeakMap<DescMessage, number>()

/** Of a message without bytes. */
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

/** Of the name of a field that has a value; none if the name is there anyway. */
export function sizeOfName(field: Field): number {
  if (field.kind === 'extension')
    return field.typeName.length + EXTENSION_BRACKETS + NAME_DELIMITERS
  return isAlwaysThere(field) ? 0 : field.jsonName.length + NAME_DELIMITERS
}

/** Of what a value is called: of enums the longest name. That of others is no larger than its bytes make it. */
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

/** A message within another has a tag and a length. */
const BYTES_OF_LEVEL = 2

/**
 * In bytes. Shorter payloads of a message are neither nested too deeply nor more JSON than allowed.
 *
 * @param maxImplied how many characters of JSON there may be besides what the bytes say
 */
export function safeSizeOf(message: DescMessage, registry: Registry, maxImplied: number): number {
  const depthSize = heightOf(message) > MAX_DEPTH ? MAX_DEPTH * BYTES_OF_LEVEL : Infinity
  // Each byte can be a value of a packed field, or be half of a message that has a name besides.
  const sizeOfByte = largest(typesIn(message, registry).map(sizeOfType))
  return Math.min(depthSize, maxImplied / sizeOfByte - 1)
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
