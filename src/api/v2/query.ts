/** Query strings, by what a route declares of them. */
import { RestError } from '../../errors.ts'
import type { QuerySpec } from '../../http/route.ts'

const LONG = /^[+-]?\d{1,19}$/

/**
 * The declared parameters; others are ignored. Empty ones count as absent, of repeated ones the first counts; one that
 * does not parse is a 404 (docs/conformance.md#3.2-parameter).
 */
export function decodeQuery(raw: string, spec: QuerySpec): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  if (raw === '') return values
  const parameters = new URLSearchParams(raw)
  for (const [name, { type }] of Object.entries(spec)) {
    const text = parameters.get(name)
    if (text === null || text === '') continue
    values[name] = type === 'long' ? decodeLong(text) : text.split(',').map((item) => item.trim())
  }
  return values
}

function decodeLong(text: string): number {
  if (!LONG.test(text)) throw new RestError('NOT_FOUND')
  return Number(text)
}
