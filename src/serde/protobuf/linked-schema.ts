/** Links a schema with its imports, and lists its messages in order of declaration. */
import {
  createFileRegistry,
  createRegistry,
  type DescFile,
  type DescMessage,
  type FileRegistry,
  type Registry,
} from '@bufbuild/protobuf'
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import type { Schema } from '../../schema-registry/schema.ts'
import { InvalidSchemaError } from '../codec.ts'
import { findBuiltInText, findWellKnownFile } from './built-in-files.ts'
import { checkFile, sizeOfFile } from './file-check.ts'
import type { DeclaredName, SourceFile } from './source-file.ts'
import { isEncoded, readEncodedFile, readTextFile } from './source-file.ts'
import { TypeNames } from './type-names.ts'

/** The path of the schema itself. No import can have it. */
const ROOT_PATH = 'the schema'

/** The limit on messages, fields and enum values. Protobuf-ES creates objects for each, and real schemas have fewer. */
const MAX_SIZE = 10_000

/** A message with its nested messages. */
export interface DeclaredMessage {
  /** Undefined for map entries, which are not messages of their own. */
  readonly descriptor: DescMessage | undefined
  readonly nested: readonly DeclaredMessage[]
}

/** A schema that is ready to read and write. */
export interface LinkedSchema {
  /** The messages of the schema's own file; at least one. */
  readonly messages: readonly DeclaredMessage[]
  /** The types of all files, for `Any` and extensions. */
  readonly registry: Registry
}

/** @throws {InvalidSchemaError} when a file or an import is invalid */
export function linkSchema({ text, references }: Schema): LinkedSchema {
  const linker = new Linker(
    new Map(references.map((reference) => [reference.name, reference.text])),
  )
  const root = readFile(ROOT_PATH, text)
  linker.link(root)
  const registry = createRegistry(...linker.files)
  const messages = declaredMessages(root.declared, registry)
  if (messages.length === 0) throw new InvalidSchemaError('the schema declares no message')
  return { messages, registry }
}

function readFile(path: string, text: string): SourceFile {
  return isEncoded(text) ? readEncodedFile(path, text) : readTextFile(path, text)
}

class Linker {
  readonly #texts: ReadonlyMap<string, string>
  readonly #compiled = new Map<string, DescFile>()
  readonly #names = new TypeNames()
  /** The files being linked. A file that occurs again imports itself. */
  readonly #open = new Set<string>()
  #size = 0

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts
  }

  get files(): DescFile[] {
    return [...this.#compiled.values()]
  }

  link(file: SourceFile): DescFile {
    if (this.#open.has(file.path)) throw new InvalidSchemaError(`${file.path} imports itself`)
    this.#open.add(file.path)
    for (const path of file.imports) this.#import(path, file.path)
    this.#open.delete(file.path)
    const descriptor = file.describe(this.#names)
    this.#size += sizeOfFile(descriptor)
    if (this.#size > MAX_SIZE) {
      throw new InvalidSchemaError(
        `a schema and its references have more than ${MAX_SIZE} messages, fields and values of enums; write several schemas`,
      )
    }
    return this.#compile(descriptor)
  }

  #import(path: string, importer: string): void {
    if (this.#compiled.has(path)) return
    const wellKnown = findWellKnownFile(path)
    const text = this.#texts.get(path) ?? findBuiltInText(path)
    if (wellKnown !== undefined) this.#addWellKnown(wellKnown)
    else if (text !== undefined) this.link(readFile(path, text))
    else {
      throw new InvalidSchemaError(`${importer} imports ${path}, which is not among its references`)
    }
  }

  #addWellKnown(file: DescFile): void {
    for (const dependency of file.dependencies) this.#addWellKnown(dependency)
    this.#compiled.set(file.proto.name, file)
    this.#names.addCompiled(file)
  }

  #compile(descriptor: FileDescriptorProto): DescFile {
    const registry = this.#register(descriptor)
    const file = registry.getFile(descriptor.name)
    if (file === undefined) throw new Error(`${descriptor.name} is not in its registry`)
    checkFile(file)
    this.#compiled.set(descriptor.name, file)
    return file
  }

  #register(descriptor: FileDescriptorProto): FileRegistry {
    try {
      return createFileRegistry(descriptor, (path) => this.#compiled.get(path))
    } catch (error) {
      throw new InvalidSchemaError(`${descriptor.name}: ${reasonOf(descriptor.name, error)}`)
    }
  }
}

/** Returns the reason without the path. Protobuf-ES has no message for a list whose type is not imported. */
function reasonOf(path: string, error: unknown): string {
  const message = (error as Error).message.replace(`${path}: `, '')
  return message || 'a type is used whose file is not imported'
}

function declaredMessages(names: readonly DeclaredName[], registry: Registry): DeclaredMessage[] {
  return names.map(({ full, nested }) => ({
    descriptor: registry.getMessage(full),
    nested: declaredMessages(nested, registry),
  }))
}
