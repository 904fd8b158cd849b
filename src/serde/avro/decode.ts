/** From a type to what reads its values. */
import { decodeArray, decodeMap, decodeRecord, decodeUnion } from './decode-container.ts'
import {
  decodeAllBytes,
  decodeBoolean,
  decodeBytes,
  decodeDouble,
  decodeEnum,
  decodeFixed,
  decodeFloat,
  decodeInt,
  decodeLong,
  decodeNull,
  decodeString,
} from './decode-scalar.ts'
import type { Decoder } from './decoder.ts'
import type { AvroType, RecordType, ScalarType } from './type.ts'

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

/** What reads whole payloads. Bytes that are all of one have no length. */
export function decoderOf(root: AvroType): Decoder {
  return root.kind === 'bytes' ? decodeAllBytes : new Decoders().of(root)
}

/** The decoders of one schema's types. */
class Decoders {
  /** A type may stand at thousands of places. */
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
        return this.#ofRecord(type)
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

  #ofRecord(type: RecordType): Decoder {
    const fields: Decoder[] = []
    const decoder = decodeRecord(type, fields)
    // Before its fields, which may be of the same type.
    this.#known.set(type, decoder)
    for (const field of type.fields) fields.push(this.of(field.type))
    return decoder
  }
}
