/**
 * Request bodies in JSON, decoded by their schema: with the coercions of docs/conformance.md#4, and errors
 * that say where and what was expected.
 */
import type { TSchema } from 'typebox'
import { RestError } from '../../errors.ts'

/** What is read of a TypeBox schema: the subset that our bodies use. */
interface Shape {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Shape>>
  /** Of members that are not in `properties`; without it there are none. */
  readonly additionalProperties?: Shape
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  /** In bytes of UTF-8, which is how Kafka counts. */
  readonly maxLength?: number
  /** Of an absent member. */
  readonly default?: unknown
  readonly anyOf?: readonly Shape[]
}

/** Characters of what a client sent that a message shows. */
const SHOWN = 60

const DECIMAL = /^-?\d{1,19}$/

/** A body is refused beyond this depth before it is parsed: it could exhaust the stack. */
const MAX_DEPTH = 1000

/**
 * A body with more arrays, objects, members and items is refused before it is parsed: that of 1 MiB
 * could have so many that the event loop stands still for 200 ms. No body needs more than 6000.
 */
const MAX_PARTS = 10_000

/**
 * The decoded body; undefined when it is empty or `null`. Throws 400 for what is not JSON or has
 * another type than `schema` wants, 422 for unknown members. A `null` member is as an absent one.
 */
export function decodeJsonBody(text: string, schema: TSchema): unknown {
  if (text.trim() === '') return undefined
  const value = parse(text)
  return value === null ? undefined : decode(value, schema as Shape, '')
}

function parse(text: string): unknown {
  checkStructure(text)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RestError('BAD_REQUEST', `The body is not JSON: ${(error as Error).message}`)
  }
}

/** Halves of surrogate pairs: they have no UTF-8, and are what is left of a text that was cut. */
const LONE_SURROGATE = /\p{Surrogate}/u

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
/** `[` and `{` differ in this bit, as `]` and `}` do. */
const BRACE_BIT = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/** Looks at what is not in strings: closing brackets there would hide what is nested. */
function checkStructure(text: string): void {
  let depth = 0
  let parts = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const change = changeOfDepth(code)
    depth += change
    if (change > 0 || code === COMMA) parts++
    if (code === QUOTE) at = endOfString(text, at)
    if (depth > MAX_DEPTH) {
      throw new RestError('BAD_REQUEST', `The body is nested more than ${MAX_DEPTH} levels deep.`)
    }
    if (parts > MAX_PARTS) throw new RestError('UNPROCESSABLE', TOO_MANY_PARTS)
  }
}

function changeOfDepth(code: number): number {
  const bracket = code | BRACE_BIT
  return bracket === OPENING ? 1 : bracket === CLOSING ? -1 : 0
}

const TOO_MANY_PARTS =
  `The body has more than ${MAX_PARTS} arrays, objects, members and items. Send it in several ` +
  'requests.'

/** Where the string ends that begins at `at`. */
function endOfString(text: string, at: number): number {
  let end = at + 1
  while (end < text.length) {
    const code = text.charCodeAt(end)
    if (code === QUOTE) break
    end += code === BACKSLASH ? 2 : 1
  }
  return end
}

function decode(value: unknown, shape: Shape, at: string): unknown {
  if (shape.anyOf) return decodeAny(value, shape.anyOf, at)
  switch (shape.type) {
    case 'object':
      return decodeObject(value, shape, at)
    case 'array':
      return decodeArray(value, shape, at)
    case 'integer':
      return decodeInteger(value, shape, at)
    case 'string':
      return decodeString(value, shape, at)
    default:
      return value
  }
}

function decodeAny(value: unknown, shapes: readonly Shape[], at: string): unknown {
  const fitting = shapes.find((shape) => shape.type === typeName(value))
  return decode(value, fitting ?? (shapes[0] as Shape), at)
}

function decodeObject(value: unknown, shape: Shape, at: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mistyped(value, 'an object', at)
  }
  const result: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    const memberShape = shapeOfMember(shape, name, at)
    if (member !== null) result[name] = decode(member, memberShape, `${at}/${name}`)
  }
  for (const name of shape.required ?? []) {
    result[name] ??= shape.properties?.[name]?.default
    if (result[name] === undefined) {
      throw new RestError('BAD_REQUEST', `${at}/${name} is missing.`)
    }
  }
  return result
}

function shapeOfMember({ properties = {}, additionalProperties }: Shape, name: string, at: string) {
  const shape = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
  if (shape) return shape
  const known = Object.keys(properties).join(', ')
  throw new RestError(
    'UNPROCESSABLE',
    `Unrecognized field: ${name.slice(0, SHOWN)} (in ${at === '' ? 'the body' : at}; known: ${known})`,
  )
}

function decodeArray(value: unknown, shape: Shape, at: string): unknown {
  if (!Array.isArray(value)) throw mistyped(value, 'an array', at)
  if (shape.maxItems !== undefined) refuseAbove(shape.maxItems, value.length, 'items', at)
  return value.map((item, index) => decode(item, shape.items ?? {}, `${at}/${index}`))
}

function decodeInteger(value: unknown, shape: Shape, at: string): number {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw mistyped(value, 'an integer', at)
  }
  if (shape.minimum !== undefined && number < shape.minimum) {
    throw new RestError(
      'UNPROCESSABLE',
      `${at} is ${number}; it must be at least ${shape.minimum}.`,
    )
  }
  if (shape.maximum !== undefined && Math.abs(number) > shape.maximum) {
    // For Jackson it does not fit its type, which is another fault than a wrong value.
    const bound = number > 0 ? `at most ${shape.maximum}` : `at least ${-shape.maximum}`
    throw new RestError('BAD_REQUEST', `${at} is ${number}; it must be ${bound}.`)
  }
  return number
}

/** Numbers and booleans are taken for their text, as Jackson does. */
function decodeString(value: unknown, shape: Shape, at: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') throw mistyped(value, 'a string', at)
  if (value.includes('\0')) {
    // For the native engine a text would end there, and be another text.
    throw new RestError(
      'BAD_REQUEST',
      `${at} contains a NUL character, which Kafka does not accept.`,
    )
  }
  if (LONE_SURROGATE.test(value)) {
    throw new RestError(
      'BAD_REQUEST',
      `${at} contains an unpaired surrogate, which UTF-8 cannot encode.`,
    )
  }
  if (value.length < (shape.minLength ?? 0)) {
    throw new RestError('UNPROCESSABLE', `${at} must not be empty.`)
  }
  if (shape.maxLength !== undefined) {
    refuseAbove(shape.maxLength, Buffer.byteLength(value), 'bytes', at)
  }
  return value
}

function refuseAbove(limit: number, count: number, what: string, at: string): void {
  if (count <= limit) return
  throw new RestError('UNPROCESSABLE', `${at} has ${count} ${what}; it may have at most ${limit}.`)
}

function mistyped(value: unknown, expected: string, at: string): RestError {
  const place = at === '' ? 'The body' : at
  return new RestError('BAD_REQUEST', `${place} is ${describe(value)}; expected ${expected}.`)
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return `the ${typeof value} ${JSON.stringify(value).slice(0, SHOWN)}`
}
