/** Whether the defaults in a schema are of the types of their fields. By Avro's own rules. */
import { InvalidSchemaError } from '../codec.ts'
import { excerpt } from './names.ts'
import type { AvroType, RecordType } from './type.ts'

const INT_MAX = 2 ** 31 - 1
/** As a double: texts up to some hundreds above the greatest long are taken for it. */
const LONG_MAX = 2 ** 63
/** A value that may be of ten records, whose fields may be of ten records, is soon too much to try. */
const MAX_STEPS = 1_000_000

/** @throws {InvalidSchemaError} when the default of a field isn't of the field's type */
export function checkDefaults(records: readonly RecordType[]): void {
  const checker = new DefaultChecker()
  for (const { name: record, fields } of records) {
    for (const { name, type, default: value } of fields) {
      if (value === undefined || checker.isOfType(type, value)) continue
      throw new InvalidSchemaError(`Invalid default for field ${record}.${name}: ${excerpt(value)}`)
    }
  }
}

class DefaultChecker {
  #steps = 0

  isOfType(type: AvroType, value: unknown): boolean {
    if (++this.#steps > MAX_STEPS) throw new InvalidSchemaError('The defaults are too complicated.')
    switch (type.kind) {
      case 'union':
        return type.branches.some((branch) => this.isOfType(branch, value))
      case 'array':
        return Array.isArray(value) && value.every((item) => this.isOfType(type.items, item))
      case 'map':
        return (
          isObject(value) && Object.values(value).every((item) => this.isOfType(type.values, item))
        )
      case 'record':
        return isObject(value) && this.#hasFields(type, value)
      default:
        return isScalar(type.kind, value)
    }
  }

  #hasFields({ fields }: RecordType, value: Readonly<Record<string, unknown>>): boolean {
    return fields.every((field) =>
      Object.hasOwn(value, field.name)
        ? this.isOfType(field.type, value[field.name])
        : // Whether that one is right is seen at its field.
          field.default !== undefined,
    )
  }
}

function isScalar(kind: AvroType['kind'], value: unknown): boolean {
  switch (kind) {
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    case 'int':
      return isInteger(value, -INT_MAX - 1, INT_MAX)
    case 'long':
      return isInteger(value, -LONG_MAX, LONG_MAX)
    case 'float':
    case 'double':
      return typeof value === 'number' || isFloatText(value)
    default:
      return typeof value === 'string'
  }
}

function isInteger(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}

/** `"NaN"`, and numbers in quotes, which Avro's parser takes since 1.9. */
function isFloatText(value: unknown): boolean {
  if (typeof value !== 'string' || value.trim() === '') return false
  return value === 'NaN' || !Number.isNaN(Number(value))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
