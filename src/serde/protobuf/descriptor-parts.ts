/** Fields and enums of descriptors, checked: both a text and a descriptor of strangers become these. */
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
/** Protobuf keeps these for itself. */
const FIRST_RESERVED = 19_000
const LAST_RESERVED = 19_999

/** What a field has besides its name and its number. */
export type FieldInit = Exclude<
  Parameters<typeof create<typeof FieldDescriptorProtoSchema>>[1],
  undefined
>

/** @throws {InvalidSchemaError} when no field may have the number */
export function fieldDescriptor(
  scope: string,
  name: string,
  number: number,
  init: FieldInit,
): FieldDescriptorProto {
  const isReserved = number >= FIRST_RESERVED && number <= LAST_RESERVED
  if (number < 1 || number > MAX_FIELD_NUMBER || isReserved) {
    throw new InvalidSchemaError(`${qualified(scope, name)}: ${number} is no number for a field`)
  }
  return create(FieldDescriptorProtoSchema, { label: Label.OPTIONAL, ...init, name, number })
}

/** The name and the number of an enum's value. */
export interface EnumEntry {
  readonly name: string
  readonly number: number
}

/** @throws {InvalidSchemaError} when it has no value, or in proto3 another first one than 0 */
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

/** `some_field` is `someField`; Protobuf's compiler drops each underscore, and makes the letter behind it large. */
export function jsonNameOf(name: string): string {
  return name.replaceAll(/_+(.?)/g, (_, letter: string) => letter.toUpperCase())
}
