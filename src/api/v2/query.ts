/** Decodes query strings by the parameters that a route declares. */
import type { QuerySpec } from '../../http/route.ts'
import { longOf } from '../java-integers.ts'

/**
 * Returns the declared parameters. Others are ignored. Empty parameters count as absent; of repeated ones the first
 * counts. Throws 404 for a parameter that is no number (docs/conformance.md#3.2-parameter).
 */
export function decodeQuery(raw: string, spec: QuerySpec): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  if (raw === '') return values
  const parameters = new URLSearchParams(raw)
  for (const [name, { type }] of Object.entries(spec)) {
    const text = parameters.get(name)
    if (text === null || text === '') continue
    values[name] = type === 'long' ? longOf(text) : text.split(',').map((item) => item.trim())
  }
  return values
}
