/** What a schema registry stores, as the rest of the house sees it. */

/** The values of `schemaType` in the registry's API. A schema without one is AVRO. */
export const SCHEMA_TYPES = ['AVRO', 'JSON', 'PROTOBUF'] as const

/** The language of a schema. */
export type SchemaType = (typeof SCHEMA_TYPES)[number]

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
