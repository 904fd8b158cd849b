/**
 * The Confluent wire format: a magic byte, and the id of the schema as four bytes in big-endian order, precede each
 * payload (contract v2, 7.8). Protobuf's message indexes are part of the payload here.
 */
import { PayloadError } from '../codec.ts'

/** How many bytes that is. */
export const PREFIX_BYTES = 5

const MAGIC_BYTE = 0

/** Writes the prefix at a place. */
export function writePrefix(into: Buffer, at: number, schemaId: number): void {
  into[at] = MAGIC_BYTE
  into.writeInt32BE(schemaId, at + 1)
}

/** The schema id of a key or value from Kafka. @throws {PayloadError} when it has no such prefix */
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
/** A piece of memory that had to be larger is not kept for long. */
const MAX_KEPT_BYTES = 1024 * 1024

const NULL = -1

/** One behind the other, each with its prefix. Used again for the next ones. */
export class Payloads {
  readonly #sizes: Int32Array
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #used = 0
  #count = 0

  /** @param maxCount how many it has to take */
  constructor(maxCount: number) {
    this.#sizes = new Int32Array(maxCount)
  }

  /** All that were added. Overwritten by what is added after clear(). */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used)
  }

  /** How many bytes each has, -1 for null. */
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

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(size, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.#used)
    this.#bytes = grown
  }
}
