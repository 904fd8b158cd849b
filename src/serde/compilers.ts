/** The compilers of all languages that a schema registry knows. */
import type { SchemaType } from '../schema-registry/schema.ts'
import { compileAvro } from './avro.ts'
import type { Compile } from './codec.ts'
import { compileJsonSchema } from './json-schema.ts'
import { compileProtobuf } from './protobuf.ts'

/** By the registry's words. */
export const COMPILERS: Readonly<Record<SchemaType, Compile>> = {
  AVRO: compileAvro,
  JSON: compileJsonSchema,
  PROTOBUF: compileProtobuf,
}
