/**
 * Encodes the records of a stream or a batch of the v3 API that have schemas, in turns. Each record may have schemas of its
 * own, and one that cannot be encoded is refused alone.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { RestError } from '../../errors.ts'
import { PayloadError, PayloadSizeError } from '../codec.ts'
import type { DescribedSchema } from '../described-schemas.ts'
import type { Busy } from '../limits/busy.ts'
import { DeadlineError } from '../limits/deadline.ts'
import type { Turns } from '../limits/turns.ts'
import type { TextBounds } from './record-encoder.ts'
import { Payloads } from './wire-format.ts'

/** The source of texts and the target of payloads; the engine's Stream documents the methods. */
export interface StreamedTexts {
  readonly count: number
  /** The job, for those who watch the thread: above 0. */
  readonly job: number
  readTexts(first: number, texts: Uint8Array, sizes: Int32Array): number
  append(payloads: Uint8Array, sizes: Int32Array): number
  refuse(index: number, code: number, message: string): void
}

/** A schema, or the reason why its records are refused. */
export type Resolved = DescribedSchema | RestError

/** Limits of a piece. A single larger record is a piece of its own. */
const PIECE_RECORDS = 1024
const PIECE_BYTES = 256 * 1024
/** The numbers of a record: size and schema of its key, and of its value. */
const NUMBERS = 4

/** Buffers that all streams share: encoding a piece is synchronous. */
const pieceTexts = Buffer.allocUnsafeSlow(PIECE_BYTES)
const pieceNumbers = new Int32Array(NUMBERS * PIECE_RECORDS)
const piecePayloads = new Payloads(2 * PIECE_RECORDS)

const NULL = -1
const NOTHING = -2

/** The code of a budget that is spent, and will have room again. */
const NO_ROOM = 429
const ROOM_PAUSE_MS = 5
/**
 * After so many pauses the records are refused. The texts of streams may fill the budget while they wait for the room of their
 * payloads, and then nobody has any.
 */
const MAX_PAUSES = 200

/** Encodes all records. Does not reject for what a client has sent. @param schemas by the indexes of descriptions */
export async function encodeStreamed(
  texts: StreamedTexts,
  schemas: readonly Resolved[],
  bounds: TextBounds,
  turns: Turns,
  busy: Busy,
): Promise<void> {
  const encoder = new StreamedEncoder(texts, schemas, bounds, busy)
  while (!(await turns.run((until) => encoder.encodeUntil(until)))) {
    for (let pauses = 1; encoder.isWaiting; pauses++) {
      await sleep(ROOM_PAUSE_MS)
      encoder.tryAgain(pauses < MAX_PAUSES)
    }
  }
}

interface Piece {
  readonly first: number
  readonly bytes: Uint8Array
  readonly sizes: Int32Array
}

class StreamedEncoder {
  readonly #texts: StreamedTexts
  readonly #schemas: readonly Resolved[]
  readonly #bounds: TextBounds
  readonly #busy: Busy
  /** The number of encoded records. */
  #done = 0
  /** A piece that the engine has no room for yet. */
  #waiting: Piece | undefined

  constructor(texts: StreamedTexts, schemas: readonly Resolved[], bounds: TextBounds, busy: Busy) {
    this.#texts = texts
    this.#schemas = schemas
    this.#bounds = bounds
    this.#busy = busy
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined
  }

  /** @param mayWait whether it may wait once more; otherwise its records are refused */
  tryAgain(mayWait: boolean): void {
    const piece = this.#waiting
    this.#waiting = undefined
    if (piece) this.#append(piece, mayWait)
  }

  /** Encodes pieces until a time, or until one has to wait. Returns whether all records are encoded. */
  encodeUntil(until: number): boolean {
    while (this.#done < this.#texts.count && !this.#waiting) {
      this.#encodePiece(until)
      if (performance.now() >= until) break
    }
    return this.#done === this.#texts.count && !this.#waiting
  }

