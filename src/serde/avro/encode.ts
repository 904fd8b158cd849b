/** From a type to what writes its values. */
import { encodeArray, encodeMap } from './encode-container.ts'
import { encodeRecord } from './encode-record.ts'
import {
  bytesAt,
  encodeBoolean,
  encodeBytes,
  encodeDouble,
  encodeEnum,
  encodeFixed,
  encodeFloat,
  encodeInt,
  encodeLong,
  encodeNull,
  encodeString,
} from './encode-scalar.ts'
import { encodeUnion } from './encode-union.ts'
import type { Encoder } from './encoder.ts'
import type { AvroType, RecordType, ScalarType } from './type.ts'

const SCALARS: Record<ScalarType['kind'], Encoder> = {
  null: encodeNull,
  boolean: encodeBoolean,
  int: encodeInt,
  long: encodeLong,
  float: encodeFloat,
  double: encodeDouble,
  bytes: encodeBytes,
  string: encodeString,
}

/** What writes whole payloads. Bytes that are all of one have no length, as Confluent writes them. */
export function encoderOf(root: AvroType): Encoder {
  if (root.kind === 'bytes') return (json, sink) => sink.latin1(bytesAt(json, 'bytes'))
  return new Encoders().of(root)
}

/** The encoders of one schema's types. */
class Encoders {
  /** A type may stand at thousands of places. */
  readonly #known = new Map<AvroType, Encoder>()

  of(type: AvroType): Encoder {
    const known = this.#known.get(type)
    if (known) return known
    const made = this.#make(type)
    this.#known.set(type, made)
    return made
  }

  #make(type: AvroType): Encoder {
    switch (type.kind) {
      case 'record':
        return this.#ofRecord(type)
      case 'union': {
        const branches = type.branches.map((branch) => this.of(branch))
        return encodeUnion(type, branches)
      }
      case 'array':
        return encodeArray(this.of(type.items))
      case 'map':
        return encodeMap(this.of(type.values))
      case 'enum':
        return encodeEnum(type)
      case 'fixed':
        return encodeFixed(type)
      default:
        return SCALARS[type.kind]
    }
  }

  #ofRecord(type: RecordType): Encoder {
    const fields: Encoder[] = []
    const encoder = encodeRecord(type, fields)
    // Before its fields, which may be of the same type.
    this.#known.set(type, encoder)
    for (const field of type.fields) fields.push(this.of(field.type))
    return encoder
  }
}
