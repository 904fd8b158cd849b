/** Schema files before their imports are linked: .proto texts, and `FileDescriptorProto`s in base64. */

import { createRegistry, fromBinary } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchemaError } from '../codec.ts'
import { checkDescriptor } from './descriptor-check.ts'
import { describeFile } from './descriptors.ts'
import { isMessage, type Nodes, parseProtoText } from './proto-text.ts'
import { qualified, type TypeNames } from './type-names.ts'
import { WireCheck } from './wire-check.ts'

/** A message with those that are declared in it, by full names. */
export interface DeclaredName {
  readonly full: string
  readonly nested: readonly DeclaredName[]
}

/** One file. */
export interface SourceFile {
  /** By which others import it. */
  readonly path: string
  readonly imports: readonly string[]
  /** Its messages, as the message indexes in front of payloads count them. */
  readonly declared: readonly DeclaredName[]
  /**
   * Its descriptor, checked.
   * @param names those of its imports, to which its own are added
   * @throws {InvalidSchemaError} when it means nothing
   */
  describe(names: TypeNames): FileDescriptorProto
}

/** @throws {InvalidSchemaError} when the text doesn't parse */
export function readTextFile(path: string, text: string): SourceFile {
  const file = parseProtoText(path, text)
  return {
    path,
    imports: file.imports,
    declared: messagesInText(file.package, file.nodes),
    describe(names: TypeNames): FileDescriptorProto {
      names.addFile(file)
      return describeFile(file, names)
    },
  }
}

/**
 * As those who made the wire format count them: in the text, so that the entries of maps count where they are
 * declared, and groups nowhere.
 */
function messagesInText(scope: string, nodes: Nodes): DeclaredName[] {
  return Object.entries(nodes).flatMap(([name, node]) => {
    if (!isMessage(node) || node.group === true) return []
    const full = qualified(scope, name)
    return [{ full, nested: messagesInText(full, node.nested ?? {}) }]
  })
}

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
    declared: messagesInDescriptor(file.package, file.messageType),
    describe(names: TypeNames): FileDescriptorProto {
      names.addDescriptor(file)
      return checkDescriptor(path, file, names)
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
function messagesInDescriptor(scope: string, messages: readonly DescriptorProto[]): DeclaredName[] {
  return messages.map(({ name, nestedType }) => {
    const full = qualified(scope, name)
    return { full, nested: messagesInDescriptor(full, nestedType) }
  })
}
