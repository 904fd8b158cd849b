/** Timeouts for single callers of a shared promise. */

/** A single question that takes all of the time can say so itself, and which one it was. */
export const TIMEOUT_MARGIN_MS = 250

/**
 * What `answers` resolves to, or rejects with, unless it takes longer than `ms`: then rejects with
 * what `late` makes. The work itself goes on, since others may wait for it.
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
