/** Checks of linked files for names and numbers that JSON and Protobuf-ES cannot tell apart, and the size of files. */
import {
  createRegistry,
  type DescExtension,
  type DescFile,
  type DescMessage,
} from '@bufbuild/protobuf'
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchemaError } from '../codec.ts'
import { nameOf } from './error-text.ts'
import type { Field } from './json-walk.ts'

/**
 * @throws {InvalidSchemaError} when two fields share a name in JSON or in memory, or an extension is outside the
 *   extension ranges
 */
export function checkFile(file: DescFile): void {
  for (const type of createRegistry(file)) {
    if (type.kind === 'message') checkNames(type)
    if (type.kind === 'extension') checkNumber(type)
  }
}

/** Checks the names in JSON and in memory: `a_b` and `aB` are equal there. */
function checkNames({ fields, members, oneofs }: DescMessage): void {
  refuseShared(fields, ({ jsonName }) => jsonName)
  for (const group of [members, ...oneofs.map((oneof) => oneof.fields)]) {
    refuseShared(group, ({ localName }) => localName)
  }
}

type Member = DescMessage['members'][number]

function refuseShared<T extends Member>(
  members: readonly T[],
  nameIn: (member: T) => string,
): void {
  const seen = new Map<string, T>()
  for (const member of members) {
    const name = nameIn(member)
    const other = seen.get(name)
    if (other !== undefined) {
      throw new InvalidSchemaError(
        `${member.parent.typeName}: ${other.name} and ${member.name} are both ${name} in JSON`,
      )
    }
    seen.set(name, member)
  }
}

function checkNumber(extension: DescExtension): void {
  const { extendee, number } = extension
  const ranges = rangesOf(extendee)
  for (let at = 0; at < ranges.length; at += 2) {
    if (number >= (ranges[at] as number) && number < (ranges[at + 1] as number)) return
  }
  throw new InvalidSchemaError(
    `${nameOf(extension as Field)}: ${extendee.typeName} has no extensions with number ${number}`,
  )
}

const rangesOfMessages = new WeakMap<DescMessage, Float64Array>()

/** Returns starts and exclusive ends in turns, which are compared faster than messages. */
function rangesOf(extendee: DescMessage): Float64Array {
  const known = rangesOfMessages.get(extendee)
  if (known !== undefined) return known
  const ranges = extendee.proto.extensionRange.flatMap(({ start, end }) => [start, end])
  const made = Float64Array.from(ranges)
  rangesOfMessages.set(extendee, made)
  return made
}

/** Counts the messages, fields, enums and enum values of a file. */
export function sizeOfFile({ messageType, enumType, extension }: FileDescriptorProto): number {
  return sizeOfTypes(messageType, enumType) + extension.length
}

function sizeOfTypes(
  messages: readonly DescriptorProto[],
  enums: readonly EnumDescriptorProto[],
): number {
  const inMessages = messages.map(
    ({ field, oneofDecl, extension, extensionRange, nestedType, enumType }) =>
      field.length +
      oneofDecl.length +
      extension.length +
      extensionRange.length +
      sizeOfTypes(nestedType, enumType),
  )
  const inEnums = enums.map(({ value }) => value.length)
  return [...inMessages, ...inEnums].reduce((sum, one) => sum + 1 + one, 0)
}
