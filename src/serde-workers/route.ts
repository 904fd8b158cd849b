/** The number by which the frames of a read find their worker. */
import { PayloadError } from '../serde/codec.ts'
import { FrameReader } from '../serde/records/frames.ts'
import { schemaIdOf } from '../serde/records/wire-format.ts'

/**
 * The id of the first record's schema, as drafts have it in the place of their number; 0 if there is none. Looks at one
 * frame.
 *
 * @param bytes the first piece of a read
 */
export function routeOfFrames(bytes: Uint8Array): number {
  const frames = new FrameReader()
  frames.add(bytes)
  const frame = frames.peek()
  const payload = frame?.value ?? frame?.key
  return payload === undefined ? 0 : Math.max(0, idOf(payload))
}

/** The error of a payload without an id is that of its worker. */
function idOf(payload: Buffer): number {
  try {
    return schemaIdOf(payload)
  } catch (error) {
    if (error instanceof PayloadError) return 0
    throw error
  }
}
