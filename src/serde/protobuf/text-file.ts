/** A schema that is the text of a .proto file. */
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { describeFile } from './descriptors.ts'
import { isMessage, type Nodes, parseProtoText } from './proto-text.ts'
import type { DeclaredName, SourceFile } from './source-file.ts'
import { qualified, type TypeNames } from './type-names.ts'

/** @throws {InvalidSchemaError} when the text doesn't parse */
export function readTextFile(path: string, text: string): SourceFile {
  const file = parseProtoText(path, text)
  return {
    path,
    imports: file.imports,
    declared: declaredIn(file.package, file.nodes),
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
function declaredIn(scope: string, nodes: Nodes): DeclaredName[] {
  return Object.entries(nodes).flatMap(([name, node]) => {
    if (!isMessage(node) || node.group === true) return []
    const full = qualified(scope, name)
    return [{ full, nested: declaredIn(full, node.nested ?? {}) }]
  })
}
