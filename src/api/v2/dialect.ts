/** The dialect of the v2 API: its errors, their media types, its query strings and its JSON. */
import { Type } from 'typebox'
import type { Config } from '../../config/index.ts'
import type { ErrorName } from '../../errors.ts'
import { textOf } from '../../http/body-text.ts'
import type { Dialect } from '../../http/dialect.ts'
import { negotiate } from '../../http/media-type.ts'
import { decodeJsonBody, type JsonConventions, nullable } from '../json-body.ts'
import { decodeQuery } from './query.ts'

/** What v2 leaves open of JSON. */
export const V2_CONVENTIONS: JsonConventions = {
  isLenient: false,
  unknownMember: (name, place, known) =>
    `Unrecognized field: ${name} (in ${place}; known: ${known})`,
}

/** The body of every error response. */
export const V2Error = Type.Object({
  error_code: Type.Integer(),
  message: nullable(Type.String()),
})

/** Errors without a content type: JAX-RS detects them before it selects a type. */
const UNTYPED: ReadonlySet<ErrorName> = new Set([
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'NOT_ACCEPTABLE',
])

/**
 * Creates the dialect. An error before the negotiation has the type of
 * `response.mediatype.preferred` that the client accepts, else `response.mediatype.default`.
 */
export function v2Dialect(config: Config): Dialect {
  const preferred = config['response.mediatype.preferred']
  const offers = preferred.map((type) => ({ type, quality: 1 }))
  const fallback = config['response.mediatype.default']
  const typeBeforeNegotiation = (accept: string) => {
    const wanted = accept === '' ? -1 : negotiate(accept, offers)
    return offers[wanted ?? -1]?.type ?? fallback
  }
  return {
    decodeQuery,
    decodeBody: (body, schema) => decodeJsonBody(textOf(body), schema, V2_CONVENTIONS),
    encodeError: ({ code, message }) => JSON.stringify({ error_code: code, message }),
    typeOfError({ name }, { accept, accepted }) {
      // The body of an error is JSON, also of a route that answers with plain text.
      if (accepted) return accepted.type.includes('json') ? accepted.type : 'application/json'
      return UNTYPED.has(name) ? '' : typeBeforeNegotiation(accept)
    },
  }
}
