/** A file of a schema before its imports are known, whatever it is written in. */
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import type { TypeNames } from './type-names.ts'

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
