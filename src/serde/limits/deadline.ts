/** The error of work that was ended because it took too long. */

/**
 * Work exceeded its time, so its thread was ended. Codecs never throw this error: their budgets count steps, which are
 * the same on every machine. What no step counts is ended from outside. The error depends on the machine's load as much
 * as on the work: callers may retry, and caches do not keep it.
 */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}
