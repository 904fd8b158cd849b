/**
 * The interface of codecs. A codec is a compiled schema that turns JSON texts into payloads and payloads into JSON
 * texts.
 * Codecs bound their work by steps, sizes and depths, never by the clock: what is valid is the same on every machine.
 */
import type { Schema } from '../schema-registry/schema.ts'

/** One compiled schema. A codec is pure and synchronous. */
export interface Codec {
  /**
   * The name of the record, the message or the title, for the subject name strategies; undefined when the schema has
   * none.
   */
  readonly recordName: string | undefined

  /**
   * Compiles the part that only `encode` needs. Callers call it before they rely on the schema, for example before
   * they register it. `decode` works without it.
   * @throws {InvalidSchemaError} when values cannot be encoded with the schema
   */
  prepareToEncode?(): void

  /**
   * Encodes a value. The payload follows the wire format's magic byte and schema id, and begins with Protobuf's
   * message indexes.
   * @param json the text of one well-formed JSON value, as the client wrote it
   * @param maxBytes the size up to which a payload can be written; unlimited by default. A text whose payload is
   *   certainly larger is refused early, before most of the work; a larger payload may still be returned
   * @throws {PayloadSizeError} when the payload is larger than `maxBytes`
   * @throws {PayloadError} when the value does not match the schema
   */
  encode(json: string, maxBytes?: number): Buffer

  /**
   * Decodes a payload to compact JSON.
   * @param payload a payload from `encode`; the codec neither changes nor keeps it
   * @throws {PayloadError} when the bytes do not match the schema
   */
  decode(payload: Buffer): string
}

/** Compiles a schema. @throws {InvalidSchemaError} when the schema is invalid */
export type Compile = (schema: Schema) => Codec

/** A value or a payload does not match the schema. The message gives the place and the expectation. */
export class PayloadError extends Error {
  override readonly name: string = 'PayloadError'
}

/** A payload would be larger than any that can be written. */
export class PayloadSizeError extends PayloadError {
  override readonly name = 'PayloadSizeError'

  constructor(maxBytes: number) {
    super(
      `the payload has more than ${maxBytes} bytes, the limit of message.max.bytes: write smaller values, or raise the limit`,
    )
  }
}

/** A text is not a schema of its language. The message gives the reason. */
export class InvalidSchemaError extends Error {
  override readonly name = 'InvalidSchemaError'
}
