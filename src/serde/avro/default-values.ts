/** Validation of default values, by the rules of Avro's Java parser. */
import { InvalidSchemaError } from '../codec.ts'
import { jsonExcerpt } from './names.ts'
import type { AvroType, RecordType } from './type.ts'

const INT_MAX = 2 ** 31 - 1
/** The limit as a double, which accepts some texts slightly above the largest long, as Java does. */
const LONG_MAX = 2 ** 63
/** Limit for union branches and record fields: their combinations grow exponentially. */
const MAX_STEPS = 1_000_000

/** @throws {InvalidSchemaError} when a default does not match the type of its field */
export function checkDefaults(records: readonly RecordType[]): void {
  const checker = new DefaultChecker()
  for (const { name: record, fields } of records) {
    for (const { name, type, default: value } of fields) {
      if (value === undefined || checker.isOfType(type, value)) continue
      throw new InvalidSchemaError(
        `Invalid default for field ${record}.${name}: ${jsonExcerpt(value)}`,
      )
    }
  }
}

class DefaultChecker {
  #steps = 0
  /** The values of maps, which several types of a union may ask for. */
  readonly #values = new WeakMap<object, readonly unknown[]>()

  isOfType(type: AvroType, value: unknown): boolean {
    if (++this.#steps > MAX_STEPS) {
      throw new InvalidSchemaError(
        `The defaults are too complicated: they need more than ${MAX_STEPS} comparisons.`,
      )
    }
    switch (type.kind) {
      case 'union':
        return type.branches.some((branch) => this.isOfType(branch, value))
      case 'array':
        return Array.isArray(value) && value.every((item) => this.isOfType(type.items, item))
      case 'map':
        return isObject(value) && this.#hasValues(type.values, value)
      case 'record':
        return isObject(value) && this.#hasFields(type, value)
      default:
        return isScalar(type.kind, value)
    }
  }

  #hasValues(type: AvroType, value: Readonly<Record<string, unknown>>): boolean {
    let values = this.#values.get(value)
    if (values === undefined) {
      values = Object.values(value)
      this.#values.set(value, values)
    }
    return values.every((item) => this.isOfType(type, item))
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

/** Avro's parser accepts `"NaN"` and quoted numbers since version 1.9. */
function isFloatText(value: unknown): boolean {
  if (typeof value !== 'string' || value.trim() === '') return false
  return value === 'NaN' || !Number.isNaN(Number(value))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
