/** What a process uses: CPU time and memory, from /proc. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Reads the figures of one process, which must live. */
export class ProcessMeter {
  readonly pid: number

  constructor(pid: number) {
    this.pid = pid
  }

  /** CPU time of all its threads since its start, in seconds. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
    // The name, in parentheses, may hold spaces; what follows it does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }

  /** Resident memory, in bytes. */
  rssBytes(): number {
    return this.#status('VmRSS') * 1024
  }

  /** Its threads. */
  threads(): number {
    return this.#status('Threads')
  }

  #status(name: string): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  }
}
