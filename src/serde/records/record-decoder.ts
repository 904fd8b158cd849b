/** Decodes the frames of one response to JSON. */
import { RestError } from '../../errors.ts'
import { InvalidSchemaError, PayloadError } from '../codec.ts'
import { type Codecs, UnknownSchemaError } from '../codecs.ts'
import type { CompiledSchema } from '../compiled-schemas.ts'
import type { Busy } from '../limits/busy.ts'
import { DeadlineError } from '../limits/deadline.ts'
import { TIMEOUT_MARGIN_MS, withTimeout } from '../limits/timeout.ts'
import type { RecordPart } from '../subject-name.ts'
import type { Frame, FrameReader } from './frames.ts'
import { JsonArray } from './json-array.ts'
import { PREFIX_BYTES, schemaIdOf } from './wire-format.ts'

/** The size limits of a response. */
export interface ResponseLimits {
  /** Exclusive limit for the JSON of keys and values (docs/conformance.md#9.5). */
  readonly maxBytes: number
  /** Whether an oversized first record is returned alone instead of refused. */
  readonly returnsOversized: boolean
}

/** The offset from which the next response of a partition continues. */
export interface NextOffset {
  readonly topic: string
  readonly partition: number
  /** The offset of the last record plus one. */
  readonly offset: number
}

/** A partition of the response. */
interface Place {
  readonly topic: string
  readonly partition: number
  /** The `begin` of the partition's frames. */
  readonly begin: Buffer
  next: number
}

/** A schema that is not compiled yet. */
export interface NeededSchema {
  readonly frame: Frame
  readonly part: RecordPart
  readonly id: number
}

/** The reason why decoding stopped. */
export type Stop = 'used up' | 'enough' | 'time is up' | 'no room' | NeededSchema

/** The decoder stops when this much JSON is ready to be sent. */
const ENOUGH_BYTES = 64 * 1024

const NULL = 'null'

/** Decodes one response. */
export class RecordDecoder {
  readonly json = new JsonArray()
  readonly #codecs: Codecs
  readonly #busy: Busy
  readonly #job: number
  readonly #limits: ResponseLimits
  /** Codecs in use by this response. */
  readonly #used = new Map<number, CompiledSchema>()
  readonly #places = new Map<string, Place>()
  /** Those with records since the last takePositions(). */
  readonly #moved = new Set<Place>()
  #place: Place | undefined
  /** JSON bytes of keys and values so far. */
  #bytes = 0
  readonly #registryMs: number
  #waitedMs = 0

  /** @param registryMs the time limit for all schemas of the response */
  constructor(
    codecs: Codecs,
    limits: ResponseLimits,
    registryMs: number,
    { busy, job }: { readonly busy: Busy; readonly job: number },
  ) {
    this.#codecs = codecs
    this.#busy = busy
    this.#job = job
    this.#limits = limits
    this.#registryMs = registryMs
  }

  /** The offsets from which the next response continues. */
  get next(): readonly NextOffset[] {
    return [...this.#places.values()].map(nextOf)
  }

  /** Lets go of compiled schemas, before a pause of unknown length. */
  forgetSchemas(): void {
    this.#used.clear()
  }

  /** Those of the partitions with records since the last call. */
  takePositions(): readonly NextOffset[] {
    const positions = [...this.#moved].map(nextOf)
    this.#moved.clear()
    this.#place = undefined
    return positions
  }

  /**
   * Decodes records until there is a reason to stop. Throws a RestError that names the record when one cannot be
   * decoded; the record stays in `frames`.
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

  /** Loads a schema. Rejects with a RestError that names the record. */
  async load({ frame, part, id }: NeededSchema): Promise<void> {
    const since = this.#idleClock()
    try {
      const left = Math.max(0, this.#registryMs - this.#waitedMs)
      const load = this.#codecs.load(id)
      const compiled = await withTimeout(
        load,
        left + TIMEOUT_MARGIN_MS,
        () => timeoutError(this.#registryMs),
        () => this.#busy.workedMs,
      )
      this.#used.set(id, compiled)
      this.#waitedMs += this.#idleClock() - since
    } catch (error) {
      throw recordError(frame, part, error)
    }
  }

  /** A clock that stands still while the thread works. */
  #idleClock(): number {
    return performance.now() - this.#busy.workedMs
  }

  #decode(frame: Frame): Stop | undefined {
    const key = this.#codecOf(frame, 'key')
    if (typeof key === 'number') return { frame, part: 'key', id: key }
    const value = this.#codecOf(frame, 'value')
    if (typeof value === 'number') return { frame, part: 'value', id: value }
    const keyJson = this.#decoded(frame, 'key', key)
    const valueJson = this.#decoded(frame, 'value', value)
    const bytes = sizeOf(keyJson) + sizeOf(valueJson)
    if (this.#bytes + bytes >= this.#limits.maxBytes) {
      if (!this.json.isEmpty) return 'no room'
      if (!this.#limits.returnsOversized) throw oversized(frame, bytes, this.#limits.maxBytes)
    }
    this.#bytes += bytes
    // The array contains nulls, but the size limit does not count them.
    this.json.add(frame, keyJson ?? NULL, valueJson ?? NULL, bytes + 2 * NULL.length)
    this.#note(frame)
    return undefined
  }

  /** Returns the codec; undefined for null; the schema id when the schema is not compiled yet. */
  #codecOf(frame: Frame, part: RecordPart): CompiledSchema | undefined | number {
    const bytes = frame[part]
    if (!bytes) return undefined
    const id = attempt(frame, part, () => schemaIdOf(bytes))
    return this.#used.get(id) ?? this.#find(frame, part, id) ?? id
  }

  #find(frame: Frame, part: RecordPart, id: number): CompiledSchema | undefined {
    const compiled = attempt(frame, part, () => this.#codecs.find(id))
    if (compiled) this.#used.set(id, compiled)
    return compiled
  }

  /** Returns the JSON of a key or value; undefined for null. */
  #decoded(
    frame: Frame,
    part: RecordPart,
    compiled: CompiledSchema | undefined,
  ): string | undefined {
    const bytes = frame[part]
    if (!compiled || !bytes) return undefined
    const { codec, mark } = compiled
    this.#busy.use(mark, this.#job)
    return attempt(frame, part, () => codec.decode(bytes.subarray(PREFIX_BYTES)))
  }

  /** Advances the offset of a partition. Records of a partition arrive in runs, so the last one is compared first. */
  #note(frame: Frame): void {
    const { partition, begin, offset } = frame
    let place = this.#place
    if (place?.partition !== partition || !place.begin.equals(begin)) {
      place = this.#placeOf(frame)
      this.#place = place
      this.#moved.add(place)
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

function nextOf({ topic, partition, next: offset }: Place): NextOffset {
  return { topic, partition, offset }
}

function timeoutError(registryMs: number): RestError {
  return new RestError(
    'KAFKA_RETRIABLE_ERROR',
    'the schema registry answers so slowly that the schemas of this response took longer than ' +
      `${registryMs} ms (sluice.schema.registry.timeout.ms)`,
  )
}

/** Counts bytes for the response limit (docs/conformance.md#9.5). */
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

/** Converts the error of a record to a RestError. Other errors are defects and pass unchanged. */
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
