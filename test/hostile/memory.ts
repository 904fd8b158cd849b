/** The resident memory of a process, and its peak. */
import { readFileSync } from 'node:fs'

/** In MiB. */
export function residentMb(pid: number): number {
  const [, kb = '0'] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kb) / 1024)
}

const INTERVAL_MS = 100

/** Looks ten times a second. `stop` it. */
export class PeakMemory {
  /** The most so far, in MiB. */
  mb = 0
  readonly #timer: NodeJS.Timeout

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      this.mb = Math.max(this.mb, residentMb(pid))
    }, INTERVAL_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
