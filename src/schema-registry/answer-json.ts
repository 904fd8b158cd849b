/** Answers of a registry as JSON values: looked at before they are parsed, since parsing nested ones takes long. */
import { bracketsOf } from './brackets.ts'

/** The deepest answer, a schema with its references, needs three. */
const MAX_DEPTH = 16
/** Each object takes memory many times its text; the longest list, of versions, has one an entry. */
const MAX_CONTAINERS = 100_000

/** @throws {SyntaxError} for what is no JSON, nests deeper than 16, or has more than 100,000 objects and arrays */
export function parseAnswer(text: string): unknown {
  const { depth, count } = bracketsOf(text, 'json')
  if (depth > MAX_DEPTH || count > MAX_CONTAINERS) throw new SyntaxError('too many brackets')
  return JSON.parse(text)
}
