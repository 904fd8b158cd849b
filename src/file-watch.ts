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
    this.#seen = JSON.stringify(files().map((file) => [file, fileVersion(file)]))
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
      const seen = await fingerprintOf(this.#files())
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

/** The versions of files, read without blocking the thread. */
async function fingerprintOf(files: readonly string[]): Promise<string> {
  const parts = files.map(async (file) => {
    try {
      return [file, versionOf(await stat(file))]
    } catch (error) {
      return [file, reasonOf(error)]
    }
  })
  return JSON.stringify(await Promise.all(parts))
}
