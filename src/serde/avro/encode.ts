/** Encoders of schemas, arrays and maps: closures that read Avro's JSON encoding and write its binary encoding. */

import { encodeRecord } from './encode-record.ts'
import {
  bytesAt,
  type Encoder,
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
import { CHARS, shorten } from './json-reader.ts'
import type { AvroType, RecordType, ScalarType } from './type.ts'

const { OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE } = CHARS

/** Writes one block, as Java does. */
export function encodeArray(encodeItem: Encoder): Encoder {
  return (json, sink) => {
    if (json.peek() !== OPEN_BRACKET) json.refuseToken('array-start')
    json.enter()
    const at = sink.beginCount()
    let count = 0
    while (json.hasElement(count === 0, CLOSE_BRACKET)) {
      encodeItem(json, sink)
      count++
    }
    json.leave()
    sink.endCount(at, count)
  }
}

/** Writes one block of keys and values in the order of the text. */
export function encodeMap(encodeValue: Encoder): Encoder {
  return (json, sink) => {
    if (json.peek() !== OPEN_BRACE) json.refuseToken('map-start')
    json.enter()
    const at = sink.beginCount()
    const keys = new Set<string>()
    while (json.hasElement(keys.size === 0, CLOSE_BRACE)) {
      const keyAt = json.position
      const key = json.key()
      // Consumers would keep one of two equal keys.
      if (keys.has(key)) json.refuse(`Duplicate map key ${shorten(key)}`, keyAt)
      keys.add(key)
      sink.utf8(key)
      encodeValue(json, sink)
    }
    json.leave()
    sink.endCount(at, keys.size)
  }
}

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

/** Returns the encoder of whole payloads. A root of type bytes has no length, as in Confluent's serializer. */
export function encoderOf(root: AvroType): Encoder {
  if (root.kind === 'bytes') return (json, sink) => sink.latin1(bytesAt(json, 'bytes'))
  return new Encoders().of(root)
}

/** Builds the encoders of one schema. */
class Encoders {
  /** Types are shared: one may be used in thousands of places. */
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
        return this.#recordError(type)
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

  #recordError(type: RecordType): Encoder {
    const fields: Encoder[] = []
    const encoder = encodeRecord(type, fields)
    // Recursive fields find this entry.
    this.#known.set(type, encoder)
    for (const field of type.fields) fields.push(this.of(field.type))
    return encoder
  }
}
