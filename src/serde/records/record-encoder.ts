/**
 * Encodes the records of a produce request in turns. The payloads go to the engine's memory piece by piece, so
 * JavaScript holds one piece at a time.
 */
import { RestError } from '../../errors.ts'
import { PayloadError, PayloadSizeError } from '../codec.ts'
import type { Busy } from '../limits/busy.ts'
import type { Turns } from '../limits/turns.ts'
import type { ResolvedSchema } from '../schema-resolution.ts'
import type { RecordPart } from '../subject-name.ts'
import { Payloads } from './wire-format.ts'

/** The source of texts and the target of payloads; kafka/produce-draft.ts documents the methods. */
export interface RecordTexts {
  readonly count: number
  /** The job, for those who watch the thread: above 0. */
  readonly job: number
  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number
  append(payloads: Uint8Array, sizes: Int32Array): void
}

/** The schemas of a request; undefined for a part without one. */
export interface RecordSchemas {
  readonly key: ResolvedSchema | undefined
  readonly value: ResolvedSchema | undefined
}

/** The rules for the texts of a request. */
export interface TextBounds {
  /** Whether null gets no payload, whatever its schema allows (docs/conformance.md#7.4). */
  readonly nullIsEmpty: boolean
  /** Limit for one key or value. */
  readonly maxTextBytes: number
  /** The largest payload that Kafka takes: `message.max.bytes` of the producer. */
  readonly maxPayloadBytes: number
}

/** Limits of a piece. A single larger record is a piece of its own. */
const PIECE_RECORDS = 1024
const PIECE_BYTES = 256 * 1024

/** Buffers that all requests share: encoding a piece is synchronous. */
const pieceTexts = Buffer.allocUnsafeSlow(PIECE_BYTES)
const pieceSizes = new Int32Array(2 * PIECE_RECORDS)
const piecePayloads = new Payloads(2 * PIECE_RECORDS)

/** The size of a null. */
const NULL = -1

/**
 * Encodes all records. Rejects with a RestError at the first invalid record: 400 with the place and the codec's
 * message, 413 for an oversized text, 42201 or 42202 for a missing schema.
 */
export async function encodeRecords(
  records: RecordTexts,
  schemas: RecordSchemas,
  bounds: TextBounds,
  turns: Turns,
  busy: Busy,
): Promise<void> {
  const encoder = new RecordEncoder(records, schemas, bounds, busy)
  while (!(await turns.run((until) => encoder.encodeUntil(until)))) {}
}

class RecordEncoder {
  readonly #records: RecordTexts
  readonly #schemas: RecordSchemas
  readonly #bounds: TextBounds
  readonly #busy: Busy
  /** The number of encoded records. */
  #done = 0

  constructor(records: RecordTexts, schemas: RecordSchemas, bounds: TextBounds, busy: Busy) {
    this.#records = records
    this.#schemas = schemas
    this.#bounds = bounds
    this.#busy = busy
  }

  /** Encodes pieces until a time. Returns whether all records are encoded. */
  encodeUntil(until: number): boolean {
    do this.#encodePiece(until)
    while (this.#done < this.#records.count && performance.now() < until)
    return this.#done === this.#records.count
  }

  #encodePiece(until: number): void {
    piecePayloads.clear()
    let texts = pieceTexts
    let count = this.#records.readTexts(this.#done, texts, pieceSizes)
    if (count === 0) {
      this.#checkSize('key', bytesOf(pieceSizes[0]))
      this.#checkSize('value', bytesOf(pieceSizes[1]))
      texts = Buffer.allocUnsafe(bytesOf(pieceSizes[0]) + bytesOf(pieceSizes[1]))
      count = this.#records.readTexts(this.#done, texts, pieceSizes)
    }
    let at = 0
    for (let column = 0; column < 2 * count; column += 2) {
      at = this.#encode('key', texts, at, pieceSizes[column])
      at = this.#encode('value', texts, at, pieceSizes[column + 1])
      this.#done++
      if (performance.now() >= until) break
    }
    this.#records.append(piecePayloads.bytes, piecePayloads.sizes)
  }

  /** Encodes one text, and returns the start of the next one. */
  #encode(part: RecordPart, texts: Buffer, at: number, size: number | undefined): number {
    this.#checkSize(part, bytesOf(size))
    const end = at + bytesOf(size)
    const json = size === NULL ? undefined : texts.toString('utf8', at, end)
    const schema = this.#schemas[part]
    try {
      const payload = schema ? this.#payloadOf(schema, json) : withoutSchema(part, json)
      piecePayloads.add(schema?.id ?? 0, payload)
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      const place = `/records/${this.#done}/${part}`
      if (error instanceof PayloadSizeError) {
        throw new RestError('PAYLOAD_TOO_LARGE', `${place}: ${error.message}.`)
      }
      throw new RestError('BAD_REQUEST', `Bad Request: ${error.message} (${place})`)
    }
    return end
  }

  /** Checks a size before the text is copied and parsed. */
  #checkSize(part: RecordPart, bytes: number): void {
    const { maxTextBytes } = this.#bounds
    if (bytes <= maxTextBytes) return
    throw new RestError(
      'PAYLOAD_TOO_LARGE',
      `/records/${this.#done}/${part}: found ${bytes} bytes of JSON, expected at most ` +
        `sluice.schema.record.max.bytes=${maxTextBytes}.`,
    )
  }

  #payloadOf(resolved: ResolvedSchema, json: string | undefined): Buffer | undefined {
    const { schema, mark, codec, isImplied } = resolved
    this.#busy.use(mark, this.#records.job)
    if (json !== undefined) return codec.encode(json, this.#bounds.maxPayloadBytes)
    if (this.#bounds.nullIsEmpty || isImplied) return undefined
    const payload = codec.encode('null')
    // Kafka's null stands for Avro's null: consumers of Avro expect it.
    return schema.type === 'AVRO' ? undefined : payload
  }
}

function withoutSchema(part: RecordPart, json: string | undefined): undefined {
  if (json === undefined) return undefined
  throw new RestError(part === 'key' ? 'KEY_SCHEMA_MISSING' : 'VALUE_SCHEMA_MISSING')
}

function bytesOf(size: number | undefined): number {
  return Math.max(size ?? 0, 0)
}
