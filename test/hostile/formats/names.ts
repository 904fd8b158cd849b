/** What the formats with schemas are called. */
import { randomUUID } from 'node:crypto'
import type { SchemaType } from '../../../src/schema-registry/schema.ts'
import { AVRO, JSON_SCHEMA, PROTOBUF } from '../../media-types.ts'

/** The names of a format. */
export interface FormatNames {
  /** Of requests to v2, and of its responses with records. */
  readonly mediaType: string
  /** Of consumer instances. */
  readonly format: string
  /** Of keys and values of v3. */
  readonly type: string
}

/** By the name that registries have. */
export const FORMAT_NAMES: Readonly<Record<SchemaType, FormatNames>> = {
  AVRO: { mediaType: AVRO, format: 'avro', type: 'AVRO' },
  JSON: { mediaType: JSON_SCHEMA, format: 'jsonschema', type: 'JSONSCHEMA' },
  PROTOBUF: { mediaType: PROTOBUF, format: 'protobuf', type: 'PROTOBUF' },
}

/** A word that no schema had before. */
export function uniqueWord(): string {
  return `u${randomUUID().replaceAll('-', '')}`
}
