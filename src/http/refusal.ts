/** Requests that the parser of the HTTP layer refuses: native-bindings/uws/overlay/uWebSockets/HttpErrors.h lists them. */
import { type ErrorName, RestError } from '../errors.ts'

const NAMES: ReadonlyMap<number, ErrorName> = new Map([
  [400, 'BAD_REQUEST'],
  [408, 'REQUEST_TIMEOUT'],
  [417, 'EXPECTATION_FAILED'],
  [431, 'HEADERS_TOO_LARGE'],
  [501, 'NOT_IMPLEMENTED'],
  [505, 'HTTP_VERSION_NOT_SUPPORTED'],
])

/** The error for a status of the parser and its reason, a phrase without a full stop. */
export function errorOfRefusal(status: number, reason: string): RestError {
  const name = NAMES.get(status)
  if (name === undefined) throw new Error(`the parser refused a request with status ${status}`)
  return new RestError(name, `${reason}.`)
}
