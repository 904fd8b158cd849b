/** The types of a schema, and the resolution of their names. */
import { createRegistry, type DescFile } from '@bufbuild/protobuf'
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchemaError } from '../codec.ts'
import { excerpt } from '../limits/text-length.ts'
import { isEnum, isMessage, type Nodes, type ProtoFile } from './proto-text.ts'

/** Limits for scopes. protoc allows 32 nested messages. */
const MAX_LEVELS = 64
const MAX_LENGTH = 1000
const SHOWN_LENGTH = 100

/** The encoding of a type. */
export type Kind = 'message' | 'group' | 'enum'

/** A full name, and its kind. */
export interface TypeName {
  readonly full: string
  readonly kind: Kind
}

/** The types that a file may use. */
export class TypeNames {
  readonly #kinds = new Map<string, Kind>()

  /** Adds the types of a parsed file. */
  addFile({ package: packageName, nodes }: ProtoFile): void {
    this.#addNodes(packageName, nodes)
  }

  /** Adds the types of a descriptor. Groups are messages there; only fields make the difference. */
  addDescriptor({ package: packageName, messageType, enumType }: FileDescriptorProto): void {
    this.#addDescribed(packageName, messageType, enumType)
  }

  /** Adds the types of a linked file. */
  addCompiled(file: DescFile): void {
    for (const type of createRegistry(file)) {
      if (type.kind === 'message' || type.kind === 'enum') this.#kinds.set(type.typeName, type.kind)
    }
  }

  /**
   * Resolves a name in a scope to the innermost match, as in C++.
   *
   * @param scope the full name of the enclosing message or package
   * @throws {InvalidSchemaError} when no type matches
   */
  resolve(name: string, scope: string): TypeName {
    const found = name.startsWith('.') ? this.#find(name.slice(1)) : this.#search(name, scope)
    if (found === undefined) throw new InvalidSchemaError(`${scope}: there is no type ${name}`)
    return found
  }

  #search(name: string, scope: string): TypeName | undefined {
    for (const outer of scopesOf(scope)) {
      const found = this.#find(qualified(outer, name))
      if (found !== undefined) return found
    }
    return undefined
  }

  #find(full: string): TypeName | undefined {
    const kind = this.#kinds.get(full)
    return kind && { full, kind }
  }

  #addNodes(scope: string, nodes: Nodes): void {
    for (const [name, node] of Object.entries(nodes)) {
      const full = qualified(scope, name)
      if (isEnum(node)) this.#kinds.set(full, 'enum')
      if (!isMessage(node)) continue
      this.#kinds.set(full, node.group === true ? 'group' : 'message')
      this.#addNodes(full, node.nested ?? {})
    }
  }

  #addDescribed(
    scope: string,
    messages: readonly DescriptorProto[],
    enums: readonly EnumDescriptorProto[],
  ): void {
    for (const { name } of enums) this.#kinds.set(qualified(scope, name), 'enum')
    for (const { name, nestedType, enumType } of messages) {
      const full = qualified(scope, name)
      this.#kinds.set(full, 'message')
      this.#addDescribed(full, nestedType, enumType)
    }
  }
}

/** Returns the full name of a name in a scope. */
export function qualified(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`
}

/** Yields a scope and its outer scopes: `a.b`, `a`, and the empty scope. The limits bound the look-ups of a schema. */
function* scopesOf(scope: string): Generator<string> {
  const isLong = scope.length > MAX_LENGTH || scope.split('.').length > MAX_LEVELS
  if (isLong) {
    throw new InvalidSchemaError(
      `${excerpt(scope, SHOWN_LENGTH)}: a package with messages in messages is longer than ${MAX_LENGTH} characters, or deeper than ${MAX_LEVELS} levels`,
    )
  }
  for (
    let outer = scope;
    outer !== '';
    outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))
  ) {
    yield outer
  }
  yield ''
}
