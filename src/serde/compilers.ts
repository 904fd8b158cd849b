/**
 * The compilers of all languages that a schema registry knows. Each is loaded when a record of its
 * language comes, since its libraries take more memory and start-up time than the rest of us.
 */
import type { Compilers } from './codecs.ts'

/** By the registry's words. */
export const COMPILERS: Compilers = {
  AVRO: async () => (await import('./avro.ts')).compileAvro,
  JSON: async () => (await import('./json-schema.ts')).compileJsonSchema,
  PROTOBUF: async () => (await import('./protobuf.ts')).compileProtobuf,
}
