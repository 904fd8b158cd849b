/**
 * Clean-up that runs however this process ends: by itself, by `process.exit`, by Ctrl-C, by a
 * test runner's SIGTERM. Only SIGKILL escapes it.
 */

const cleanups = new Set<() => void>()
let isInstalled = false

/**
 * Runs `cleanup`, which must be synchronous, when the process ends; the latest registered first.
 * Returns its cancellation.
 */
export function atExit(cleanup: () => void): () => void {
  install()
  cleanups.add(cleanup)
  return () => cleanups.delete(cleanup)
}

function install(): void {
  if (isInstalled) return
  isInstalled = true
  process.once('exit', cleanUp)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      cleanUp()
      // Again, now without this handler, so that the parent sees what ended this process.
      process.kill(process.pid, signal)
    })
  }
}

function cleanUp(): void {
  for (const cleanup of [...cleanups].reverse()) cleanup()
  cleanups.clear()
}
