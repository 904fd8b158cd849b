/** Notices changes of files, also behind symbolic links, as Kubernetes swaps them. */
import { type Stats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

/** A change is noticed after this time at most. */
const POLL_MS = 2000

/** Looks at files in turns. */
export class FileWatch {
  readonly #files: () => readonly string[]
  readonly #onChange: () => Promise<void>
  #seen: string
  #timer: NodeJS.Timeout | undefined

  /**
   * Changes from now on are noticed, once it is started: a process needs a second from the reading of its files to the start, and
   * they may be written meanwhile.
   *
   * @param files the paths to be watched now
   * @param onChange called for a change of one or several; must not reject
   */
  constructor(files: () => readonly string[], onChange: () => Promise<void>) {
    this.#files = files
    this.#onChange = onChange
    const watched = files()
    this.#seen = fingerprint(watched, watched.map(fileVersion))
  }

  /** Begins to look. The timer does not keep the process alive. */
  start(): void {
    if (this.#files().length > 0) this.#schedule()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    this.#timer = setTimeout(async () => {
      const files = this.#files()
      const seen = fingerprint(files, await Promise.all(files.map(versionLater)))
      if (this.#timer === undefined) return // Stopped meanwhile.
      if (seen !== this.#seen) {
        this.#seen = seen
        await this.#onChange()
      }
      if (this.#timer !== undefined) this.#schedule()
    }, POLL_MS).unref()
  }
}

/** A text that changes when a file is written or replaced. */
export function fileVersion(file: string): string {
  try {
    return versionOf(statSync(file))
  } catch (error) {
    return reasonOf(error)
  }
}

function versionOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(' ')
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable'
}

/** As fileVersion(), without blocking the thread. */
async function versionLater(file: string): Promise<string> {
  try {
    return versionOf(await stat(file))
  } catch (error) {
    return reasonOf(error)
  }
}

function fingerprint(files: readonly string[], versions: readonly string[]): string {
  return JSON.stringify([files, versions])
}
