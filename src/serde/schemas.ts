/**
 * The entry point of `serde` for handlers of formats with schemas. Drafts and reads of `kafka` are parameters, because
 * `serde` does not import `kafka`.
 */
import { RestError } from '../errors.ts'
import type { SchemaType } from '../schema-registry/schema.ts'
import { Codecs } from './codecs.ts'
import { bytesOf, type CompiledSchemas } from './compiled-schemas.ts'
import {
  DescribedSchemas,
  type SchemaDescription,
  typeNameOf,
  typeOf,
} from './described-schemas.ts'
import type { Busy } from './limits/busy.ts'
import { DeadlineError } from './limits/deadline.ts'
import type { BroughtSchema, SchemaRoom } from './limits/schema-room.ts'
import { TIMEOUT_MARGIN_MS, withTimeout } from './limits/timeout.ts'
import type { Turns } from './limits/turns.ts'
import { RecordDecoder, type ResponseLimits } from './records/record-decoder.ts'
import {
  encodeRecords,
  type RecordSchemas,
  type RecordTexts,
  type TextBounds,
} from './records/record-encoder.ts'
import { type RecordSink, RecordStream } from './records/record-stream.ts'
import { encodeStreamed, type Resolved, type StreamedTexts } from './records/streamed-encoder.ts'
import { type GivenSchema, type SchemaPolicy, SchemaResolution } from './schema-resolution.ts'
import type { SchemaSource } from './schema-source.ts'
import type { ShownIds } from './shown-schemas.ts'

/** The dependencies and settings of `Schemas`. */
export interface SchemasOptions {
  readonly source: SchemaSource
  /** Those of the thread. */
  readonly compiled: CompiledSchemas
  /** What `source` has shown. */
  readonly shown: ShownIds
  /** Tells what the thread works on. */
  readonly busy: Busy
  /** Those of the thread. */
  readonly turns: Turns
  readonly room: SchemaRoom
  readonly policy: SchemaPolicy
  /** `null.request.body.always.publishes.empty.record`. */
  readonly nullIsEmpty: boolean
  /** Limit for the JSON of one key or value: `sluice.schema.record.max.bytes`. */
  readonly maxTextBytes: number
  /** The largest payload that Kafka takes: `message.max.bytes` of the producer. */
  readonly maxPayloadBytes: number
  /** Limit for all registry calls of one request, in ms: `sluice.schema.registry.timeout.ms`. */
  readonly timeoutMs: number
}

/** A produce request whose records have no payloads yet. */
export interface RecordsToEncode extends RecordTexts {
  /** Reads them anew each time: a request that waits holds no texts. */
  readSchemas(): GivenSchemas
}

/** The schemas of a produce request. */
export interface GivenSchemas {
  readonly key: GivenSchema
  readonly value: GivenSchema
}

/** Records of the v3 API without payloads. */
export interface DescribedRecords extends StreamedTexts {
  /** As `readSchemas` of RecordsToEncode. */
  readDescriptions(): readonly SchemaDescription[]
}

/** The schema ids of an encoded request; undefined for parts without a schema. */
export interface SchemaIds {
  readonly key: number | undefined
  readonly value: number | undefined
}

/** Encodes the requests and decodes the responses of one caller of the registry, or of all if they share its login. */
export class Schemas {
  readonly #codecs: Codecs
  readonly #resolution: SchemaResolution
  readonly #described: DescribedSchemas
  readonly #bounds: TextBounds
  readonly #timeoutMs: number
  readonly #busy: Busy
  readonly #turns: Turns
  readonly #room: SchemaRoom

  constructor(options: SchemasOptions) {
    const { source, compiled, shown, policy, timeoutMs, busy, turns, room, ...bounds } = options
    this.#codecs = new Codecs(source, compiled, shown)
    this.#busy = busy
    this.#turns = turns
    this.#room = room
    this.#resolution = new SchemaResolution(source, this.#codecs, policy)
    this.#described = new DescribedSchemas(source, this.#codecs, policy)
    this.#bounds = bounds
    this.#timeoutMs = timeoutMs
  }

  /**
   * Encodes the records of a request. Rejects with a RestError when a schema or a record is invalid, or when time runs
   * out.
   */
  async encode(type: SchemaType, topic: string, records: RecordsToEncode): Promise<SchemaIds> {
    try {
      return await this.#encode(type, topic, records)
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error
      throw new RestError('OUT_OF_TIME', `Nothing of this request was written: ${error.message}.`)
    }
  }

