/** The Protobuf codec: payloads in the binary format, texts in Protobuf's JSON mapping. */
import {
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import { type Codec, type Compile, InvalidSchemaError, PayloadSizeError } from '../codec.ts'
import { hasMoreItems } from '../digits/items.ts'
import { type JsonText, readJsonText, refuseLostMembers } from '../digits/json-text.ts'
import { KeptDigits, parseKeepingDigits } from '../digits/kept-digits.ts'
import { compileSchema } from '../limits/schema-errors.ts'
import { AnyUrls } from './any-urls.ts'
import { payloadErrorOf } from './error-text.ts'
import { JsonHeap } from './json-heap.ts'
import {
  BYTES_CHECK,
  InputNormalizer,
  mayBeMisread,
  mayHaveBytes,
  refuseLoneSurrogates,
} from './json-input.ts'
import { FLOAT_ROUNDER, fillEmptyValues, mayHaveFloats } from './json-output.ts'
import { JsonWalk } from './json-walk.ts'
import { type LinkedSchema, linkSchema } from './linked-schema.ts'
import { FIRST_MESSAGE, readMessageIndexes } from './message-indexes.ts'
import { PayloadReader } from './payload-reader.ts'

/** Compiles a schema of proto2, proto3, edition 2023 or edition 2024. */
export const compileProtobuf: Compile = (schema) =>
  compileSchema(() => new ProtobufCodec(linkSchema(schema)))

class ProtobufCodec implements Codec {
  readonly recordName: string
  readonly #schema: LinkedSchema
  readonly #message: DescMessage
  readonly #reader: PayloadReader
  readonly #anyUrls: AnyUrls
  readonly #bytesCheck: JsonWalk
  readonly #jsonHeap: JsonHeap

  constructor(schema: LinkedSchema) {
    const [first] = schema.messages
    if (first?.descriptor === undefined) throw new InvalidSchemaError('the schema has no message')
    this.#schema = schema
    this.#message = first.descriptor
    this.#reader = new PayloadReader(schema.registry)
    this.#anyUrls = new AnyUrls(schema.registry)
    this.#bytesCheck = new JsonWalk(schema.registry, BYTES_CHECK)
    this.#jsonHeap = new JsonHeap(schema.registry)
    this.recordName = first.descriptor.typeName
  }

  encode(json: string, maxBytes = Number.POSITIVE_INFINITY): Buffer {
    const text = readJsonText(json)
    // Each item of a repeated field and of a list is at least a byte.
    if (hasMoreItems(text.compact, maxBytes)) throw new PayloadSizeError(maxBytes)
    refuseLoneSurrogates(text.compact)
    if (text.fitsDoubles && !mayBeMisread(this.#message, text.compact)) {
      const payload = this.#tryToWrite(text)
      if (payload !== undefined) return payload
    }
    const value = this.#normalized(text)
    return this.#checked(withPayloadErrors(() => this.#write(value)))
  }

  decode(payload: Buffer): string {
    const { message, start } = readMessageIndexes(payload, this.#schema.messages)
    return withPayloadErrors(() => JSON.stringify(this.#read(message, payload.subarray(start))))
  }

  /** Returns undefined on failure: the value may have a form that Protobuf-ES does not accept. */
  #tryToWrite({ compact, members }: JsonText): Buffer | undefined {
    const value = JSON.parse(compact) as JsonValue
    refuseLostMembers(value, members)
    this.#jsonHeap.check(this.#message, value, compact.length)
    if (mayHaveBytes(this.#message)) this.#bytesCheck.walk(this.#message, { value }, 'value')
    let bytes: Uint8Array
    try {
      bytes = this.#write(value)
    } catch {
      return undefined
    }
    // What cannot be read cannot be read in another form either.
    return this.#checked(bytes)
  }

  #write(value: JsonValue): Uint8Array {
    const { registry } = this.#schema
    const message = fromJson(this.#message, value, { registry })
    this.#anyUrls.restore(this.#message, message, value)
    return toBinary(this.#message, message)
  }

  #checked(bytes: Uint8Array): Buffer {
    withPayloadErrors(() => this.#reader.checkWritten(this.#message, bytes))
    return Buffer.concat([FIRST_MESSAGE, bytes])
  }

  #normalized({ compact, members }: JsonText): JsonValue {
    const { holder, digits } = parseKeepingDigits(compact, new KeptDigits(true), Number)
    refuseLostMembers(holder.value, members)
    this.#jsonHeap.check(this.#message, holder.value, compact.length)
    const normalizer = new InputNormalizer(digits)
    new JsonWalk(this.#schema.registry, normalizer).walk(this.#message, holder, 'value')
    return holder.value as JsonValue
  }

  #read(descriptor: DescMessage, bytes: Uint8Array): JsonValue {
    const holder = { value: this.#toJson(descriptor, this.#reader.read(descriptor, bytes)) }
    if (mayHaveFloats(descriptor)) {
      new JsonWalk(this.#schema.registry, FLOAT_ROUNDER).walk(descriptor, holder, 'value')
    }
    return holder.value
  }

  #toJson(descriptor: DescMessage, message: Message): JsonValue {
    const options = { registry: this.#schema.registry, alwaysEmitImplicit: true }
    try {
      return toJson(descriptor, message, options)
    } catch (error) {
      if (!fillEmptyValues(message)) throw error
      return toJson(descriptor, message, options)
    }
  }
}

/** Does the library's work. Its errors become PayloadErrors. */
function withPayloadErrors<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw payloadErrorOf(error)
  }
}
