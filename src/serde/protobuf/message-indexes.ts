/**
 * Message indexes, the path to a payload's message in its schema: the number of indexes, and one index per nesting
 * level, as zig-zag varints. The path `[0]` is encoded as the single byte 0.
 */
import type { DescMessage } from '@bufbuild/protobuf'
import { PayloadError } from '../codec.ts'
import type { DeclaredMessage } from './linked-schema.ts'

/** The message indexes of a schema's first message. */
export const FIRST_MESSAGE = Buffer.from([0])

/** The longest `int32` has this many bytes. */
const MAX_VARINT_BYTES = 5

/** A message type, and the start of the message. */
export interface IndexedPayload {
  readonly message: DescMessage
  readonly start: number
}

/** @throws {PayloadError} when the indexes are truncated or identify no message */
export function readMessageIndexes(
  payload: Uint8Array,
  declared: readonly DeclaredMessage[],
): IndexedPayload {
  const reader = new IndexReader(payload)
  const count = reader.next()
  if (count < 0) throw noMessage(`${count} of them`)
  let [level, index] = [declared, count === 0 ? 0 : reader.next()]
  let message = messageAt(level, index)
  for (let depth = 1; depth < count; depth++) {
    level = message.nested
    index = reader.next()
    message = messageAt(level, index)
  }
  if (message.descriptor === undefined) throw noMessage('they lead to the entry of a map')
  return { message: message.descriptor, start: reader.position }
}

function messageAt(level: readonly DeclaredMessage[], index: number): DeclaredMessage {
  const message = level[index]
  if (message === undefined) throw noMessage(`index ${index} of ${level.length} messages`)
  return message
}

function noMessage(what: string): PayloadError {
  return new PayloadError(`the message indexes lead to no message of the schema: ${what}`)
}

class IndexReader {
  readonly #bytes: Uint8Array
  position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  next(): number {
    let value = 0
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const byte = this.#bytes[this.position++]
      if (byte === undefined) throw new PayloadError('the message indexes are cut off')
      value |= (byte & 0x7f) << (7 * count)
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new PayloadError('a message index is longer than 5 bytes')
  }
}
