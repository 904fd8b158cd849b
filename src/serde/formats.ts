/** The record formats that have schemas: the table of their names, and the table of their compilers. */
import type { SchemaType } from '../schema-registry/schema.ts'
import type { Compile } from './codec.ts'

/** The name of a format, and the syntax of its schemas. */
export interface SchemaFormat {
  /** The name of the format in the REST API. */
  readonly name: string
  /** The syntax that decides which characters of a schema are strings or comments. */
  readonly syntax: 'json' | 'protobuf'
}

/** The formats by the schema registry's names. */
export const FORMATS: Readonly<Record<SchemaType, SchemaFormat>> = {
  AVRO: { name: 'avro', syntax: 'json' },
  JSON: { name: 'jsonschema', syntax: 'json' },
  PROTOBUF: { name: 'protobuf', syntax: 'protobuf' },
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
