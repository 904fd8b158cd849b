/** Schemas with their references, as codecs need them. */

/** The values of `schemaType` in the registry's API. A schema without one is AVRO. */
export const SCHEMA_TYPES = ['AVRO', 'JSON', 'PROTOBUF'] as const

/** The language of a schema. */
export type SchemaType = (typeof SCHEMA_TYPES)[number]

/**
 * A schema that another schema refers to. The name is a full name (Avro), a `$ref` (JSON Schema) or an import path
 * (Protobuf).
 */
export interface ReferencedSchema {
  readonly name: string
  readonly text: string
}

/** A schema with everything that its compilation needs. */
export interface Schema {
  readonly type: SchemaType
  /** The text as the registry stores it, or as the client wrote it. */
  readonly text: string
  /** All direct and indirect references, without duplicates, each before the schemas that need it. */
  readonly references: readonly ReferencedSchema[]
}
