/** Waits for what happens by itself. */
import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 20

/** Asks again and again; throws, with what it waited for, when it is not so after `deadlineMs`. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  deadlineMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not in ${deadlineMs} ms: ${what}`)
    await sleep(PAUSE_MS)
  }
}
