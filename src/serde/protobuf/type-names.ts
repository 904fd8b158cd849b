/** Which types there are, and which one a name in a .proto file means. */
import { createRegistry, type DescFile } from '@bufbuild/protobuf'
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FileDescriptorProto,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchemaError } from '../codec.ts'
import { excerpt } from '../limits/text-length.ts'
import { isEnum, isMessage, type Nodes, type ProtoFile } from './proto-text.ts'

/** What the packages and messages around a field may be. Protobuf's compiler takes 32 messages in each other. */
const MAX_LEVELS = 64
const MAX_LENGTH = 1000
const SHOWN_LENGTH = 100

/** What a type is on the wire. */
export type Kind = 'message' | 'group' | 'enum'

/** A name with all its packages and messages, and its kind. */
export interface TypeName {
  readonly full: string
  readonly kind: Kind
}

/** The types that a file may use. */
export class TypeNames {
  readonly #kinds = new Map<string, Kind>()

  /** Adds those of a file that isn't compiled yet. */
  addFile({ package: packageName, nodes }: ProtoFile): void {
    this.#addNodes(packageName, nodes)
  }

  /** Adds those of a descriptor that isn't compiled yet; a group is a message in it, which a field takes for a group. */
  addDescriptor({ package: packageName, messageType, enumType }: FileDescriptorProto): void {
    this.#addDescribed(packageName, messageType, enumType)
  }

  /** Adds those of a file that is compiled. */
  addCompiled(file: DescFile): void {
    for (const type of createRegistry(file)) {
      if (type.kind === 'message' || type.kind === 'enum') this.#kinds.set(type.typeName, type.kind)
    }
  }

  /**
   * The type that a name means in a scope: the innermost that has it, as in C++.
   *
   * @param scope the full name of the message in which the name stands, or of the package
   * @throws {InvalidSchemaError} when there is none
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

/** A name within a scope. */
export function qualified(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`
}

/** `a.b`, `a`, and the empty one. Each is a name to be looked for, and a schema has many to look for. */
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
