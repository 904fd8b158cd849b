/** The record formats that have schemas: the table of their names, and the table of their compilers. */
import type { SchemaType } from '../schema-registry/schema.ts'
import type { Compile } from './codec.ts'

/** The names of one format, and the syntax of its schemas. */
export interface SchemaFormat {
  /** The embedded format in the media types of the REST API. */
  readonly embedded: 'avro' | 'jsonschema' | 'protobuf'
  /** The name in error messages of Confluent's REST proxy. */
  readonly inErrors: string
  /** The syntax that decides which characters of a schema are strings or comments. */
  readonly syntax: 'json' | 'protobuf'
}

/** The formats by the schema registry's names. */
export const FORMATS: Readonly<Record<SchemaType, SchemaFormat>> = {
  AVRO: { embedded: 'avro', inErrors: 'AVRO', syntax: 'json' },
  JSON: { embedded: 'jsonschema', inErrors: 'JSONSCHEMA', syntax: 'json' },
  PROTOBUF: { embedded: 'protobuf', inErrors: 'PROTOBUF', syntax: 'protobuf' },
}

/** Loads the function that compiles schemas of a format. */
export type Compilers = Readonly<Record<SchemaType, () => Promise<Compile>>>

/**
 * The compilers of all formats. Each is loaded with the first schema of its format, because the libraries take more
 * memory and start-up time than the rest of the process.
 */
export const COMPILERS: Compilers = {
  AVRO: async () => (await import('./avro/codec.ts')).compileAvro,
  JSON: async () => (await import('./json-schema/codec.ts')).compileJsonSchema,
  PROTOBUF: async () => (await import('./protobuf/codec.ts')).compileProtobuf,
}
