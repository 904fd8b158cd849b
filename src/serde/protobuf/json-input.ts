/**
 * Corrections of JSON values before Protobuf-ES reads them: 64-bit integers keep all digits, and the forms that
 * protobuf-java accepts but Protobuf-ES refuses or misreads are rewritten or refused.
 */
import { type DescEnum, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { PayloadError } from '../codec.ts'
import { integerText, parseDecimal } from '../digits/decimal.ts'
import type { KeptDigits } from '../digits/kept-digits.ts'
import { excerpt } from '../limits/text-length.ts'
import { fieldError } from './error-text.ts'
import {
  type Container,
  type Field,
  isContainer,
  type MapField,
  type Visitor,
} from './json-walk.ts'
import { canReach } from './reachable.ts'

const INTEGERS: readonly (ScalarType | undefined)[] = [
  ScalarType.INT32,
  ScalarType.INT64,
  ScalarType.UINT32,
  ScalarType.UINT64,
  ScalarType.SINT32,
  ScalarType.SINT64,
  ScalarType.FIXED32,
  ScalarType.FIXED64,
  ScalarType.SFIXED32,
  ScalarType.SFIXED64,
]
const FLOATS: readonly (ScalarType | undefined)[] = [ScalarType.FLOAT, ScalarType.DOUBLE]
const VALUE = 'google.protobuf.Value'
const NULL_VALUE = 'google.protobuf.NullValue'
/** Types whose JSON may contain numbers anywhere. */
const NUMBER_HOLDERS: readonly string[] = [
  VALUE,
  'google.protobuf.ListValue',
  'google.protobuf.Struct',
]
/** The longest integer has this many digits. */
const MAX_DIGITS = 20

/**
 * Texts that Protobuf-ES misreads: hexadecimal, octal and binary numbers, numbers with white space, and days beyond
 * the end of a month.
 */
const MISREAD = /"[+-]?0[xob]|"\s|\s"|-(?:02-(?:29|30|31)|(?:04|06|09|11)-31)T/i
/** A duration followed by other characters, which Protobuf-ES ignores. */
const LONG_DURATION = /"-?\d+(?:\.\d+)?s[^"]/
/** Escapes of characters in such texts: ASCII and white space. */
const ESCAPED_MISREAD = /"\\[fnrt]|\\[fnrt]"|\\u(?:00[02-7a]|1680|20(?:0|2[89f]|5f)|3000|feff)/i
/** Numbers that only JavaScript accepts. */
const OTHER_BASE = /^[+-]?0[xob]/i

const mayHaveDurations = canReach(({ typeName }) => typeName === 'google.protobuf.Duration')

/** Whether Protobuf-ES may misread a text, so that it needs normalization. Few texts do. */
export function mayBeMisread(message: DescMessage, compactJson: string): boolean {
  return (
    MISREAD.test(compactJson) ||
    (compactJson.includes('\\') && ESCAPED_MISREAD.test(compactJson)) ||
    (mayHaveDurations(message) && LONG_DURATION.test(compactJson))
  )
}

/** Normalizes values in place, or throws a PayloadError. Protobuf-ES reports all other errors. */
export class InputNormalizer implements Visitor {
  readonly #digits: KeptDigits

  constructor(digits: KeptDigits) {
    this.#digits = digits
  }

  visitScalar(field: Field, container: Container, key: string | number): void {
    const value = container[key]
    const text = this.#digits.textOf(container, key)
    container[key] = normalized(field, value, text ?? value)
  }

  /** Removes null members of a oneof, except where null is a value. Protobuf-ES counts them as set. */
  visitNull(field: Field, container: Container, key: string): void {
    const isValue = field.message?.typeName === VALUE || field.enum?.typeName === NULL_VALUE
    if (field.oneof !== undefined && !isValue) delete container[key]
  }

  visitKey(field: MapField, key: string): void {
    const isNumber = INTEGERS.includes(field.mapKey)
    if (isNumber && (OTHER_BASE.test(key) || key.trim() !== key)) {
      throw fieldError(field, `a key that is ${nameOfScalar(field.mapKey)}`, key)
    }
  }

  visitWellKnown(message: DescMessage, container: Container, key: string | number): void {
    const value = container[key]
    if (NUMBER_HOLDERS.includes(message.typeName)) this.#refuseInfinite(container, key)
    if (typeof value !== 'string') return
    if (message.typeName === 'google.protobuf.Timestamp') checkDay(value)
    if (message.typeName === 'google.protobuf.Duration') checkDuration(value)
  }

  /** Refuses numbers beyond the range of doubles, which would be printed as infinity and are not JSON. */
  #refuseInfinite(container: Container, key: string | number): void {
    const value = container[key]
    if (typeof value === 'number' && !Number.isFinite(value)) {
      const text = excerpt(this.#digits.textOf(container, key) ?? `${value}`)
      throw new PayloadError(`${VALUE}: expected a number that fits into a double, got ${text}`)
    }
    if (!isContainer(value)) return
    for (const each of Array.isArray(value) ? value.keys() : Object.keys(value)) {
      this.#refuseInfinite(value, each)
    }
  }
}

