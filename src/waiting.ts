/** Waits that are bounded. */

/**
 * Awaits `work` for at most `ms` milliseconds, and rejects when it does. The timer ends with the work, and does not keep
 * the process alive.
 */
export async function awaitAtMost(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
    timer.unref()
  })
  await Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
