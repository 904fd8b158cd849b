/** Error texts for invalid values: `#/field: expected type: Integer, found: String`. */
import type { ErrorObject } from 'ajv'
import { excerpt } from '../limits/text-length.ts'

const MAX_SHOWN_LENGTH = 100
const MAX_ALTERNATIVES = 3

type Wording = (error: ErrorObject) => string

/** Texts by keyword, in the words of Confluent's validator. Other keywords have Ajv's messages. */
const WORDINGS: Record<string, Wording> = {
  type: ({ params, data }) => `expected type: ${typeNames(params['type'])}, found: ${found(data)}`,
  required: ({ params }) => `required key [${params['missingProperty']}] not found`,
  additionalProperties: ({ params }) =>
    `extraneous key [${params['additionalProperty']}] is not permitted`,
  unevaluatedProperties: ({ params }) =>
    `extraneous key [${params['unevaluatedProperty']}] is not permitted`,
  propertyNames: ({ params }) => `key [${params['propertyName']}] is not permitted`,
  enum: ({ data }) => `${shortened(data)} is not a valid enum value`,
  const: ({ data, schema }) => `expected ${shortened(schema)}, found: ${shortened(data)}`,
  pattern: ({ data, schema }) => `string ${shortened(data)} does not match pattern ${schema}`,
  format: ({ data, schema }) => `${shortened(data)} is not a valid ${schema}`,
  minLength: ({ schema }) => `expected minLength: ${schema}`,
  maxLength: ({ schema }) => `expected maxLength: ${schema}`,
  minItems: ({ schema, data }) => `expected at least ${schema} items, found: ${count(data)}`,
  maxItems: ({ schema, data }) => `expected at most ${schema} items, found: ${count(data)}`,
  uniqueItems: () => 'array items are not unique',
  // Draft 4 has a boolean `exclusiveMinimum` beside `minimum`.
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
 * Returns the text for Ajv's errors in verbose mode. The last error belongs to the value as a whole, the preceding
 * ones to alternatives that failed.
 */
export function describeErrors(errors: readonly ErrorObject[]): string {
  const last = errors.at(-1)
  const whole = last === undefined ? '#: not valid' : describeError(last)
  // A schema with many alternatives causes many errors, so only the first are described.
  const alternatives = errors
    .slice(0, Math.min(MAX_ALTERNATIVES, errors.length - 1))
    .map(describeError)
    .join('; ')
  return excerpt(alternatives === '' ? whole : `${whole} (${alternatives})`)
}

function describeError(error: ErrorObject): string {
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

function shortened(value: unknown): string {
  const text = jsonPrefix(value, MAX_SHOWN_LENGTH)
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text
}

/**
 * Returns the text of `JSON.stringify`, or at least its first `limit` characters. Printing a whole large value would
 * take as long as validating it.
 */
export function jsonPrefix(value: unknown, limit: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, Math.max(limit, 0)))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return Array.isArray(value) ? ofItems(value, limit) : ofMembers(value, limit)
}

function ofItems(items: readonly unknown[], limit: number): string {
  let text = '['
  for (const item of items) {
    if (text.length >= limit) return text
    text += `${separatorBehind(text)}${jsonPrefix(item, limit - text.length)}`
  }
  return `${text}]`
}

function ofMembers(members: object, limit: number): string {
  let text = '{'
  for (const name in members) {
    if (text.length >= limit) return text
    text += `${separatorBehind(text)}${jsonPrefix(name, limit - text.length)}:`
    text += jsonPrefix((members as Record<string, unknown>)[name], limit - text.length)
  }
  return `${text}}`
}

function separatorBehind(text: string): string {
  return text.length === 1 ? '' : ','
}