/** @param written the value, or the text of a number */
function normalized(field: Field, value: unknown, written: unknown): unknown {
  if (field.enum !== undefined) return enumNumber(field, value)
  if (INTEGERS.includes(field.scalar)) return exactInteger(field, written)
  if (FLOATS.includes(field.scalar)) return decimalFloat(field, value)
  if (field.scalar === ScalarType.STRING) return stringOf(value, written)
  if (field.scalar === ScalarType.BOOL) return booleanOf(value)
  if (field.scalar === ScalarType.BYTES) checkBytes(field, value)
  return value
}

/** Returns the digits of an integer in any notation. */
function exactInteger(field: Field, value: unknown): unknown {
  if (typeof value !== 'string') return value
  const decimal = parseDecimal(value)
  const digits = decimal && integerText(decimal, MAX_DIGITS)
  if (digits !== undefined) return digits
  throw fieldError(field, nameOfScalar(field.scalar), value)
}

function decimalFloat(field: Field, value: unknown): unknown {
  if (typeof value !== 'string' || !OTHER_BASE.test(value)) return value
  throw fieldError(field, nameOfScalar(field.scalar), value)
}

function nameOfScalar(scalar: ScalarType | undefined): string {
  return (ScalarType[scalar ?? 0] ?? '').toLowerCase()
}

/** Refuses days beyond the end of a month, which JavaScript carries over to the next month. */
function checkDay(timestamp: string): void {
  const match = /^(\d{4})-(\d\d)-(\d\d)T/i.exec(timestamp)
  if (match === null) return
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number)
  // Day 0 is the last day of the preceding month. Calendars repeat after 400 years, and Date.UTC maps years below 100
  // to 1900.
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
  if (day > lastDay) throw new PayloadError(`${excerpt(timestamp)}: the month has ${lastDay} days`)
}

function checkDuration(duration: string): void {
  if (/^-?\d{1,12}(\.\d{1,9})?s$/.test(duration)) return
  throw new PayloadError(
    `${excerpt(duration)}: expected seconds with up to nine decimals, and an s`,
  )
}

/** Converts numbers and booleans to strings, as protobuf-java does. */
function stringOf(value: unknown, written: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? `${written}` : value
}

/** Converts quoted booleans, as protobuf-java does. */
function booleanOf(value: unknown): unknown {
  if (value === 'true') return true
  return value === 'false' ? false : value
}

/** Converts quoted enum numbers, as protobuf-java does. */
function enumNumber(field: Field, value: unknown): unknown {
  if (typeof value !== 'string' || !/^-?\d{1,10}$/.test(value)) return value
  return field.enum !== undefined && namesOf(field.enum).has(value) ? value : Number(value)
}

const namesOfEnums = new WeakMap<DescEnum, ReadonlySet<string>>()

function namesOf(type: DescEnum): ReadonlySet<string> {
  let names = namesOfEnums.get(type)
  if (names === undefined) {
    names = new Set(type.values.map(({ name }) => name))
    namesOfEnums.set(type, names)
  }
  return names
}

/** Base64 in one of its two alphabets, with any padding. */
const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)=*$/

/** Whether a message may contain bytes at any depth. */
export const mayHaveBytes = canReach(({ fields }) =>
  fields.some(({ scalar }) => scalar === ScalarType.BYTES),
)

/** Refuses invalid base64 in fields of type bytes. Protobuf-ES accepts it and drops invalid characters. */
export const BYTES_CHECK: Visitor = {
  visitScalar(field: Field, container: Container, key: string | number): void {
    if (field.scalar === ScalarType.BYTES) checkBytes(field, container[key])
  },
}

/** @throws {PayloadError} when a text is not base64 */
export function checkBytes(field: Field, value: unknown): void {
  if (typeof value !== 'string') return
  const end = value.indexOf('=')
  const length = end < 0 ? value.length : end
  // Four characters encode three bytes; a single remaining character encodes none.
  if (!BASE64.test(value) || length % 4 === 1) throw fieldError(field, 'base64', value)
}

/** The escape of a surrogate, paired or not. */
const SURROGATE = /\\u[dD][89a-fA-F]/

/** Unpaired surrogates: in Unicode mode a pair is one character. */
const LONE_SURROGATE = /\p{Surrogate}/u

/** @throws {PayloadError} when a string or a name contains an unpaired surrogate, which UTF-8 cannot encode */
export function refuseLoneSurrogates(json: string): void {
  if (SURROGATE.test(json)) refuseSurrogatesIn(JSON.parse(json))
}

function refuseSurrogatesIn(value: unknown): void {
  if (typeof value === 'string') refuseLoneSurrogate(value)
  else if (Array.isArray(value)) value.forEach(refuseSurrogatesIn)
  else if (typeof value === 'object' && value !== null) {
    Object.keys(value).forEach(refuseLoneSurrogate)
    Object.values(value).forEach(refuseSurrogatesIn)
  }
}

function refuseLoneSurrogate(text: string): void {
  if (LONE_SURROGATE.test(text))
    throw new PayloadError('a string has an unpaired surrogate, which UTF-8 cannot encode')
}
