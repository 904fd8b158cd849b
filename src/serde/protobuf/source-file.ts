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

/** The full name of a message, with its nested messages. */
export interface DeclaredName {
  readonly full: string
  readonly nested: readonly DeclaredName[]
}

/** One file. */
export interface SourceFile {
  /** The import path. */
  readonly path: string
  readonly imports: readonly string[]
  /** The messages in the order that message indexes count. */
  readonly declared: readonly DeclaredName[]
  /**
   * Returns the checked descriptor.
   * @param names the types of its imports; the file's own types are added
   * @throws {InvalidSchemaError} when the file is invalid
   */
  describe(names: TypeNames): FileDescriptorProto
}

/** @throws {InvalidSchemaError} when the text has a syntax error */
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
 * Returns the messages as Confluent counts them in texts: map entries count where they are declared, groups do not
 * count.
 */
function messagesInText(scope: string, nodes: Nodes): DeclaredName[] {
  return Object.entries(nodes).flatMap(([name, node]) => {
    if (!isMessage(node) || node.group === true) return []
    const full = qualified(scope, name)
    return [{ full, nested: messagesInText(full, node.nested ?? {}) }]
  })
}

/** Every declaration contains a brace or a semicolon, which base64 lacks. */
const ONLY_BASE64 = /^[\w+/=-]+$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const wireCheck = new WireCheck(createRegistry())

/** Whether a text is meant to be base64. */
export function isEncoded(text: string): boolean {
  return ONLY_BASE64.test(text)
}

/** @throws {InvalidSchemaError} with the error in the base64 or in the bytes */
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
  // Four characters encode three bytes; a single remaining character encodes none.
  if (!BASE64.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
    throw new InvalidSchemaError(
      `${path}: neither a .proto text nor base64 of a FileDescriptorProto`,
    )
  }
  // JavaScript objects lose a member of this name.
  if (bytes.includes('__proto__'))
    throw new InvalidSchemaError(`${path}: the name __proto__ is not supported`)
  try {
    wireCheck.check(FileDescriptorProtoSchema, bytes)
    return fromBinary(FileDescriptorProtoSchema, bytes, { readUnknownFields: false })
  } catch (error) {
    throw new InvalidSchemaError(
      `${path}: the base64 does not decode to a FileDescriptorProto: ${(error as Error).message}`,
    )
  }
}

/** Returns the messages as they are counted in descriptors: map entries and groups count like other messages. */
function messagesInDescriptor(scope: string, messages: readonly DescriptorProto[]): DeclaredName[] {
  return messages.map(({ name, nestedType }) => {
    const full = qualified(scope, name)
    return { full, nested: messagesInDescriptor(full, nestedType) }
  })
}
