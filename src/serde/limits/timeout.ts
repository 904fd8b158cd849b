/** Timeouts for single callers of a shared promise. */

/**
 * Added to a caller's timeout, so that a registry call with the same timeout reports its own, more specific error
 * first.
 */
export const TIMEOUT_MARGIN_MS = 250

/**
 * Awaits a shared promise with this caller's own timeout. After `ms` it rejects with the error that `late` makes; the
 * shared work continues for other callers.
 *
 * @param workedMs the time that this thread has worked so far, in ms: it does not count, whoever the work was for
 */
export async function withTimeout<T>(
  answers: Promise<T>,
  ms: number,
  late: () => Error,
  workedMs: () => number = () => 0,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const begin = performance.now() - workedMs()
  const isLate = new Promise<never>((_, reject) => {
    const look = () => {
      const leftMs = begin + ms - (performance.now() - workedMs())
      if (leftMs <= 0) reject(late())
      else timer = setTimeout(look, Math.ceil(leftMs))
    }
    look()
  })
  return Promise.race([answers, isLate]).finally(() => clearTimeout(timer))
}
