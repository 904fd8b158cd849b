/** The dialect of the v3 API: its errors, its query strings and its JSON. */

import { RestError } from '../../errors.ts'
import { textOf } from '../../http/body-text.ts'
import type { Dialect } from '../../http/dialect.ts'
import type { Offer } from '../../http/media-type.ts'
import { intOf } from '../java-integers.ts'
import { decodeJsonBody, type JsonConventions } from '../json-body.ts'
import { decodeQuery } from './query.ts'

const JSON_TYPE = 'application/json'

/** The content types of requests. A body without a type is JSON. */
export const CONSUMES_V3: readonly string[] = [JSON_TYPE]

/** The content types of responses. */
export const PRODUCES_V3: readonly Offer[] = [{ type: JSON_TYPE, quality: 1 }]

/** What v3 leaves open of JSON. */
export const V3_CONVENTIONS: JsonConventions = {
  isLenient: true,
  unknownMember: (name) => `Unrecognized field: ${name}`,
}

export const V3_DIALECT: Dialect = {
  decodeQuery,
  checkInteger: intOf,
  decodeBody: (body, schema) => decodeJsonBody(textOf(body), schema, V3_CONVENTIONS),
  encodeError: ({ code, message }) => JSON.stringify({ error_code: code, message }),
  typeOfError: () => JSON_TYPE,
}

/** An error of the status 400, as v3 writes its own. */
export function badRequest(detail: string): RestError {
  return new RestError('BAD_REQUEST', `Bad Request: ${detail}`)
}

/** An error of a body with an unfit content. */
export function invalidPayload(detail: string): RestError {
  return new RestError('INVALID_PAYLOAD', `Payload error. ${detail}`)
}

/** Returns the body of a request that needs one. Throws 422 for an absent body. */
export function required<T>(
  body: T | undefined,
  detail = 'Null input provided. Data is required.',
): T {
  if (body === undefined) throw invalidPayload(detail)
  return body
}
