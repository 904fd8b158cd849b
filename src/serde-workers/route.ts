/** The number by which the frames of a read find their worker. */
import { FrameReader } from '../serde/records/frames.ts'

/** The prefix of a payload: a magic byte, and an id in big-endian order. */
const PREFIX_BYTES = 5
const ID_AT = 1

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
  if (!payload || payload.length < PREFIX_BYTES) return 0
  return Math.max(0, payload.readInt32BE(ID_AT))
}
