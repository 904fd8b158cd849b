/** Values without parts. */
import { PayloadError } from '../codec.ts'
import type { Decoder } from './decoder.ts'
import { doubleText, floatText } from './number-text.ts'
import type { EnumType, FixedType } from './type.ts'

const NULL = Buffer.from('null')
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

/** Nothing is read. */
export const decodeNull: Decoder = (_source, sink) => sink.part(NULL)

/** 0 or 1. */
export const decodeBoolean: Decoder = (source, sink) => {
  const byte = source.byte()
  if (byte > 1) throw new PayloadError(`A boolean of ${byte}`)
  sink.part(byte === 1 ? TRUE : FALSE)
}

/** Digits. */
export const decodeInt: Decoder = (source, sink) => {
  const value = source.integer()
  if (value !== Number(value) || value !== (value | 0)) throw new PayloadError(`An int of ${value}`)
  sink.integer(value)
}

/** Digits, also of what a JavaScript number cannot hold. */
export const decodeLong: Decoder = (source, sink) => sink.integer(source.integer())

/** As short as a reader of floats needs it. */
export const decodeFloat: Decoder = (source, sink) => {
  const value = source.float()
  sink.number(Number.isFinite(value) ? floatText(value) : `"${value}"`)
}

/** As short as a reader of doubles needs it. */
export const decodeDouble: Decoder = (source, sink) => {
  const value = source.double()
  sink.number(Number.isFinite(value) ? doubleText(value) : `"${value}"`)
}

/** UTF-8. */
export const decodeString: Decoder = (source, sink) => {
  const from = source.skip(source.length())
  sink.utf8(source.bytes, from, source.position)
}

/** ISO-8859-1: a character for a byte. */
export const decodeBytes: Decoder = (source, sink) => {
  const from = source.skip(source.length())
  sink.latin1(source.bytes, from, source.position)
}

/** The same, to the end of the payload. */
export const decodeAllBytes: Decoder = (source, sink) => {
  const from = source.skip(source.bytes.length)
  sink.latin1(source.bytes, from, source.position)
}

/** The same, of a length that is known. */
export function decodeFixed({ size }: FixedType): Decoder {
  return (source, sink) => {
    const from = source.skip(size)
    sink.latin1(source.bytes, from, source.position)
  }
}

/** The symbol of an index. */
export function decodeEnum({ name, symbols }: EnumType): Decoder {
  const parts = symbols.map((symbol) => Buffer.from(JSON.stringify(symbol)))
  return (source, sink) => {
    const index = source.integer()
    const part = parts[Number(index)]
    if (part === undefined) throw new PayloadError(`No symbol ${index} in enum ${name}`)
    sink.part(part)
  }
}