  async #encode(type: SchemaType, topic: string, records: RecordsToEncode): Promise<SchemaIds> {
    const giveBack = await this.#enter(() => broughtBy(type, records.readSchemas()))
    try {
      const schemas = await withTimeout(
        this.#resolve(type, topic, records.readSchemas()),
        this.#timeoutMs + TIMEOUT_MARGIN_MS,
        () => timeoutError(this.#timeoutMs),
        () => this.#busy.workedMs,
      )
      await encodeRecords(records, schemas, this.#bounds, this.#turns, this.#busy)
      return { key: schemas.key?.id, value: schemas.value?.id }
    } finally {
      giveBack()
    }
  }

  #enter(read: () => readonly BroughtSchema[]): Promise<() => void> {
    return this.#room.enter(read, this.#timeoutMs, () => roomError(this.#timeoutMs))
  }

  /**
   * Encodes records of the v3 API, and refuses those that cannot be encoded. Resolves to the members of receipts that
   * describe the schemas; empty for those that were not resolved. Rejects with a RestError that concerns all records, and for
   * defects.
   */
  async encodeDescribed(topic: string, records: DescribedRecords): Promise<string[]> {
    const giveBack = await this.#enter(() => records.readDescriptions().flatMap(broughtByRecord))
    try {
      const schemas = await Promise.all(
        records.readDescriptions().map((description) => this.#tryToResolve(topic, description)),
      )
      await encodeStreamed(records, schemas, this.#bounds, this.#turns, this.#busy)
      return schemas.map(membersOf)
    } finally {
      giveBack()
    }
  }

  async #tryToResolve(topic: string, description: SchemaDescription): Promise<Resolved> {
    try {
      return await withTimeout(
        this.#described.resolve(topic, description),
        this.#timeoutMs + TIMEOUT_MARGIN_MS,
        () => timeoutError(this.#timeoutMs),
        () => this.#busy.workedMs,
      )
    } catch (error) {
      if (error instanceof RestError) return error
      if (!(error instanceof DeadlineError)) throw error
      return new RestError('OUT_OF_TIME', `This record was not written: ${error.message}.`)
    }
  }

  /** Returns a sink that decodes the frames of a read and writes JSON to `sink`. @param job see RecordsToEncode */
  decode(
    sink: RecordSink,
    limits: ResponseLimits,
    onDefect: (error: unknown) => void,
    job: number,
  ): RecordStream {
    const decoder = new RecordDecoder(this.#codecs, limits, this.#timeoutMs, {
      busy: this.#busy,
      job,
    })
    return new RecordStream(sink, decoder, this.#turns, onDefect)
  }

  async #resolve(type: SchemaType, topic: string, given: GivenSchemas): Promise<RecordSchemas> {
    return {
      key: await this.#resolution.resolve(type, 'key', topic, given.key),
      value: await this.#resolution.resolve(type, 'value', topic, given.value),
    }
  }
}

function broughtBy(type: SchemaType, { key, value }: GivenSchemas): BroughtSchema[] {
  return [key, value].flatMap(({ text }) => (text === undefined ? [] : [brought(type, text)]))
}

function broughtByRecord({ type, schema }: SchemaDescription): BroughtSchema[] {
  return schema === undefined ? [] : [brought(typeOf(type), schema)]
}

function brought(type: SchemaType, text: string): BroughtSchema {
  return { name: `${type} ${text}`, bytes: bytesOf({ type, text, references: [] }) }
}

function roomError(timeoutMs: number): RestError {
  return new RestError(
    'OUT_OF_TIME',
    'Nothing of this request was written: requests with large schemas as texts use the memory for them, and had it for ' +
      `${timeoutMs} ms (sluice.schema.registry.timeout.ms), perhaps because the registry is slow; try again later, or give ids ` +
      'of schemas.',
  )
}

function membersOf(schema: Resolved): string {
  if (schema instanceof RestError) return ''
  const { subject, id: schema_id, version: schema_version } = schema
  const type = typeNameOf(schema.schema.type)
  return JSON.stringify({ type, subject, schema_id, schema_version }).slice(1, -1)
}

function timeoutError(timeoutMs: number): RestError {
  return new RestError(
    'SERIALIZATION_FAILED',
    'Error serializing message. The schema registry answers so slowly that the questions about ' +
      `the schemas of this request took longer than ${timeoutMs} ms ` +
      '(sluice.schema.registry.timeout.ms).',
  )
}
