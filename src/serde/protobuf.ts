/** Protobuf: payloads in the binary format, JSON texts by Protobuf's own mapping. */
import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import { type Codec, type Compile, InvalidSchemaError } from './codec.ts'
import { withDeadline } from './deadline.ts'
import { KeptDigits, parseKeepingDigits, readJsonText } from './json-text.ts'
import { complaintOf } from './protobuf/complaint.ts'
import { InputNormalizer, mayBeMisread } from './protobuf/json-input.ts'
import { FLOAT_ROUNDER, mayHaveFloats } from './protobuf/json-output.ts'
import { JsonWalk } from './protobuf/json-walk.ts'
import { type LinkedSchema, linkSchema } from './protobuf/linked-schema.ts'
import { FIRST_MESSAGE, readMessageIndexes } from './protobuf/message-indexes.ts'
import { WireCheck } from './protobuf/wire-check.ts'

/** A schema of usual size takes 1 ms; the rest is for large ones on machines that do other things. */
const COMPILE_LIMIT_MS = 5000

/** A codec for Protobuf: proto2, proto3 and the editions 2023 and 2024. */
export const compileProtobuf: Compile = (schema) => {
  try {
    return withDeadline(COMPILE_LIMIT_MS, () => new ProtobufCodec(linkSchema(schema)))
  } catch (error) {
    if (error instanceof InvalidSchemaError) throw error
    throw new InvalidSchemaError(error instanceof Error ? error.message : String(error))
  }
}

class ProtobufCodec implements Codec {
  readonly recordName: string
  readonly #schema: LinkedSchema
  readonly #message: DescMessage
  readonly #wireCheck: WireCheck

  constructor(schema: LinkedSchema) {
    const [first] = schema.messages
    if (first?.descriptor === undefined) throw new InvalidSchemaError('there is no first message')
    this.#schema = schema
    this.#message = first.descriptor
    this.#wireCheck = new WireCheck(schema.registry)
    this.recordName = first.descriptor.typeName
  }

  encode(json: string): Buffer {
    const { compact, fitsDoubles } = readJsonText(json)
    if (fitsDoubles && !mayBeMisread(compact)) {
      const payload = this.#tryToWrite(compact)
      if (payload !== undefined) return payload
    }
    return this.#write(this.#normalized(compact))
  }

  decode(payload: Buffer): string {
    const { message, start } = readMessageIndexes(payload, this.#schema.messages)
    const bytes = payload.subarray(start)
    this.#wireCheck.check(message, bytes)
    try {
      return JSON.stringify(this.#read(message, bytes))
    } catch (error) {
      throw complaintOf(error)
    }
  }

  /** Undefined if it fails: perhaps for a form of writing that the library doesn't know. */
  #tryToWrite(json: string): Buffer | undefined {
    try {
      return this.#write(JSON.parse(json) as JsonValue)
    } catch {
      return undefined
    }
  }

  #write(value: JsonValue): Buffer {
    try {
      const { registry } = this.#schema
      const message = fromJson(this.#message, value, { registry })
      return Buffer.concat([FIRST_MESSAGE, toBinary(this.#message, message)])
    } catch (error) {
      throw complaintOf(error)
    }
  }

  #normalized(json: string): JsonValue {
    const { holder, digits } = parseKeepingDigits(json, new KeptDigits(), Number)
    const normalizer = new InputNormalizer(digits)
    new JsonWalk(this.#schema.registry, normalizer).walk(this.#message, holder, 'value')
    return holder.value as JsonValue
  }

  #read(message: DescMessage, bytes: Uint8Array): JsonValue {
    const { registry } = this.#schema
    const holder = {
      value: toJson(message, fromBinary(message, bytes), { registry, alwaysEmitImplicit: true }),
    }
    if (mayHaveFloats(message)) new JsonWalk(registry, FLOAT_ROUNDER).walk(message, holder, 'value')
    return holder.value
  }
}