  #encodePiece(until: number): void {
    const first = this.#done
    piecePayloads.clear()
    let texts = pieceTexts
    let count = this.#texts.readTexts(first, texts, pieceNumbers)
    if (count === 0) {
      texts = Buffer.allocUnsafe(bytesAt(0) + bytesAt(2))
      count = this.#texts.readTexts(first, texts, pieceNumbers)
    }
    let at = 0
    for (let index = 0; index < count; index++) {
      const column = NUMBERS * index
      const ofKey = bytesAt(column)
      this.#encodeRecord(texts, at, at + ofKey, column)
      at += ofKey + bytesAt(column + 2)
      if (performance.now() >= until) break
    }
    this.#append({ first, bytes: piecePayloads.bytes, sizes: piecePayloads.sizes })
  }

  #encodeRecord(texts: Buffer, atKey: number, atValue: number, column: number): void {
    const index = this.#done++
    try {
      this.#encodePart(texts, atKey, column)
    } catch (error) {
      this.#refuse(index, error)
      piecePayloads.skip()
      piecePayloads.skip()
      return
    }
    try {
      this.#encodePart(texts, atValue, column + 2)
    } catch (error) {
      this.#refuse(index, error)
      piecePayloads.skip()
    }
  }

  /** Adds the payload of a text, or its place. */
  #encodePart(texts: Buffer, at: number, column: number): void {
    const size = pieceNumbers[column] as number
    if (size === NOTHING) {
      piecePayloads.skip()
      return
    }
    const schema = this.#schemas[pieceNumbers[column + 1] as number] as Resolved
    if (schema instanceof RestError) throw schema
    const { maxTextBytes } = this.#bounds
    if (size > maxTextBytes) {
      throw new RestError(
        'PAYLOAD_TOO_LARGE',
        `Found ${size} bytes of JSON, expected at most sluice.schema.record.max.bytes=${maxTextBytes}.`,
      )
    }
    const json = size === NULL ? undefined : texts.toString('utf8', at, at + size)
    piecePayloads.add(schema.id, this.#payloadOf(schema, json))
  }

  #payloadOf(described: DescribedSchema, json: string | undefined): Buffer | undefined {
    const { schema, mark, codec } = described
    this.#busy.use(mark, this.#texts.job)
    if (json !== undefined) return codec.encode(json, this.#bounds.maxPayloadBytes)
    if (this.#bounds.nullIsEmpty) return undefined
    const payload = codec.encode('null')
    // Kafka's null stands for Avro's null: consumers of Avro expect it.
    return schema.type === 'AVRO' ? undefined : payload
  }

  #append(piece: Piece, mayWait = true): void {
    const code = this.#texts.append(piece.bytes, piece.sizes)
    if (code === 0) return
    if (code === NO_ROOM && mayWait) {
      // The buffers are those of other streams meanwhile.
      const bytes = new Uint8Array(piece.bytes)
      this.#waiting = { first: piece.first, bytes, sizes: new Int32Array(piece.sizes) }
      return
    }
    const error = RestError.ofCode(code, '')
    const count = piece.sizes.length / 2
    for (let index = 0; index < count; index++) {
      const isEncoded = piece.sizes[2 * index] !== NOTHING || piece.sizes[2 * index + 1] !== NOTHING
      if (isEncoded) this.#texts.refuse(piece.first + index, error.code, error.message)
    }
    this.#texts.append(new Uint8Array(0), new Int32Array(piece.sizes.length).fill(NOTHING))
  }

  #refuse(index: number, error: unknown): void {
    const { code, message } = errorOf(error)
    this.#texts.refuse(index, code, message)
  }
}

/** Throws what is a defect. */
function errorOf(error: unknown): RestError {
  if (error instanceof RestError) return error
  if (error instanceof PayloadSizeError)
    return new RestError('PAYLOAD_TOO_LARGE', `Found a value that is too large: ${error.message}.`)
  if (error instanceof PayloadError)
    return new RestError('BAD_REQUEST', `Bad Request: ${error.message}`)
  if (error instanceof DeadlineError) {
    return new RestError('OUT_OF_TIME', `This record was not written: ${error.message}.`)
  }
  throw error
}

function bytesAt(column: number): number {
  return Math.max(pieceNumbers[column] ?? 0, 0)
}
