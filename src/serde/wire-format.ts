/**
 * What stands in front of a payload in Kafka: a magic byte, and the id of the schema in four bytes,
 * the highest first (contract v2, 7.8). What may follow before the payload is the codecs' matter.
 */
import { PayloadError } from './codec.ts'

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
