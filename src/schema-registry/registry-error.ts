/** What goes wrong with a registry. What a client of ours is told of it isn't decided here. */

/** Why there is no answer that could be used. */
export type RegistryFailure =
  /** It answered that it won't, or that there is no such thing: a status of 4xx but 408 and 429. */
  | 'refused'
  /** It could not be reached, took too long, or answered 408, 429 or 5xx. */
  | 'unavailable'
  /** It answered something that no schema registry answers. */
  | 'unreadable'

/** Details of a `RegistryError`. */
export interface RegistryErrorDetails {
  readonly status?: number | undefined
  readonly errorCode?: number | undefined
  readonly redirectsTo?: string | undefined
}

/** A question to the registry has failed. Holds no credentials, and no
 * address in its message. May be shared by many requests. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly failure: RegistryFailure
  /** The HTTP status of the registry's answer; absent when there was none. */
  readonly status: number | undefined
  /** The `error_code` in the registry's answer, such as 40403; absent when there was none. */
  readonly errorCode: number | undefined

  /** Where a redirect leads, for the log. */
  readonly redirectsTo: string | undefined

  /** `message` is a sentence, of the registry where it sent one, with its code behind it. */
  constructor(failure: RegistryFailure, message: string, details: RegistryErrorDetails = {}) {
    // Expected errors carry no stack.
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
