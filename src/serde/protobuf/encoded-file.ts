/**
 * A schema that is no text, but the base64 of a `FileDescriptorProto`: what clients register that have only what
 * Protobuf's compiler made of the text.
 */
import { createRegistry, fromBinary } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchemaError } from '../codec.ts'
import type { DeclaredName, SourceFile } from './source-file.ts'
import { qualified, type TypeNames } from './type-names.ts'
import { vetDescriptor } from './vetted-descriptor.ts'
import { WireCheck } from './wire-check.ts'

/** A text that declares something has other characters: a brace, or a semicolon. */
const ONLY_BASE64 = /^[\w+/=-]+$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const wireCheck = new WireCheck(createRegistry())

/** Whether that is what somebody meant to write. */
export function isEncoded(text: string): boolean {
  return ONLY_BASE64.test(text)
}

/** @throws {InvalidSchemaError} that says what of the base64, or of the bytes, is wrong */
export function readEncodedFile(path: string, text: string): SourceFile {
  const file = decode(path, text)
  return {
    path,
    imports: file.dependency,
    declared: declaredIn(file.package, file.messageType),
    describe(names: TypeNames): FileDescriptorProto {
      names.addDescriptor(file)
      return vetDescriptor(path, file, names)
    },
  }
}

function decode(path: string, text: string): FileDescriptorProto {
  const bytes = Buffer.from(text, 'base64')
  // Three bytes are four characters; a single one that is left over is no byte.
  if (!BASE64.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
    throw new InvalidSchemaError(
      `${path}: neither a .proto text nor base64 of a FileDescriptorProto`,
    )
  }
  // Among JavaScript's objects a member of that name gets lost.
  if (bytes.includes('__proto__')) throw new InvalidSchemaError(`${path}: __proto__ is no name`)
  try {
    wireCheck.check(FileDescriptorProtoSchema, bytes)
    return fromBinary(FileDescriptorProtoSchema, bytes, { readUnknownFields: false })
  } catch (error) {
    throw new InvalidSchemaError(
      `${path}: base64 of something else than a FileDescriptorProto: ${(error as Error).message}`,
    )
  }
}

/** As those count who have no text: the entries of maps, and groups, are messages like others. */
function declaredIn(scope: string, messages: readonly DescriptorProto[]): DeclaredName[] {
  return messages.map(({ name, nestedType }) => {
    const full = qualified(scope, name)
    return { full, nested: declaredIn(full, nestedType) }
  })
}
