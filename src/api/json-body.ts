/**
 * Decodes JSON bodies of requests by their schemas, with the coercions of docs/conformance.md#4. Errors name the place
 * and the expectation. APIs differ in a few conventions.
 */
import { type TSchema, Type } from 'typebox'
import { RestError } from '../errors.ts'

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

/** A schema that allows null as well, for responses and for bodies that the engine parses. */
export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()])
}

/** What differs between APIs. */
export interface JsonConventions {
  /** Whether what follows the first value is ignored, and a number with a fraction is cut to an integer. */
  readonly isLenient: boolean
  /** The text about an unknown member. @param place of the object @param known the members that it may have */
  unknownMember(name: string, place: string, known: string): string
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
export function decodeJsonBody(
  text: string,
  schema: TSchema,
  conventions: JsonConventions,
): unknown {
  if (text.trim() === '') return undefined
  const value = parse(text, conventions)
  return value === null ? undefined : decode(value, schema as Shape, '', conventions)
}

function parse(text: string, { isLenient }: JsonConventions): unknown {
  const end = checkStructure(text)
  try {
    return JSON.parse(isLenient ? text.slice(0, end) : text)
  } catch (error) {
    throw new RestError('BAD_REQUEST', `The body is not JSON: ${(error as Error).message}`)
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
/** `[` and `{` differ in this bit, as `]` and `}` do. */
const BRACE_BIT = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/** Checks depth and number of parts outside strings: brackets in strings do not count. Returns the end of the first array or object. */
function checkStructure(text: string): number {
  let depth = 0
  let parts = 0
  let endOfFirst: number | undefined
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const change = changeOfDepth(code)
    depth += change
    if (change > 0 || code === COMMA) parts++
    else if (change < 0 && depth === 0) endOfFirst ??= at + 1
    else if (code === QUOTE) at = endOfString(text, at)
    checkLimits(depth, parts)
  }
  return endOfFirst ?? text.length
}

function checkLimits(depth: number, parts: number): void {
  if (depth > MAX_DEPTH) {
    throw new RestError('BAD_REQUEST', `The body is nested more than ${MAX_DEPTH} levels deep.`)
  }
  if (parts > MAX_PARTS) throw new RestError('UNPROCESSABLE', TOO_MANY_PARTS)
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

function decode(value: unknown, shape: Shape, at: string, conventions: JsonConventions): unknown {
  if (shape.anyOf) return decodeAny(value, shape.anyOf, at, conventions)
  switch (shape.type) {
    case 'object':
      return decodeObject(value, shape, at, conventions)
    case 'array':
      return decodeArray(value, shape, at, conventions)
    case 'integer':
      return decodeInteger(value, shape, at, conventions)
    case 'boolean':
      return decodeBoolean(value, at)
    case 'string':
      return decodeString(value, shape, at)
    default:
      return value
  }
}

function decodeAny(
  value: unknown,
  shapes: readonly Shape[],
  at: string,
  conventions: JsonConventions,
): unknown {
  const fitting = shapes.find((shape) => shape.type === typeName(value))
  return decode(value, fitting ?? (shapes[0] as Shape), at, conventions)
}

function decodeObject(
  value: unknown,
  shape: Shape,
  at: string,
  conventions: JsonConventions,
): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mistyped(value, 'an object', at)
  }
  const result: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    const memberShape = shapeOfMember(shape, name, at, conventions)
    if (member !== null) result[name] = decode(member, memberShape, `${at}/${name}`, conventions)
  }
  for (const name of shape.required ?? []) {
    result[name] ??= shape.properties?.[name]?.default
    if (result[name] === undefined) {
      throw new RestError('BAD_REQUEST', `${at}/${name} is missing.`)
    }
  }
  return result
}

function shapeOfMember(
  { properties = {}, additionalProperties }: Shape,
  name: string,
  at: string,
  conventions: JsonConventions,
) {
  const shape = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
  if (shape) return shape
  const place = at === '' ? 'the body' : at
  const known = Object.keys(properties).join(', ')
  throw new RestError(
    'UNPROCESSABLE',
    conventions.unknownMember(name.slice(0, SHOWN), place, known),
  )
}

function decodeArray(
  value: unknown,
  shape: Shape,
  at: string,
  conventions: JsonConventions,
): unknown {
  if (!Array.isArray(value)) throw mistyped(value, 'an array', at)
  if (shape.maxItems !== undefined) refuseAbove(shape.maxItems, value.length, 'items', at)
  return value.map((item, index) => decode(item, shape.items ?? {}, `${at}/${index}`, conventions))
}

/** Accepts the texts of booleans, as Jackson does. */
function decodeBoolean(value: unknown, at: string): boolean {
  const text = String(value)
  if (!/^(true|false)$/.test(text) || typeof value === 'object') {
    throw mistyped(value, 'true or false', at)
  }
  return text === 'true'
}

function decodeInteger(
  value: unknown,
  shape: Shape,
  at: string,
  { isLenient }: JsonConventions,
): number {
  const given = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  const number = isLenient && typeof given === 'number' ? Math.trunc(given) : given
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw mistyped(value, 'an integer', at)
  }
  checkRange(number, shape, at)
  return number
}

function checkRange(number: number, shape: Shape, at: string): void {
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
  if (!value.isWellFormed()) {
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
