/** The media types of the v2 API (contract v2, 2.1 to 2.3). */
import type { Offer } from '../../http/media-type.ts'
import type { FormatName } from '../../kafka/native.ts'
import type { SchemaType } from '../../schema-registry/schema.ts'
import { FORMATS as SCHEMA_FORMATS } from '../../serde/formats.ts'

export const V2_JSON = 'application/vnd.kafka.v2+json'

/** The embedded formats. */
const EMBEDDED = {
  binary: 'application/vnd.kafka.binary.v2+json',
  json: 'application/vnd.kafka.json.v2+json',
  string: 'application/vnd.kafka.string.v2+json',
  avro: 'application/vnd.kafka.avro.v2+json',
  jsonschema: 'application/vnd.kafka.jsonschema.v2+json',
  protobuf: 'application/vnd.kafka.protobuf.v2+json',
} as const

export const CONSUMES_V2: readonly string[] = [V2_JSON]
export const CONSUMES_EMBEDDED: readonly string[] = Object.values(EMBEDDED)
export const CONSUMES_ANY_V2: readonly string[] = [V2_JSON, ...CONSUMES_EMBEDDED]

export const PRODUCES_V2: readonly Offer[] = [{ type: V2_JSON, quality: 1 }]

export const PRODUCES_ANY_V2: readonly Offer[] = [
  { type: V2_JSON, quality: 0.9 },
  ...CONSUMES_EMBEDDED.map((type) => ({ type, quality: 0.1 })),
]

export const PRODUCES_RECORDS: readonly Offer[] = [
  { type: EMBEDDED.binary, quality: 1 },
  { type: V2_JSON, quality: 0.9 },
  ...CONSUMES_EMBEDDED.filter((type) => type !== EMBEDDED.binary).map((type) => ({
    type,
    quality: 0.1,
  })),
]

const SCHEMA_TYPES: ReadonlyMap<string, SchemaType> = new Map(
  Object.entries(SCHEMA_FORMATS).map(([type, { embedded }]) => [
    EMBEDDED[embedded],
    type as SchemaType,
  ]),
)

/** The formats with schemas are one family (contract v2, 9.6). */
const FORMATS: ReadonlyMap<string, FormatName> = new Map<string, FormatName>([
  [EMBEDDED.json, 'json'],
  [EMBEDDED.string, 'string'],
  ...[...SCHEMA_TYPES.keys()].map((type) => [type, 'schema'] as const),
])

/** The format that a type stands for; the plain types stand for binary. */
export function formatOfType(type: string): FormatName {
  return FORMATS.get(type) ?? 'binary'
}

/** The language of the schemas that a type needs; undefined when it needs none. */
export function schemaTypeOf(type: string): SchemaType | undefined {
  return SCHEMA_TYPES.get(type)
}
