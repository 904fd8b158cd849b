/** Refuses JSON values whose messages would fill the heap of their thread, before the messages are made. */
import type { DescMessage, Registry } from '@bufbuild/protobuf'
import { PayloadError } from '../codec.ts'
import { MAX_VALUE_HEAP, mebibytes } from '../limits/heap.ts'
import {
  HEAP_OF_CONTAINER,
  HEAP_OF_ENTRY,
  HEAP_OF_VALUE,
  heapOfEmpty,
  heapOfScalar,
  largestHeapOfTwo,
} from './heap-size.ts'
import { type Container, type Field, isContainer, JsonWalk, type Visitor } from './json-walk.ts'

/** The parsed JSON has this size for each character of its text. */
const BYTES_PER_CHARACTER = 16

/** Checks the values of a registry's messages. */
export class JsonHeap {
  readonly #registry: Registry
  readonly #safeLengths = new Map<DescMessage, number>()

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /**
   * Looks at no value whose text is too short to be large.
   *
   * @param length of the text, in characters
   * @throws {PayloadError} when the messages of a value are too large
   */
  check(message: DescMessage, value: unknown, length: number): void {
    if (length <= this.#safeLengthOf(message)) return
    const sum = new HeapSum(message.typeName, MAX_VALUE_HEAP - length * BYTES_PER_CHARACTER)
    new JsonWalk(this.#registry, sum).walk(message, { value }, 'value')
  }

  #safeLengthOf(message: DescMessage): number {
    const known = this.#safeLengths.get(message)
    if (known !== undefined) return known
    const perCharacter = BYTES_PER_CHARACTER + largestHeapOfTwo(message, this.#registry) / 2
    const length = MAX_VALUE_HEAP / perCharacter
    this.#safeLengths.set(message, length)
    return length
  }
}

/** Adds up the estimated bytes. */
class HeapSum implements Visitor {
  readonly #typeName: string
  #left: number

  constructor(typeName: string, left: number) {
    this.#typeName = typeName
    this.#left = left
  }

  visitMessage(message: DescMessage): void {
    this.#take(heapOfEmpty(message))
  }

  visitScalar(field: Field): void {
    this.#take(heapOfScalar(field))
  }

  visitKey(): void {
    this.#take(HEAP_OF_ENTRY)
  }

  /** Each value within a `Value`, a `ListValue` or a `Struct` is a `Value`. Others contain texts only. */
  visitWellKnown(_message: DescMessage, container: Container, key: string | number): void {
    const value = container[key]
    if (!isContainer(value)) return
    this.#take(HEAP_OF_CONTAINER)
    for (const each of Array.isArray(value) ? value.keys() : Object.keys(value)) {
      this.#take(HEAP_OF_VALUE + HEAP_OF_ENTRY)
      this.visitWellKnown(_message, value, each)
    }
  }

  #take(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0) throw heapError(this.#typeName)
  }
}

/** The error of a value, or of a payload, whose messages are too large. */
export function heapError(typeName: string): PayloadError {
  return new PayloadError(
    `${typeName}: the messages of this value take more than ${mebibytes(MAX_VALUE_HEAP)} of memory, the share of ` +
      'sluice.schema.heap.max.bytes for one value; write fewer messages into a record',
  )
}
