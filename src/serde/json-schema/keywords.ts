/**
 * Keywords that replace Ajv's own: Ajv compares numbers as doubles, and the cost of some of its keywords is not bounded
 * by the sizes of schema and value.
 */

import type { Ajv, AnySchemaObject, FuncKeywordDefinition } from 'ajv'
import {
  compare,
  type Decimal,
  isMultiple,
  parseDecimal,
  workOfMultiple,
} from '../digits/decimal.ts'
import { KeptDigits } from '../digits/kept-digits.ts'
import { Identities, type Place } from './equality.ts'
import type { Steps } from './steps.ts'

/** The state of a validation, for keywords that Ajv does not pass it to. A validator checks one value at a time. */
export class CheckContext {
  readonly steps: Steps
  #digits = KeptDigits.NONE
  #identities: Identities | undefined

  constructor(steps: Steps) {
    this.steps = steps
  }

  /** Starts with another value. */
  start(digits: KeptDigits): void {
    this.#digits = digits
    this.#identities = undefined
  }

  /** The digits of the value's numbers. */
  get digits(): KeptDigits {
    return this.#digits
  }

  /** The identities within the value, created on first use because few schemas need them. */
  get identities(): Identities {
    this.#identities ??= new Identities(this.#digits)
    return this.#identities
  }
}

/** Whether a value satisfies the keyword. For `propertyNames` the value is the name of its place. */
type Test = (value: unknown, place: Place) => boolean
/** Creates a keyword's test from its schema object. */
type Keyword = (schema: AnySchemaObject) => Test

/**
 * Replaces `multipleOf`, because Ajv divides doubles (1.1 / 0.1 is not 11), and `uniqueItems`, because Ajv compares
 * all pairs.
 */
export function addSafeKeywords(ajv: Ajv, check: CheckContext, schemaDigits: KeptDigits): void {
  const numbers = new Numbers(check, schemaDigits)
  replace(ajv, check, 'multipleOf', 'number', (schema) => {
    const divisor = numbers.ofSchema(schema, 'multipleOf')
    return (value, place) => {
      const number = numbers.at(value, place)
      check.steps.take(workOfMultiple(number, divisor))
      return isMultiple(number, divisor)
    }
  })
  replace(ajv, check, 'uniqueItems', 'array', (schema) => (value) => {
    return schema['uniqueItems'] !== true || check.identities.areUnique(value as unknown[])
  })
}

/** Replaces all keywords that compare numbers by ones that compare digits, which are slower. */
export function addExactKeywords(ajv: Ajv, check: CheckContext, schemaDigits: KeptDigits): void {
  const numbers = new Numbers(check, schemaDigits)
  const bound = (keyword: string, holds: (difference: number) => boolean): Keyword => {
    return (schema) => {
      const limit = numbers.ofSchema(schema, keyword)
      return (value, place) => holds(compare(numbers.at(value, place), limit))
    }
  }
  const ofSchema = new Identities(schemaDigits)
  replace(ajv, check, 'minimum', 'number', (schema) =>
    bound('minimum', schema['exclusiveMinimum'] === true ? (d) => d > 0 : (d) => d >= 0)(schema),
  )
  replace(ajv, check, 'maximum', 'number', (schema) =>
    bound('maximum', schema['exclusiveMaximum'] === true ? (d) => d < 0 : (d) => d <= 0)(schema),
  )
  replace(
    ajv,
    check,
    'exclusiveMinimum',
    'number',
    unlessBoolean('exclusiveMinimum', (d) => d > 0),
  )
  replace(
    ajv,
    check,
    'exclusiveMaximum',
    'number',
    unlessBoolean('exclusiveMaximum', (d) => d < 0),
  )
  replace(ajv, check, 'const', undefined, (container) => {
    const expected = ofSchema.of(container['const'], { container, key: 'const' })
    return (value, place) => check.identities.of(value, place) === expected
  })
  replace(ajv, check, 'enum', undefined, (schema) => {
    const container = schema['enum'] as unknown[]
    const expected = new Set(container.map((value, key) => ofSchema.of(value, { container, key })))
    return (value, place) => expected.has(check.identities.of(value, place))
  })

  /** Handles draft 4, where the boolean changes the meaning of `minimum` and `maximum`. */
  function unlessBoolean(keyword: string, holds: (difference: number) => boolean): Keyword {
    return (schema) =>
      typeof schema[keyword] === 'boolean' ? () => true : bound(keyword, holds)(schema)
  }
}

/** The digits of numbers in values and schemas. */
class Numbers {
  readonly #check: CheckContext
  readonly #schemaDigits: KeptDigits

  constructor(check: CheckContext, schemaDigits: KeptDigits) {
    this.#check = check
    this.#schemaDigits = schemaDigits
  }

  at(value: unknown, { container, key }: Place): Decimal {
    return decimal(this.#check.digits.textOf(container, key) ?? `${value}`)
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
  { steps }: CheckContext,
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
        steps.take(1)
        return holds(value, { container: place.parentData, key: place.parentDataProperty })
      }
    },
  }
  // Keywords that the draft lacks are not added.
  if (ajv.getKeyword(keyword) !== false) ajv.removeKeyword(keyword).addKeyword(definition)
}
