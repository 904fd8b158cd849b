/** What is wrong with a value, in a sentence: `#/field: expected type: Integer, found: String`. */
import type { ErrorObject } from 'ajv'
import { brief } from '../brief.ts'
import { beginningOf } from './beginning.ts'

const MAX_SHOWN_LENGTH = 100
const MAX_ALTERNATIVES = 3

type Wording = (error: ErrorObject) => string

/** By keyword; those that are missing here speak Ajv's words. */
const WORDINGS: Record<string, Wording> = {
  type: ({ params, data }) => `expected type: ${typeNames(params['type'])}, found: ${found(data)}`,
  required: ({ params }) => `required key [${params['missingProperty']}] not found`,
  additionalProperties: ({ params }) =>
    `extraneous key [${params['additionalProperty']}] is not permitted`,
  unevaluatedProperties: ({ params }) =>
    `extraneous key [${params['unevaluatedProperty']}] is not permitted`,
  propertyNames: ({ params }) => `key [${params['propertyName']}] is not permitted`,
  enum: ({ data }) => `${shown(data)} is not a valid enum value`,
  const: ({ data, schema }) => `expected ${shown(schema)}, found: ${shown(data)}`,
  pattern: ({ data, schema }) => `string ${shown(data)} does not match pattern ${schema}`,
  format: ({ data, schema }) => `${shown(data)} is not a valid ${schema}`,
  minLength: ({ schema }) => `expected minLength: ${schema}`,
  maxLength: ({ schema }) => `expected maxLength: ${schema}`,
  minItems: ({ schema, data }) => `expected at least ${schema} items, found: ${count(data)}`,
  maxItems: ({ schema, data }) => `expected at most ${schema} items, found: ${count(data)}`,
  uniqueItems: () => 'array items are not unique',
  // Draft 4 makes bounds exclusive by a boolean beside them.
  minimum: ({ schema, parentSchema }) =>
    parentSchema?.['exclusiveMinimum'] === true
      ? `must be greater than ${schema}`
      : `must not be less than ${schema}`,
  maximum: ({ schema, parentSchema }) =>
    parentSchema?.['exclusiveMaximum'] === true
      ? `must be less than ${schema}`
      : `must not be greater than ${schema}`,
  exclusiveMinimum: ({ schema }) => `must be greater than ${schema}`,
  exclusiveMaximum: ({ schema }) => `must be less than ${schema}`,
  multipleOf: ({ schema }) => `must be a multiple of ${schema}`,
  anyOf: ({ schema }) => `no subschema matched out of the total ${count(schema)} subschemas`,
  oneOf: ({ params }) =>
    `${params['passingSchemas'] === null ? 0 : 2} subschemas matched instead of one`,
  not: () => 'subject must not be valid against the schema that is excluded',
  'false schema': () => 'nothing is allowed here',
}

/**
 * The sentence for what Ajv found, which must have been verbose. Its last error is that of the value as a whole; those
 * before are of the alternatives that it tried.
 */
export function describe(errors: readonly ErrorObject[]): string {
  const last = errors.at(-1)
  const whole = last === undefined ? '#: not valid' : describeOne(last)
  // Of a schema with many alternatives there are many errors: the rest isn't described at all.
  const alternatives = errors
    .slice(0, Math.min(MAX_ALTERNATIVES, errors.length - 1))
    .map(describeOne)
    .join('; ')
  return brief(alternatives === '' ? whole : `${whole} (${alternatives})`)
}

function describeOne(error: ErrorObject): string {
  const wording = WORDINGS[error.keyword]
  return `#${error.instancePath}: ${wording === undefined ? error.message : wording(error)}`
}

function typeNames(types: unknown): string {
  return [types].flat().map(capitalized).join(' or ')
}

function found(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'Array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'Integer' : 'Number'
  return capitalized(typeof value)
}

function capitalized(word: unknown): string {
  const text = String(word)
  return text === 'null' ? text : text.charAt(0).toUpperCase() + text.slice(1)
}

function count(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined
}

function shown(value: unknown): string {
  const text = beginningOf(value, MAX_SHOWN_LENGTH)
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text
}
