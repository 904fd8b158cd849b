/**
 * What each schema language gives: a schema, compiled once, that turns JSON texts into payloads and back. What takes too
 * long is a DeadlineError, wherever that happens; whether schemas and values are valid never depends on the clock.
 */
import type { Schema } from '../schema-registry/schema.ts'

/** One compiled schema. Pure and synchronous; kept as long as the schema is in use. */
export interface Codec {
  /** What the strategies of subject names call it: a record's, a message's or a title; of others there is none. */
  readonly recordName: string | undefined

  /**
   * Does what only `encode` needs, where that is much or may fail: to be called before anything is made of a schema's
   * being valid, such as its registration. Payloads can be decoded all the same.
   * @throws {InvalidSchemaError} when the schema has no meaning for values
   */
  prepareToEncode?(): void

  /**
   * The payload behind the wire format's magic byte and schema id; of Protobuf with the message indexes.
   * @param json the text of one JSON value as the client wrote it, known to be well-formed
   * @throws {PayloadError} when the value isn't of the schema
   */
  encode(json: string): Buffer

  /**
   * The JSON text of a payload, compact.
   * @param payload as `encode` gives it; not changed, not kept
   * @throws {PayloadError} when the bytes aren't of the schema
   */
  decode(payload: Buffer): string
}

/** Makes a codec of a schema. @throws {InvalidSchemaError} when the schema has no meaning */
export type Compile = (schema: Schema) => Codec

/** The value, or the bytes, don't fit the schema; the message says where and what was expected. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError'
}

/** The text is no schema of its language; the message says why. */
export class InvalidSchemaError extends Error {
  override readonly name = 'InvalidSchemaError'
}
