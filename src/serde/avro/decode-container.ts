/** Values with parts. */
import { PayloadError } from '../codec.ts'
import { decodeString } from './decode-scalar.ts'
import type { Decoder } from './decoder.ts'
import { branchName, type RecordType, type UnionType } from './type.ts'

const OPEN_BRACKET = Buffer.from('[')
const OPEN_BRACE = Buffer.from('{')
const COLON = Buffer.from(':')
const CLOSE_BRACKET = 0x5d
const CLOSE_BRACE = 0x7d

/** An array. */
export function decodeArray(decodeItem: Decoder): Decoder {
  return decodeBlocks(OPEN_BRACKET, decodeItem, CLOSE_BRACKET)
}

/** An object; in the order of the payload. */
export function decodeMap(decodeValue: Decoder): Decoder {
  const decodeMember: Decoder = (source, sink) => {
    decodeString(source, sink)
    sink.part(COLON)
    decodeValue(source, sink)
  }
  return decodeBlocks(OPEN_BRACE, decodeMember, CLOSE_BRACE)
}

/** Blocks of items, of which the last is empty. */
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

/** @param fields their decoders, which may be filled in later */
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

/** `{"branch": value}`; null is bare. @param decoders of the branches */
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
