/**
 * The door of this room: what handlers ask for records whose format needs schemas. Kafka's side of
 * it (drafts, reads) comes as arguments, and is unknown here.
 */
import type { SchemaType } from '../schema-registry/schema.ts'
import type { Compile } from './codec.ts'
import { Codecs } from './codecs.ts'
import { RecordDecoder, type ResponseLimits } from './record-decoder.ts'
import { encodeRecords, type RecordSchemas, type RecordTexts } from './record-encoder.ts'
import { type RecordSink, RecordStream } from './record-stream.ts'
import { type GivenSchema, SchemaResolution, type SubjectOf } from './schema-resolution.ts'
import type { SchemaSource } from './schema-source.ts'
import { Turns } from './turns.ts'

/** What is needed for formats with schemas. */
export interface SchemasOptions {
  readonly source: SchemaSource
  readonly compile: Readonly<Record<SchemaType, Compile>>
  readonly subjectOf: SubjectOf
  /** `null.request.body.always.publishes.empty.record`. */
  readonly nullIsEmpty: boolean
}

/** A produce request that waits for payloads. */
export interface RecordsToEncode extends RecordTexts {
  readonly key: GivenSchema
  readonly value: GivenSchema
}

/** The ids of the schemas that a request was encoded with; undefined for none. */
export interface SchemaIds {
  readonly key: number | undefined
  readonly value: number | undefined
}

/** One for the process. */
export class Schemas {
  readonly #codecs: Codecs
  readonly #resolution: SchemaResolution
  readonly #nullIsEmpty: boolean
  readonly #turns = new Turns()

  constructor({ source, compile, subjectOf, nullIsEmpty }: SchemasOptions) {
    this.#codecs = new Codecs(source, compile)
    this.#resolution = new SchemaResolution(source, this.#codecs, subjectOf)
    this.#nullIsEmpty = nullIsEmpty
  }

  /**
   * Gives payloads to the records of a request. Rejects with a RestError when its schemas, or one of
   * its records, cannot be used (contract v2, 6.3).
   */
  async encode(type: SchemaType, topic: string, records: RecordsToEncode): Promise<SchemaIds> {
    const schemas: RecordSchemas = {
      key: await this.#resolution.resolve(type, 'key', topic, records.key),
      value: await this.#resolution.resolve(type, 'value', topic, records.value),
    }
    await encodeRecords(records, schemas, this.#nullIsEmpty, this.#turns)
    return { key: schemas.key?.id, value: schemas.value?.id }
  }

  /** A sink for the frames of a read, which makes JSON of them for `sink`. */
  decode(
    sink: RecordSink,
    limits: ResponseLimits,
    onDefect: (error: unknown) => void,
  ): RecordStream {
    return new RecordStream(sink, new RecordDecoder(this.#codecs, limits), this.#turns, onDefect)
  }
}
