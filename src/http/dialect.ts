/**
 * The part of an API that HTTP does not fix. Each API has one; its routes are served in it, and no
 * other file of this folder knows how an API writes an error or reads a number.
 */
import type { TSchema } from 'typebox'
import type { RestError } from '../errors.ts'
import type { BodyBytes } from './body.ts'
import type { Offer } from './media-type.ts'
import type { QuerySpec } from './route.ts'

/** How the requests of an API are decoded, and how its errors are written. */
export interface Dialect {
  /** The parameters of `spec` in a raw query string. Throws a RestError. */
  decodeQuery(raw: string, spec: QuerySpec): Record<string, unknown>
  /** A JSON body; undefined when it is empty or `null`. Throws a RestError. */
  decodeBody(body: BodyBytes, schema: TSchema): unknown
  /** The body of an error response. */
  encodeError(error: RestError): string
  /** The media type of an error response; empty for a response without Content-Type. */
  typeOfError(error: RestError, request: ErrorRequest): string
}

/** The head of a request that is answered with an error. */
export interface ErrorRequest {
  /** The Accept header; empty without one. */
  readonly accept: string
  /** The negotiated type; undefined for a request that failed before its negotiation. */
  readonly accepted: Offer | undefined
}
