/** The records of a response, from frames to JSON. Knows neither pieces nor clients. */
import { RestError } from '../../errors.ts'
import { type Codec, InvalidSchemaError, PayloadError } from '../codec.ts'
import { type Codecs, UnknownSchemaError } from '../codecs.ts'
import { DeadlineError } from '../limits/deadline.ts'
import { TIMEOUT_MARGIN_MS, withTimeout } from '../limits/timeout.ts'
import type { RecordPart } from '../subject-name.ts'
import type { Frame, FrameReader } from './frames.ts'
import { JsonArray } from './json-array.ts'
import { PREFIX_BYTES, schemaIdOf } from './wire-format.ts'

/** Bounds of a response. */
export interface ResponseLimits {
  /** Of the JSON of keys and values (contract v2, 9.5); exclusive. */
  readonly maxBytes: number
  /** Whether a first record that is larger is returned alone, and no error. */
  readonly returnsOversized: boolean
}

/** How far a response has come in a partition. */
export interface NextOffset {
  readonly topic: string
  readonly partition: number
  /** One after that of the last record. */
  readonly offset: number
}

/** A partition in a response. */
interface Place {
  readonly topic: string
  readonly partition: number
  /** Of its frames. */
  readonly begin: Buffer
  next: number
}

/** A schema that is needed for the next record. */
export interface NeededSchema {
  readonly frame: Frame
  readonly part: RecordPart
  readonly id: number
}

/** Why decoding stopped: there are no further frames, enough JSON was made, and so on. */
export type Stop = 'used up' | 'enough' | 'time is up' | 'no room' | NeededSchema

/** When there is so much JSON, it is to be sent. */
const ENOUGH_BYTES = 64 * 1024

const NULL = 'null'

/** Makes one response. */
export class RecordDecoder {
  readonly json = new JsonArray()
  readonly #codecs: Codecs
  readonly #limits: ResponseLimits
  /** Those that this response has used. */
  readonly #used = new Map<number, Codec>()
  readonly #places = new Map<string, Place>()
  #place: Place | undefined
  /** Of keys and values. */
  #bytes = 0
  readonly #registryMs: number
  #waitedMs = 0

  /** @param registryMs for all schemas that the response has to wait for */
  constructor(codecs: Codecs, limits: ResponseLimits, registryMs: number) {
    this.#codecs = codecs
    this.#limits = limits
    this.#registryMs = registryMs
  }

