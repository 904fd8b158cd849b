/**
 * Keywords that Ajv has otherwise: those that would be wrong for numbers beyond doubles, and those whose cost
 * isn't bounded by the sizes of schema and value.
 */
import type { Ajv, AnySchemaObject, FuncKeywordDefinition } from 'ajv'
import { compare, type Decimal, isMultiple, parseDecimal } from '../decimal.ts'
import type { KeptDigits } from '../kept-digits.ts'
import type { Current } from './current.ts'
import { Identities, type Place } from './equality.ts'

/** Whether a value is as the keyword wants it. It needn't be what stands in its place: it may be a name there. */
type Test = (value: unknown, place: Place) => boolean
/** Makes a keyword's test from the schema object in which it stands. */
type Keyword = (schema: AnySchemaObject) => Test

/**
 * Replaces `multipleOf`, which divides doubles (1.1 by 0.1 isn't 11), and `uniqueItems`, which compares each item
 * with each other.
 */
export function addSafeKeywords(ajv: Ajv, current: Current, schemaDigits: KeptDigits): void {
  const numbers = new Numbers(current, schemaDigits)
  replace(ajv, current, 'multipleOf', 'number', (schema) => {
    const divisor = numbers.ofSchema(schema, 'multipleOf')
    return (value, place) => isMultiple(numbers.at(value, place), divisor)
  })
  replace(ajv, current, 'uniqueItems', 'array', (schema) => (value) => {
    return schema['uniqueItems'] !== true || current.identities.areUnique(value as unknown[])
  })
}

/** Replaces what compares numbers, so that all digits count. Slower than Ajv's own. */
export function addExactKeywords(ajv: Ajv, current: Current, schemaDigits: KeptDigits): void {
  const numbers = new Numbers(current, schemaDigits)
  const bound = (keyword: string, holds: (difference: number) => boolean): Keyword => {
    return (schema) => {
      const limit = numbers.ofSchema(schema, keyword)
      return (value, place) => holds(compare(numbers.at(value, place), limit))
    }
  }
  const ofSchema = new Identities(schemaDigits)
  replace(ajv, current, 'minimum', 'number', (schema) =>
    bound('minimum', schema['exclusiveMinimum'] === true ? (d) => d > 0 : (d) => d >= 0)(schema),
  )
  replace(ajv, current, 'maximum', 'number', (schema) =>
    bound('maximum', schema['exclusiveMaximum'] === true ? (d) => d < 0 : (d) => d <= 0)(schema),
  )
  replace(
    ajv,
    current,
    'exclusiveMinimum',
    'number',
    unlessBoolean('exclusiveMinimum', (d) => d > 0),
  )
  replace(
    ajv,
    current,
    'exclusiveMaximum',
    'number',
    unlessBoolean('exclusiveMaximum', (d) => d < 0),
  )
  replace(ajv, current, 'const', undefined, (container) => {
    const expected = ofSchema.of(container['const'], { container, key: 'const' })
    return (value, place) => current.identities.of(value, place) === expected
  })
  replace(ajv, current, 'enum', undefined, (schema) => {
    const container = schema['enum'] as unknown[]
    const expected = new Set(container.map((value, key) => ofSchema.of(value, { container, key })))
    return (value, place) => expected.has(current.identities.of(value, place))
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

  at(value: unknown, { container, key }: Place): Decimal {
    return decimal(this.#current.digits.textOf(container, key) ?? `${value}`)
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

function replace(
  ajv: Ajv,
  { steps }: Current,
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
      return (value, place) => {
        if (place === undefined)
          throw new Error(`Ajv doesn't say where the value for ${keyword} is`)
        steps.take()
        return holds(value, { container: place.parentData, key: place.parentDataProperty })
      }
    },
  }
  // Of the draft's own keywords only.
  if (ajv.getKeyword(keyword) !== false) ajv.removeKeyword(keyword).addKeyword(definition)
}
