/**
 * Frames: records in a read's JSON array whose keys and values are still bytes. A frame begins with its sizes
 * (FrameHead in native-bindings/src/json/record_writer.h); the JSON up to the key, the bytes of key and value, the
 * JSON behind the value and a line feed follow.
 *
 * The array arrives in pieces. A frame that continues in the next piece starts at the beginning of a piece.
 */

const HEAD_BYTES = 24
const NULL = -1
const LINE_FEED = 0x0a

/** One record. Its buffers are valid as long as their piece. */
export class Frame {
  readonly partition: number
  readonly offset: number
  /** `{"topic":"t","key":` */
  readonly begin: Buffer
  readonly key: Buffer | undefined
  readonly value: Buffer | undefined
  /** `,"partition":0,"offset":7}` with further members in between. */
  readonly rest: Buffer

  /** @param end the position of the line feed */
  constructor(bytes: Buffer, at: number, end: number) {
    const beginSize = bytes.readInt32LE(at)
    const keySize = bytes.readInt32LE(at + 4)
    const valueSize = bytes.readInt32LE(at + 8)
    this.partition = bytes.readInt32LE(at + 12)
    this.offset = bytes.readDoubleLE(at + 16)
    const key = at + HEAD_BYTES + beginSize
    const value = key + Math.max(keySize, 0)
    const rest = value + Math.max(valueSize, 0)
    this.begin = bytes.subarray(at + HEAD_BYTES, key)
    this.key = keySize === NULL ? undefined : bytes.subarray(key, value)
    this.value = valueSize === NULL ? undefined : bytes.subarray(value, rest)
    this.rest = bytes.subarray(rest, end)
  }

  get topic(): string {
    return JSON.parse(`${this.begin}null}`).topic
  }
}

/** Splits the pieces of one read into frames. */
export class FrameReader {
  #piece: Buffer = Buffer.alloc(0)
  #at = 0
  #frame: Frame | undefined
  /** Copies of the parts of an incomplete frame. */
  #parts: Buffer[] = []
  #partBytes = 0

  /** Adds the next piece. The caller has taken all frames of the previous one. */
  add(piece: Uint8Array): void {
    this.#piece = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    this.#at = 0
  }

  /** Returns the next complete frame, the same one until take(); undefined when the piece has no further one. */
  peek(): Frame | undefined {
    this.#frame ??= this.#partBytes > 0 ? this.#findEnd() : this.#find()
    return this.#frame
  }

  /** Removes the frame that peek() returned. */
  take(): void {
    this.#frame = undefined
  }

  #find(): Frame | undefined {
    // A bracket or a comma precedes a frame. A bracket follows the last frame, and another one an empty array.
    const at = this.#at + 1
    if (this.#piece.length < at + HEAD_BYTES) return undefined
    const end = endOf(this.#piece, at)
    if (end < 0) {
      this.#keepPart(this.#piece.subarray(at))
      this.#at = this.#piece.length
      return undefined
    }
    this.#at = end + 1
    return new Frame(this.#piece, at, end)
  }

  #findEnd(): Frame | undefined {
    const end = this.#piece.indexOf(LINE_FEED, Math.max(0, this.#restAt() - this.#partBytes))
    this.#keepPart(end < 0 ? this.#piece : this.#piece.subarray(0, end))
    this.#at = end < 0 ? this.#piece.length : end + 1
    if (end < 0) return undefined
    const bytes = Buffer.concat(this.#parts)
    this.#parts = []
    this.#partBytes = 0
    return new Frame(bytes, 0, bytes.length)
  }

  /** The start of the JSON behind the value, in the incomplete frame. */
  #restAt(): number {
    return restOf(this.#parts[0] as Buffer, 0)
  }

  #keepPart(part: Buffer): void {
    this.#parts.push(Buffer.from(part))
    this.#partBytes += part.length
  }
}

/** Returns the position of a frame's line feed; -1 when the piece does not contain it. */
function endOf(bytes: Buffer, at: number): number {
  const rest = restOf(bytes, at)
  return rest < bytes.length ? bytes.indexOf(LINE_FEED, rest) : -1
}

/** Returns the start of the JSON behind the value. The frame's sizes are complete. */
function restOf(bytes: Buffer, at: number): number {
  const sizes = [bytes.readInt32LE(at), bytes.readInt32LE(at + 4), bytes.readInt32LE(at + 8)]
  return sizes.reduce((sum, size) => sum + Math.max(size, 0), at + HEAD_BYTES)
}
