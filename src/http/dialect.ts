/**
 * The conventions of an API that HTTP leaves open. Each API has its dialect, in which its routes are served;
 * no other file of this folder knows how an API writes an error or parses a number.
 */
import type { TSchema } from 'typebox'
import type { RestError } from '../errors.ts'
import type { BodyBytes } from './body.ts'
import type { Offer } from './media-type.ts'
import type { QuerySpec } from './route.ts'

/** Decodes the requests of an API, and encodes its errors. */
export interface Dialect {
  /** Decodes the parameters of `spec` from a raw query string. Throws a RestError. */
  decodeQuery(raw: string, spec: QuerySpec): Record<string, unknown>
  /** Checks an integer in a path, before the body is decoded. Throws a RestError. */
  checkInteger?(text: string): void
  /** Decodes a JSON body; an empty one and `null` are undefined. Throws a RestError. */
  decodeBody(body: BodyBytes, schema: TSchema): unknown
  /** The body of an error response. */
  encodeError(error: RestError): string
  /** The media type of an error response; empty for a response without Content-Type. */
  typeOfError(error: RestError, request: ErrorRequest): string
}

/** The part of a failed request on which the type of the error depends. */
export interface ErrorRequest {
  /** The Accept header; empty without one. */
  readonly accept: string
  /** The negotiated type; undefined for a request that failed before its negotiation. */
  readonly accepted: Offer | undefined
}
