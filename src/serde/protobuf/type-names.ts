/** Which types there are, and which one a name in a .proto file means. */
import { createRegistry, type DescFile } from '@bufbuild/protobuf'
import { InvalidSchemaError } from '../codec.ts'
import { isEnum, isMessage, type Nodes, type ProtoFile } from './proto-text.ts'

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

  /** Adds those of a file that is. */
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
    const found = name.startsWith('.')
      ? this.#find(name.slice(1))
      : scopesOf(scope)
          .map((outer) => this.#find(qualified(outer, name)))
          .find((candidate) => candidate !== undefined)
    if (found === undefined) throw new InvalidSchemaError(`${scope}: there is no type ${name}`)
    return found
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
}

/** A name within a scope. */
export function qualified(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`
}

/** `a.b`, `a`, and the empty one. */
function scopesOf(scope: string): string[] {
  const parts = scope === '' ? [] : scope.split('.')
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('.')), '']
}
