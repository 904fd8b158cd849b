/** Timeouts for single callers of a shared promise. */

/**
 * Added to a caller's timeout, so that a registry call with the same timeout reports its own, more specific error
 * first.
 */
export const TIMEOUT_MARGIN_MS = 250

/**
 * Awaits a shared promise with this caller's own timeout. After `ms` it rejects with the error that `late` makes; the
 * shared work continues for other callers.
 */
export async function withTimeout<T>(
  answers: Promise<T>,
  ms: number,
  late: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const isLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms)
  })
  return Promise.race([answers, isLate]).finally(() => clearTimeout(timer))
}
