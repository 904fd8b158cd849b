/** A selection of the official test suite of JSON Schema: json-schema.py says which. */
import { readFileSync } from 'node:fs'

/** A schema with values. */
export interface Case {
  readonly name: string
  readonly schema: string
  /** Description, value, whether it is valid. */
  readonly tests: readonly (readonly [string, string, boolean])[]
}

/** All of them. */
export const cases = readFileSync(new URL('json-schema.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Case)
