/** Checked descriptors of fields and enums, for texts and for foreign descriptors. */
import { create } from '@bufbuild/protobuf'
import {
  type EnumDescriptorProto,
  EnumDescriptorProtoSchema,
  type EnumOptions,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchemaError } from '../codec.ts'
import { qualified } from './type-names.ts'

const MAX_FIELD_NUMBER = 536_870_911
/** The field numbers that Protobuf reserves. */
const FIRST_RESERVED = 19_000
const LAST_RESERVED = 19_999

/** The members of a field besides its name and its number. */
export type FieldInit = Exclude<
  Parameters<typeof create<typeof FieldDescriptorProtoSchema>>[1],
  undefined
>

/** @throws {InvalidSchemaError} when the number is outside the allowed range */
export function fieldDescriptor(
  scope: string,
  name: string,
  number: number,
  init: FieldInit,
): FieldDescriptorProto {
  const isReserved = number >= FIRST_RESERVED && number <= LAST_RESERVED
  if (number < 1 || number > MAX_FIELD_NUMBER || isReserved) {
    throw new InvalidSchemaError(`${qualified(scope, name)}: ${number} is not a valid field number`)
  }
  return create(FieldDescriptorProtoSchema, { label: Label.OPTIONAL, ...init, name, number })
}

/** The name and the number of an enum's value. */
export interface EnumEntry {
  readonly name: string
  readonly number: number
}

/** @throws {InvalidSchemaError} when the enum has no value, or begins with a value other than 0 in proto3 */
export function enumDescriptor(
  scope: string,
  name: string,
  isProto3: boolean,
  value: readonly EnumEntry[],
  options: { readonly features?: EnumOptions['features'] },
): EnumDescriptorProto {
  const [first] = value
  if (first === undefined) {
    throw new InvalidSchemaError(`${qualified(scope, name)}: an enum has at least one value`)
  }
  if (first.number !== 0 && isProto3) {
    throw new InvalidSchemaError(
      `${qualified(scope, name)}: the first value of an enum is 0 in proto3`,
    )
  }
  return create(EnumDescriptorProtoSchema, {
    name,
    value: value.map(({ name: valueName, number }) => ({ name: valueName, number })),
    options: { ...options },
  })
}

/**
 * Returns the JSON name: `some_field` becomes `someField`, as in protoc, which removes each underscore and capitalizes
 * the next letter.
 */
export function jsonNameOf(name: string): string {
  return name.replaceAll(/_+(.?)/g, (_, letter: string) => letter.toUpperCase())
}
