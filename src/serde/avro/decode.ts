/** Decoders: closures that read Avro's binary encoding and write Avro's JSON encoding. */

import { PayloadError } from '../codec.ts'
import { doubleText, floatText } from '../digits/float-text.ts'
import type { PayloadSource } from './payload-source.ts'
import type { TextSink } from './text-sink.ts'
import {
  type AvroType,
  branchName,
  type EnumType,
  type FixedType,
  type RecordType,
  type ScalarType,
  type UnionType,
} from './type.ts'

/** Reads one value from a payload and writes it as JSON. @throws {PayloadError} when the bytes do not match the type */
export type Decoder = (source: PayloadSource, sink: TextSink) => void

const NULL = Buffer.from('null')
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

/** Reads nothing: null has no bytes. */
export const decodeNull: Decoder = (_source, sink) => sink.part(NULL)

/** Reads the byte 0 or 1. */
export const decodeBoolean: Decoder = (source, sink) => {
  const byte = source.byte()
  if (byte > 1) throw new PayloadError(`A boolean of ${byte}`)
  sink.part(byte === 1 ? TRUE : FALSE)
}

/** Reads a 32-bit integer. */
export const decodeInt: Decoder = (source, sink) => {
  const value = source.integer()
  if (value !== Number(value) || value !== (value | 0)) throw new PayloadError(`An int of ${value}`)
  sink.integer(value)
}

/** Reads a 64-bit integer with all its digits. */
export const decodeLong: Decoder = (source, sink) => sink.integer(source.integer())

/** Prints the shortest text that reads back as the same float. */
export const decodeFloat: Decoder = (source, sink) => {
  const value = source.float()
  sink.number(Number.isFinite(value) ? floatText(value) : `"${value}"`)
}

/** Prints the shortest text that reads back as the same double. */
export const decodeDouble: Decoder = (source, sink) => {
  const value = source.double()
  sink.number(Number.isFinite(value) ? doubleText(value) : `"${value}"`)
}

/** Reads UTF-8. */
export const decodeString: Decoder = (source, sink) => {
  const from = source.skip(source.length())
  sink.utf8(source.bytes, from, source.position)
}

/** Prints each byte as a character of ISO-8859-1. */
export const decodeBytes: Decoder = (source, sink) => {
  const from = source.skip(source.length())
  sink.latin1(source.bytes, from, source.position)
}

/** Reads the rest of the payload as bytes without a length. */
export const decodeAllBytes: Decoder = (source, sink) => {
  const from = source.skip(source.bytes.length)
  sink.latin1(source.bytes, from, source.position)
}

/** Reads bytes of a fixed size. */
export function decodeFixed({ size }: FixedType): Decoder {
  return (source, sink) => {
    const from = source.skip(size)
    sink.latin1(source.bytes, from, source.position)
  }
}

/** Prints the symbol of an index. */
export function decodeEnum({ name, symbols }: EnumType): Decoder {
  const parts = symbols.map((symbol) => Buffer.from(JSON.stringify(symbol)))
  return (source, sink) => {
    const index = source.integer()
    const part = parts[Number(index)]
    if (part === undefined) throw new PayloadError(`No symbol ${index} in enum ${name}`)
    sink.part(part)
  }
}

const OPEN_BRACKET = Buffer.from('[')
const OPEN_BRACE = Buffer.from('{')
const COLON = Buffer.from(':')
const CLOSE_BRACKET = 0x5d
const CLOSE_BRACE = 0x7d

/** Prints an array. */
export function decodeArray(decodeItem: Decoder): Decoder {
  return decodeBlocks(OPEN_BRACKET, decodeItem, CLOSE_BRACKET)
}

/** Prints an object with the members in the payload's order. */
export function decodeMap(decodeValue: Decoder): Decoder {
  const decodeMember: Decoder = (source, sink) => {
    decodeString(source, sink)
    sink.part(COLON)
    decodeValue(source, sink)
  }
  return decodeBlocks(OPEN_BRACE, decodeMember, CLOSE_BRACE)
}

/** Reads blocks of items; the last block is empty. */
function decodeBlocks(open: Uint8Array, decodeItem: Decoder, close: number): Decoder {
  return (source, sink) => {
    sink.open(open)
    let isFirst = true
    for (let count = source.count(); count > 0; count = source.count()) {
      for (; count > 0; count--) {
        if (isFirst) isFirst = false
        else sink.comma()
        decodeItem(source, sink)
      }
    }
    sink.close(close)
  }
}

/** @param fields the decoders of the fields; the array may be filled later */
export function decodeRecord(type: RecordType, fields: readonly Decoder[]): Decoder {
  const keys = type.fields.map(({ name }) => `${JSON.stringify(name)}:`)
  const first = Buffer.from(`{${keys[0] ?? ''}`)
  const others = keys.slice(1).map((key) => Buffer.from(`,${key}`))
  return (source, sink) => {
    sink.open(first)
    for (let index = 0; index < fields.length; index++) {
      if (index > 0) sink.part(others[index - 1] as Uint8Array)
      const decode = fields[index] as Decoder
      decode(source, sink)
    }
    sink.close(CLOSE_BRACE)
  }
}

/** Prints `{"branch": value}`, or a plain null. @param decoders the decoders of the branches */
export function decodeUnion({ branches }: UnionType, decoders: readonly Decoder[]): Decoder {
  const tags = branches.map((branch) =>
    branch.kind === 'null' ? undefined : Buffer.from(`{${JSON.stringify(branchName(branch))}:`),
  )
  return (source, sink) => {
    const branch = source.integer()
    const index = Number(branch)
    const decode = decoders[index]
    if (decode === undefined) throw new PayloadError(`No branch ${branch} in a union`)
    const tag = tags[index]
    if (tag === undefined) return decode(source, sink)
    sink.open(tag)
    decode(source, sink)
    sink.close(CLOSE_BRACE)
  }
}

const SCALARS: Record<ScalarType['kind'], Decoder> = {
  null: decodeNull,
  boolean: decodeBoolean,
  int: decodeInt,
  long: decodeLong,
  float: decodeFloat,
  double: decodeDouble,
  bytes: decodeBytes,
  string: decodeString,
}

/** Returns the decoder of whole payloads. A root of type bytes has no length. */
export function decoderOf(root: AvroType): Decoder {
  return root.kind === 'bytes' ? decodeAllBytes : new Decoders().of(root)
}

/** Builds the decoders of one schema. */
class Decoders {
  /** Types are shared: one may be used in thousands of places. */
  readonly #known = new Map<AvroType, Decoder>()

  of(type: AvroType): Decoder {
    const known = this.#known.get(type)
    if (known) return known
    const made = this.#make(type)
    this.#known.set(type, made)
    return made
  }

  #make(type: AvroType): Decoder {
    switch (type.kind) {
      case 'record':
        return this.#recordError(type)
      case 'union': {
        const branches = type.branches.map((branch) => this.of(branch))
        return decodeUnion(type, branches)
      }
      case 'array':
        return decodeArray(this.of(type.items))
      case 'map':
        return decodeMap(this.of(type.values))
      case 'enum':
        return decodeEnum(type)
      case 'fixed':
        return decodeFixed(type)
      default:
        return SCALARS[type.kind]
    }
  }

  #recordError(type: RecordType): Decoder {
    const fields: Decoder[] = []
    const decoder = decodeRecord(type, fields)
    // Recursive fields find this entry.
    this.#known.set(type, decoder)
    for (const field of type.fields) fields.push(this.of(field.type))
    return decoder
  }
}
