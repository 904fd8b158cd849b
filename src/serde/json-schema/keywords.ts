/**
 * Keywords that Ajv has otherwise: those that would be wrong for numbers beyond doubles, and those whose cost
 * isn't bounded by the sizes of schema and value.
 */
import type { Ajv, AnySchemaObject, FuncKeywordDefinition } from 'ajv'
import type { DataValidationCxt } from 'ajv/dist/types/index.js'
import { compare, type Decimal, isMultiple, parseDecimal } from '../decimal.ts'
import type { KeptDigits } from '../json-text.ts'
import { identityOf } from './equality.ts'

/** What the keywords are told of the value that is being validated, which Ajv doesn't pass on. */
export interface Current {
  digits: KeptDigits
}

type Test = (place: DataValidationCxt) => boolean
/** Makes a keyword's test from the schema object in which it stands. */
type Keyword = (schema: AnySchemaObject) => Test

/**
 * Replaces `multipleOf`, which divides doubles (1.1 by 0.1 isn't 11), and `uniqueItems`, which compares each item
 * with each other.
 */
export function addSafeKeywords(ajv: Ajv, current: Current, schemaDigits: KeptDigits): void {
  const numbers = new Numbers(current, schemaDigits)
  const identity = (place: DataValidationCxt, index: number) =>
    identityOf(valueAt(place) as object, index, current.digits)
  replace(ajv, 'multipleOf', 'number', (schema) => {
    const divisor = numbers.ofSchema(schema, 'multipleOf')
    return (place) => isMultiple(numbers.at(place), divisor)
  })
  replace(ajv, 'uniqueItems', 'array', (schema) => (place) => {
    if (schema['uniqueItems'] !== true) return true
    const items = valueAt(place) as unknown[]
    return new Set(items.map((_, index) => identity(place, index))).size === items.length
  })
}

/** Replaces what compares numbers, so that all digits count. Slower than Ajv's own. */
export function addExactKeywords(ajv: Ajv, current: Current, schemaDigits: KeptDigits): void {
  const numbers = new Numbers(current, schemaDigits)
  const bound = (keyword: string, holds: (difference: number) => boolean): Keyword => {
    return (schema) => {
      const limit = numbers.ofSchema(schema, keyword)
      return (place) => holds(compare(numbers.at(place), limit))
    }
  }
  const identity = (place: DataValidationCxt) =>
    identityOf(place.parentData, place.parentDataProperty, current.digits)
  replace(ajv, 'minimum', 'number', (schema) =>
    bound('minimum', schema['exclusiveMinimum'] === true ? (d) => d > 0 : (d) => d >= 0)(schema),
  )
  replace(ajv, 'maximum', 'number', (schema) =>
    bound('maximum', schema['exclusiveMaximum'] === true ? (d) => d < 0 : (d) => d <= 0)(schema),
  )
  replace(
    ajv,
    'exclusiveMinimum',
    'number',
    unlessBoolean('exclusiveMinimum', (d) => d > 0),
  )
  replace(
    ajv,
    'exclusiveMaximum',
    'number',
    unlessBoolean('exclusiveMaximum', (d) => d < 0),
  )
  replace(ajv, 'const', undefined, (schema) => {
    const expected = identityOf(schema, 'const', schemaDigits)
    return (place) => identity(place) === expected
  })
  replace(ajv, 'enum', undefined, (schema) => {
    const values = schema['enum'] as unknown[]
    const expected = new Set(values.map((_, index) => identityOf(values, index, schemaDigits)))
    return (place) => expected.has(identity(place))
  })

  /** Draft 4 has booleans there, which change what `minimum` and `maximum` mean. */
  function unlessBoolean(keyword: string, holds: (difference: number) => boolean): Keyword {
    return (schema) =>
      typeof schema[keyword] === 'boolean' ? () => true : bound(keyword, holds)(schema)
  }
}

/** Numbers with all their digits, of the value and of the schema. */
class Numbers {
  readonly #current: Current
  readonly #schemaDigits: KeptDigits

  constructor(current: Current, schemaDigits: KeptDigits) {
    this.#current = current
    this.#schemaDigits = schemaDigits
  }

  at(place: DataValidationCxt): Decimal {
    const { parentData, parentDataProperty } = place
    const text = this.#current.digits.textOf(parentData, parentDataProperty)
    return decimal(text ?? `${valueAt(place)}`)
  }

  ofSchema(schema: AnySchemaObject, keyword: string): Decimal {
    return decimal(this.#schemaDigits.textOf(schema, keyword) ?? `${schema[keyword]}`)
  }
}

function decimal(text: string): Decimal {
  const parsed = parseDecimal(text)
  if (parsed === undefined) throw new Error(`not a number: ${text}`)
  return parsed
}

function valueAt({ parentData, parentDataProperty }: DataValidationCxt): unknown {
  return parentData[parentDataProperty]
}

function replace(
  ajv: Ajv,
  keyword: string,
  type: 'number' | 'array' | undefined,
  test: Keyword,
): void {
  const definition: FuncKeywordDefinition = {
    keyword,
    ...(type && { type }),
    errors: false,
    compile(_, parentSchema) {
      const holds = test(parentSchema)
      return (_value, place) => place === undefined || holds(place)
    },
  }
  ajv.removeKeyword(keyword).addKeyword(definition)
}
