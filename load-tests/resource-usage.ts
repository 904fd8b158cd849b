/** Memory and CPU time of another process on this machine, from /proc; on Linux only. */
import { readFileSync } from 'node:fs'

/** The kernel counts CPU time in ticks; on every Linux that Node runs on there are 100 a second. */
const TICKS_PER_SECOND = 100

/** What a process uses at one moment. */
export interface ResourceUsage {
  /** `Date.now()` of the moment. */
  time: number
  residentMib: number
  /** Since its start, over all threads. */
  cpuSeconds: number
}

/** What the process uses now; undefined when it is gone, or when there is no /proc. */
export function resourceUsage(pid: number): ResourceUsage | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return { time: Date.now(), residentMib: residentMib(status), cpuSeconds: cpuSeconds(stat) }
  } catch {
    return undefined
  }
}

function residentMib(status: string): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(status)?.[1]
  return Number(kib ?? 0) / 1024
}

function cpuSeconds(stat: string): number {
  // The fields after the name, which is in brackets and may hold anything: the state is field 3,
  // the time in user mode 14, in the kernel 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Collects the usage of a process in short intervals. */
export class UsageSampler {
  readonly samples: ResourceUsage[] = []
  readonly #timer: NodeJS.Timeout

  /** Starts at once. */
  constructor(pid: number, intervalMs = 500) {
    const sample = () => {
      const usage = resourceUsage(pid)
      if (usage) this.samples.push(usage)
    }
    sample()
    this.#timer = setInterval(sample, intervalMs)
  }

  /** Ends the sampling, so that the process can end. */
  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Peak and mean of a run in one line. */
export function describeUsage(samples: readonly ResourceUsage[]): string {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last || first === last) return 'not sampled'
  const peakMib = Math.max(...samples.map(({ residentMib }) => residentMib))
  const cores = ((last.cpuSeconds - first.cpuSeconds) * 1000) / (last.time - first.time)
  return (
    `memory ${first.residentMib.toFixed(0)} MiB at the start, ${peakMib.toFixed(0)} at most, ` +
    `${last.residentMib.toFixed(0)} at the end; CPU ${cores.toFixed(2)} cores`
  )
}
