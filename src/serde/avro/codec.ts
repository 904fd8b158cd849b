/**
 * The Avro codec. It translates between Avro's JSON encoding and its binary encoding without JavaScript values in
 * between, which would lose digits.
 */

import { type Codec, type Compile, PayloadError } from '../codec.ts'
import { compileSchema } from '../limits/schema-errors.ts'
import { type Decoder, decoderOf } from './decode.ts'
import { encoderOf } from './encode.ts'
import type { Encoder } from './encode-scalar.ts'
import { pathTo } from './json-path.ts'
import { JsonReader } from './json-reader.ts'
import { PayloadSink } from './payload-sink.ts'
import { PayloadSource } from './payload-source.ts'
import { parseSchema } from './schema.ts'
import { TextSink } from './text-sink.ts'
import type { AvroType } from './type.ts'

// All codecs share these buffers, because both directions are synchronous.
const READER = new JsonReader()
const PAYLOAD = new PayloadSink()
const TEXT = new TextSink()

/**
 * Compiles an Avro schema.
 *
 * `encode` accepts unions with and without branch names (see `encode-union.ts`), fields in any order and by their
 * aliases, and integers such as `3.0`. It refuses missing fields, even those with defaults, and unknown fields.
 *
 * `decode` names all union branches but null. It prints bytes as characters up to U+00FF, logical types as their base
 * types, and all digits of numbers.
 */
export const compileAvro: Compile = (schema) =>
  compileSchema(() => new AvroCodec(parseSchema(schema)))

class AvroCodec implements Codec {
  readonly recordName: string | undefined
  readonly #encode: Encoder
  readonly #decode: Decoder

  constructor(type: AvroType) {
    this.recordName = type.kind === 'record' ? type.name : undefined
    this.#encode = encoderOf(type)
    this.#decode = decoderOf(type)
  }

  encode(json: string, maxBytes = Number.POSITIVE_INFINITY): Buffer {
    READER.reset(json)
    PAYLOAD.reset(maxBytes)
    this.#encode(READER, PAYLOAD)
    READER.end()
    return PAYLOAD.take()
  }

  decode(payload: Buffer): string {
    const source = new PayloadSource(payload)
    TEXT.reset(payload.length)
    try {
      this.#decode(source, TEXT)
    } catch (error) {
      throw error instanceof PayloadError ? withPosition(error, source) : error
    }
    const left = payload.length - source.position
    if (left > 0) throw new PayloadError(`The payload continues after the value, for ${left} bytes`)
    return TEXT.text()
  }
}

/** Adds the position. The text so far gives the path. */
function withPosition({ message }: PayloadError, { position }: PayloadSource): PayloadError {
  const text = Buffer.from(TEXT.text())
  const path = pathTo(text, text.length)
  return new PayloadError(`${message}, at byte ${position}${path === '' ? '' : ` in ${path}`}`)
}
