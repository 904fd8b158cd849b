/**
 * The Confluent wire format: a magic byte, and the id of the schema as four bytes in big-endian order, precede each
 * payload (docs/conformance.md#7.8). Protobuf's message indexes are part of the payload here.
 */
import { PayloadError } from '../codec.ts'

/** The size of magic byte and schema id. */
export const PREFIX_BYTES = 5

const MAGIC_BYTE = 0

/** Writes magic byte and schema id at a position. */
export function writePrefix(into: Buffer, at: number, schemaId: number): void {
  into[at] = MAGIC_BYTE
  into.writeInt32BE(schemaId, at + 1)
}

/** Reads the schema id of a key or value. @throws {PayloadError} when the magic byte or the id is missing */
export function schemaIdOf(bytes: Buffer): number {
  if (bytes.length < PREFIX_BYTES) {
    throw new PayloadError(
      `found ${bytes.length} bytes, expected a magic byte and the id of a schema in front of a payload`,
    )
  }
  if (bytes[0] !== MAGIC_BYTE) {
    throw new PayloadError(`found ${bytes[0]} as the first byte, expected the magic byte 0`)
  }
  return bytes.readInt32BE(1)
}

const FIRST_BYTES = 256 * 1024
/** Larger buffers are released after use. */
const MAX_KEPT_BYTES = 1024 * 1024

const NULL = -1
/** The size of what is no payload and no null: the record has its bytes, or is refused. */
const NOTHING = -2

/** A buffer of payloads, each with its prefix, as the engine takes them. */
export class Payloads {
  readonly #sizes: Int32Array
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #used = 0
  #count = 0

  /** @param maxCount the largest number of payloads */
  constructor(maxCount: number) {
    this.#sizes = new Int32Array(maxCount)
  }

  /** The bytes of all payloads. add() after clear() overwrites them. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used)
  }

  /** The sizes of the payloads; -1 for null. */
  get sizes(): Int32Array {
    return this.#sizes.subarray(0, this.#count)
  }

  clear(): void {
    this.#used = 0
    this.#count = 0
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  }

  /** Copies a payload; undefined stands for null. */
  add(schemaId: number, payload: Buffer | undefined): void {
    const size = payload ? PREFIX_BYTES + payload.length : NULL
    this.#sizes[this.#count++] = size
    if (!payload) return
    this.#reserve(this.#used + size)
    writePrefix(this.#bytes, this.#used, schemaId)
    this.#bytes.set(payload, this.#used + PREFIX_BYTES)
    this.#used += size
  }

  /** Leaves a place out. */
  skip(): void {
    this.#sizes[this.#count++] = NOTHING
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(size, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.#used)
    this.#bytes = grown
  }
}
