/** The media types of the v2 API, as clients write them: tests do not take them from the product. */
export const V2 = 'application/vnd.kafka.v2+json'
export const BINARY = 'application/vnd.kafka.binary.v2+json'
export const JSON_V2 = 'application/vnd.kafka.json.v2+json'
export const STRING = 'application/vnd.kafka.string.v2+json'
export const AVRO = 'application/vnd.kafka.avro.v2+json'
export const JSON_SCHEMA = 'application/vnd.kafka.jsonschema.v2+json'
export const PROTOBUF = 'application/vnd.kafka.protobuf.v2+json'
