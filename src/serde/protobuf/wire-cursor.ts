/** A cursor over Protobuf's wire format: tags, lengths and skipped values, without a schema. */
import { WireType } from '@bufbuild/protobuf/wire'
import { PayloadError } from '../codec.ts'

/** The nesting limit of Protobuf-ES. */
export const MAX_DEPTH = 100
const MAX_VARINT_BYTES = 10
const MAX_TAG = 0xffff_ffff

/** The tag before each value. */
export interface Tag {
  readonly number: number
  readonly type: WireType
}

/** A position in bytes. `end` is the end of the enclosing message. */
export class WireCursor {
  readonly #bytes: Uint8Array
  /** The position. */
  at = 0
  /** The name in error texts. */
  where: string
  /** The implied JSON size that callers add up. */
  impliedSize = 0
  /** The estimated bytes of the objects of a message and of its JSON, which callers add up. */
  heapSize = 0
  #depth = 0

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes
    this.where = where
  }

  get length(): number {
    return this.#bytes.length
  }

  /** Returns an error with the name. */
  fault(what: string): PayloadError {
    return new PayloadError(`${this.where} ${what}`)
  }

  /** Enters a nested message; each call needs a `leave`. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.fault(`is nested deeper than ${MAX_DEPTH}`)
  }

  leave(): void {
    this.#depth--
  }

  readTag(end: number): Tag {
    const tag = this.readVarint(end)
    if (tag > MAX_TAG || tag < 8) throw this.fault('has a field of a number that there is not')
    return { number: tag >>> 3, type: tag & 7 }
  }

  /** Reads a length, and returns the end of its bytes. */
  readEnd(end: number): number {
    const length = this.readVarint(end)
    if (length > end - this.at) throw this.fault('is cut off')
    return this.at + length
  }

  /** Reads a varint, exactly up to 2^53: tags and lengths are smaller. */
  readVarint(end: number): number {
    let value = 0
    let factor = 1
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      if (this.at >= end) throw this.fault('is cut off')
      const byte = this.#bytes[this.at++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 0x80
    }
    throw this.fault(`has a number of more than ${MAX_VARINT_BYTES} bytes`)
  }

  skip({ number, type }: Tag, end: number): void {
    switch (type) {
      case WireType.Varint:
        this.readVarint(end)
        return
      case WireType.Bit64:
        this.#advance(8, end)
        return
      case WireType.Bit32:
        this.#advance(4, end)
        return
      case WireType.LengthDelimited:
        this.at = this.readEnd(end)
        return
      case WireType.StartGroup:
        this.passGroup(number, end, (tag) => this.skip(tag, end))
        return
      case WireType.EndGroup:
        throw this.fault('ends a group that is not open')
      default:
        throw this.fault(`has a value of wire type ${type}, which there is not`)
    }
  }

  /** Skips packed values up to their end. Returns their number. */
  skipPacked(type: WireType, end: number): number {
    let count = 0
    for (; this.at < end; count++) {
      if (type === WireType.Varint) this.readVarint(end)
      else this.#advance(type === WireType.Bit64 ? 8 : 4, end)
    }
    return count
  }

  /** Passes a group from behind its start tag to behind its end tag. */
  passGroup(number: number, end: number, pass: (tag: Tag) => void): void {
    this.enter()
    let tag = this.#readTagOfGroup(end)
    while (tag.type !== WireType.EndGroup) {
      pass(tag)
      tag = this.#readTagOfGroup(end)
    }
    if (tag.number !== number) throw this.fault('ends a group that is not open')
    this.leave()
  }

  #readTagOfGroup(end: number): Tag {
    if (this.at >= end) throw this.fault('is cut off in a group')
    return this.readTag(end)
  }

  #advance(count: number, end: number): void {
    if (count > end - this.at) throw this.fault('is cut off')
    this.at += count
  }
}
