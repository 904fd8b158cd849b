/** What a schema registry stores, as the rest of the house sees it. */

/** The registry's word for a schema's language. A registry that names none means AVRO. */
export type SchemaType = 'AVRO' | 'JSON' | 'PROTOBUF'

/**
 * A schema that another one refers to, under the name by which it does: a full name (Avro), a `$ref` (JSON
 * Schema), an import path (Protobuf).
 */
export interface ReferencedSchema {
  readonly name: string
  readonly text: string
}

/** A schema with all that it needs to be compiled. */
export interface Schema {
  readonly type: SchemaType
  /** As the registry has it, or as the client wrote it. */
  readonly text: string
  /** All that it refers to, directly or through others, each before those that need it, none twice. */
  readonly references: readonly ReferencedSchema[]
}
