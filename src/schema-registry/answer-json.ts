/** Answers of a registry as JSON values: looked at before they are parsed, since parsing nested ones takes long. */
import { bracketsOf } from './brackets.ts'

/** The deepest answer, a schema with its references, needs three. */
const MAX_DEPTH = 16
/**
 * Objects, arrays, members and items. Each takes time and memory many times its text; the longest
 * answer, a schema with its references, has four of them a reference.
 */
const MAX_PARTS = 40_000

/** @throws {SyntaxError} for what is no JSON, nests deeper than 16, or has more than 40,000 parts */
export function parseAnswer(text: string): unknown {
  const { depth, count, commas } = bracketsOf(text, 'json')
  if (depth > MAX_DEPTH) throw new SyntaxError('it nests too deep')
  if (count + commas > MAX_PARTS) throw new SyntaxError('it has too many members and items')
  return JSON.parse(text)
}
