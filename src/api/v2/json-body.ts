/**
 * Decodes JSON bodies of requests by their schemas, with the coercions of docs/conformance.md#4. Errors name the place
 * and the expectation.
 */
import type { TSchema } from 'typebox'
import { RestError } from '../../errors.ts'

/** The subset of TypeBox's schemas that bodies use. */
interface Shape {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Shape>>
  /** The schema of members outside `properties`. Without it such members are refused. */
  readonly additionalProperties?: Shape
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  /** In bytes of UTF-8, as in Kafka. */
  readonly maxLength?: number
  /** The value of an absent member. */
  readonly default?: unknown
  readonly anyOf?: readonly Shape[]
}

/** The number of characters of a client's value that messages show. */
const SHOWN = 60

const DECIMAL = /^-?\d{1,19}$/

/** The nesting limit, which is checked before parsing: deeper bodies could exhaust the stack. */
const MAX_DEPTH = 1000

/**
 * Limit for arrays, objects, members and items, which is checked before parsing: a body of 1 MiB could block the event
 * loop for 200 ms. No valid body has more than 6000.
 */
const MAX_PARTS = 10_000

/**
 * Decodes a body; undefined when it is empty or `null`. Throws 400 for malformed JSON and for types other than those of
 * `schema`, 422 for unknown members. A `null` member counts as absent.
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

/** Unpaired surrogates, which UTF-8 cannot encode. */
const LONE_SURROGATE = /\p{Surrogate}/u

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
/** `[` and `{` differ in this bit, as `]` and `}` do. */
const BRACE_BIT = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/** Checks depth and number of parts outside strings: brackets in strings do not count. */
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

/** Returns the end of the string that begins at `at`. */
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
    // Jackson reports a number outside its type as a wrong type, not as a wrong value.
    const bound = number > 0 ? `at most ${shape.maximum}` : `at least ${-shape.maximum}`
    throw new RestError('BAD_REQUEST', `${at} is ${number}; it must be ${bound}.`)
  }
  return number
}

/** Accepts numbers and booleans as their texts, as Jackson does. */
function decodeString(value: unknown, shape: Shape, at: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') throw mistyped(value, 'a string', at)
  if (value.includes('\0')) {
    // The engine's strings end at a zero byte.
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
