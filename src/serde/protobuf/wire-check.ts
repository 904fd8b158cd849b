/**
 * Checks that bytes match a message type completely. Protobuf-ES ignores the wire type of fields, and accepts nested
 * messages that exceed the enclosing message.
 */
import { type DescMessage, type Registry, ScalarType } from '@bufbuild/protobuf'
import { WireType } from '@bufbuild/protobuf/wire'
import { nameOf } from './error-text.ts'
import { HEAP_OF_ENTRY, HEAP_OF_UNKNOWN, heapOfEmpty, heapOfScalar } from './heap-size.ts'
import { sizeOfEmpty, sizeOfName, sizeOfValue } from './json-size.ts'
import type { Field, MapField } from './json-walk.ts'
import { type Tag, WireCursor } from './wire-cursor.ts'

/** The fields of a message or of a map entry, by number. */
interface Shape {
  /** The implied JSON size without bytes. */
  readonly emptySize: number
  /** The estimated bytes of objects without content. */
  readonly emptyHeap: number
  find(number: number): Expected | undefined
}

/** The expectation for a field number. */
interface Expected {
  readonly name: string
  readonly type: WireType
  /** Whether one record may contain several values; readers accept both forms. */
  readonly isPackable: boolean
  /** The JSON size of the field's name; zero for fields that are always printed. */
  readonly nameSize: number
  /** The JSON size of each value that is independent of its bytes. */
  readonly valueSize: number
  /** The estimated bytes of each value that is no message. */
  readonly valueHeap: number
  /** The fields of a message value. A function, because messages may be recursive. */
  readonly shape?: () => Shape
}

/** What bytes become when they are read. */
export interface Implied {
  /** The implied JSON size, in characters: names and defaults. */
  readonly impliedSize: number
  /** The estimated bytes of the objects of messages, and of their JSON. */
  readonly heapSize: number
}

/** A message is an object, and its JSON is another one, which is smaller. */
const OBJECTS = 1.5

/** Checks the messages of a registry. */
export class WireCheck {
  readonly #registry: Registry
  readonly #shapes = new Map<DescMessage, Shape>()

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /**
   * Returns what the bytes imply.
   * @throws {PayloadError} with the name of the truncated or mismatching field
   */
  check(message: DescMessage, bytes: Uint8Array): Implied {
    const cursor = new WireCursor(bytes, message.typeName)
    passMessage(cursor, this.#shapeOf(message), bytes.length)
    return cursor
  }

  #shapeOf(message: DescMessage): Shape {
    const known = this.#shapes.get(message)
    if (known !== undefined) return known
    const fields = new Map(message.fields.map((field) => [field.number, this.#expect(field)]))
    const shape = {
      emptySize: sizeOfEmpty(message),
      emptyHeap: OBJECTS * heapOfEmpty(message),
      find: (number: number) => fields.get(number) ?? this.#findExtension(message, number),
    }
    this.#shapes.set(message, shape)
    return shape
  }

  #findExtension(message: DescMessage, number: number): Expected | undefined {
    const extension = this.#registry.getExtensionFor(message, number)
    return extension && this.#expect(extension)
  }

  #expect(field: Field): Expected {
    const name = nameOf(field)
    const nameSize = sizeOfName(field)
    if (field.fieldKind === 'map') return { ...this.#expectMap(name, field), nameSize }
    const { message } = field
    if (message !== undefined) {
      const type = field.delimitedEncoding ? WireType.StartGroup : WireType.LengthDelimited
      const shape = () => this.#shapeOf(message)
      return { name, type, isPackable: false, nameSize, valueSize: 0, valueHeap: 0, shape }
    }
    const type = wireTypeOf(field.scalar)
    const isPackable = field.fieldKind === 'list' && type !== WireType.LengthDelimited
    const valueHeap = OBJECTS * heapOfScalar(field)
    return { name, type, isPackable, nameSize, valueSize: sizeOfValue(field), valueHeap }
  }

  /** The value of a map entry is printed even if its bytes are absent. */
  #expectMap(name: string, field: MapField): Expected {
    const { message } = field
    const inEntry = { name, isPackable: false, nameSize: 0, valueSize: 0, valueHeap: 0 }
    const key = { ...inEntry, type: wireTypeOf(field.mapKey) }
    const value =
      message === undefined
        ? { ...inEntry, type: wireTypeOf(field.scalar) }
        : {
            ...inEntry,
            type: WireType.LengthDelimited,
            shape: () => ({ ...this.#shapeOf(message), emptySize: 0, emptyHeap: 0 }),
          }
    const entry = {
      emptySize: message === undefined ? sizeOfValue(field) : sizeOfEmpty(message),
      emptyHeap:
        OBJECTS *
        (HEAP_OF_ENTRY + (message === undefined ? heapOfScalar(field) : heapOfEmpty(message))),
      find: (number: number) => [key, value][number - 1],
    }
    return { ...inEntry, type: WireType.LengthDelimited, shape: () => entry }
  }
}

function passMessage(cursor: WireCursor, shape: Shape, end: number): void {
  cursor.enter()
  cursor.impliedSize += shape.emptySize
  cursor.heapSize += shape.emptyHeap
  while (cursor.at < end) passField(cursor, shape, cursor.readTag(end), end)
  cursor.leave()
}

function passField(cursor: WireCursor, shape: Shape, tag: Tag, end: number): void {
  const expected = shape.find(tag.number)
  if (expected === undefined) {
    cursor.heapSize += HEAP_OF_UNKNOWN
    cursor.skip(tag, end)
    return
  }
  const outer = cursor.where
  cursor.where = expected.name
  cursor.impliedSize += expected.nameSize
  passValue(cursor, expected, tag, end)
  cursor.where = outer
}

function passValue(cursor: WireCursor, expected: Expected, tag: Tag, end: number): void {
  if (expected.isPackable && tag.type === WireType.LengthDelimited) {
    const count = cursor.skipPacked(expected.type, cursor.readEnd(end))
    cursor.impliedSize += count * expected.valueSize
    cursor.heapSize += count * expected.valueHeap
  } else if (tag.type !== expected.type) {
    throw cursor.fault(`is of wire type ${tag.type}, expected ${expected.type}`)
  } else if (expected.shape === undefined) {
    cursor.skip(tag, end)
    cursor.impliedSize += expected.valueSize
    cursor.heapSize += expected.valueHeap
  } else if (tag.type === WireType.StartGroup) {
    const shape = expected.shape()
    cursor.impliedSize += shape.emptySize
    cursor.heapSize += shape.emptyHeap
    cursor.passGroup(tag.number, end, (inner) => passField(cursor, shape, inner, end))
  } else {
    passMessage(cursor, expected.shape(), cursor.readEnd(end))
  }
}

const FIXED_32: readonly ScalarType[] = [ScalarType.FIXED32, ScalarType.SFIXED32, ScalarType.FLOAT]
const FIXED_64: readonly ScalarType[] = [ScalarType.FIXED64, ScalarType.SFIXED64, ScalarType.DOUBLE]
const DELIMITED: readonly ScalarType[] = [ScalarType.STRING, ScalarType.BYTES]

/** @param scalar undefined for enums */
function wireTypeOf(scalar: ScalarType | undefined): WireType {
  if (scalar === undefined) return WireType.Varint
  if (FIXED_32.includes(scalar)) return WireType.Bit32
  if (FIXED_64.includes(scalar)) return WireType.Bit64
  return DELIMITED.includes(scalar) ? WireType.LengthDelimited : WireType.Varint
}
