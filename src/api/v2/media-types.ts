/** The media types of the v2 API (contract v2, 2.1 to 2.3). */
import type { Offer } from '../../http/media-type.ts'
import type { FormatName } from '../../kafka/native.ts'

export const V2_JSON = 'application/vnd.kafka.v2+json'

/** The embedded formats that are served. */
export const EMBEDDED: Readonly<Record<FormatName, string>> = {
  binary: 'application/vnd.kafka.binary.v2+json',
  json: 'application/vnd.kafka.json.v2+json',
  string: 'application/vnd.kafka.string.v2+json',
}

/** Those that clients of the consumers' endpoints may name, whatever the instance's format. */
const NAMED = [
  ...Object.values(EMBEDDED),
  'application/vnd.kafka.avro.v2+json',
  'application/vnd.kafka.jsonschema.v2+json',
  'application/vnd.kafka.protobuf.v2+json',
]

export const CONSUMES_V2: readonly string[] = [V2_JSON]
export const CONSUMES_EMBEDDED: readonly string[] = Object.values(EMBEDDED)
export const CONSUMES_ANY_V2: readonly string[] = [V2_JSON, ...NAMED]

export const PRODUCES_V2: readonly Offer[] = [{ type: V2_JSON, quality: 1 }]

export const PRODUCES_ANY_V2: readonly Offer[] = [
  { type: V2_JSON, quality: 0.9 },
  ...NAMED.map((type) => ({ type, quality: 0.1 })),
]

export const PRODUCES_RECORDS: readonly Offer[] = [
  { type: EMBEDDED.binary, quality: 1 },
  { type: V2_JSON, quality: 0.9 },
  { type: EMBEDDED.json, quality: 0.1 },
  { type: EMBEDDED.string, quality: 0.1 },
]

const FORMAT_BY_TYPE: ReadonlyMap<string, FormatName> = new Map(
  Object.entries(EMBEDDED).map(([format, type]) => [type, format as FormatName]),
)

/** The format that a type stands for; the plain types stand for binary. */
export function formatOfType(type: string): FormatName {
  return FORMAT_BY_TYPE.get(type) ?? 'binary'
}
