/** Notices changes of files, also behind symbolic links, as Kubernetes swaps them. */
import { stat } from 'node:fs/promises'

/** A change is noticed after this time at most. */
const POLL_MS = 2000

/** Looks at files in turns. */
export class FileWatch {
  readonly #files: () => readonly string[]
  readonly #onChange: () => Promise<void>
  #seen = ''
  #timer: NodeJS.Timeout | undefined

  /**
   * @param files the paths to be watched now
   * @param onChange called for a change of one or several; must not reject
   */
  constructor(files: () => readonly string[], onChange: () => Promise<void>) {
    this.#files = files
    this.#onChange = onChange
  }

  /** Changes from now on are noticed. The timer does not keep the process alive. */
  async start(): Promise<void> {
    if (this.#files().length === 0) return
    this.#seen = await fingerprintOf(this.#files())
    this.#schedule()
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

/** What changes when a file is written or replaced. */
async function fingerprintOf(files: readonly string[]): Promise<string> {
  const parts = files.map(async (file) => {
    try {
      const { ino, size, mtimeMs, ctimeMs } = await stat(file)
      return [file, ino, size, mtimeMs, ctimeMs]
    } catch (error) {
      return [file, (error as NodeJS.ErrnoException).code ?? 'unreadable']
    }
  })
  return JSON.stringify(await Promise.all(parts))
}
