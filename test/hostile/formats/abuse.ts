/** What the hostile schemas, values and payloads of all formats have in common. */
import type { SchemaType } from '../../../src/schema-registry/schema.ts'

/** A schema that costs much, with a value for it. */
export interface AbusiveSchema {
  readonly what: string
  /** @param unique a word of letters and digits that makes it another schema each time */
  text(unique: string): string
  /** The JSON of a value. */
  readonly value: string
  /** Texts of the schemas that it refers to, by their names; each may refer to those before it. */
  readonly references?: Readonly<Record<string, string>>
}

/** A schema of usual size, with values that are large. */
export interface AbusiveValues {
  readonly what: string
  readonly schema: string
  /** The JSON of a value of at most so many bytes. */
  value(bytes: number): string
}

/** A payload that no honest client writes. */
export interface AbusivePayload {
  readonly what: string
  readonly schema: string
  /** Behind the magic byte and the id of the schema. */
  payload(bytes: number): Buffer
}

/** The hostile inputs of a format. */
export interface FormatAbuse {
  readonly type: SchemaType
  readonly schemas: readonly AbusiveSchema[]
  readonly values: readonly AbusiveValues[]
  readonly payloads: readonly AbusivePayload[]
}

/** So many texts, which `textOf` makes of their indexes, with commas between them. */
export function listOf(count: number, textOf: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => textOf(index)).join(',')
}

/** `before`, as many units as fit into a size, and `behind`. Units are joined by `between`. */
export function repeated(
  bytes: number,
  before: string,
  unit: string,
  behind: string,
  between = '',
): string {
  const room = bytes - before.length - unit.length - behind.length
  const count = Math.max(0, Math.floor(room / (unit.length + between.length)))
  return before + (unit + between).repeat(count) + unit + behind
}

/** A list or an object of as many members as fit into a size. */
export function filled(
  bytes: number,
  before: string,
  textOf: (index: number) => string,
  behind: string,
): string {
  const parts: string[] = []
  let room = bytes - before.length - behind.length
  for (let index = 0; ; index++) {
    const part = textOf(index)
    room -= part.length + 1
    if (room < 0) return before + parts.join(',') + behind
    parts.push(part)
  }
}

/** A text within a text, so many times. */
export function nested(levels: number, before: string, middle: string, behind: string): string {
  return before.repeat(levels) + middle + behind.repeat(levels)
}

/** An integer of any size in Avro's and Protobuf's variable length, without zigzag. */
export function varint(value: bigint | number): Buffer {
  const bytes: number[] = []
  let rest = BigInt(value)
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    bytes.push(rest > 0n ? low | 0x80 : low)
  } while (rest > 0n)
  return Buffer.from(bytes)
}

/** As many units as fit into a size, between two other texts. */
export function repeatedBytes(
  bytes: number,
  before: Uint8Array,
  unit: Uint8Array,
  behind: Uint8Array = new Uint8Array(),
): Buffer {
  const count = Math.floor((bytes - before.length - behind.length) / unit.length)
  return Buffer.concat([before, Buffer.alloc(count * unit.length, unit), behind])
}
