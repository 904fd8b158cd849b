/** Whether the defaults in a schema are of the types of their fields. By Avro's own rules. */
import { InvalidSchemaError } from '../codec.ts'
import { excerpt } from './names.ts'
import type { AvroType, RecordType } from './type.ts'

const INT_MAX = 2 ** 31 - 1
/** As a double: texts up to some hundreds above the greatest long are taken for it. */
const LONG_MAX = 2 ** 63

/** @throws {InvalidSchemaError} when the default of a field isn't of the field's type */
export function checkDefaults(records: readonly RecordType[]): void {
  for (const { name: record, fields } of records) {
    for (const { name, type, default: value } of fields) {
      if (value === undefined || isOfType(type, value)) continue
      throw new InvalidSchemaError(`Invalid default for field ${record}.${name}: ${excerpt(value)}`)
    }
  }
}

function isOfType(type: AvroType, value: unknown): boolean {
  switch (type.kind) {
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
    case 'union':
      return type.branches.some((branch) => isOfType(branch, value))
    case 'array':
      return Array.isArray(value) && value.every((item) => isOfType(type.items, item))
    case 'map':
      return isObject(value) && Object.values(value).every((item) => isOfType(type.values, item))
    case 'record':
      return isObject(value) && hasAllFields(type, value)
    default:
      return typeof value === 'string'
  }
}

function hasAllFields({ fields }: RecordType, value: Readonly<Record<string, unknown>>): boolean {
  return fields.every((field) =>
    isOfType(field.type, Object.hasOwn(value, field.name) ? value[field.name] : field.default),
  )
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
