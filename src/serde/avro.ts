/**
 * The Avro codec: Avro's JSON encoding on the one side, its binary encoding on the other, and no
 * JavaScript value between them that could lose something.
 */
import { decoderOf } from './avro/decode.ts'
import type { Decoder } from './avro/decoder.ts'
import { encoderOf } from './avro/encode.ts'
import type { Encoder } from './avro/encoder.ts'
import { pathTo } from './avro/json-path.ts'
import { JsonText } from './avro/json-text.ts'
import { PayloadSink } from './avro/payload-sink.ts'
import { PayloadSource } from './avro/payload-source.ts'
import { parseSchema } from './avro/schema.ts'
import { TextSink } from './avro/text-sink.ts'
import type { AvroType } from './avro/type.ts'
import { type Codec, type Compile, PayloadError } from './codec.ts'
import { compiling } from './compiling.ts'

// Shared by all codecs, which is safe because neither of the two directions waits for anything.
const JSON_TEXT = new JsonText()
const PAYLOAD = new PayloadSink()
const TEXT = new TextSink()

/**
 * A codec for Avro schemas.
 *
 * What is read of JSON: unions with and without the name of a branch (see `avro/encode-union.ts`),
 * fields in any order and by their aliases, integers such as `3.0`. A field that is missing isn't
 * filled in with its default, one that the schema doesn't have is refused.
 *
 * What is written: all branches but null named, bytes as characters up to U+00FF, logical types as
 * the types that they are based on, numbers with all of their digits.
 */
export const compileAvro: Compile = (schema) => compiling(() => new AvroCodec(parseSchema(schema)))

class AvroCodec implements Codec {
  readonly recordName: string | undefined
  readonly #encode: Encoder
  readonly #decode: Decoder

  constructor(type: AvroType) {
    this.recordName = type.kind === 'record' ? type.name : undefined
    this.#encode = encoderOf(type)
    this.#decode = decoderOf(type)
  }

  encode(json: string): Buffer {
    JSON_TEXT.reset(json)
    PAYLOAD.reset()
    this.#encode(JSON_TEXT, PAYLOAD)
    JSON_TEXT.end()
    return PAYLOAD.take()
  }

  decode(payload: Buffer): string {
    const source = new PayloadSource(payload)
    TEXT.reset(payload.length)
    try {
      this.#decode(source, TEXT)
    } catch (error) {
      throw error instanceof PayloadError ? placed(error, source) : error
    }
    const left = payload.length - source.position
    if (left > 0) throw new PayloadError(`The payload goes on after the value, for ${left} bytes`)
    return TEXT.text()
  }
}

/** What was written until then tells where the reader was. */
function placed({ message }: PayloadError, { position }: PayloadSource): PayloadError {
  const text = Buffer.from(TEXT.text())
  const path = pathTo(text, text.length)
  return new PayloadError(`${message}, at byte ${position}${path === '' ? '' : ` in ${path}`}`)
}
