/**
 * How large JSON is besides what the bytes of a message say: two bytes can be a message of a thousand fields, each
 * with its name and its default. In characters, and never too small.
 */
import type { DescEnum, DescMessage } from '@bufbuild/protobuf'
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt'
import type { Field } from './json-walk.ts'

/** Two quotes, a colon, a comma. */
const ROUND_NAME = 4
/** The brackets of an extension's name. */
const ROUND_EXTENSION = 2
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
  const nameSize = field.jsonName.length + ROUND_NAME
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return nameSize + UNSET_ONEOF
  return nameSize + Math.max(MAX_DEFAULT, sizeOfValue(field))
}

/** Of the name of a field that has a value; none if the name is there anyway. */
export function sizeOfName(field: Field): number {
  if (field.kind === 'extension') return field.typeName.length + ROUND_EXTENSION + ROUND_NAME
  return isAlwaysThere(field) ? 0 : field.jsonName.length + ROUND_NAME
}

/** Of what a value is called: of enums the longest name. That of others is no larger than its bytes make it. */
export function sizeOfValue(field: Field): number {
  return field.enum === undefined ? 0 : longestName(field.enum) + ROUND_NAME
}

function longestName({ values }: DescEnum): number {
  return values.reduce((length, { name }) => Math.max(length, name.length), 0)
}

function isAlwaysThere(field: Field): boolean {
  if (field.kind === 'extension' || field.oneof !== undefined) return false
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return true
  return field.presence === FeatureSet_FieldPresence.IMPLICIT
}
