/**
 * Reads messages after checking that the messages and their JSON fit into memory, including messages packed in `Any`,
 * which are bytes until they are unpacked.
 */
import {
  type DescMessage,
  fromBinary,
  getExtension,
  isMessage,
  type Message,
  type Registry,
} from '@bufbuild/protobuf'
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt'
import { PayloadError } from '../codec.ts'
import { MAX_VALUE_HEAP } from '../limits/heap.ts'
import { MIN_JSON_LIMIT, maxJsonLength } from '../limits/text-length.ts'
import { largestHeapOfTwo } from './heap-size.ts'
import { heapError } from './json-heap.ts'
import { safeSizeOf } from './json-size.ts'
import { canReachAny } from './reachable.ts'
import { WireCheck } from './wire-check.ts'
import { MAX_DEPTH } from './wire-cursor.ts'

/** The remaining budgets of a record. */
interface Budget {
  /** Implied JSON. */
  readonly limit: number
  left: number
  /** Estimated bytes of objects. */
  heap: number
  /** Comparisons of extensions with undeclared fields. */
  comparisons: number
}

/** A text is printed in parts, which are then joined. */
const BYTES_PER_CHARACTER = 2

/** Protobuf-ES looks for each extension among all undeclared fields of its message. */
const MAX_COMPARISONS = 50_000_000

/** Reads the messages of a registry. */
export class PayloadReader {
  readonly #registry: Registry
  readonly #wireCheck: WireCheck
  readonly #safeSizes = new Map<DescMessage, number>()

  constructor(registry: Registry) {
    this.#registry = registry
    this.#wireCheck = new WireCheck(registry)
  }

  /** @throws {PayloadError} when the bytes do not match the message, or imply too much JSON */
  read(descriptor: DescMessage, bytes: Uint8Array): Message {
    return this.#read(descriptor, bytes, budgetFor(bytes), 0)
  }

  /**
   * Checks that a written message can be read: JSON may nest deeper than messages, and some messages have no bytes.
   *
   * @throws {PayloadError} when it cannot be read
   */
  checkWritten(descriptor: DescMessage, bytes: Uint8Array): void {
    if (bytes.length <= this.#safeSizeOf(descriptor)) return
    if (canReachAny(descriptor)) this.read(descriptor, bytes)
    else this.#check(descriptor, bytes, budgetFor(bytes))
  }

  #safeSizeOf(descriptor: DescMessage): number {
    const known = this.#safeSizes.get(descriptor)
    if (known !== undefined) return known
    const heapOfByte = largestHeapOfTwo(descriptor, this.#registry)
    const size = Math.min(
      safeSizeOf(descriptor, this.#registry, MIN_JSON_LIMIT),
      (MAX_VALUE_HEAP - MIN_JSON_LIMIT * BYTES_PER_CHARACTER) / heapOfByte,
    )
    this.#safeSizes.set(descriptor, size)
    return size
  }

  #read(descriptor: DescMessage, bytes: Uint8Array, budget: Budget, depth: number): Message {
    this.#check(descriptor, bytes, budget)
    const message = fromBinary(descriptor, bytes)
    if (canReachAny(descriptor)) this.#lookInto(message, budget, depth)
    return message
  }

  #check(descriptor: DescMessage, bytes: Uint8Array, budget: Budget): void {
    const { impliedSize, heapSize } = this.#wireCheck.check(descriptor, bytes)
    budget.left -= impliedSize
    budget.heap -= heapSize + impliedSize * BYTES_PER_CHARACTER
    if (budget.heap < 0 && budget.left >= 0) throw heapError(descriptor.typeName)
    if (budget.left >= 0) return
    throw new PayloadError(
      `${descriptor.typeName}: names and defaults of more than ${budget.limit} characters of JSON, ` +
        'more than the size of the record allows; write fewer messages into a record',
    )
  }

  /** Checks the `Any`s in a message, or in one of its lists, maps and oneofs. */
  #lookInto(value: object, budget: Budget, depth: number): void {
    if (isMessage(value, AnySchema)) {
      this.#unpack(value, budget, depth + 1)
      return
    }
    const parts = isMessage(value) ? this.#extensionsOf(value, budget) : []
    for (const part of [...Object.values(value), ...parts]) {
      if (isTree(part)) this.#lookInto(part, budget, depth)
    }
  }

  #unpack({ typeUrl, value }: Any, budget: Budget, depth: number): void {
    if (depth > MAX_DEPTH)
      throw new PayloadError(`${AnySchema.typeName} is nested deeper than ${MAX_DEPTH}`)
    const descriptor = this.#registry.getMessage(typeUrl.slice(typeUrl.lastIndexOf('/') + 1))
    if (descriptor !== undefined) this.#read(descriptor, value, budget, depth)
  }

  /** Returns the extensions of a message, which Protobuf-ES decodes on access. */
  #extensionsOf(message: Message, budget: Budget): unknown[] {
    const { $unknown: fields } = message
    const descriptor = fields && this.#registry.getMessage(message.$typeName)
    if (descriptor === undefined) return []
    const extensions = [...new Set(fields?.map(({ no }) => no))]
      .map((number) => this.#registry.getExtensionFor(descriptor, number))
      .filter((extension) => extension !== undefined)
    budget.comparisons -= extensions.length * (fields?.length ?? 0)
    if (budget.comparisons < 0) {
      throw new PayloadError(
        `${message.$typeName}: extensions and undeclared fields need more than ${MAX_COMPARISONS} comparisons; write fewer into a record`,
      )
    }
    return extensions.map((extension) => getExtension(message, extension))
  }
}

function budgetFor(bytes: Uint8Array): Budget {
  const limit = maxJsonLength(bytes.length)
  return { limit, left: limit, heap: MAX_VALUE_HEAP, comparisons: MAX_COMPARISONS }
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}
