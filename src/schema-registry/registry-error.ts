/** Errors of the schema registry. `serde` decides which REST errors they become. */

/** The kind of a failure. */
export type RegistryFailure =
  /** The registry refused the request: a 4xx status other than 408 and 429. */
  | 'refused'
  /** The registry was unreachable, too slow, or answered 408, 429 or 5xx. */
  | 'unavailable'
  /** The response is not that of a schema registry. */
  | 'unreadable'

/** Details of a `RegistryError`. */
export interface RegistryErrorDetails {
  readonly status?: number | undefined
  readonly errorCode?: number | undefined
  readonly redirectsTo?: string | undefined
}

/**
 * A request to the registry failed. The message contains neither credentials nor addresses. Several requests may share
 * one error.
 */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly failure: RegistryFailure
  /** The HTTP status of the response; undefined without a response. */
  readonly status: number | undefined
  /** The `error_code` of the response, such as 40403; undefined when it has none. */
  readonly errorCode: number | undefined

  /** The target of a redirect, for the log. */
  readonly redirectsTo: string | undefined

  /** @param message a sentence; the registry's own message if it sent one, followed by its error code */
  constructor(failure: RegistryFailure, message: string, details: RegistryErrorDetails = {}) {
    // Expected errors need no stack trace.
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = limit
    this.failure = failure
    this.status = details.status
    this.errorCode = details.errorCode
    this.redirectsTo = details.redirectsTo
  }
}