  /** Where the next response goes on. */
  get next(): readonly NextOffset[] {
    return [...this.#places.values()].map(({ topic, partition, next: offset }) => ({
      topic,
      partition,
      offset,
    }))
  }

  /**
   * Decodes one record after the other, until there is a reason to stop. Throws a RestError that
   * says which record cannot be decoded, and why; it is not taken from `frames`.
   */
  decodeUntil(until: number, frames: FrameReader): Stop {
    for (let frame = frames.peek(); frame; frame = frames.peek()) {
      const stop = this.#decode(frame)
      if (stop) return stop
      frames.take()
      if (this.json.bytes >= ENOUGH_BYTES) return 'enough'
      if (performance.now() >= until) return 'time is up'
    }
    return 'used up'
  }

  /** Gets a schema that was needed. Rejects with a RestError that names the record. */
  async load({ frame, part, id }: NeededSchema): Promise<void> {
    const since = performance.now()
    try {
      const left = Math.max(0, this.#registryMs - this.#waitedMs)
      const load = this.#codecs.load(id)
      const { codec } = await withTimeout(load, left + TIMEOUT_MARGIN_MS, () =>
        timeoutError(this.#registryMs),
      )
      this.#used.set(id, codec)
      this.#waitedMs += performance.now() - since
    } catch (error) {
      throw recordError(frame, part, error)
    }
  }

  #decode(frame: Frame): Stop | undefined {
    const key = this.#codecOf(frame, 'key')
    if (typeof key === 'number') return { frame, part: 'key', id: key }
    const value = this.#codecOf(frame, 'value')
    if (typeof value === 'number') return { frame, part: 'value', id: value }
    const keyJson = decoded(frame, 'key', key)
    const valueJson = decoded(frame, 'value', value)
    const bytes = sizeOf(keyJson) + sizeOf(valueJson)
    if (this.#bytes + bytes >= this.#limits.maxBytes) {
      if (!this.json.isEmpty) return 'no room'
      if (!this.#limits.returnsOversized) throw oversized(frame, bytes, this.#limits.maxBytes)
    }
    this.#bytes += bytes
    // A null is written, but not counted.
    this.json.add(frame, keyJson ?? NULL, valueJson ?? NULL, bytes + 2 * NULL.length)
    this.#note(frame)
    return undefined
  }

  /** Undefined for what is null; the id of its schema when that is not there. */
  #codecOf(frame: Frame, part: RecordPart): Codec | undefined | number {
    const bytes = frame[part]
    if (!bytes) return undefined
    const id = attempt(frame, part, () => schemaIdOf(bytes))
    return this.#used.get(id) ?? this.#find(id) ?? id
  }

  #find(id: number): Codec | undefined {
    const codec = this.#codecs.find(id)?.codec
    if (codec) this.#used.set(id, codec)
    return codec
  }

  /** Records of a partition come in runs. */
  #note(frame: Frame): void {
    const { partition, begin, offset } = frame
    let place = this.#place
    if (place?.partition !== partition || !place.begin.equals(begin)) {
      place = this.#placeOf(frame)
      this.#place = place
    }
    place.next = offset + 1
  }

  #placeOf({ topic, partition, begin }: Frame): Place {
    const name = `${topic}-${partition}`
    const known = this.#places.get(name)
    if (known) return known
    const place = { topic, partition, begin: Buffer.from(begin), next: 0 }
    this.#places.set(name, place)
    return place
  }
}

/** The JSON of a key or value; undefined for null. */
function decoded(frame: Frame, part: RecordPart, codec: Codec | undefined): string | undefined {
  const bytes = frame[part]
  if (!codec || !bytes) return undefined
  return attempt(frame, part, () => codec.decode(bytes.subarray(PREFIX_BYTES)))
}

function timeoutError(registryMs: number): RestError {
  return new RestError(
    'KAFKA_RETRIABLE_ERROR',
    'the schema registry answers so slowly that the schemas of this response took longer than ' +
      `${registryMs} ms (sluice.schema.registry.timeout.ms)`,
  )
}

/** Contract v2, 9.5. */
function sizeOf(json: string | undefined): number {
  return json === undefined ? 0 : Buffer.byteLength(json)
}

function attempt<T>(frame: Frame, part: RecordPart, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw recordError(frame, part, error)
  }
}

/** What a client is told of an error with a record; what nobody expects stays as it is. */
function recordError(frame: Frame, part: RecordPart, error: unknown): unknown {
  const place = `The record ${placeOf(frame)} cannot be read: ${part}: `
  if (error instanceof RestError) return new RestError(error.name, place + error.message)
  if (error instanceof DeadlineError) {
    return new RestError('OUT_OF_TIME', `${place}${error.message}; try again later.`)
  }
  if (error instanceof InvalidSchemaError) {
    return new RestError('UNDECODABLE_RECORD', `${place}its schema is invalid: ${error.message}`)
  }
  if (error instanceof PayloadError || error instanceof UnknownSchemaError) {
    return new RestError('UNDECODABLE_RECORD', place + error.message)
  }
  return error
}

function placeOf({ topic, partition, offset }: Frame): string {
  return `${topic}-${partition} at offset ${offset}`
}

function oversized(frame: Frame, bytes: number, limit: number): RestError {
  return new RestError(
    'OVERSIZED_RECORD',
    `The record ${placeOf(frame)} has ${bytes} bytes as JSON; this read may return fewer than ` +
      `${limit} (the smaller of max_bytes and consumer.request.max.bytes). Raise the limit or ` +
      'seek past the record.',
  )
}
