/**
 * What a read of records with schemas consists of: a JSON array that has frames in the place of
 * records. A frame begins with numbers (FrameHead in native-bindings/src/json/record_writer.h); then
 * come the JSON of the record up to its key, the bytes of the key and of the value, the JSON from
 * behind the value to the end, a line feed.
 *
 * The array comes in pieces. A frame that goes on in the next piece begins at the start of one.
 */

const HEAD_BYTES = 24
const NULL = -1
const LINE_FEED = 0x0a

/** A record whose key and value are bytes as in Kafka. Good as long as the piece it came in. */
export class Frame {
  readonly partition: number
  readonly offset: number
  /** `{"topic":"t","key":` */
  readonly begin: Buffer
  readonly key: Buffer | undefined
  readonly value: Buffer | undefined
  /** `,"partition":0,"offset":7}`, or more. */
  readonly rest: Buffer

  /** @param end where the line feed is */
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

/** Finds the frames of one read. */
export class FrameReader {
  #piece: Buffer = Buffer.alloc(0)
  #at = 0
  #frame: Frame | undefined
  /** Copies of the pieces that the frame has so far which is not there yet. */
  #parts: Buffer[] = []
  #partBytes = 0

  /** Goes on with the next piece, when there is no frame in the last one any more. */
  add(piece: Uint8Array): void {
    this.#piece = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    this.#at = 0
  }

  /** The next frame of the piece, the same until take(); undefined when it has no further one. */
  peek(): Frame | undefined {
    this.#frame ??= this.#partBytes > 0 ? this.#findEnd() : this.#find()
    return this.#frame
  }

  /** Passes the frame that peek() gave. */
  take(): void {
    this.#frame = undefined
  }

  #find(): Frame | undefined {
    // A bracket or a comma. Behind the last frame is a bracket, and in an empty array another one.
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

  /** Where the last part of the frame that is not there yet begins. */
  #restAt(): number {
    return restOf(this.#parts[0] as Buffer, 0)
  }

  #keepPart(part: Buffer): void {
    this.#parts.push(Buffer.from(part))
    this.#partBytes += part.length
  }
}

/** Where the line feed of a frame is; -1 when it is not there. */
function endOf(bytes: Buffer, at: number): number {
  const rest = restOf(bytes, at)
  return rest < bytes.length ? bytes.indexOf(LINE_FEED, rest) : -1
}

/** Where what is behind the value of a frame begins. Its numbers are there. */
function restOf(bytes: Buffer, at: number): number {
  const sizes = [bytes.readInt32LE(at), bytes.readInt32LE(at + 4), bytes.readInt32LE(at + 8)]
  return sizes.reduce((sum, size) => sum + Math.max(size, 0), at + HEAD_BYTES)
}
