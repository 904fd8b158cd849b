/** The embedded formats of the v2 API, and the media types that its routes consume and produce. */
import type { Offer } from '../../http/media-type.ts'
import type { FormatName } from '../../kafka/native.ts'
import { SCHEMA_TYPES, type SchemaType } from '../../schema-registry/schema.ts'
import { FORMATS as SCHEMA_FORMATS } from '../../serde/formats.ts'

/** A form of keys and values in requests and responses. */
export interface EmbeddedFormat {
  readonly mediaType: string
  /** The engine has one format for all formats with schemas. */
  readonly engineFormat: FormatName
  /** Undefined for formats without schemas. */
  readonly schemaType: SchemaType | undefined
}

/** The formats by the names that media types and consumer instances have for them. All other tables derive from it. */
const FORMATS: ReadonlyMap<string, EmbeddedFormat> = new Map([
  ...(['binary', 'json', 'string'] as const).map((name) => embedded(name, name)),
  ...SCHEMA_TYPES.map((type) => embedded(SCHEMA_FORMATS[type].name, 'schema', type)),
])

/** The names, for the description of the API. */
export const FORMAT_NAMES: readonly string[] = [...FORMATS.keys()]

function embedded(
  name: string,
  engineFormat: FormatName,
  schemaType?: SchemaType,
): [string, EmbeddedFormat] {
  return [name, { mediaType: `application/vnd.kafka.${name}.v2+json`, engineFormat, schemaType }]
}

/** Finds a format by its name, in any case. */
export function findFormat(name: string): EmbeddedFormat | undefined {
  return FORMATS.get(name.toLowerCase())
}

const BY_MEDIA_TYPE: ReadonlyMap<string, EmbeddedFormat> = new Map(
  [...FORMATS.values()].map((format) => [format.mediaType, format]),
)
const BINARY = FORMATS.get('binary') as EmbeddedFormat

/** Returns the format of a media type. The types without a format stand for binary. */
export function formatOfType(mediaType: string): EmbeddedFormat {
  return BY_MEDIA_TYPE.get(mediaType) ?? BINARY
}

export const V2_JSON = 'application/vnd.kafka.v2+json'

export const CONSUMES_V2: readonly string[] = [V2_JSON]
export const CONSUMES_EMBEDDED: readonly string[] = [...BY_MEDIA_TYPE.keys()]
export const CONSUMES_ANY_V2: readonly string[] = [V2_JSON, ...CONSUMES_EMBEDDED]

export const PRODUCES_V2: readonly Offer[] = [{ type: V2_JSON, quality: 1 }]

export const PRODUCES_ANY_V2: readonly Offer[] = [
  { type: V2_JSON, quality: 0.9 },
  ...CONSUMES_EMBEDDED.map((type) => ({ type, quality: 0.1 })),
]

export const PRODUCES_RECORDS: readonly Offer[] = [
  { type: BINARY.mediaType, quality: 1 },
  { type: V2_JSON, quality: 0.9 },
  ...CONSUMES_EMBEDDED.filter((type) => type !== BINARY.mediaType).map((type) => ({
    type,
    quality: 0.1,
  })),
]
