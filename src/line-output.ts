/** Lines of text on their way to standard output, to standard error or to a file. No line waits without a limit. */
import { accessSync, constants, openSync, statSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import sonicBoom from 'sonic-boom'

const { SonicBoom } = sonicBoom

/** Takes whole lines, each with its end. Does not wait for them to be written. */
export interface LineSink {
  write(lines: string): void
}

/** A reason for which a destination cannot be used, or undefined. `stdout` and `stderr` can always be used. */
export function faultOfDestination(destination: string): string | undefined {
  if (isStandard(destination)) return undefined
  if (!isAbsolute(destination)) return 'stdout, stderr, or an absolute path of a file'
  try {
    const file = statSync(destination, { throwIfNoEntry: false })
    // The opening of a named pipe would wait for its reader.
    if (file && !file.isFile() && !file.isCharacterDevice())
      return `a file, and ${destination} is none`
    accessSync(file ? destination : dirname(destination), constants.W_OK)
    return undefined
  } catch (error) {
    return `a file that can be written: ${(error as Error).message}`
  }
}

/** Whether a destination is one of the process, and no file. */
export function isStandard(destination: string): boolean {
  return destination === 'stdout' || destination === 'stderr'
}

/** The limit for lines that wait. Further lines are dropped. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024
/** Files of lines are for their owner and its group. */
const MODE = 0o640

/** The descriptors of a process's own outputs. */
const DESCRIPTORS: Readonly<Record<string, number>> = { stdout: 1, stderr: 2 }

/** Opens an output of the process or the path of a file, for appending. Throws if it cannot be opened. */
function openStream(destination: string): InstanceType<typeof SonicBoom> {
  const dest = DESCRIPTORS[destination] ?? openSync(destination, 'a', MODE)
  // With a minLength of 0, flush() would not wait.
  const stream = new SonicBoom({
    dest,
    sync: false,
    minLength: 1,
    maxLength: MAX_WAITING_BYTES,
    mode: MODE,
  })
  // reopen() needs the path. A path as `dest` would be opened later, when nobody can refuse the start.
  if (!isStandard(destination)) Object.assign(stream, { file: destination })
  return stream
}

/** The time between two reports about an output that fails. */
const REPORT_MS = 60_000

/**
 * Appends lines to a file or to an output of the process, in the main thread, with a limit for those that wait. Nothing is
 * written at the exit: a full disk or a reader that stands still would hold it up for ever. Callers flush before.
 */
export class LineOutput implements LineSink {
  readonly #stream: InstanceType<typeof SonicBoom>
  readonly #isFile: boolean
  #dropped = 0
  #reportedAt = Number.NEGATIVE_INFINITY

  /**
   * Opens the destination: `stdout`, `stderr`, or the path of a file. Throws if it cannot be opened.
   *
   * @param onTrouble called for a line that was dropped or a failed write, at most once a minute
   */
  constructor(destination: string, onTrouble: (reason: string) => void) {
    this.#isFile = !isStandard(destination)
    this.#stream = openStream(destination)
    const report = (reason: string) => {
      const now = performance.now()
      if (now - this.#reportedAt < REPORT_MS) return
      this.#reportedAt = now
      onTrouble(reason)
    }
    this.#stream.on('drop', (lines: string) => {
      this.#dropped += countOf(lines)
      report('lines were left out: they come faster than they are written')
    })
    // The stream keeps its lines and tries again with the next one.
    this.#stream.on('error', (error: Error) => report(error.message))
  }

  /** The number of lines that were left out. */
  get dropped(): number {
    return this.#dropped
  }

  write(lines: string): void {
    this.#stream.write(lines)
  }

  /** Opens the file of the path again, because another program has moved it. Has no effect on the outputs of the process. */
  reopen(): void {
    if (this.#isFile) this.#stream.reopen()
  }

  /** Calls `done` when the lines are written. */
  flush(done: () => void): void {
    this.#stream.flush(() => done())
  }
}

/** The most bytes of lines that wait for another thread. */
const MAX_FORWARDED_BYTES = 1024 * 1024

/** Gives lines to another thread: threads that write to one output mix their lines. */
export class ForwardedLines implements LineSink {
  readonly #send: (lines: string) => Promise<void>
  readonly #onDrop: (lines: number) => void
  #waiting = ''
  #isSending = false

  /**
   * @param send resolves when its lines are taken
   * @param onDrop called with the number of lines that had no room
   */
  constructor(send: (lines: string) => Promise<void>, onDrop: (lines: number) => void = () => {}) {
    this.#send = send
    this.#onDrop = onDrop
  }

  write(lines: string): void {
    if (this.#waiting.length + lines.length > MAX_FORWARDED_BYTES) {
      this.#onDrop(countOf(lines))
      return
    }
    this.#waiting += lines
    if (!this.#isSending) void this.#forward()
  }

  async #forward(): Promise<void> {
    this.#isSending = true
    while (this.#waiting !== '') {
      const lines = this.#waiting
      this.#waiting = ''
      // The main thread is gone: nobody can read the lines.
      await this.#send(lines).catch(() => {})
    }
    this.#isSending = false
  }
}

function countOf(lines: string): number {
  return lines.split('\n').length - 1
}
